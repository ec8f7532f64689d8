"""The packages that a workspace has installed, in every language whose places are known."""

from __future__ import annotations

import os
from collections.abc import Container, Iterable, Iterator
from pathlib import Path

from foredraft.workspace.imports import Imports
from foredraft.workspace.inside import Inside
from foredraft.workspace.library import Library, most_wanted_first, texts
from foredraft.workspace.module_caches import go_modules, rust_crates
from foredraft.workspace.node_modules import node_packages
from foredraft.workspace.site_packages import python_packages

MOST_TOKENS = 2_000_000
MOST_OF_ONE = 500_000
"""Tokens of all packages, and of any single one."""
MANIFESTS = frozenset(("pyproject.toml", "requirements.txt", "setup.py", "package.json", "go.mod", "Cargo.toml"))
_MOST_PLACES = 100


def installed(inside: Inside, places: Iterable[Path]) -> list[Library]:
    """The packages that the projects at `places` have at hand."""
    places = list(places)
    finders = (python_packages, node_packages, go_modules, rust_crates)
    return [library for find in finders for library in find(inside, places)]


def package_texts(
    libraries: Iterable[Library], imports: Imports, deny: Container[Path]
) -> Iterator[tuple[str, list[str]]]:
    """(name, masked lines) of packages, what is imported first, at most `MOST_TOKENS`."""
    return texts(most_wanted_first(libraries, imports), imports, MOST_TOKENS, MOST_OF_ONE, deny)


def places_of(inside: Inside, files: Iterable[str]) -> list[Path]:
    """Where projects are: the workspace's folders, and those of its files (paths) that say what a project depends on;
    the outermost first, at most a hundred."""
    found = {os.path.dirname(path) for path in files if os.path.basename(path) in MANIFESTS}  # noqa: PTH119, PTH120
    below = [Path(place) for place in sorted(found, key=lambda place: (place.count(os.sep), place))]
    return list(dict.fromkeys([*inside.folders, *below]))[:_MOST_PLACES]
