"""Is a text fit to be shown at its place? What repeats, reverts or breaks what stands there is cut or turned down."""

from __future__ import annotations

from foredraft.questions.suggestion import Reject
from foredraft.text.history import History

PAIRS = {")": "(", "]": "[", "}": "{"}
_QUOTES = "\"'`"
_NEAR = 400
"""So much of the line on each side is looked at: nobody writes longer lines by hand."""
_CLOSERS_ONLY = ")]} \t"
"""A line that begins with closing brackets ends what began far above."""


def fitted(text: str, before: str, after: str, open_above: int = 0) -> str | Reject:
    """`text` as it may stand between `before` and `after` on one line, or why not.

    What it would repeat of `after` is cut off its end. A closing bracket without its opening one ends it;
    `open_above` brackets left open by the lines above may be closed.
    """
    text = _balanced(text, before[-_NEAR:], after[:_NEAR], open_above)
    if not text.strip():
        return Reject.BREAKS_BRACKETS
    right = after.rstrip()
    if right.strip():
        text = without_overlap(text, right)
        if not text.strip() or right.strip().startswith(text.strip()):
            return Reject.REPEATS_SUFFIX
        if _is_word(text[-1] + right[0]) and not (before and _is_word(before[-1] + text)):
            return Reject.GROWS_TOGETHER
    return text


def reverts(text: str, line: int, column: int, history: History) -> bool:
    """Whether `text` would put back at (line, column) what the user has just deleted there."""
    changes = history.changes
    if not changes:
        return False
    last = changes[-1]
    if last.inserted or not last.removed or (last.start.line, last.start.column) != (line, column):
        return False
    deleted = ""
    for change in reversed(changes):
        at = change.start.column - column
        if change.inserted or change.start.line != line or not 0 <= at <= len(deleted):
            break
        deleted = deleted[:at] + change.removed + deleted[at:]
    return text.startswith(deleted) or deleted.startswith(text)


def open_brackets(text: str) -> str:
    """The brackets that `text` opens and does not close, outermost first; those in quotes are left out."""
    stack: list[str] = []
    for sign, _ in _brackets(text):
        if sign not in PAIRS:
            stack.append(sign)
        elif stack and stack[-1] == PAIRS[sign]:
            stack.pop()
    return "".join(stack)


def brackets(text: str) -> list[tuple[str, int]]:
    """(bracket, offset) of those outside quotes; an unclosed quote is an apostrophe."""
    return _brackets(text)


def without_overlap(text: str, right: str) -> str:
    """The text without what it repeats at its end of `right`, which stands right of the cursor."""
    for length in range(min(len(text), len(right)), 0, -1):
        if text.endswith(right[:length]) and not _tears(text, -length):
            return text[:-length]
    at = text.find(right.strip())
    return text[:at] if at > 0 and len(right.strip()) > 1 and not _tears(text, at) else text


def _balanced(text: str, before: str, after: str, open_above: int) -> str:
    if not any(sign in text for sign in PAIRS):
        return text
    stack = list(open_brackets(before))
    for sign in after.strip():  # editors close brackets by themselves: those are taken
        if sign in PAIRS and stack and stack[-1] == PAIRS[sign]:
            stack.pop()
            open_above = 0
        elif sign not in ",;:":
            break
    for sign, at in _brackets(before + text):
        if at < len(before):
            continue
        if sign not in PAIRS:
            stack.append(sign)
        elif stack:
            if stack[-1] != PAIRS[sign]:
                return text[: at - len(before)]
            stack.pop()
        elif open_above:
            open_above -= 1
        elif (before + text)[:at].strip(_CLOSERS_ONLY):
            return text[: at - len(before)]
    return text


def _is_word(text: str) -> bool:
    return text.replace("_", "a").isalnum()


def _tears(text: str, at: int) -> bool:
    """Whether cutting `text` there leaves a bracket open that it closes itself."""
    return len(open_brackets(text[:at])) > len(open_brackets(text))


def _brackets(text: str) -> list[tuple[str, int]]:
    found, at = [], 0
    while at < len(text):
        sign = text[at]
        if sign in _QUOTES:
            end = text.find(sign, at + 1)
            if end > 0:
                at = end
        elif sign in "([{)]}":
            found.append((sign, at))
        at += 1
    return found
