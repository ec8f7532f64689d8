"""What was on the screen? The texts of the last suggestions, for what the client says of them later."""

from __future__ import annotations

from foredraft.lsp.convert import column
from foredraft.questions.suggestion import Suggestion

_MOST = 256


class Offers:
    """The texts of the newest suggestions by id; bounded."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def add(self, suggestion: Suggestion) -> None:
        self._texts.pop(suggestion.id, None)
        self._texts[suggestion.id] = suggestion.edits[0].text
        if len(self._texts) > _MOST:
            del self._texts[next(iter(self._texts))]

    def length(self, ident: str, units: int) -> int | None:
        """How many code points the first `units` UTF-16 units of a suggestion are; None if it is not known."""
        text = self._texts.get(ident)
        return None if text is None else column(text, units)
