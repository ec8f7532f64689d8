"""Successors of contexts in sorted arrays: a whole workspace, read where it lies, nothing loaded.

The arrays come from `build.py` through whoever keeps them on disk; here they are only looked up. An entry is
(key, token, count, file): the file is the only one that has it, or `SEVERAL`. That is how the file being edited is
left out. The arrays say which contexts they hold: all of them for the nearest files, few for the rest of a large
workspace or for installed packages.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from foredraft.predictor.contexts import COUNT

if TYPE_CHECKING:
    from foredraft.predictor.near import Near

FORMAT = 6
"""Counts up whenever arrays of an earlier version would be misread (other contexts, other hashes, another layout):
versions on disk that another made are not used."""

SEVERAL = 0xFFFF
REST = 0xFFFFFFFF
"""The token of an entry that sums the successors left out."""
KEPT_SUCCESSORS = 10
COMMON_WORDS = 4_000
PER_ENTRY = {"keys": "u4", "tokens": "u4", "counts": "u2", "files": "u2"}
"""The arrays that have one value an entry, and numpy's names of their kinds."""
REST_PREFIX = "rest."
"""Before the names of the arrays of a second tier that shares the first one's words."""
_MOST_MATCHES = 400


class Far:
    """One level over arrays that stay as they are; `rest` is its second tier, where there is one.

    `arrays`: `contexts` (u32, which there are), `starts` (u32, one for each of them and the end), `keys`, `tokens`
    (u32), `counts`, `files` (u16; empty where no file is ever left out), the vocabulary as `token_text` (u8, utf-8)
    and `token_ends` (u32), words sorted by their bytes as `word_text`, `word_ends`, `word_uses` (u32), and `common`
    (u32), the most used words. The words are those of both tiers. The second one's arrays, from `contexts` to `files`,
    have `REST_PREFIX` before their names.
    """

    def __init__(self, arrays: Mapping[str, Any], names: Sequence[str] = ()) -> None:
        self._set(arrays, {name: number for number, name in enumerate(names)}, "")
        self.rest: Far | None = None
        if REST_PREFIX + "keys" in arrays:
            self.rest = Far.__new__(Far)
            self.rest._set(arrays, self._file_numbers, REST_PREFIX)
            self.rest._known, self.rest._uses, self.rest.rest = self._known, self._uses, None

    def _set(self, arrays: Mapping[str, Any], numbers: dict[str, int], prefix: str) -> None:
        views = {name: memoryview(values) for name, values in arrays.items()}
        starts, contexts = views[prefix + "starts"].tolist(), views[prefix + "contexts"].tolist()
        if len(starts) != len(contexts) + 1 or not set(contexts) <= set(range(COUNT)):
            raise ValueError(f"the index has starts for {len(starts) - 1} contexts, not {len(contexts)} of {COUNT}")
        self._low, self._high = [0] * COUNT, [0] * COUNT
        for place, context in enumerate(contexts):
            self._low[context], self._high[context] = starts[place], starts[place + 1]
        self._keys, self._tokens, self._counts, self._files = (views[prefix + name] for name in PER_ENTRY)
        lengths = {len(self._keys), len(self._tokens), len(self._counts), len(self._files) or starts[-1]}
        if lengths != {starts[-1]}:
            raise ValueError("the arrays of the index do not fit together")
        self._token_text, self._token_ends = views["token_text"], views["token_ends"]
        self._word_text, self._word_ends, self._word_uses = views["word_text"], views["word_ends"], views["word_uses"]
        self._common_ids = views["common"]
        self._common: list[str] | None = None
        self._known: dict[int, str] = {}
        self._uses: dict[str, int] = {}
        self._file_numbers = numbers
        self.masked = -1
        self._own: Near | None = None

    def mask(self, name: str | None, own: Near | None = None) -> None:
        """From now on leave out what only the file of this name has, in both tiers; None leaves out nothing.

        `own` is what that file holds: of what others have as well, its part is taken off the counts. Where it is not,
        what stands in the file and once elsewhere counts twice."""
        number = self._file_numbers.get(name, -1) if name is not None else -1
        self.masked = number if number < SEVERAL and len(self._files) else -1
        self._own = own if self.masked >= 0 else None
        if self.rest is not None:
            self.rest.mask(name, own)

    def look_up(self, context: int, key: int) -> list[tuple[str, int]] | None:
        """(token, count) of the successors under a key, most frequent first; `""` stands for all that were left out.
        None where there are none, and for a context that this level does not have."""
        keys, high = self._keys, self._high[context]
        at = bisect_left(keys, key, self._low[context], high)
        if at >= high or keys[at] != key:
            return None
        found = []
        masked, files, known = self.masked, self._files, self._known
        own = self._own.successors[context].get(key) if self._own is not None else None
        fewer = 0
        while at < high and keys[at] == key:
            if masked < 0 or files[at] != masked:
                token = self._tokens[at]
                text = known.get(token)
                if text is None:
                    text = self._token(token)
                count = self._counts[at]
                if own is not None and count > 1 and files[at] == SEVERAL:
                    mine = min(count - 1, own.get(text, 0) if type(own) is dict else own == text)
                    count -= mine
                    fewer += mine
                found.append((text, count))
            at += 1
        if fewer:
            found.sort(key=_most_frequent_first)
        return found or None

    def uses(self, word: str) -> int:
        """How often the workspace uses a bare word."""
        known = self._uses.get(word)
        if known is None:
            at = self._place(word.encode("utf-8", "surrogatepass"))
            known = self._uses[word] = (
                self._word_uses[at] if at < len(self._word_uses) and self._word(at) == word else 0
            )
        return known if self._own is None else max(0, known - self._own.uses.get(word, 0))

    def beginning_with(self, letters: str, most: int) -> list[str]:
        """The words of the workspace that begin with `letters`, most used first, at most `most`."""
        start = letters.encode("utf-8", "surrogatepass")
        low, high = self._place(start), self._place(start + b"\xff")
        if high - low > _MOST_MATCHES:
            if self._common is None:
                self._common = [self._word(number) for number in self._common_ids.tolist()]
            return [word for word in self._common if word.startswith(letters)][:most]
        uses = self._word_uses[low:high].tolist()
        best = sorted(range(len(uses)), key=uses.__getitem__, reverse=True)[:most]
        return [self._word(low + at) for at in best]

    def _token(self, number: int) -> str:
        if number == REST:
            text = ""
        else:
            start = self._token_ends[number - 1] if number else 0
            text = bytes(self._token_text[start : self._token_ends[number]]).decode("utf-8", "surrogatepass")
        self._known[number] = text
        return text

    def _word(self, number: int) -> str:
        return self._word_bytes(number).decode("utf-8", "surrogatepass")

    def _word_bytes(self, number: int) -> bytes:
        start = self._word_ends[number - 1] if number else 0
        return bytes(self._word_text[start : self._word_ends[number]])

    def _place(self, word: bytes) -> int:
        low, high = 0, len(self._word_ends)
        while low < high:
            middle = (low + high) // 2
            if self._word_bytes(middle) < word:
                low = middle + 1
            else:
                high = middle
        return low


def _most_frequent_first(entry: tuple[str, int]) -> tuple[bool, int]:
    return not entry[0], -entry[1]
