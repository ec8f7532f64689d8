"""What a model says to a prompt."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from foredraft.replay.simulator.gaps import Gap
from foredraft.replay.simulator.knowledge import Knowledge, Place
from foredraft.replay.simulator.settings import Answers, Dress, Knows
from foredraft.text.edit import common

CHARACTERS = 4
"""A token is so many characters, for all models alike."""

_DRAFT = re.compile(r"<(insertion|draft|candidate|proposal)(?: (\d+))?>\n(.*?)\n?</\1>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer within the tokens that were allowed: reasoning first, then text. `said` is the log's word for it."""

    thought: str
    text: str
    cut: bool
    said: str


def tokens_of(text: str) -> int:
    return math.ceil(len(text) / CHARACTERS)


def pieces(text: str) -> list[str]:
    """The tokens of a text."""
    return [text[at : at + CHARACTERS] for at in range(0, len(text), CHARACTERS)]


class Speaker:
    """A model's answers, by its part of the scenario."""

    def __init__(self, answers: Answers, seed: int, folder: Path) -> None:
        self._answers = answers
        knows = answers.knows
        self._seed = seed if knows is None or knows.seed is None else knows.seed
        self._knowledge = Knowledge(_texts(knows, folder), knows.share, self._seed) if knows else None

    @property
    def marker(self) -> str | None:
        """How a chat prompt marks the cursor, if in a way of its own."""
        return self._answers.marker

    def say(self, gaps: Sequence[Gap], whole: str, dressed: bool) -> tuple[str, str]:
        """The text for a prompt, and the log's word for where it came from. `whole` is a chat prompt's full text."""
        for rule in self._answers.rules:
            for gap in gaps or [Gap(whole)]:
                if gap.prefix.endswith(rule.after):
                    return self._dressed(rule.text, gap.prefix, dressed), "rule"
        knows = self._answers.knows
        if self._knowledge is not None and knows is not None:
            place = self._knowledge.find(gaps, whole)
            if place is not None:
                text, said = self._judged(whole, *self._knowledge.go_on(place, knows.lines), place.row)
                return self._dressed(text, _before(place, gaps), dressed), said
            return self._dressed(self._answers.text, "", dressed), "lost"
        return self._dressed(self._answers.text, gaps[-1].prefix if gaps else "", dressed), "text"

    def _judged(self, whole: str, text: str, true: bool, row: int) -> tuple[str, str]:
        """What becomes of drafts that the prompt proposes: of several the number of the best, of one a better text.

        A model that does not know the line leaves a draft as it is, and takes any of several.
        """
        drafts = {found[2] or "": found[3] for found in _DRAFT.finditer(whole)}
        numbered = {number: draft for number, draft in drafts.items() if number}
        if numbered and true:
            best = max(numbered, key=lambda number: common(numbered[number].strip(), text.strip()))
            return best, "known"
        if numbered:
            return Random(f"{self._seed}/{row}/choice").choice(sorted(numbered)), "wrong"
        return (drafts[""], "kept") if "" in drafts and not true else (text, "known" if true else "wrong")

    def _dressed(self, text: str, prefix: str, dressed: bool) -> str:
        for dress in self._answers.dress if dressed else ():
            text = _dress(dress, text, prefix)
        return text


def fitted(thought: str, text: str, stop: Sequence[str], most: int | None, said: str) -> Answer:
    """An answer that ends before the first of `stop` and within `most` tokens, reasoning included."""
    ends = [at for one in stop if one and (at := text.find(one)) >= 0]
    if ends:
        text = text[: min(ends)]
    if most is None or tokens_of(thought) + tokens_of(text) <= most:
        return Answer(thought, text, False, said)
    thought = thought[: most * CHARACTERS]
    return Answer(thought, text[: (most - tokens_of(thought)) * CHARACTERS], True, said)


def _texts(knows: Knows, folder: Path) -> dict[str, str]:
    found = {path: path for pattern in knows.paths for path in sorted(folder.glob(pattern)) if path.is_file()}
    texts = {str(path): path.read_text(encoding="utf-8", errors="replace") for path in found}
    return {**texts, **knows.files}


def _before(place: Place, gaps: Sequence[Gap]) -> str:
    """What stood before the cursor that was found."""
    fitting = [gap.prefix for gap in gaps if gap.prefix.endswith(place.line)]
    return fitting[-1] if fitting else place.line


def _dress(dress: Dress, text: str, prefix: str) -> str:
    if dress == "fences":
        return f"```\n{text}\n```"
    if dress == "echo":
        return "\n".join(prefix.split("\n")[-2:]) + text
    if dress == "chatter":
        return f"Sure! Here is the code that goes there:\n\n```\n{text}\n```\n\nThis completes the code at the cursor."
    return f"<think>\nThe cursor is at the end of a line.\n</think>\n\n{text}"
