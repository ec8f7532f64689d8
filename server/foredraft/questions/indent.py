"""The indentation of an answer made that of the place it is for, line by line as it comes: see `dressing`."""

from __future__ import annotations

import re

from foredraft.questions.echo import Rest
from foredraft.questions.scopes import indentation

_TAB = 4
_OPENERS, _CLOSERS = "([{", ")]}"
_STAYS_LEFT = ")]}-#/@"
_STANDS_LEFT = re.compile(
    r"(?:case\b|default\b|public\b|private\b|protected\b|else\b|elif\b|except\b|finally\b|catch\b)"
)
_TOP_LEVEL = re.compile(
    r"(?:@|#|//|/\*|(?:def|class|async def|if __name__|func|fn|function|export|import|from|public|pub|impl|struct|type"
    r"|interface|package|module|end)\b)"
)
_ENOUGH = 12
"""So many characters of a line tell what it begins with."""
_OPENED = (":", "{", "(", "[")
_COMMENTS = ("#", "//", "--", "/*")


class Margin:
    """Where the lines of an answer have to stand: the cursor's line up to the cursor, and what is around it."""

    def __init__(self, prefix: str, suffix: str, text: bool = False) -> None:
        """`text`: the document is for people; its lines are indented as they like."""
        *above, self.before = prefix.split("\n")
        self.blank = not self.before.strip()
        self.width = indentation(f"{self.before}x" if self.blank else self.before)
        filled = [line for line in above if line.strip()]
        leads = [line[0] for line in (*filled, self.before, *suffix.split("\n")) if line[:1] in ("\t", " ")]
        self.text = text
        self.tabs = leads.count("\t") > leads.count(" ")
        """Whether the file is indented by tabs."""
        self.spaces = leads.count(" ") > leads.count("\t")
        self.unit = min((width for line in filled if 2 <= (width := indentation(line)) <= 8), default=_TAB)
        self.opened = bool(filled) and not text and filled[-1].rstrip().endswith(_OPENED)
        self.expected = (indentation(filled[-1]) if filled else 0) + (self.unit if self.opened else 0)
        """Where a line stands that goes on where the line above ends."""

    def fitted(self, rest: Rest, final: bool) -> str:
        """The answer as it has to be put in at the cursor."""
        text = self._started(rest.text, final)
        first, newline, following = text.partition("\n")
        body = first.lstrip(" \t")
        if not body and not newline:
            return text if final and not self.blank else ""
        lead, shift, width = self._width(first[: len(first) - len(body)]), rest.shift, self.width
        if self.blank and not lead and not width and self.opened and body[0] not in _STAYS_LEFT:
            lead = width = self.expected  # neither the cursor nor the answer has been moved in
        elif self.blank:
            lead, shift = self._first(lead, shift)
        else:
            body, lead = (body if self.before[-1:] in " \t" else first), 0
        begun = f"{self._lead(lead)}{body}"
        return begun + self._below(body, following, shift, width, final) if newline else begun

    def _started(self, text: str, final: bool) -> str:
        """The answer from where it really begins; with a new line where the cursor's is finished."""
        if self.blank:
            begins = len(text) - len(text.lstrip())
            return text[text.rfind("\n", 0, begins) + 1 :] if text.strip() or final else ""
        if self.before[-1:] in " \t":
            return text.lstrip()
        body = text.lstrip(" \t")
        if body and text.startswith(("  ", "\t")) and not body.startswith(("\n", *_COMMENTS)):
            return f"\n{text}"
        return text if body or final else ""

    def _first(self, lead: int, shift: int | None) -> tuple[int, int | None]:
        """By how much the first line is to be moved in from the cursor, and the following ones, where that is known."""
        if shift is not None:
            return max(0, lead + shift - self.width), shift
        if not lead:
            return 0, None
        if not self.width or self.width + lead == self.expected != 2 * lead:
            return lead, 0
        if lead == self.expected > self.width:
            return lead - self.width, 0
        return 0, self.width - lead

    def _below(self, first: str, following: str, shift: int | None, width: int, final: bool) -> str:
        """The lines after the first one, as far as it is known how they stand, each with a line end before it."""
        lines = following.split("\n")
        if not final and not lines[-1].strip():
            lines.pop()
        told = next((number for number, line in enumerate(lines) if line.strip()), None)
        if told is None:
            return "\n" * (len(lines) if final else 0)
        if shift is None:
            line = lines[told]
            if told == len(lines) - 1 and not final and not following.endswith("\n") and len(line.strip()) < _ENOUGH:
                return ""
            shift = self._shift(first, self._own_line(line), width, bool(told))
        return "".join(f"\n{self._moved(line, shift)}" for line in lines)

    def _shift(self, first: str, line: str, width: int, after_blank: bool) -> int:
        """By how many columns an answer whose second line is `line` stands too far left, its first at `width`."""
        if not width or self.text:
            return 0
        stands, body = indentation(line), line.lstrip()
        head = (self.before + first).rstrip()
        if body[0] in _CLOSERS:
            opened = sum(map(head.count, _OPENERS)) > sum(map(head.count, _CLOSERS))
            return width - stands if opened and stands < width else 0
        if head.endswith(_OPENED):
            if stands > width or (stands == width and _STANDS_LEFT.match(body)):
                return 0
            return width + (self.unit if stands else 0) - stands
        if stands or (_TOP_LEVEL.match(body) and after_blank):
            return 0
        return width

    def _own_line(self, line: str) -> str:
        body = line.lstrip(" \t")
        return self._own(line[: len(line) - len(body)]) + body

    def _own(self, lead: str) -> str:
        """Blanks of an answer as the file has them."""
        if self.tabs and " " in lead:
            return "\t" * (self._width(lead) // _TAB)
        return lead.expandtabs(self.unit) if self.spaces else lead

    def _moved(self, line: str, shift: int) -> str:
        body = line.lstrip(" \t")
        if not body:
            return ""
        lead = self._own(line[: len(line) - len(body)])
        return (self._lead(max(0, self._width(lead) + shift)) if shift else lead) + body

    def _width(self, lead: str) -> int:
        return len(lead.expandtabs(_TAB if self.tabs else self.unit))

    def _lead(self, width: int) -> str:
        return "\t" * (width // _TAB) + " " * (width % _TAB) if self.tabs else " " * width
