"""The source of what others wrote: which of a library's files are worth learning, and in what order."""

from __future__ import annotations

import os
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from foredraft.predictor.lexer import depth, lex
from foredraft.privacy.ignore import is_denied_file, is_denied_folder
from foredraft.privacy.secrets import mask_lines
from foredraft.workspace.imports import Imports
from foredraft.workspace.kinds import FOLDERS, Skip, by_name, by_text
from foredraft.workspace.languages import SUFFIXES, Language
from foredraft.workspace.reading import decoded, lines_of, read

LARGEST_FILE = 3_000_000
"""A standard library has some files of this size; what machines wrote is left out all the same."""
_MOST_FILES = 20_000
_BALLAST = frozenset(
    (
        *("tests", "__tests__", "testdata", "fixtures", "benches", "benchmark", "benchmarks", "example", "examples"),
        *("demo", "demos", "locale", "_vendor", "_vendored", "vendor", "vendored", "third_party"),
    )
)
"""Names of folders with what nobody imports, and with copies of what is found at its own place."""
_BALLAST_OF: Mapping[Language, frozenset[str]] = {
    "python": _BALLAST | {"lib2to3", "idlelib", "turtledemo", "ensurepip", "pydoc_data"},
    "javascript": _BALLAST | {"test", "doc", "docs", "umd", "bundles", "amd"},
    "go": _BALLAST | {"cmd"},
    "rust": _BALLAST | {"docs"},
    "java": _BALLAST,
}
_TEST = re.compile(
    r"^test_|^conftest\.py$|_tests?\.(?:py|go|rs)$|[.-](?:spec|test|stories)\.[mc]?[jt]sx?$|^tests?\.rs$"
)
_BUILDS = frozenset(("dist", "build", "cjs", "commonjs", "es5", "esm5", "legacy", "min", "internal", "_internal"))
_LAST_OF: Mapping[Language, frozenset[str]] = {"go": _BUILDS | {"runtime", "syscall"}}
"""What was made of other files, and what only its own library needs: after everything else."""
_DECLARES = re.compile(r"\.d\.[mc]?ts$")
_SCRIPT = re.compile(r"\.[mc]?jsx?$")
_FOLDERS_OWN_FILE = frozenset(("__init__", "index", "mod", "lib", "doc"))
_USUAL = (
    *("java/lang", "java/util", "java/io", "java/util/function", "java/util/stream", "java/util/concurrent"),
    *("java/nio/file", "java/time", "java/net", "java/math", "java/text"),
)
_CLASSES_AT_A_TIME = 10
_STEM = re.compile(r"(?:\.d)?\.[A-Za-z]+$")


@dataclass(frozen=True, slots=True)
class Library:
    """One library: `roots` are folders, files or archives (real paths) and what each is called by who imports it.

    `direct`: the workspace itself asks for it, in the list of what it depends on. `content`: a hash of its files, where
    it is known by that rather than by its version and place.
    """

    language: Language
    name: str
    version: str
    roots: tuple[tuple[Path, str], ...]
    direct: bool = False
    content: str = ""

    def identity(self) -> str:
        """Changes whenever what is learned of it may."""
        places = [os.fspath(root) for root, _ in self.roots]
        return "\0".join((self.language, self.name, *([self.content] if self.content else [self.version, *places])))

    def files(self) -> list[tuple[str, Path]]:
        """Names and paths of what is worth learning; what is in archives is not among them."""
        found: list[tuple[str, Path]] = []
        for root, called in self.roots:
            if root.is_dir():
                found += _below(root, called, self.language)
            elif _wanted(root.name, self.language):
                found.append((called, root))
        if self.language == "javascript" and any(_DECLARES.search(name) for name, _ in found):
            found = [(name, path) for name, path in found if not _SCRIPT.search(name)]
        return found


def most_wanted_first(libraries: Iterable[Library], imports: Imports) -> list[Library]:
    """What is imported, most often first; then what is asked for; then the rest."""

    def rank(library: Library) -> tuple[int, int, str]:
        names = {_STEM.sub("", called) for _, called in library.roots}
        uses = sum(imports.within(name) for name in names)
        return 0 if uses else 1 if library.direct else 2, -uses, library.name.lower()

    return sorted(libraries, key=rank)


