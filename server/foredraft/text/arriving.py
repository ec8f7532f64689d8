"""What is left of a text that still arrives, while the user types on towards it?"""

from __future__ import annotations

from dataclasses import dataclass, replace

from foredraft.text.edit import Edit, common

_PAIRS = frozenset({"()", "[]", "{}", "<>", '""', "''", "``"})
_CLOSERS = frozenset(")]}>\"'`")


@dataclass(frozen=True, slots=True)
class Arriving:
    """A text for one place, of which a part may have come and a part may be typed.

    `edit` puts in what has come and is not typed; its start is where the typing has got to. `ahead` is what was typed
    beyond what has come: then `edit.text` is "". `whole`: nothing more comes.
    """

    edit: Edit
    ahead: str = ""
    whole: bool = False

    @staticmethod
    def at(offset: int) -> Arriving:
        """Nothing has come yet."""
        return Arriving(Edit(offset, offset, ""))

    def come(self, text: str, whole: bool = False) -> Arriving | None:
        """So much more of the text has come, and with `whole` that is all; None where what was typed contradicts it."""
        same = common(self.ahead, text)
        if same < min(len(self.ahead), len(text)) or (whole and same < len(self.ahead)):
            return None
        edit = Edit(self.edit.start, self.edit.end, self.edit.text + text[same:])
        return Arriving(edit, self.ahead[same:], self.whole or whole)

    def typed(self, over: Edit) -> Arriving | None:
        """The text of the document was changed by `over`; None where that contradicts this text or what has come.

        As `Edit.rebase`, and beyond it: typing runs ahead of what has come, and takes itself back; the editor closes a
        bracket or a quote by itself, and that is typed over.
        """
        here, text = self.edit.start, self.edit.text
        if not self.ahead:
            left = self.edit.rebase(over)
            if left is not None:
                return replace(self, edit=left)
        elif over.end < here - len(self.ahead) or over.start > here:
            return replace(self, edit=Edit(here, here, "").rebase(over) or self.edit)
        elif over.end == here and not over.text and over.start >= here - len(self.ahead):
            return Arriving(Edit(over.start, over.start, ""), self.ahead[: over.start - here])
        if over.start != here or not over.text or not _types(over):
            return None
        typed = over.text[0] if over.text in _PAIRS and not text.startswith(over.text) else over.text
        after = here + len(typed)
        if text.startswith(typed):
            return replace(self, edit=Edit(after, after, text[len(typed) :]))
        if self.whole or not typed.startswith(text):
            return None
        return Arriving(Edit(after, after, ""), self.ahead + typed[len(text) :])


def _types(over: Edit) -> bool:
    """Whether it inserts, or types over what the editor had closed."""
    return over.start == over.end or (over.end - over.start == len(over.text) and _CLOSERS.issuperset(over.text))
