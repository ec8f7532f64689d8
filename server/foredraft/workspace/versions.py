"""How versions are called in their home, and who made them: what everyone who meets a version asks first."""

from __future__ import annotations

import contextlib
import json
import sys
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

from foredraft import __version__
from foredraft.predictor import calibration, features
from foredraft.predictor.contexts import COUNT
from foredraft.predictor.far import FORMAT as ARRAYS

Kind = Literal["index", "weights", "packages", "machine"]
KINDS: tuple[Kind, ...] = ("index", "weights", "packages", "machine")
OF_THE_WORKSPACE: tuple[Kind, ...] = ("index", "weights")
"""What every home holds, whatever else its servers want."""
FORMAT = 1
PREDICTOR = [ARRAYS, COUNT, features.SIZE, calibration.SIZE]
"""What the predictor that reads a version must agree in with the one that made it; others' are made again. Weights
carry it too: they are never used for another layout than they were trained with."""
META = "meta.json"


class Meta(NamedTuple):
    """What a version says of itself."""

    body: Mapping[str, Any]
    identity: str
    """Of its whole content, since the arrays' checksums are in it."""


def made_by() -> dict[str, object]:
    """What a version must say for this process to read it."""
    return {"format": FORMAT, "predictor": PREDICTOR, "release": __version__, "byteorder": sys.byteorder}


def maker(body: Mapping[str, Any] | None = None) -> str:
    """A short name of who made a version; without one, of this process. Those of the same name read each other's."""
    made = made_by()
    said = made if body is None else {name: body.get(name) for name in made}
    return f"{zlib.crc32(json.dumps(said, sort_keys=True).encode()):08x}"


def versions(into: Path, kind: Kind) -> list[Path]:
    """The folders of all versions, the newest first, whoever made them."""
    try:
        found = [path for path in into.iterdir() if path.name.startswith(f"{kind}-") and number(path) is not None]
    except OSError:
        return []
    return sorted(found, key=lambda path: number(path) or 0, reverse=True)


def number(path: Path) -> int | None:
    """A version's number; None where the name is not one's."""
    digits = path.name.rpartition("-")[2]
    return int(digits) if digits.isdecimal() and digits.isascii() and len(digits) < 19 else None


def sealed(body: str) -> bytes:
    """The content of `META` that `meta` reads."""
    return f"{body}\n{zlib.crc32(body.encode()):08x}\n".encode()


def meta(path: Path) -> Meta:
    """What the version in this folder says of itself. OSError where it cannot be read, ValueError where damaged."""
    content = (path / META).read_bytes()
    text, _, rest = content.partition(b"\n")
    if rest != b"%08x\n" % zlib.crc32(text):
        raise ValueError(META)
    body = json.loads(text)
    if not isinstance(body, dict):
        raise ValueError(META)
    return Meta(body, rest.decode().strip())


def private_folders(path: Path) -> None:
    """Make the folder and those above it that are missing, for the user alone."""
    if not path.is_dir():
        private_folders(path.parent)
        with contextlib.suppress(FileExistsError):
            path.mkdir(mode=0o700)
