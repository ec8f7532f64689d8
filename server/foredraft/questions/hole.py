"""How a model that only converses is asked to fill the gap at the cursor, to improve a draft of it, or to choose one.

All three begin with the same bytes, what changes least first: what a provider has kept of one serves the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from foredraft.questions.prompt import Chat, Fim, Message

CURSOR = "<|cursor|>"
INSERTION = "insertion"
"""The tag around a draft in a question; a model may put it around its answer too."""

_SYSTEM = (
    "You complete code in an editor. {cursor} marks the cursor in the last file. Reply with exactly the text to insert "
    "there: raw, indented as in the file, no fences, no explanation, nothing that stands before or after the cursor."
)
_FILL = "Insert at {cursor}:"
_IMPROVE = (
    "Proposed insertion at {cursor}:\n<{tag}>\n{draft}\n</{tag}>\nReply with the corrected insertion, or with the same "
    "text if it is right. Only the text."
)
_CHOOSE = "Which of these insertions at {cursor} is the best? Reply with its number only.\n{drafts}"


def hole(fim: Fim, prefill: bool = False) -> Chat:
    """Ask for the text at the cursor.

    `prefill`: the model can go on from the beginning of its own answer, which then is the cursor's line in an open
    fence: such an answer continues the line, and a closing fence ends it.
    """
    cursor = marker(fim)
    chat = _ask(fim, _FILL.format(cursor=cursor))
    if not prefill:
        return chat
    line = fim.prefix.rpartition("\n")[2]
    return Chat((*chat.messages, Message("assistant", f"```{fim.language}\n{line}")))


def improve(fim: Fim, draft: str) -> Chat:
    """Ask for a better text at the cursor than `draft`, or for the same."""
    return _ask(fim, _IMPROVE.format(cursor=marker(fim), tag=INSERTION, draft=draft))


def ballot(fim: Fim, drafts: Sequence[str]) -> Chat:
    """Ask which of `drafts` is the best; the answer is its number, from 1."""
    listed = "\n".join(f"<{INSERTION} {number}>\n{draft}\n</{INSERTION}>" for number, draft in enumerate(drafts, 1))
    return _ask(fim, _CHOOSE.format(cursor=marker(fim), drafts=listed))


def marker(fim: Fim) -> str:
    """What marks the cursor: a word that stands nowhere in the files."""
    text = "".join((fim.prefix, fim.suffix, fim.edits, *(one.text for one in fim.files)))
    return next(word for number in count() if (word := _cursor(number)) not in text)


def _cursor(number: int) -> str:
    return CURSOR if not number else f"<|cursor{number}|>"


def _ask(fim: Fim, task: str) -> Chat:
    cursor = marker(fim)
    parts = [f'<file path="{one.path}">\n{one.text}\n</file>\n' for one in fim.files]
    if fim.edits:
        parts.append(f'<edits path="{fim.path}">\n{fim.edits}</edits>\n')
    parts.append(f'<file path="{fim.path}">\n{fim.prefix}{cursor}{fim.suffix}\n</file>\n{task}')
    return Chat((Message("system", _SYSTEM.format(cursor=cursor)), Message("user", "".join(parts))))
