"""The Python packages of a workspace's own environment, found by reading paths: no interpreter is ever run."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from foredraft.workspace.inside import Inside
from foredraft.workspace.library import Library

PLACES = ("", ".venv", "venv", "env")
"""Where an environment is looked for below a folder."""
_MARK = "pyvenv.cfg"
_VERSIONED = re.compile(r"python(\d+)\.(\d+)t?")
_INFO = re.compile(r"(?P<name>[^-]+)-(?P<version>[^-]+)(?:-py[\d.]+)?\.(?:dist-info|egg-info)")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SEPARATORS = re.compile(r"[-_.]+")
_MODULE = re.compile(r"(?!__pycache__|__editable__)([^\W\d]\w*)(?:\.pyi?|-stubs)?")


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment inside the workspace, and what its `pyvenv.cfg` says."""

    folder: Path
    settings: Mapping[str, str]


def environments(inside: Inside, places: Iterable[Path]) -> list[Environment]:
    """The environments at or right below `places`."""
    found: dict[Path, Environment] = {}
    for place in places:
        for name in PLACES:
            folder = inside.real(place / name)
            if folder is not None and (text := inside.text(folder / _MARK)):
                lines = (line.partition("=") for line in text.splitlines())
                settings = {key.strip().lower(): value.strip() for key, _, value in lines}
                found.setdefault(folder, Environment(folder, settings))
    return list(found.values())


def python_packages(inside: Inside, places: Iterable[Path]) -> list[Library]:
    """The installed packages. Not the workspace's own, and not those that only point elsewhere (editable, `.pth`)."""
    places = list(places)
    own, asked = _projects(inside, places)
    found: dict[str, Library] = {}
    for environment in environments(inside, places):
        for site in _site_packages(inside, environment.folder):
            taken: set[str] = set()
            for info in inside.names(site):
                parts = _INFO.fullmatch(info)
                if parts is None:
                    continue
                name = _normal(parts["name"])
                tops = [top for top in _tops(inside, site, info, name) if top not in taken]
                roots = tuple(
                    (site / top, top.removesuffix("-stubs")) for top in tops if inside.real(site / top) == site / top
                )
                if roots and name not in own and name not in found:
                    taken.update(tops)
                    found[name] = Library("python", name, parts["version"], roots, name in asked)
    return list(found.values())


def _site_packages(inside: Inside, folder: Path) -> list[Path]:
    """That of the newest interpreter, and Windows' one."""
    versions = [name for name in inside.names(folder / "lib") if _VERSIONED.fullmatch(name)]
    versions.sort(key=lambda name: [int(part) for part in _VERSIONED.fullmatch(name).groups()], reverse=True)  # type: ignore[union-attr]
    places = [*(folder / "lib" / name / "site-packages" for name in versions[:1]), folder / "Lib" / "site-packages"]
    return [real for place in places if (real := inside.real(place)) is not None and real.is_dir()][:1]


def _tops(inside: Inside, site: Path, info: str, name: str) -> list[str]:
    """What a package put right below `site`: as its own list says, else what is called like it."""
    record = inside.text(site / info / "RECORD")
    listed = [line.partition(",")[0].strip('"') for line in record.splitlines()]
    if not listed:
        listed = inside.text(site / info / "top_level.txt").split() or [name.replace("-", "_")]
        listed += [f"{top}.py" for top in listed]
    return [top for top in dict.fromkeys(path.partition("/")[0] for path in listed) if _MODULE.fullmatch(top)]


def _projects(inside: Inside, places: Iterable[Path]) -> tuple[set[str], set[str]]:
    """The names of the workspace's own packages, and of those that they ask for."""
    own: set[str] = set()
    asked: set[str] = set()
    for place in places:
        try:
            project = tomllib.loads(inside.text(place / "pyproject.toml"))
        except (ValueError, RecursionError):
            project = {}
        names, wanted = _declared(project)
        for file in inside.names(place):
            if file.startswith("requirements") and file.endswith((".txt", ".in")):
                wanted += inside.text(place / file).splitlines()
        own.update(names)
        asked.update(_normal(found[0]) for line in wanted if (found := _NAME.match(line.strip())))
    return own, asked


def _declared(project: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """(own names, requirements) of a pyproject.toml, whatever it holds."""
    standard, poetry = _table(project.get("project")), _table(_table(project.get("tool")).get("poetry"))
    groups = [
        *_table(standard.get("optional-dependencies")).values(),
        *_table(project.get("dependency-groups")).values(),
    ]
    lists = [standard.get("dependencies"), list(_table(poetry.get("dependencies"))), *groups]
    for group in _table(poetry.get("group")).values():
        lists.append(list(_table(_table(group).get("dependencies"))))
    wanted = [line for each in lists if isinstance(each, list) for line in each if isinstance(line, str)]
    return [_normal(name) for name in (standard.get("name"), poetry.get("name")) if isinstance(name, str)], wanted


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _normal(name: str) -> str:
    return _SEPARATORS.sub("-", name).lower()