def texts(
    libraries: Iterable[Library], imports: Imports, most: int, most_of_one: int, deny: Container[Path]
) -> Iterator[tuple[str, list[str]]]:
    """Names and masked lines of the libraries' files: those that are imported first in each library, at most so many
    tokens of one and of all. What stands there twice comes once. `deny` holds what must not be read."""
    seen: set[int] = set()
    for library in libraries:
        left = min(most, most_of_one)
        for name, text in _sources(library, imports, deny):
            content = zlib.crc32(text.encode("utf-8", "surrogatepass"))
            if content in seen:
                continue
            seen.add(content)
            lines = mask_lines(lines_of(text), name)
            tokens = sum(len(lex(line)) + 1 for line in lines if depth(line) >= 0)
            if tokens > left:
                break
            yield name, lines
            most, left = most - tokens, left - tokens


def _sources(library: Library, imports: Imports, deny: Container[Path]) -> Iterator[tuple[str, str]]:
    """(name, text) of what is worth learning."""
    for root, _ in library.roots:
        if root.suffix == ".zip":
            yield from _archived(root, library.language, imports)
    for name, path in sorted(library.files(), key=lambda item: _rank(item[0], library.language, imports)):
        if path not in deny:
            text = read(os.fspath(path), LARGEST_FILE)
            if not isinstance(text, Skip):
                yield name, text


def _rank(name: str, language: Language, imports: Imports) -> tuple[bool, bool, int, str]:
    folder, _, file = name.rpartition("/")
    stem = _STEM.sub("", file)
    module = folder if stem in _FOLDERS_OWN_FILE else f"{folder}/{stem}" if folder else stem
    imported = imports.within(module) > 0 or (language in ("go", "java") and imports.exactly(folder) > 0)
    inner = any(part.startswith("_") and not part.startswith("__") for part in (*folder.split("/"), stem))
    late = inner or not _LAST_OF.get(language, _BUILDS).isdisjoint(folder.split("/"))
    return not imported, late, name.count("/"), name


def _below(root: Path, called: str, language: Language) -> Iterator[tuple[str, Path]]:
    """Files below a folder, without following any link."""
    ballast = _BALLAST_OF[language]
    folders = [(os.fspath(root), called)]
    left = _MOST_FILES
    while folders and left:
        path, name = folders.pop()
        for entry in _entries(path):
            within = f"{name}/{entry.name}" if name else entry.name
            if entry.is_symlink():
                continue
            if entry.is_dir(follow_symlinks=False):
                if not (_left_out(entry.name) or entry.name in ballast):
                    folders.append((entry.path, within))
            elif entry.is_file(follow_symlinks=False) and _wanted(entry.name, language) and left:
                left -= 1
                yield within, Path(entry.path)


def _entries(folder: str) -> Sequence[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return ()


def _left_out(folder: str) -> bool:
    return folder.startswith(".") or folder in FOLDERS or is_denied_folder(folder)


def _wanted(name: str, language: Language) -> bool:
    """Whether the file is source of this language which is not a test."""
    wanted = name.endswith(SUFFIXES[language]) and not _TEST.search(name) and not is_denied_file(name)
    return wanted and by_name(name, 0) is None


def _archived(archive: Path, language: Language, imports: Imports) -> Iterator[tuple[str, str]]:
    """The base module in an archive of sources, as a JDK has it."""
    try:
        with zipfile.ZipFile(archive) as members:
            names = {
                info.filename.removeprefix("java.base/"): info
                for info in members.infolist()
                if info.filename.startswith(("java.base/java/", "java.base/javax/", "java/"))
                and info.file_size <= LARGEST_FILE
                and _wanted(info.filename.rpartition("/")[2], language)
            }
            for name in _in_turn(names, imports):
                with members.open(names[name]) as member:
                    text = decoded(member.read(LARGEST_FILE))
                if text is not None and by_text(name, text) is None:
                    yield name, text
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error):
        return


def _in_turn(names: Iterable[str], imports: Imports) -> list[str]:
    """What is imported first, then of the usual packages and then of the others a few classes each at a time: the first
    package alone would fill the level."""
    count: Counter[str] = Counter()
    ranks: dict[str, tuple[bool, int, int]] = {}
    for name in sorted(names):
        folder = name.rpartition("/")[0]
        usual = _USUAL.index(folder) if folder in _USUAL else len(_USUAL)
        ranks[name] = usual == len(_USUAL), count[folder] // _CLASSES_AT_A_TIME, usual
        count[folder] += 1
    return sorted(ranks, key=lambda name: (_rank(name, "java", imports)[0], *ranks[name], name))
