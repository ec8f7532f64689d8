"""What else is offered at a place beside the text that was chosen, and what is on screen there already."""

from __future__ import annotations

from foredraft.orchestra.choose import Weighed
from foredraft.questions.kept import Kept
from foredraft.questions.snapshot import Snapshot, Trigger
from foredraft.questions.suggestion import Suggestion

_MOST = 3
_LEAST_RATE = 0.2
_MOST_SHOWN = 256

Other = tuple[str, float, Kept | None]


class Shown:
    """The suggestions of which an outcome may still be told, the newest of them."""

    def __init__(self) -> None:
        self._shown: dict[str, tuple[str, tuple[str, ...]]] = {}

    def add(self, suggestion: Suggestion, uri: str, weighed: Weighed) -> None:
        """This was shown in a document."""
        text = suggestion.edits[0].text.replace("\r\n", "\n")
        saying = tuple(kept.id for kept, said in weighed.texts if said.startswith(text) or text.startswith(said))
        self._shown[suggestion.id] = uri, saying
        if len(self._shown) > _MOST_SHOWN:
            del self._shown[next(iter(self._shown))]

    def of(self, ident: str) -> tuple[str, tuple[str, ...]]:
        """The document of a suggestion, and the ids of the kept texts that say the same; "" for one that is unknown."""
        return self._shown.get(ident, ("", ()))

    def settled(self, ident: str) -> None:
        """Its outcome is told."""
        self._shown.pop(ident, None)

    def close(self, uri: str) -> None:
        """The document is not open any more."""
        self._shown = {known: shown for known, shown in self._shown.items() if shown[0] != uri}


def on_screen(snapshot: Snapshot) -> tuple[str, float] | None:
    """What was offered last and still fits at the cursor: its text and its rate."""
    at = snapshot.document.offset(snapshot.cursor)
    for live in reversed(snapshot.live):
        if len(live.edits) == 1 and live.edits[0].start == live.edits[0].end == at:
            return live.edits[0].text, live.confidence
    return None


def some(weighed: Weighed) -> tuple[str, float] | None:
    """Where the user asked by a key and nothing is sure: the line a model wrote all the same, if there is one."""
    for kept, text in weighed.texts:
        first = text.partition("\n")[0].rstrip()
        rate = next((rate for cut, rate in weighed.rated if cut.text == first), 0.0)
        if first and kept is not None:
            return first, rate
    return None


def alternatives(weighed: Weighed, chosen: str, trigger: Trigger) -> list[Other]:
    """What models wrote for the place and is neither a beginning of `chosen` nor goes on from it; and where the user
    asked by a key, the predictor's text if it is another."""
    others: list[Other] = []
    texts: list[tuple[str, Kept | None]] = [(text.rstrip(), kept) for kept, text in weighed.texts]
    if trigger is Trigger.INVOKED:
        texts += [
            (cut.text, None) for cut, rate in weighed.rated[::-1] if cut.text not in weighed.kept and rate > _LEAST_RATE
        ]
    for text, kept in texts:
        taken = [chosen, *(other[0] for other in others)]
        if text and not any(text.startswith(known) or known.startswith(text) for known in taken):
            rate = next((rate for cut, rate in weighed.rated if cut.text == text), _LEAST_RATE)
            others.append((text, rate, kept))
    return others[:_MOST]
