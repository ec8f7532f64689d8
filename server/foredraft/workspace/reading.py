"""The text of one file, whatever it turns out to be."""

from __future__ import annotations

import codecs
import os
import re
import stat

from foredraft.workspace.kinds import Skip, by_text

MAX_FILE_BYTES = 1_000_000

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_LINE_END = re.compile("\r\n|\r|\n")
_MOSTLY = 0.3


def read(path: str, max_bytes: int = MAX_FILE_BYTES) -> str | Skip:
    """The file's text, or why it is not learned: see `text_of`, and what people did not write is left out too."""
    text = text_of(path, max_bytes)
    return text if isinstance(text, Skip) else by_text(path, text) or text


def text_of(path: str, max_bytes: int) -> str | Skip:
    """The file's text, or why there is none. Never raises, never waits for a pipe, reads at most `max_bytes`.

    UTF-8, UTF-16 and UTF-32 with a mark, and otherwise, where the bytes can be text at all, Latin-1.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0))
        with open(descriptor, "rb") as file:  # noqa: PTH123 (a descriptor)
            facts = os.fstat(descriptor)
            if not stat.S_ISREG(facts.st_mode):
                return Skip.SPECIAL
            if facts.st_size > max_bytes:
                return Skip.TOO_LARGE
            content = file.read(max_bytes + 1)
    except (OSError, ValueError):
        return Skip.UNREADABLE
    if len(content) > max_bytes:
        return Skip.TOO_LARGE
    text = decoded(content)
    return Skip.BINARY if text is None else text


def lines_of(text: str) -> list[str]:
    """The lines, as editors count them: \\n, \\r\\n and \\r end one, nothing else does."""
    return text.split("\n") if "\r" not in text else _LINE_END.split(text)


def decoded(content: bytes) -> str | None:
    """The text of a file's bytes; None where they are none."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _strictly(content[len(mark) :], encoding)
    if b"\x00" in content:
        return None
    text = _strictly(content, "utf-8")
    if text is not None:
        return text if len(_CONTROLS.findall(content)) <= _MOSTLY * len(content) else None
    strange = sum(byte > 0x7F for byte in content[:10_000]) + len(_CONTROLS.findall(content[:10_000]))
    return content.decode("latin-1") if strange <= _MOSTLY * len(content[:10_000]) else None


def _strictly(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return None
