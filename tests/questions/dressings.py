"""How chat models dress an answer up: each takes (prefix, middle, suffix) and gives what such a model would say."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path

DATA = Path(__file__).parents[1] / "data"
Dressing = Callable[[str, str, str], str]
EXPLANATION = "This line adds the value to the result and keeps the order."


def tail(prefix: str, lines: int) -> str:
    """The last lines of the prefix with the cursor's."""
    return "\n".join(prefix.split("\n")[-1 - lines :])


def head(suffix: str, lines: int) -> str:
    return "\n".join(suffix.split("\n")[: 1 + lines])


def shifted(text: str, by: int) -> str:
    """All lines but the first moved left, as far as they go."""
    first, *rest = text.split("\n")
    return "\n".join((first, *(line[min(by, len(line) - len(line.lstrip())) :] for line in rest)))


def dedented(prefix: str, middle: str, suffix: str) -> str:
    before = tail(prefix, 0)
    return shifted(middle, len(before) - len(before.lstrip()))


def on_its_own_line(prefix: str, middle: str, suffix: str) -> str:
    """With the indentation of the cursor's line, where nothing else stands before the cursor."""
    before = tail(prefix, 0)
    return middle if before.strip() else before + middle


def fence(text: str, language: str = "python") -> str:
    return f"```{language}\n{text}\n```"


def in_language(reply: str, language: str) -> str:
    return reply.replace("```python", f"```{language}").replace("~~~python", f"~~~{language}")


DRESSINGS: dict[str, Dressing] = {
    "bare": lambda p, m, s: m,
    "fence": lambda p, m, s: fence(m),
    "fence without language": lambda p, m, s: fence(m, ""),
    "tildes": lambda p, m, s: f"~~~python\n{m}\n~~~\n",
    "fence never closed": lambda p, m, s: f"```python\n{m}",
    "greeting, fence, explanation": lambda p, m, s: (
        f"Here is the completed code:\n\n{fence(m)}\n\n{EXPLANATION}\n\n- `x` is kept\n"
    ),
    "sure, fence": lambda p, m, s: f"Sure! Here's the code that belongs at the cursor:\n{fence(m)}",
    "sentence, fence": lambda p, m, s: f"To complete this we need to handle the last value.\n\n{fence(m)}\n",
    "greeting": lambda p, m, s: f"Here is the missing code:\n\n{m}",
    "sure": lambda p, m, s: f"Sure!\n\n{m}",
    "explanation": lambda p, m, s: f"{m}\n\n{EXPLANATION}",
    "explanation with a label": lambda p, m, s: f"{m}\n\n**Explanation:** it returns the value.",
    "closing fence only": lambda p, m, s: f"{m}\n```\n\n{EXPLANATION}",
    "thoughts": lambda p, m, s: f"<think>\nThe user wants `x`.\n```python\nfoo()\n```\n</think>\n\n{m}",
    "thoughts, fence": lambda p, m, s: f"<think>Okay.</think>\n{fence(m)}",
    "thoughts whose beginning is missing": lambda p, m, s: f"Okay, the user wants me to go on here.\n</think>\n\n{m}",
    "cursor's line": lambda p, m, s: tail(p, 0).lstrip() + m,
    "cursor's line in a fence": lambda p, m, s: fence(tail(p, 0) + m),
    "three lines above": lambda p, m, s: tail(p, 3) + m,
    "three lines above in a fence": lambda p, m, s: fence(tail(p, 3) + m),
    "whole file": lambda p, m, s: p + m + s,
    "whole file in a fence": lambda p, m, s: f"Here is the full file:\n\n{fence(p + m + s)}\n\n{EXPLANATION}",
    "whole file with the cursor": lambda p, m, s: fence(f"{p}<|cursor|>{m}{s}"),
    "two lines below": lambda p, m, s: m + head(s, 2),
    "all below in a fence": lambda p, m, s: fence(m + s),
    "lines above and below": lambda p, m, s: fence(tail(p, 2) + m + head(s, 2)),
    "moved left": dedented,
    "moved left in a fence": lambda p, m, s: fence(dedented(p, m, s)),
    "with its indentation": on_its_own_line,
    "with its indentation in a fence": lambda p, m, s: fence(on_its_own_line(p, m, s)),
    "carriage returns": lambda p, m, s: fence(m).replace("\n", "\r\n"),
    "blanks at the end": lambda p, m, s: f"{m}  \n\n",
    "family's markers": lambda p, m, s: f"<|fim_middle|>{m}<|endoftext|>def more():\n",
    "marker of the end": lambda p, m, s: f"{m}<|im_end|>",
    "tags": lambda p, m, s: f"<insertion>\n{m}\n</insertion>",
}


def tasks(path: Path) -> Iterator[tuple[str, str, str]]:
    """(prefix, middle, suffix) of the tasks of a file, each as it stands and, where a line begins at the cursor, with
    its indentation before the cursor, as editors do it."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            task = json.loads(line)
            prefix, middle, suffix = task["prompt"], task["canonical_solution"].rstrip("\n"), task["suffix"]
            if task["canonical_solution"].endswith("\n"):
                suffix = "\n" + suffix
            yield prefix, middle, suffix
            lead = middle[: len(middle) - len(middle.lstrip(" "))]
            if lead and prefix.endswith("\n"):
                yield prefix + lead, middle[len(lead) :], suffix


def same(found: str, middle: str, prefix: str) -> bool:
    """Whether both are the same text. Blanks at the end of lines do not count, nor blank lines at the beginning where
    the cursor's line is blank."""
    blank = not tail(prefix, 0).strip()
    return visible(found, blank) == visible(middle, blank)


def visible(text: str, blank: bool) -> str:
    lines = [line.rstrip() for line in text.rstrip().split("\n")]
    while blank and lines and not lines[0]:
        lines.pop(0)
    return "\n".join(lines)
