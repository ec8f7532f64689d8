"""What models wrote for a document and nobody has seen yet, or only in part: kept for the next asks."""

from __future__ import annotations

from dataclasses import dataclass, replace

from foredraft.questions.suggestion import Stage
from foredraft.text.arriving import Arriving
from foredraft.text.edit import Edit


@dataclass(frozen=True, slots=True)
class Kept:
    """A text a model wrote for one place, as the typing since has left it.

    `edit` puts in what is not typed yet, `typed` counts the code points that were; `model` is the name of who wrote it;
    not `whole` where its end is missing.
    """

    id: str
    edit: Edit
    stage: Stage
    model: str
    typed: int = 0
    whole: bool = True

    def after(self, over: Edit) -> Kept | None:
        """The same after `over`; None when that contradicts it, or when nothing of it is left."""
        left = Arriving(self.edit, whole=True).typed(over)
        if left is None or left.edit.empty:
            return None
        return replace(self, edit=left.edit, typed=self.typed + len(self.edit.text) - len(left.edit.text))
