"""Is a line a sentence to a person, or code? Told of whole lines, and of beginnings: may this become one? And what of
it may stand in a document anyway?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_WORD = r"(?:[a-z][a-z'’-]*|[aI]|`[^`\n]+`|\"[^\"\n]+\")[,;:]?"
_FIRST = r"(?:\*\*)?(?:[A-Z][a-z'’]*|I|`[^`\n]+`)(?:\*\*)?[,:!]?"
_PROSE = re.compile(rf"{_FIRST}(?: {_WORD}){{3}}(?:[ .,:;!]|$)")
_LABEL = re.compile(r"(?:\*\*|#{2,4} )?(?:Explanation|Note|Reasoning|Changes)\*{0,2}:")
_MAY_BE = re.compile(
    rf"(?:(?:\*\*|#{{2,4}} )?(?:[A-Z][a-z'’]*|I|`[^`\n]*`?)(?:\*\*?)?[,:!]?(?: {_WORD})*"
    r"(?: (?:[a-z][a-z'’-]*|[aI]|`[^`\n]*`?|\"[^\"\n]*\"?)?[,;:]?)?)|\*{1,2}|#{1,4} ?"
)
_POLITE = "sure|certainly|of course|okay|ok|absolutely|great|got it|understood"
_ALONE = re.compile(rf"(?:{_POLITE})(?: thing)?[!.,]+", re.IGNORECASE)
_THING = (
    "code|completion|insertion|text|lines?|function|method|snippet|implementation|body|answer|output|version|part|fix"
)
_ANNOUNCES = re.compile(
    rf"(?:(?:{_POLITE})[!,. ]+)*"
    rf"(?:I|(?:here|below)(?:['’]s| is| are)|this is|(?:the |a )?(?:[a-z]+ )*(?:{_THING}))\b[^(){{}}=;:]*:",
    re.IGNORECASE,
)
_OPENERS = (
    *(
        "Sure",
        "Certainly",
        "Of",
        "Okay",
        "Ok",
        "OK",
        "Absolutely",
        "Great",
        "Got",
        "Understood",
        "Here",
        "Below",
        "This",
    ),
    *("The", "A", "I", "Code", "Completion", "Insertion", "Answer", "Output", "Completed", "Corrected", "Inserted"),
    *("Missing", "Updated", "Final", "Fixed"),
)
_LONGEST = 160
_QUOTES = ('"""', "'''")
_TEXTS = frozenset(
    (
        *("markdown", "plaintext", "text", "restructuredtext", "latex", "tex", "asciidoc", "org", "typst", "mdx"),
        *("git-commit", "gitcommit", "quarto", "rmd", "help"),
    )
)
_OPENS_COMMENT = re.compile(r"#|//|/\*|<!--|--\s")


def is_prose(line: str) -> bool:
    """Whether a whole line is a sentence."""
    return _PROSE.match(line) is not None or _LABEL.match(line) is not None


def may_be_prose(line: str) -> bool:
    """Whether a line of which only the beginning is there is a sentence or may become one."""
    return _MAY_BE.fullmatch(line) is not None or is_prose(line)


def is_greeting(line: str) -> bool:
    """Whether a whole line announces the answer: "Sure!", "Here is the completed code:"."""
    if not may_be_greeting(line):  # what was not held back as a beginning of one is none
        return False
    line = line.strip().strip("*#> ")
    return _ALONE.fullmatch(line) is not None or _ANNOUNCES.fullmatch(line) is not None


def may_be_greeting(line: str) -> bool:
    """Whether a line of which only the beginning is there announces the answer or may become such a line."""
    line = line.lstrip().lstrip("*#> ")
    if len(line) > _LONGEST or any(sign in line for sign in "(){}=;"):
        return False
    first = re.split(r"[ ,.!:'’]", line, maxsplit=1)[0]
    if first == line:
        return any(opener.startswith(first) for opener in _OPENERS)
    return first in _OPENERS


@dataclass(frozen=True, slots=True)
class Place:
    """What may stand at the cursor of a document, and so is no dressing of an answer."""

    sentence: bool = False
    """The first line may be a sentence: in a comment, a string, a text."""
    block: bool = False
    """So may further ones: in a comment or a string of several lines, in a text;"""
    indented: bool = False
    """where none of them begins at the margin."""
    text: bool = False
    """The document is for people."""
    fences: bool = False
    """There are lines of fences in it,"""
    fenced: bool = False
    """and the cursor is between two that belong together."""
    ticks: bool = False
    """There are backticks in it."""
    sentences: frozenset[str] = frozenset()
    """The lines that are sentences."""

    @classmethod
    def of(cls, prefix: str, suffix: str, language: str) -> Place:
        above, lines = prefix.split("\n"), f"{prefix}{suffix}".split("\n")
        text = language in _TEXTS or _reads_as_prose(above[:-1])
        block = text or in_block(prefix)
        fences = [number for number, line in enumerate(lines) if line.lstrip().startswith(("```", "~~~"))]
        return cls(
            block or _in_comment_or_string(above[-1]),
            block,
            not text and next((line for line in reversed(above) if line.strip()), "")[:1].isspace(),
            text,
            bool(fences),
            sum(number < len(above) - 1 for number in fences) % 2 == 1,
            "`" in prefix or "`" in suffix,
            frozenset(filter(is_prose, lines)),
        )


def in_block(text: str) -> bool:
    """Whether the end of `text` is inside of a comment or a string of several lines."""
    return any(text.count(quotes) % 2 for quotes in _QUOTES) or text.rfind("/*") > text.rfind("*/")


def _in_comment_or_string(line: str) -> bool:
    for quotes in _QUOTES:
        line = line.replace(quotes, "")
    return _OPENS_COMMENT.search(line) is not None or any(line.count(quote) % 2 for quote in "\"'`")


def _reads_as_prose(above: Sequence[str]) -> bool:
    last = [line.strip() for line in above[-8:] if line.strip()][-2:]
    return bool(last) and all(map(is_prose, last))
