"""What of an answer stands in the document already: an echo of what is above the cursor, or of what is below it.

Both are asked of beginnings of an answer too, like all that reads a stream: see `dressing`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from foredraft.questions.scopes import headers, indentation

_NEAR = 8
_DEFINES = re.compile(
    r"\s*(?:@|import\b|from\b|use\b|package\b|#include|(?:export |public |private |static |async |pub |default )*"
    r"(?:def|class|func|fn|function|interface|struct|enum|impl|type|const|let|var|void|int)\b)"
)
_BEGINS_ANYWAY = frozenset(('"""', "'''", "#", "//", "///", "/*", "/**", "*", "@", "-", "--", "<!--", "<", "</", "#["))
"""What a line begins with that is said again with the rest of the line."""
_NEVER_TWICE = frozenset(('"""', "'''", "/*", "/**", "*/", "-->"))
_WORD = re.compile(r"[^\W\d]\w*$")
_BORDER = re.compile(r"(?<!\w)(?=\w)")
_CLOSING = "\"'`)]};,:"
_LEAST_LINE, _LEAST_RUN, _LEAST_PART = 4, 8, 5


@dataclass(frozen=True, slots=True)
class Rest:
    """What is left of an answer: `own_line` says that it begins a line of its own, with its indentation. `shift`: by
    how many columns the answer's indentation is less than the document's, where the echo told it."""

    text: str
    own_line: bool
    shift: int | None = None


class Above:
    """What stands before the cursor, for `without_prefix`: looked at once for a whole stream."""

    def __init__(self, prefix: str) -> None:
        lines = prefix.split("\n")
        self.before = lines.pop()
        """The cursor's line up to the cursor."""
        self.lines = [(line.strip(), indentation(line)) for line in lines if line.strip()]
        count = len(self.lines)
        near = range(max(0, count - _NEAR), count)
        defines = [at for at in range(count) if _DEFINES.match(self.lines[at][0])]
        around = headers([*lines, self.before if self.before.strip() else f"{self.before}x"], len(lines))
        self.around = {line for block in around if _DEFINES.match(line := lines[block[0]].strip())}
        """The first lines of the functions and classes that the cursor is in."""
        self.starts = sorted({0, *defines, *near} if count else ())
        self.opens = any(prefix.count(quotes) % 2 for quotes in ('"""', "'''"))
        """Whether the cursor is in a string of several lines."""
        self.parts = list(_repeatable(self.before))


def without_prefix(text: str, final: bool, above: Above) -> Rest | None:
    """The answer without what it repeats of the text before the cursor: the whole file, the last lines, the cursor's
    line or its last word. None as long as that cannot be told."""
    if not text.strip():
        return Rest("", False) if final else None
    lines = _lines(text)
    for start in (*above.starts, len(above.lines)):
        found = _echo(text, lines, final, above, start)
        if found != "no":
            return found if isinstance(found, Rest) else None
    if lines and lines[0][1].strip() in above.around and (lines[0][2] or final):
        return _rest_of_another(text, lines, final, above)
    for part in above.parts:
        if text.startswith(part):
            return Rest(text[len(part) :], False)
        if not final and part.startswith(text):
            return None
    return Rest(text, not above.before.strip())


def without_suffix(
    text: str, final: bool, before: str, right: str, below: list[str], echoed: bool = False
) -> tuple[str, bool]:
    """The answer up to where it goes on like the document behind the cursor, and whether that ends it.

    `before` and `right` are what stands on the cursor's line, `below` the lines below that are not blank; `echoed`:
    the answer began with an echo, so that it is likely to end with one.
    """
    lines = (before + text if not before.strip() and not right.strip() else text).split("\n")
    own_line = len(lines[0]) > len(text) or not (before or right)
    last, telling = len(lines) - 1, _weight(right) >= _LEAST_LINE - 1
    at = 0
    for number, line in enumerate(lines):
        whole = number < last or final
        if telling and whole and line.rstrip().endswith(right.rstrip()):
            return text[: at + len(line.rstrip()) - len(right.rstrip())], True
        if below and line.strip() and (number or own_line):
            verdict = _goes_on(lines, number, final, below)
            if verdict is not None:
                return _before(text, at, right), verdict
        at += len(line) + 1 - (0 if number else len(lines[0]) - len(text.partition("\n")[0]))
    if final:
        return text.rstrip().removesuffix(right.strip()) if _closes(text, right, echoed) else text, False
    if below and (last or own_line) and below[0].startswith(lines[last].rstrip()):
        return _before(text, len(text) - len(lines[last]), right), False
    return text[: _overlap_begins(text, right)], False


def _lines(text: str) -> list[tuple[int, str, bool]]:
    """(offset, line, whether it is whole) of each line that is not blank, and of the last one in any case."""
    found, at = [], 0
    lines = text.split("\n")
    for number, line in enumerate(lines):
        whole = number < len(lines) - 1
        if line.strip() or not whole:
            found.append((at, line, whole))
        at += len(line) + 1
    return found


