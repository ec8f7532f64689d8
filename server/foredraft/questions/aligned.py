"""From what a model says, as it streams, to the text at the cursor.

What was given out is never taken back: each text extends the one before, and is given out as soon as nothing that may
still come can change it.
"""

from __future__ import annotations

from enum import Enum

from foredraft.predictor.lexer import MASKED
from foredraft.questions.dressing import fenced, undressed, unmarked
from foredraft.questions.echo import Above, Rest, without_prefix, without_suffix
from foredraft.questions.indent import Margin
from foredraft.questions.prose import Place
from foredraft.questions.suggestion import Reject


class Reply(Enum):
    """What kind of reply it is that is read."""

    CHAT = "an answer to a question"
    CONTINUED = "what follows the cursor's line in an open fence"
    FILLED = "what a model made for it fills in"


class Aligner:
    """Reads one reply. `prefix` and `suffix` are what the model was shown before and behind the cursor, `language`
    is the document's as editors name it.

    `rejected`: why nothing more of the answer is given out, which is then worth nothing.
    """

    def __init__(self, prefix: str, suffix: str, language: str = "", reply: Reply = Reply.CHAT) -> None:
        prefix, suffix = (text.replace("\r\n", "\n").replace("\r", "\n") for text in (prefix, suffix))
        self.rejected: Reject | None = None
        self._reply = reply
        self._right, *below = suffix.split("\n")
        self._below = [line.rstrip() for line in below if line.strip()]
        self._above = Above(prefix)
        self._place = Place.of(prefix, suffix, language)
        self._margin = Margin(prefix, suffix, self._place.text)
        self._heard = ""
        self._given = ""
        self._enough = False

    @property
    def enough(self) -> bool:
        """Whether nothing that may still come changes the answer."""
        return self._enough or self.rejected is not None

    def feed(self, text: str) -> str:
        """`text` came; as much of the answer as is certain."""
        return self._read(text, False)

    def end(self) -> str:
        """Nothing more comes; the whole answer."""
        return self._read("", True)

    def _read(self, text: str, final: bool) -> str:
        if self.enough:
            return self._given
        self._heard += text
        answer, enough = self._answer(final)
        if MASKED in answer:
            self.rejected, answer = Reject.MASKED, answer[: answer.index(MASKED)]
        elif not (final or enough):
            answer = answer.rstrip()
            answer = answer[: _before_part_of(MASKED, answer)]
        if answer.startswith(self._given):
            self._given = answer
        self._enough = enough or final
        return self._given

    def _answer(self, final: bool) -> tuple[str, bool]:
        text, ended = unmarked(self._heard, final)
        final = final or ended
        if self._reply is not Reply.FILLED:
            dressed = fenced if self._reply is Reply.CONTINUED else self._undressed
            text, closed = dressed(text, final)
            ended, final = ended or closed, final or closed
        rest = without_prefix(text, final, self._above) if self._reply is Reply.CHAT else Rest(text, False)
        if rest is None:
            return "", False
        echoed = len(rest.text) < len(text)
        text = rest.text if self._reply is Reply.FILLED else self._margin.fitted(rest, final)
        text, repeats = without_suffix(text, final, self._margin.before, self._right, self._below, echoed)
        if final or repeats:
            text = text.rstrip("\n") if self._right.strip() else text.rstrip()
        return text, ended or repeats

    def _undressed(self, text: str, final: bool) -> tuple[str, bool]:
        return undressed(text, final, self._place)


def _before_part_of(word: str, text: str) -> int:
    """Where the end of `text` begins that `word` begins with too."""
    return len(text) - next((size for size in range(len(word) - 1, 0, -1) if text.endswith(word[:size])), 0)
