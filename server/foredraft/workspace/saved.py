"""What was learned, kept on disk: written whole or not at all, mapped back unread, checked to the last bit.

    <cache>/index/<hash of the folders>/<kind>-<number>/     one version: a file for each array, and meta.json

A version is written to a folder of its own beside the others and gets its name by one rename, so that a reader (also
one in another process) sees all of it or nothing. What is mapped stays valid when its version is deleted.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import mmap
import os
import shutil
import tempfile
import zlib
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from foredraft.workspace.leftovers import clear_unfinished, collect, delete, unfinished_prefix
from foredraft.workspace.versions import META, Kind, Meta, made_by, meta, number, private_folders, sealed, versions

__all__ = ["Damaged", "Kind", "Other", "Saved", "home", "latest", "load", "newest", "publish", "set_aside", "versions"]

Arrays = Mapping[str, Any] | Callable[[], Iterable[tuple[str, Any]]]
"""Names and 1-d buffers (bytes, memoryviews, numpy arrays). A function gives them in parts: those of one name follow
each other in their array. It is called once more where writing has to begin anew."""
_FORMATS = {"b": 1, "B": 1, "h": 2, "H": 2, "i": 4, "I": 4, "q": 8, "Q": 8, "f": 4, "d": 8}
_LONGS = {"l": "q", "L": "Q"}  # as numpy calls 8 bytes on Linux
_CHUNK = 1 << 20


class Damaged(Exception):
    """A version is there but not as it was written."""


class Other(Exception):
    """A version is sound but was made by another release or predictor, or for another machine."""


@dataclass(frozen=True, slots=True)
class Saved:
    """One version, its arrays mapped read-only: 1-d memoryviews with their own formats."""

    path: Path
    arrays: Mapping[str, memoryview]
    facts: Mapping[str, Any] = field(default_factory=dict)
    identity: str = ""
    """The same for the same content."""


def home(cache: Path, folders: Sequence[Path], rules: str = "") -> Path:
    """Where the versions of a workspace (its folders, in any order) are kept below `cache`.

    `rules`: what else decides which of its files are learned. Servers that must not read the same share nothing.
    """
    name = "\0".join(sorted(os.fspath(folder) for folder in folders)) + (f"\0\0{rules}" if rules else "")
    return cache / "index" / hashlib.sha256(os.fsencode(name)).hexdigest()[:24]


def publish(into: Path, kind: Kind, arrays: Arrays, facts: Mapping[str, Any]) -> Path:
    """Write a new version and return its folder; older ones than the one before it are deleted.

    `facts`: small and JSON. Folders are made 0700 and files 0600. OSError where the disk is full or must not be
    written; then nothing is left behind.
    """
    try:
        path = _publish(into, kind, arrays, facts)
    except FileNotFoundError:  # somebody deleted the home meanwhile
        path = _publish(into, kind, arrays, facts)
    collect(into, kind)
    return path


def load(path: Path) -> Saved:
    """Map one version, every bit checked (about 1 GB/s, mostly outside the interpreter's lock).

    Damaged, Other, or FileNotFoundError where it was deleted meanwhile.
    """
    try:
        said = _ours(path)
        arrays = {name: _mapped(path / f"{name}.bin", *facts) for name, facts in said.body["arrays"].items()}
        return Saved(path, arrays, said.body["facts"], said.identity)
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as problem:
        if not path.exists():
            raise FileNotFoundError(path) from problem
        raise Damaged(path.name) from problem


def latest(into: Path, kind: Kind) -> tuple[Saved | None, bool]:
    """The newest version that is sound, and whether damaged ones were met; those are moved aside."""
    damaged = False
    for path in versions(into, kind):
        with contextlib.suppress(FileNotFoundError, Other):
            try:
                return load(path), damaged
            except Damaged:
                damaged = True
                set_aside(path)
    return None, damaged


def newest(into: Path, kind: Kind) -> tuple[Path, str] | None:
    """The newest version this process can read and its identity, its arrays not looked at: asked every second."""
    for path in versions(into, kind):
        with contextlib.suppress(OSError, ValueError, Other):
            return path, _ours(path).identity
    return None


def holds(path: Path, array: str) -> bool:
    """Whether a version has an array of this name; False also where it is gone."""
    try:
        return array in meta(path).body["arrays"]
    except (OSError, ValueError, KeyError):
        return False


def set_aside(path: Path) -> None:
    """Rename a damaged version to `<name>.damaged`, where it can be looked at. One is kept."""
    for old in path.parent.glob("*.damaged"):
        delete(old)
    try:
        path.rename(path.with_name(f"{path.name}.damaged"))
    except OSError:
        shutil.rmtree(path, ignore_errors=True)


def _publish(into: Path, kind: Kind, arrays: Arrays, facts: Mapping[str, Any]) -> Path:
    private_folders(into)
    clear_unfinished(into)
    unfinished = Path(tempfile.mkdtemp(prefix=unfinished_prefix(), dir=into))
    try:
        written = _write(unfinished, arrays.items() if isinstance(arrays, Mapping) else arrays())
        body = json.dumps({**made_by(), "arrays": written, "facts": dict(facts)})
        _write_meta(unfinished / META, sealed(body))
        return _named(unfinished, into, kind)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def _ours(path: Path) -> Meta:
    """What a version says of itself; Other where it was not made for this process."""
    said = meta(path)
    made = json.loads(json.dumps(made_by()))
    if {name: said.body.get(name) for name in made} != made:
        raise Other(path.name)
    return said


def _mapped(path: Path, format_: Any, length: int, checksum: int) -> memoryview:
    size = length * _FORMATS[format_]
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size != size:
            raise ValueError(path.name)
        if not size:
            if checksum:
                raise ValueError(path.name)
            return memoryview(array(format_))
        mapping = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    content, found = memoryview(mapping), 0
    for start in range(0, size, _CHUNK):
        found = zlib.crc32(content[start : start + _CHUNK], found)
        if hasattr(mmap, "MADV_DONTNEED"):
            # Of hundreds of megabytes, only what is looked up later counts as this process's memory.
            mapping.madvise(mmap.MADV_DONTNEED, start, min(_CHUNK, size - start))
    if found != checksum:
        raise ValueError(path.name)
    return content.cast(format_)


def forget_pages(version: Saved) -> None:
    """What was looked up in it counts no more as this process's memory; what is needed again is mapped again."""
    for view in version.arrays.values():
        mapping = view.obj
        if isinstance(mapping, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
            mapping.madvise(mmap.MADV_DONTNEED)


def _write(folder: Path, parts: Iterable[tuple[str, Any]]) -> dict[str, tuple[str, int, int]]:
    """(format, length, checksum) of each array that was written."""
    written: dict[str, tuple[str, int, int]] = {}
    with contextlib.ExitStack() as stack:
        files: dict[str, BinaryIO] = {}
        for name, values in parts:
            view = memoryview(values)
            format_ = _LONGS.get(view.format, view.format) if view.itemsize == 8 else view.format
            if view.ndim != 1 or not view.c_contiguous or _FORMATS.get(format_) != view.itemsize:
                raise TypeError(f"{name}: a 1-d array of plain numbers is wanted, not {view.format} of {view.ndim}")
            if name not in files:
                files[name] = stack.enter_context(_create(folder / f"{name}.bin"))
            before, length, checksum = written.get(name, (format_, 0, 0))
            if before != format_:
                raise TypeError(f"{name}: first {before}, then {format_}")
            content = view.cast("B") if len(view) else memoryview(b"")
            files[name].write(content)
            written[name] = format_, length + len(view), zlib.crc32(content, checksum)
    return written


def _write_meta(path: Path, content: bytes) -> None:
    """The arrays are not forced to disk (they are large): after a power cut their checksums tell."""
    with _create(path) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _create(path: Path) -> BinaryIO:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    return open(descriptor, "wb")  # noqa: PTH123 (a descriptor)


def _named(unfinished: Path, into: Path, kind: Kind) -> Path:
    """Give the finished folder the next free number. Another process may take the same one first."""
    while True:
        last = max((number(path) or 0 for path in versions(into, kind)), default=0)
        path = into / f"{kind}-{last + 1}"
        try:
            return unfinished.rename(path)
        except OSError:
            if not path.exists():
                raise
