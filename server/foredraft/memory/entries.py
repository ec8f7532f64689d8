"""What models wrote for one line, as it is written down: encoded, validated on reading, and brought together.

Everything that comes from a store is somebody else's until it is checked; what is not as it should be is left out.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any

from foredraft.questions.suggestion import Outcome, Stage

FORMAT = 1
"""Of what `encode` makes. What has another is not read."""
MOST = 12
"""Entries of one line; of more the best are kept."""

_MOST_TOLD = 16
_STAGES = frozenset(one.value for one in Stage)
_LONGEST_TEXT, _LONGEST_WORD = 20_000, 300
_COUNTED = (Outcome.SHOWN, Outcome.ACCEPTED, Outcome.PARTLY_ACCEPTED, Outcome.REJECTED)


@dataclass(frozen=True, slots=True)
class Entry:
    """A text that a model wrote between `before` and `after` of one line, with `\\n` for line ends.

    `context` is the fingerprint of what stood around, `when` in seconds since 1970. `outcomes` counts what became of
    it; `told` are the events that were counted, so that none counts twice.
    """

    before: str
    after: str
    text: str
    stage: Stage
    model: str
    route: str
    context: str
    when: float
    outcomes: tuple[tuple[Outcome, int], ...] = ()
    told: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The same for the same line in the end, at whichever column it was asked for."""
        text = "\0".join((self.before + self.text, self.after))
        return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()

    def count(self, what: Outcome) -> int:
        """How often this became of it."""
        return dict(self.outcomes).get(what, 0)

    @property
    def rejected(self) -> bool:
        """Whether it was sent away more often than taken."""
        return self.count(Outcome.REJECTED) > self.accepted

    @property
    def accepted(self) -> int:
        """How often it was taken, whole or in part."""
        return self.count(Outcome.ACCEPTED) + self.count(Outcome.PARTLY_ACCEPTED)

    def became(self, what: Outcome, event: str) -> Entry:
        """With one more outcome; an event that was counted is not counted again."""
        if event in self.told:
            return self
        counts = dict(self.outcomes)
        counts[what] = counts.get(what, 0) + 1
        return replace(self, outcomes=_sorted(counts), told=(*self.told, event)[-_MOST_TOLD:])

    def with_newer(self, newer: Entry) -> Entry:
        """Written once more: the later stage counts, then the later time; asked for at the earlier column it serves
        more of the line."""
        best = max(self, newer, key=lambda one: (one.stage is Stage.REFINED, one.when))
        first = min(self, newer, key=lambda one: len(one.before))
        return replace(
            best,
            before=first.before,
            text=first.text,
            when=max(self.when, newer.when),
            outcomes=self.outcomes,
            told=self.told,
        )

    def rank(self, context: str) -> tuple[bool, bool, bool, float]:
        """The higher the better, in surroundings of this fingerprint."""
        return self.stage is Stage.REFINED, self.context == context, self.accepted > 0, self.when


def encode(entries: Sequence[Entry]) -> bytes:
    """The bytes to be kept."""
    return json.dumps([FORMAT, [_plain(one) for one in entries]], separators=(",", ":")).encode("ascii")


def decode(value: bytes | None) -> list[Entry]:
    """The entries that are right of what was kept; raises nothing."""
    try:
        version, entries = json.loads(value or b"")
    except (ValueError, TypeError, RecursionError):
        return []
    if version != FORMAT or not isinstance(entries, list):
        return []
    return [found for one in entries[: 2 * MOST] if (found := _entry(one)) is not None]


def added(value: bytes | None, entry: Entry) -> bytes:
    """What was kept with one entry more, or with one that is known already brought together with it."""
    known = {one.id: one for one in decode(value)}
    before = known.pop(entry.id, None)
    known[entry.id] = before.with_newer(entry) if before is not None else entry
    return encode(_best(known.values()))


def told(value: bytes | None, ident: str, what: Outcome, event: str) -> bytes | None:
    """What was kept, with an outcome of one of its entries."""
    entries = decode(value)
    if all(one.id != ident for one in entries):
        return value
    return encode([one.became(what, event) if one.id == ident else one for one in entries])


def _best(entries: Iterable[Entry]) -> list[Entry]:
    """The newest are kept, and what was accepted or sent away before what nobody has seen."""
    kept = sorted(entries, key=lambda one: (bool(one.accepted or one.rejected), one.when))
    return sorted(kept[-MOST:], key=lambda one: one.when)


def _plain(entry: Entry) -> list[Any]:
    outcomes = {what.value: count for what, count in entry.outcomes}
    texts = [entry.before, entry.after, entry.text, entry.stage.value, entry.model, entry.route, entry.context]
    return [*texts, round(entry.when, 3), outcomes, list(entry.told)]


def _entry(plain: object) -> Entry | None:
    match plain:
        case [
            str(before), str(after), str(text), str(stage), str(model), str(route), str(context),
            float() | int() as when, dict(outcomes), list(told),
        ] if stage in _STAGES:  # fmt: skip
            pass
        case _:
            return None
    if max(map(len, (before, after, text))) > _LONGEST_TEXT or max(map(len, (model, route, context))) > _LONGEST_WORD:
        return None
    if not text or "\n" in before or "\n" in after or isinstance(when, bool) or not math.isfinite(when):
        return None
    counts = {Outcome(key): count for key, count in outcomes.items() if key in _COUNTED and type(count) is int}
    events = tuple(one for one in told if isinstance(one, str) and len(one) <= _LONGEST_WORD)[-_MOST_TOLD:]
    return Entry(before, after, text, Stage(stage), model, route, context, float(when), _sorted(counts), events)


def _sorted(counts: dict[Outcome, int]) -> tuple[tuple[Outcome, int], ...]:
    return tuple((what, count) for what in _COUNTED if (count := counts.get(what, 0)) > 0)
