"""How much of what models wrote is worth showing: cuts at borders, each with its chance, beside the predictor's own.

What the predictor, the draft and its refinement say of each other is the strongest sign there is: they were made of
different things, so what they agree on is right far more often than what any of them is sure of.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from foredraft.orchestra.evidence import Evidence, Judge, by_whom
from foredraft.predictor.calibration import Cut
from foredraft.predictor.lexer import lex
from foredraft.predictor.showing import Rated
from foredraft.questions.kept import Kept
from foredraft.questions.suggestion import Reject, Stage
from foredraft.text.edit import common

_MOST_CUTS = 40
_MOST_LOOKS = 400
_CASES = 4.0
"""All looks at one line count as so many cases: they are right or wrong together."""
_LONGEST_LOOK = 400


Fit = Callable[[str, bool], "str | Reject"]
"""A text as it may stand at the cursor, or why not; True where it is not whole."""


@dataclass(frozen=True, slots=True)
class Look:
    """A text that might have been shown in line `line` behind `before`, and what spoke for it."""

    line: int
    before: str
    text: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Weighed:
    """All that could be shown here: the predictor's cuts and the models', each with its chance. `kept` says of which
    kept text a cut is a beginning; `texts` are those made fit for their place, the newest first; `rejected` says why
    others are not among them."""

    rated: list[Rated]
    kept: dict[str, Kept]
    looks: list[Look]
    texts: tuple[tuple[Kept, str], ...] = ()
    rejected: tuple[Reject, ...] = ()


def standing(kept: Sequence[Kept], at: int) -> list[Kept]:
    """What of `kept` stands at offset `at`, the newest first."""
    return [one for one in reversed(kept) if one.edit.start == at]


def weigh(judge: Judge, predicted: Sequence[Rated], here: Sequence[Kept], line: int, before: str, fit: Fit) -> Weighed:
    """`predicted` and the texts of `here`, which stand behind `before` in line `line`, weighed against each other."""
    if not here:
        return Weighed(list(predicted), {}, [])
    texts, rejected = _texts(here, fit)
    found: dict[str, tuple[Evidence, Kept]] = {}
    for one, text in texts:
        others = [other for other in texts if other[0] is not one]
        for begun in _cuts(text):
            evidence = _evidence(begun, text, one, others, predicted)
            known = found.get(begun)
            if known is None or judge.rate(evidence) > judge.rate(known[0]):
                found[begun] = evidence, one
    rated: list[Rated] = []
    looks: list[Look] = []
    for cut, rate in predicted:
        if cut.text in found:
            continue  # the models say it as well: that is weighed below
        agreeing = [one for one, text in texts if text.startswith(cut.text)]
        if not agreeing and texts:
            against = Evidence("predictor", texts[0][0].model, texts[0][0].typed, rate)
            looks.append(Look(line, before, cut.text, against))
            rate = judge.rate(against)
        rated.append((cut, rate))
    for text, (evidence, _) in found.items():
        rate = judge.rate(evidence)
        looks.append(Look(line, before, text, evidence))
        rated.append((Cut(text, rate, len(lex(text)) or 1, 1, ends=evidence.ends), rate))
    rated.sort(key=lambda each: len(each[0].text))
    kept = {text: one for text, (_, one) in found.items()}
    return Weighed(rated, kept, looks, tuple(texts), tuple(rejected))


class Truths:
    """What was weighed in one document, until its lines are finished and tell what was right."""

    def __init__(self) -> None:
        self._looks: list[Look] = []

    def looked(self, looks: Sequence[Look]) -> None:
        """These were weighed just now."""
        if looks and len(looks[0].before) <= _LONGEST_LOOK:
            self._looks += looks
            del self._looks[:-_MOST_LOOKS]

    def finished(self, lines: Sequence[str], line: int, judge: Judge) -> None:
        """The user is in `line` of `lines` now: what was weighed for lines that are left is learned."""
        waiting: list[Look] = []
        told: list[tuple[Look, bool]] = []
        for look in self._looks:
            last = look.line + look.text.count("\n")
            if look.line == line or look.line < line <= last:
                waiting.append(look)
            elif last < len(lines) and lines[look.line].startswith(look.before):
                truth = "\n".join(lines[look.line : last + 1])[len(look.before) :]
                told.append((look, truth.startswith(look.text)))
        self._looks = waiting
        for look, right in told:
            judge.learn(look.evidence, right, min(1.0, _CASES / len(told)))


def _texts(here: Sequence[Kept], fit: Fit) -> tuple[list[tuple[Kept, str]], list[Reject]]:
    texts: list[tuple[Kept, str]] = []
    rejected: list[Reject] = []
    for one in here:
        text = fit(one.edit.text, not one.whole)
        if isinstance(text, Reject):
            rejected.append(text)
        else:
            texts.append((one, text.replace("\r\n", "\n")))
    return texts, rejected


def _cuts(text: str) -> list[str]:
    """Beginnings of `text`: behind each word of its first line, and behind each further line."""
    first, _, rest = text.partition("\n")
    cuts, at = [], 0
    if first.strip():
        for token in lex(first)[:_MOST_CUTS]:
            at = first.find(token.strip(), at) + len(token.strip())
            cuts.append(first[:at])
        cuts.append(first.rstrip() if not rest else first)
    reached = first
    for line in rest.split("\n") if rest else ():
        reached += "\n" + line
        if line.strip():
            cuts.append(reached)
    return list(dict.fromkeys(cut for cut in cuts if cut.strip()))


def _evidence(
    cut: str, text: str, one: Kept, others: Sequence[tuple[Kept, str]], predicted: Sequence[Rated]
) -> Evidence:
    saying = [other for other, said in others if said.startswith(cut)]
    confirmed = any(other.stage is not one.stage for other in saying)
    other_stage = any(other.stage is not one.stage for other, _ in others)
    agrees, rate = _agreement(cut, predicted)
    first, end, _ = text.partition("\n")
    return Evidence(
        by_whom(one.stage, confirmed),
        one.model,
        one.typed,
        rate,
        agrees,
        "same" if confirmed else "other" if other_stage or (one.stage is Stage.REFINED and others) else "none",
        len(cut),
        cut.count("\n"),
        cut in (text, first) or bool(end and cut.endswith("\n")),
    )


def _agreement(cut: str, predicted: Sequence[Rated]) -> tuple[str, float]:
    """How the predictor's text lies to `cut`, and its rate of the longest beginning that both have."""
    if not predicted:
        return "silent", 0.0
    whole = [rate for each, rate in predicted if each.text.startswith(cut)]
    if whole:
        return "all", max(whole)
    begun = [(len(each.text), rate) for each, rate in predicted if cut.startswith(each.text)]
    longest = max((common(each.text, cut) for each, _ in predicted), default=0)
    if begun and longest <= max(begun)[0]:
        return "part", max(begun)[1]
    return "other", max(rate for _, rate in predicted)
