"""Where does a message end? The frames of the base protocol, taken out of whatever pieces of bytes arrive."""

from __future__ import annotations

_MOST_HEADER = 16 * 1024


class Frames:
    """Cuts a stream into message bodies: `Content-Length: n`, an empty line, n bytes.

    Lenient in what does no harm: header names in any case, lines that end in `\\n` alone, unknown headers.
    A header that says no length cannot be followed by a body, so it is passed over.
    """

    def __init__(self) -> None:
        self._rest = bytearray()
        self._length: int | None = None

    def feed(self, chunk: bytes) -> list[bytes]:
        """The bodies that are complete with `chunk`, in order. Raises ValueError if the stream is no such protocol."""
        self._rest += chunk
        bodies: list[bytes] = []
        at = 0
        while True:
            if self._length is None:
                end = _header_end(self._rest, at)
                if end < 0:
                    if len(self._rest) - at > _MOST_HEADER:
                        raise ValueError("no header in the stream")
                    break
                self._length = _length(bytes(self._rest[at:end]))
                at = end
            if self._length is not None:
                if len(self._rest) - at < self._length:
                    break
                bodies.append(bytes(self._rest[at : at + self._length]))
                at += self._length
                self._length = None
        del self._rest[:at]
        return bodies


def frame(body: bytes) -> bytes:
    """`body` with its header."""
    return b"Content-Length: %d\r\n\r\n" % len(body) + body


def _header_end(data: bytearray, at: int) -> int:
    found = [end for end in (_behind(data, b"\r\n\r\n", at), _behind(data, b"\n\n", at)) if end >= 0]
    return min(found, default=-1)


def _behind(data: bytearray, mark: bytes, at: int) -> int:
    found = data.find(mark, at, at + _MOST_HEADER)
    return found + len(mark) if found >= 0 else -1


def _length(header: bytes) -> int | None:
    for line in header.split(b"\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length" and value.strip().isdigit():
            return int(value)
    return None
