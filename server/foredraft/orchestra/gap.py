"""The gap at a cursor, put to any model: what of it may be sent there, in which form, and what of a reply fills it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

from foredraft.errors import Failure, ModelFailed
from foredraft.models.model import Facts, Use
from foredraft.models.outgoing import Outgoing
from foredraft.orchestra.question import Reading
from foredraft.privacy.outgoing import Clearance, repeats_mask
from foredraft.questions.aligned import Aligner, Reply
from foredraft.questions.hole import ballot, hole, improve
from foredraft.questions.prompt import Chat, Fim, Prompt
from foredraft.questions.suggestion import Reject

MOST_TOKENS = 96
"""Of an answer. What is taken of it is bounded by lines; this bounds what a model that goes on would cost."""
_MOST_LINES = 4
_BALLOT_TOKENS = 8


class Gap:
    """One place. `fim` is called once, when the first model is asked; `document` is the open file's path; `worse` says
    whether the document parses worse with its second text than with its first."""

    def __init__(
        self, fim: Callable[[], Fim], document: Path, clearance: Clearance, worse: Callable[[str, str], bool]
    ) -> None:
        self._make, self._document, self._clearance, self._worse = fim, document, clearance, worse

    @cached_property
    def fim(self) -> Fim:
        """What a model may be told of the place, before privacy has its say."""
        return self._make()

    def outgoing(self, facts: Facts, draft: str | None) -> Outgoing:
        """What is sent to this model. Raises ModelFailed where nothing may be."""
        cleared = self._clear(facts, Prompt(self.fim, MOST_TOKENS))
        fim = cleared.prompt.body
        if facts.use is not Use.CHAT or not isinstance(fim, Fim):
            return cleared
        chat = hole(fim, facts.continues) if draft is None else improve(fim, draft)
        return self._clear(facts, Prompt(chat, MOST_TOKENS), fim)

    def reading(self, facts: Facts, draft: str | None) -> Reading:
        """For one reply of this model."""
        kind = Reply.FILLED if facts.use is not Use.CHAT else Reply.CONTINUED if facts.continues else Reply.CHAT
        if draft is not None and kind is Reply.CONTINUED:
            kind = Reply.CHAT
        alone = bool(self.fim.suffix.partition("\n")[0].strip())
        return Bounded(Aligner(self.fim.prefix, self.fim.suffix, self.fim.language, kind), 1 if alone else _MOST_LINES)

    def worse(self, draft: str, text: str) -> bool:
        """Whether the document parses worse with `text` than with `draft`."""
        return self._worse(draft, text)

    def ballot(self, facts: Facts, texts: list[str]) -> Outgoing:
        """Ask which of `texts` is best; the answer is its number, from 1."""
        cleared = self._clear(facts, Prompt(self.fim, _BALLOT_TOKENS))
        fim = cleared.prompt.body
        assert isinstance(fim, Fim)
        return self._clear(facts, Prompt(ballot(fim, texts), _BALLOT_TOKENS), fim)

    def _clear(self, facts: Facts, prompt: Prompt, fim: Fim | None = None) -> Outgoing:
        sources = [one.path for one in fim.files] if fim is not None and isinstance(prompt.body, Chat) else []
        cleared = self._clearance.clear(prompt, self._document, facts.tier, sources)
        if isinstance(cleared, Reject):
            raise ModelFailed(facts.name, Failure.FORBIDDEN, str(cleared))
        return cleared


class Bounded:
    """A reading of at most so many lines."""

    def __init__(self, aligner: Aligner, most_lines: int) -> None:
        self._aligner, self._most = aligner, most_lines
        self._text = ""

    @property
    def enough(self) -> bool:
        return self._aligner.enough or self._text.count("\n") >= self._most

    @property
    def rejected(self) -> str:
        """Why the whole reply is worth nothing; "" if it is not."""
        if repeats_mask(self._text):
            return str(Reject.MASKED)
        return str(self._aligner.rejected) if self._aligner.rejected is not None else ""

    def feed(self, text: str) -> str:
        """`text` came; what of the answer is certain now."""
        self._text = self._aligner.feed(text)
        return self._cut()

    def end(self) -> str:
        """Nothing more comes; the whole answer."""
        self._text = self._aligner.end()
        return self._cut()

    def likely(self) -> str:
        """What the whole answer would be if nothing more came."""
        return copy.deepcopy(self._aligner).end()

    def _cut(self) -> str:
        lines = self._text.split("\n")
        return self._text if len(lines) <= self._most else "\n".join(lines[: self._most])
