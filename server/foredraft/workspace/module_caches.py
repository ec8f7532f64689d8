"""The modules that a workspace's go.mod and Cargo.lock name, in the caches that Go and Cargo keep for all projects.

Only the name and the version are taken from the workspace, and only where they are ones: the path to what is read is
made here, from the user's own settings.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from foredraft.workspace.inside import Inside
from foredraft.workspace.library import Library

_GO_PART = re.compile(r"[A-Za-z0-9_~!-][A-Za-z0-9_.~!-]*")
_GO_VERSION = re.compile(r"v\d+\.\d+\.\d+(?:[-+][A-Za-z0-9.+-]+)?")
_REQUIRE = re.compile(r"^[ \t]*(?:require[ \t]+)?([^\s(){}]+)[ \t]+(v\S+)[ \t]*(//[ \t]*indirect)?", re.MULTILINE)
_REPLACE = re.compile(
    r"^[ \t]*(?:replace[ \t]+)?(\S+)(?:[ \t]+v\S+)?[ \t]+=>[ \t]+(\S+)(?:[ \t]+(v\S+))?", re.MULTILINE
)
_CRATE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_CRATE_VERSION = re.compile(r"\d+\.\d+\.\d+(?:[-+][A-Za-z0-9.+-]+)?")
_UPPER = re.compile(r"[A-Z]")


def go_modules(inside: Inside, places: Iterable[Path]) -> list[Library]:
    """The modules of each go.mod. Where they lie in `vendor/`, they are part of the workspace and not looked for."""
    cache = _go_cache()
    found: dict[str, Library] = {}
    for place in places:
        text = inside.text(place / "go.mod")
        if not text or inside.text(place / "vendor" / "modules.txt"):
            continue
        instead = {name: (other, version) for name, other, version in _REPLACE.findall(text)}
        for name, version, indirect in _REQUIRE.findall(text):
            path, version = instead.get(name, (name, version))
            folder = _kept(inside, cache, _go_folder(path, version))
            if folder is not None:
                found.setdefault(name, Library("go", name, version, ((folder, name),), not indirect))
    return list(found.values())


def rust_crates(inside: Inside, places: Iterable[Path]) -> list[Library]:
    """The crates of each Cargo.lock that come from a registry."""
    registry = Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo") / "registry" / "src"
    inside.watch(registry)
    sources = sorted(registry.glob("*")) if registry.is_dir() else []
    found: dict[str, Library] = {}
    for place in places:
        asked = _asked(_toml(inside, place / "Cargo.toml"))
        for name, version in _locked(_toml(inside, place / "Cargo.lock")):
            for source in sources:
                folder = _kept(inside, source, f"{name}-{version}/src")
                if folder is not None:
                    roots = ((folder, name.replace("-", "_")),)
                    found.setdefault(f"{name}-{version}", Library("rust", name, version, roots, name in asked))
    return list(found.values())


def _go_cache() -> Path:
    if named := os.environ.get("GOMODCACHE"):
        return Path(named)
    path = os.environ.get("GOPATH", "").split(os.pathsep)[0]
    return (Path(path) if path else Path.home() / "go") / "pkg" / "mod"


def _go_folder(name: str, version: str) -> str | None:
    """Where a module lies in the cache; None for what is no module's name or version."""
    parts = name.split("/")
    if not all(map(_GO_PART.fullmatch, parts)) or "." not in parts[0] or not _GO_VERSION.fullmatch(version):
        return None
    return _UPPER.sub(lambda found: f"!{found[0].lower()}", f"{name}@{version}")


def _kept(inside: Inside, cache: Path, name: str | None) -> Path | None:
    """The folder of this name in a cache, where it is there and really lies in it."""
    if name is None:
        return None
    inside.watch(cache / name)
    real = Path(os.path.realpath(cache / name))
    return real if real == Path(os.path.realpath(cache)) / name and real.is_dir() else None


def _toml(inside: Inside, path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(inside.text(path))
    except (ValueError, RecursionError):
        return {}


def _locked(lock: dict[str, Any]) -> Iterator[tuple[str, str]]:
    packages = lock.get("package")
    for package in packages if isinstance(packages, list) else ():
        if isinstance(package, dict) and str(package.get("source", "")).startswith(("registry+", "sparse+")):
            name, version = str(package.get("name", "")), str(package.get("version", ""))
            if _CRATE.fullmatch(name) and _CRATE_VERSION.fullmatch(version):
                yield name, version


def _asked(manifest: dict[str, Any]) -> set[str]:
    workspace = manifest.get("workspace")
    tables = [manifest, workspace if isinstance(workspace, dict) else {}]
    keys = ("dependencies", "dev-dependencies", "build-dependencies")
    return {name for table in tables for key in keys if isinstance(table.get(key), dict) for name in table[key]}
