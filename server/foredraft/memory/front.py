"""What is in this process of a memory elsewhere: values read lately, and changes that are not written yet."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence

Change = Callable[[bytes | None], bytes | None]
"""From the value that is there (None: none) to what shall be. Pure, quick, and raises nothing; it may be carried out
more than once, each time from the value that is there then."""

_MOST_BYTES = 32_000_000
_ENTRY = 200
"""What an entry costs beyond its value."""


class Front:
    """Used on one thread only. A value counts as read for `fresh` seconds, since others write too."""

    def __init__(self, fresh: float, now: Callable[[], float] = time.monotonic) -> None:
        self._fresh, self._now = fresh, now
        self._read: OrderedDict[str, tuple[bytes | None, float]] = OrderedDict()
        self._bytes = 0
        self._pending: dict[str, list[Change]] = {}
        self._writing: dict[str, list[Change]] = {}

    @property
    def unwritten(self) -> int:
        """How many keys have changes that are not written."""
        return len(self._pending.keys() | self._writing.keys())

    def missing(self, keys: Iterable[str]) -> list[str]:
        """Those of `keys` that have to be read."""
        now = self._now()
        return [key for key in keys if (known := self._read.get(key)) is None or known[1] < now]

    def get(self, key: str) -> bytes | None:
        """The value as last read, with all changes since; one that was never read is None to begin with."""
        known = self._read.get(key)
        value = known[0] if known is not None else None
        for changes in (self._writing.get(key), self._pending.get(key)):
            for change in changes or ():
                value = change(value)
        return value

    def read(self, asked: Sequence[str], found: Mapping[str, bytes]) -> None:
        """The values of `asked`, as they were found just now."""
        until = self._now() + self._fresh
        for key in asked:
            self._forget(key)
            value = found.get(key)
            self._read[key] = value, until
            self._bytes += _ENTRY + len(value or b"")
        while self._bytes > _MOST_BYTES:
            self._forget(next(iter(self._read)))

    def change(self, key: str, change: Change) -> None:
        """From now on `get` sees the change; it is to be written."""
        self._pending.setdefault(key, []).append(change)

    def take(self, most: int) -> dict[str, Change]:
        """What is to be written next, `most` keys at most. To be followed by `written` or `failed`."""
        for key in list(self._pending)[:most]:
            self._writing[key] = self._pending.pop(key)
        return {key: _one_after_the_other(tuple(changes)) for key, changes in self._writing.items()}

    def written(self, values: Mapping[str, bytes | None]) -> None:
        """What was taken is written, and these are the values now."""
        self._writing.clear()
        self.read(list(values), {key: value for key, value in values.items() if value is not None})

    def failed(self, most: int) -> None:
        """What was taken is not written and waits again; of more than `most` keys the oldest become values that only
        this process knows."""
        for key, changes in self._pending.items():
            self._writing.setdefault(key, []).extend(changes)
        self._pending, self._writing = self._writing, {}
        while len(self._pending) > most:
            key = next(iter(self._pending))
            value = self.get(key)
            del self._pending[key]
            self.read([key], {} if value is None else {key: value})

    def forget(self) -> None:
        """Nothing that was read counts any more; what is not written stays."""
        self._read.clear()
        self._bytes = 0

    def _forget(self, key: str) -> None:
        known = self._read.pop(key, None)
        if known is not None:
            self._bytes -= _ENTRY + len(known[0] or b"")


def _one_after_the_other(changes: Sequence[Change]) -> Change:
    def all_of_them(value: bytes | None) -> bytes | None:
        for change in changes:
            value = change(value)
        return value

    return all_of_them