def _echo(text: str, lines: list[tuple[int, str, bool]], final: bool, above: Above, start: int) -> Rest | str:
    """Whether the answer begins like line `start` above the cursor and goes on so up to the cursor: what is left then,
    "may be", or "no"."""
    current, weight, shift = above.before.lstrip(), 0, None
    for number, (at, line, whole) in enumerate(lines):
        whole = whole or final
        known = start + number
        if known == len(above.lines):
            if not current.strip():
                if weight < _LEAST_LINE:
                    return "no"
                if not line.strip():
                    return "no" if whole else "may be"
                return Rest(text[at:], True, shift)
            return _echo_of_line(text, (at, line, whole), current, above, weight)
        body, width = above.lines[known]
        if line.strip() != body:
            return "may be" if not whole and body.startswith(line.strip()) else "no"
        if not whole:
            return "may be"
        twice = body not in _NEVER_TWICE and not (body[0] in ")]}" and indentation(line) == width)
        weight += _weight(body) if twice else _LEAST_LINE
        if len(body) > 1 and (number or indentation(line) == width > 0):
            weight += _LEAST_LINE // 2
        shift = width - indentation(line) if number or indentation(line) else None
        if not number and known == len(above.lines) - 1 and indentation(line) not in (0, width):
            return "no"
    return "no" if final else "may be"


def _echo_of_line(text: str, line: tuple[int, str, bool], current: str, above: Above, weight: int) -> Rest | str:
    at, said, whole = line
    body = said.lstrip()
    width, stands = indentation(above.before), indentation(said)
    shift = width - stands if weight or stands > 0 else None
    told = weight + _weight(current) >= 2 or len(current.strip()) > 2 or current.strip() in _BEGINS_ANYWAY
    if not told and not stands == width > 0:
        return "no"
    if body.startswith(current):
        if above.opens and current.strip() in _NEVER_TWICE and not body[len(current) :].strip():
            return "no" if whole else "may be"
        return Rest(text[at + len(said) - len(body) + len(current) :], False, shift)
    if body.rstrip() == current.rstrip() and whole:
        return Rest(text[at + len(said) :], False, shift)
    return "may be" if not whole and current.startswith(body) else "no"


def _rest_of_another(text: str, lines: list[tuple[int, str, bool]], final: bool, above: Above) -> Rest | None:
    """The answer writes a block anew that the cursor is in, and not as it stands there: what follows the cursor's line
    in it, or the line above."""
    current = above.before.strip()
    for at, line, whole in lines:
        body = line.lstrip()
        if current:
            if _weight(current) >= _LEAST_LINE and body.startswith(above.before.lstrip()):
                begin = at + len(line) - len(body) + len(above.before.lstrip())
                return Rest(text[begin:], False, indentation(above.before) - indentation(line))
        elif whole and above.lines and line.strip() == above.lines[-1][0] and _weight(line) >= _LEAST_LINE:
            return Rest(text[at + len(line) + 1 :], True, above.lines[-1][1] - indentation(line))
    return Rest("", False) if final else None


def _repeatable(before: str) -> Iterator[str]:
    """Ends of the cursor's line that an answer may begin with again, longest first: parts of some length, and the word
    that is being typed."""
    word = _WORD.search(before)
    for border in _BORDER.finditer(before):
        part = before[border.start() :]
        if len(part.strip()) >= _LEAST_PART or (word is not None and border.start() == word.start()):
            yield part


def _goes_on(lines: list[str], number: int, final: bool, below: list[str]) -> bool | None:
    """Whether the answer's lines from `number` on are those below the cursor: True, so it ends here; False, perhaps;
    None, it does not."""
    said = [line for line in lines[number:-1] if line.strip()]
    rest = lines[-1] if number < len(lines) - 1 or final else ""
    if number == len(lines) - 1 and not final:
        return None
    if final and rest.strip():
        said, rest = [*said, rest], ""
    matched = weight = 0
    for line, known in zip(said, below, strict=False):
        if line.rstrip() != known:
            break
        matched += 1
        weight += _weight(line)
    if not matched:
        return None
    whole = matched == len(said)
    if (matched >= 2 and weight >= _LEAST_RUN) or (matched == len(below) < len(said) and weight >= _LEAST_LINE):
        return True
    if not whole:
        return None
    if final:
        return True if weight >= _LEAST_LINE // 2 or _closes_more(lines[: number + 1]) else None
    return False if matched == len(below) or below[matched].startswith(rest.rstrip()) or not rest.strip() else None


def _closes_more(lines: list[str]) -> bool:
    """Whether the lines end brackets that none of them began."""
    text = "\n".join(lines)
    return sum(map(text.count, ")]}")) > sum(map(text.count, "([{"))


def _closes(text: str, right: str, echoed: bool) -> bool:
    """Whether the answer ends with what stands right of the cursor, which closes nothing in it."""
    end = right.strip()
    if not end or not text.rstrip().endswith(end):
        return False
    if (end[0] in ")]}" and _closes_more([text])) or (echoed and end.strip(_CLOSING)):
        return True
    return not end.strip(_CLOSING) and any(quote in end and text.count(quote) % 2 for quote in "\"'`")


def _before(text: str, at: int, right: str) -> str:
    """The text before the line at `at`, without what stands right of the cursor at its end."""
    head = text[: max(0, at - 1)].rstrip()
    return head.removesuffix(right.strip()) if right.strip() else head


def _overlap_begins(text: str, right: str) -> int:
    """Where the longest end of `text` begins with which `right` begins too."""
    body = text.rstrip()
    if right.strip() and body.endswith(right.rstrip()):
        return len(body) - len(right.rstrip())
    size = next((size for size in range(min(len(text), len(right)), 0, -1) if text.endswith(right[:size])), 0)
    return len(text) - size


def _weight(line: str) -> int:
    """How much a line says: its letters and digits."""
    return sum(map(str.isalnum, line))
