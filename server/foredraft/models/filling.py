"""A gap as a raw prompt: markers, files around it, and what of the user's own text must not be taken for a marker."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from foredraft.models.families import Family
from foredraft.questions.prompt import Excerpt, Fim


@dataclass(frozen=True, slots=True)
class Rendered:
    """A raw prompt. `escaped`: special texts were broken up by U+200B, which is to be taken out of the answer;
    `drops_space`: the answer begins with a space that stands in the file already."""

    text: str
    escaped: bool = False
    drops_space: bool = False


def render(fim: Fim, family: Family) -> Rendered:
    """The raw prompt of a family that has markers, files first (most stable first), line feeds only."""
    markers = family.markers
    assert markers is not None, f"{family.name} has no FIM markers"
    clean = _Escaped(family)
    files = [Excerpt(clean(each.path), clean(each.text)) for each in files_of(fim)]
    prefix, suffix, path, head = clean(fim.prefix), clean(fim.suffix), clean(fim.path), ""
    if files and (markers.inside or not markers.file):
        prefix = _inside(files, path, fim.language, family) + prefix
    elif files or markers.always:
        head = markers.repo + "".join(markers.file.format(path=each.path, text=each.text) for each in files)
        head += markers.current.format(path=path, language=fim.language)
        prefix = markers.title.format(path=path) + prefix
    drops = family.drops_space and prefix.endswith(" ") and not prefix.endswith("  ")
    before = markers.prefix + (prefix[:-1] if drops else prefix)
    after = markers.suffix + suffix
    body = after + before if markers.suffix_first else before + after
    return Rendered(head + body + markers.middle, clean.escaped, drops)


def with_files(fim: Fim, family: Family) -> str:
    """The prefix with the files before it as plain text, for providers that put the markers in themselves."""
    files, prefix = files_of(fim), fim.prefix.replace("\r\n", "\n")
    return _inside(files, fim.path, fim.language, family) + prefix if files else prefix


def stops(fim: Fim, family: Family) -> tuple[str, ...]:
    """What ends an answer of the family; plain text that the user's own file holds is not among it."""
    own = fim.prefix + fim.suffix
    return tuple(stop for stop in family.stop if stop in family.special or stop not in own)


def files_of(fim: Fim) -> tuple[Excerpt, ...]:
    """What comes along with the open file, most stable first; the latest edits are the last of them."""
    edits = (Excerpt("recent_edits.diff", fim.edits),) if fim.edits else ()
    return (*fim.files, *edits)


def _inside(files: Sequence[Excerpt], path: str, language: str, family: Family) -> str:
    """What stands before the open file's text, in the family's own layout, else as comments."""
    layout, title = _COMMENTED, _COMMENTED_TITLE
    if family.markers is not None and family.markers.inside:
        layout, title = family.markers.file, family.markers.title
    comment = _COMMENTS.get(language, "//")
    texts = [layout.format(path=each.path, text=each.text.replace("\r\n", "\n"), comment=comment) for each in files]
    return "".join(texts) + title.format(path=path, comment=comment)


class _Escaped:
    """Breaks up special texts, and notes whether there were any."""

    def __init__(self, family: Family) -> None:
        self._pattern = _special(family.special)
        self._found = self._own = False

    @property
    def escaped(self) -> bool:
        """Whether U+200B in the answer can only be ours."""
        return self._found and not self._own

    def __call__(self, text: str) -> str:
        text = text.replace("\r\n", "\n")
        self._own = self._own or "\u200b" in text
        if self._pattern is None or not self._pattern.search(text):
            return text
        self._found = True
        return self._pattern.sub(lambda match: f"{match[0][0]}\u200b{match[0][1:]}", text)


@cache
def _special(special: tuple[str, ...]) -> re.Pattern[str] | None:
    return re.compile("|".join(re.escape(text) for text in special)) if special else None


_COMMENTED, _COMMENTED_TITLE = "{comment} {path}\n{text}\n\n", "{comment} {path}\n"
_COMMENTS: Mapping[str, str] = dict.fromkeys(
    ("python", "ruby", "shellscript", "yaml", "toml", "perl", "r", "makefile", "dockerfile", "elixir", "julia"), "#"
) | dict.fromkeys(("sql", "lua", "haskell", "ada"), "--")
