"""What is written somewhere, with a seal: a damaged value, or one that stands under another key, is none at all."""

from __future__ import annotations

from hashlib import blake2b

FORMAT = b"\x01"
"""Of the seal itself. What has another is not read."""
_SEAL = 8


def seal(key: str, value: bytes) -> bytes:
    """The bytes to be written under `key`."""
    return FORMAT + _digest(key, value) + value


def unseal(key: str, written: object) -> bytes | None:
    """The value that was sealed for `key`; None where it is damaged, of another format, or something else."""
    if not isinstance(written, bytes) or not written.startswith(FORMAT):
        return None
    digest, value = written[1 : 1 + _SEAL], written[1 + _SEAL :]
    return value if digest == _digest(key, value) else None


def _digest(key: str, value: bytes) -> bytes:
    hashed = blake2b(key.encode("utf-8", "surrogatepass"), digest_size=_SEAL)
    hashed.update(b"\0")
    hashed.update(value)
    return hashed.digest()
