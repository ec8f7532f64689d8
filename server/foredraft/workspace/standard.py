"""The standard libraries of the languages that a workspace is made of, as this machine has them."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import os
import re
import sys
import sysconfig
from collections.abc import Container, Iterable, Iterator
from pathlib import Path

from foredraft.workspace.imports import Imports
from foredraft.workspace.inside import Inside
from foredraft.workspace.languages import SUFFIXES, Language
from foredraft.workspace.library import Library, most_wanted_first, texts
from foredraft.workspace.node_modules import NODE, TYPESCRIPT, native, package_folder
from foredraft.workspace.reading import lines_of, read
from foredraft.workspace.site_packages import environments
from foredraft.workspace.toolchains import (
    go_roots,
    is_well_known,
    java_sources,
    node_modules,
    rust_libraries,
)
from foredraft.workspace.walk import walk

MOST_TOKENS = 1_500_000
"""Tokens of one language."""
_NUMBERS = re.compile(r"(\d+)\.(\d+)(?:\.[\w.+]+)?")
_LIBRARY_FILE = re.compile(r"lib\.[\w.]*d\.ts")
_NO_PART = frozenset(("idlelib", "lib2to3", "turtledemo", "ensurepip", "pydoc_data", "encodings", "distutils"))
_EMULATED = re.compile(r"lib\.(?:webworker|scripthost)")


def standard_libraries(language: Language, inside: Inside, places: Iterable[Path]) -> list[Library]:
    """The language's standard library: the one that the workspace at `places` uses, where it is a well-known one, else
    this machine's. Empty where none is found."""
    find = {"python": _python, "javascript": _javascript, "go": _go, "rust": _rust, "java": _java}[language]
    return find(inside, list(places))


def standard_texts(
    libraries: Iterable[Library], imports: Imports, deny: Container[Path]
) -> Iterator[tuple[str, list[str]]]:
    """(name, masked lines) of one language's standard libraries, what is imported first, at most `MOST_TOKENS`."""
    return texts(most_wanted_first(libraries, imports), imports, MOST_TOKENS, MOST_TOKENS, deny)


def standard_library(suffixes: Iterable[str], checkout: Path) -> Iterator[tuple[str, list[str]]]:
    """What a worker would learn as the machine's level with `checkout` open, of the language that has these suffixes:
    the same files in the same order, up to the same limit."""
    suffixes = set(suffixes)
    language = next((name for name, known in SUFFIXES.items() if not suffixes.isdisjoint(known)), None)
    if language is None:
        return
    inside, imports = Inside([checkout]), Imports()
    for found in walk(checkout):
        if found.path.endswith(SUFFIXES[language]) and isinstance(text := read(found.path), str):
            imports.read(found.path, lines_of(text))
    yield from standard_texts(standard_libraries(language, inside, inside.folders), imports, ())


def _python(inside: Inside, places: list[Path]) -> list[Library]:
    """That of the workspace's environment, if it was made from an install as one knows it; else the server's own."""
    for environment in environments(inside, places):
        home, version = environment.settings.get("home", ""), environment.settings.get("version", "")
        numbers = _NUMBERS.match(version or environment.settings.get("version_info", ""))
        if numbers is not None and os.path.isabs(home):  # noqa: PTH117 (what a file says, which may be anything)
            above = Path(os.path.realpath(home))
            place = above / "Lib" if os.name == "nt" else above.parent / "lib" / f"python{numbers[1]}.{numbers[2]}"
            place = Path(os.path.realpath(place))
            if is_well_known(place) and _has_python(place):
                return [_python_library(place, numbers[0])]
    own = Path(os.path.realpath(sysconfig.get_path("stdlib")))
    return [_python_library(own, ".".join(map(str, sys.version_info[:3])))] if _has_python(own) else []


def _has_python(place: Path) -> bool:
    return all((place / part).is_file() for part in ("os.py", "abc.py", "asyncio/__init__.py"))


def _python_library(place: Path, version: str) -> Library:
    """Only the modules that Python names as its own: beside them lies what was installed, tests and builds."""
    modules = sorted(sys.stdlib_module_names - _NO_PART)
    roots = [(place / called, called) for name in modules for called in (name, f"{name}.py")]
    there = tuple((root, called) for root, called in roots if root.exists() and not root.is_symlink())
    return Library("python", "python", f"{version} {_time(place)}", there)


def _javascript(inside: Inside, places: list[Path]) -> list[Library]:
    """The workspace's own TypeScript and types of Node, else those that are installed for all."""
    found = [
        (name, folder)
        for place in places
        for name in (TYPESCRIPT, *native(inside, place), NODE)
        if (folder := package_folder(inside, place, name)) is not None
    ]
    for modules in node_modules():
        found += [(name, modules / name) for name in (TYPESCRIPT, *native(Inside([modules]), modules.parent), NODE)]
    language = (roots for name, folder in found if name != NODE and (roots := _typescript(folder)))
    types = (((folder, ""),) for name, folder in found if name == NODE and folder.is_dir())
    chosen = ((TYPESCRIPT, next(language, ())), (NODE, next(types, ())))
    return [_by_content(name, roots) for name, roots in chosen if roots]


def _by_content(name: str, roots: tuple[tuple[Path, str], ...]) -> Library:
    """Most workspaces have a copy of their own: those of the same content are one library."""
    library = Library("javascript", name, "", roots)
    content = hashlib.sha256()
    for called, path in library.files():
        with contextlib.suppress(OSError):
            content.update(b"%s\0%s\0" % (os.fsencode(called), path.read_bytes()))
    return dataclasses.replace(library, content=content.hexdigest())


def _typescript(folder: Path) -> tuple[tuple[Path, str], ...]:
    """The declarations of the language and the browser. Those of web workers say the same once more."""
    place = folder / "lib"
    files = sorted(path for path in place.glob("lib.*d.ts") if _LIBRARY_FILE.fullmatch(path.name))
    kept = (path for path in files if not _EMULATED.match(path.name) and path.is_file() and not path.is_symlink())
    return tuple((path, path.name) for path in kept) if not place.is_symlink() else ()


def _go(inside: Inside, places: list[Path]) -> list[Library]:
    for root in go_roots():
        source = root / "src"
        if (source / "fmt" / "print.go").is_file():
            version = read(os.fspath(root / "VERSION"))
            said = version.partition("\n")[0] if isinstance(version, str) else ""
            return [Library("go", "go", f"{said} {_time(source)}", ((source, ""),))]
    return []


def _rust(inside: Inside, places: list[Path]) -> list[Library]:
    for library in rust_libraries():
        crates = ((library / name / "src", name) for name in ("core", "alloc", "std"))
        roots = tuple((root, name) for root, name in crates if root.is_dir())
        if roots:
            return [Library("rust", "rust", f"{_time(library)}", roots)]
    return []


def _java(inside: Inside, places: list[Path]) -> list[Library]:
    archive = next((path for path in java_sources() if path.is_file()), None)
    return [] if archive is None else [Library("java", "java", f"{_time(archive)}", ((archive, ""),))]


def _time(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
