"""Where in a prompt the cursor is: what stands before it and behind it, whatever the prompt looks like."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_FAMILIES = (  # prefix, suffix and middle token of each family that fills in the middle
    ("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"),
    ("<fim_prefix>", "<fim_suffix>", "<fim_middle>"),
    ("<PRE> ", " <SUF>", " <MID>"),
    ("<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>"),
    ("[PREFIX]", "[SUFFIX]", "[MIDDLE]"),
    ("<[fim-prefix]>", "<[fim-suffix]>", "<[fim-middle]>"),
    ("<|code_prefix|>", "<|code_suffix|>", "<|code_middle|>"),
    ("<|prefix|>", "<|suffix|>", "<|middle|>"),
)
_MARKER = re.compile(
    r"""<\|?/?(?:user_)?cursor(?:_is_here|_?position|_?here)?\d*\|?/?>
    | <\|?/?(?:fill|hole|gap|insert|missing|complete|completion|blank)(?:_?here)?\|?/?>
    | \{\{\s*(?:fill|hole|cursor|gap|insert|missing)[^{}\n]{0,20}\}\}
    | \[\[?\s*(?:cursor|hole|gap|fill|insert|missing)(?:[ _]here)?\s*\]\]?
    | ⟦[^⟦⟧\n]{1,20}⟧ | «(?:cursor|hole|gap)» | █ | ‸""",
    re.IGNORECASE | re.VERBOSE,
)
_BEFORE = r"(?:prefix|before(?:_?cursor)?|code_?before(?:_?cursor)?|context_?before_?cursor)"
_AFTER = r"(?:suffix|after(?:_?cursor)?|code_?after(?:_?cursor)?|context_?after_?cursor)"
_SECTIONS = re.compile(
    rf"<({_BEFORE})>\n?(?P<prefix>.*?)</\1>(?:.*?<({_AFTER})>\n?(?P<suffix>.*?)</\3>)?", re.IGNORECASE | re.DOTALL
)

_FENCE = re.compile(r"\A```[^\n]*\n")


@dataclass(frozen=True, slots=True)
class Gap:
    """What a prompt has before the cursor and behind it; of the prefix only the end counts."""

    prefix: str
    suffix: str = ""


def raw_gap(prompt: str) -> Gap | None:
    """The gap in a raw prompt that a client has put FIM tokens into; None if there are none."""
    for before, behind, middle in _FAMILIES:
        at = prompt.rfind(before)
        if at < 0:
            continue
        tokens = (before, behind, middle)
        after = prompt.rfind(behind)
        suffix = "" if after < 0 else _until(prompt, after + len(behind), tokens)
        return Gap(_until(prompt, at + len(before), tokens), suffix)
    return None


def chat_gaps(messages: Sequence[Mapping[str, Any]], marker: str | None) -> list[Gap]:
    """Every place in a conversation that may be the cursor, the likeliest last.

    Markers of the cursor in any message (`marker`, or the usual ones), FIM tokens, sections such as
    <prefix>…</prefix><suffix>…</suffix>; and where the assistant speaks last, the end of what it said, alone and
    after each of those, unless it only repeats the line at the cursor. An opened fence is none of the text.
    """
    texts = [(str(one.get("role")), content(one)) for one in messages]
    said = texts.pop()[1] if texts and texts[-1][0] == "assistant" else ""
    gaps = [gap for _, text in texts for gap in _marked(text, marker)]
    if not said:
        return gaps
    said = _FENCE.sub("", said)
    begun = [gap if gap.prefix.endswith(said) else Gap(gap.prefix + said, gap.suffix) for gap in gaps]
    return [*begun, Gap(said)]


def content(message: Mapping[str, Any]) -> str:
    """The text of a message, also where it comes in parts."""
    value = message.get("content")
    if isinstance(value, list):
        return "".join(str(part.get("text", "")) for part in value if isinstance(part, dict))
    return value if isinstance(value, str) else ""


def _marked(text: str, marker: str | None) -> Iterator[Gap]:
    pattern = re.compile(re.escape(marker)) if marker else _MARKER
    for section in _SECTIONS.finditer(text):
        yield Gap(section["prefix"].removesuffix("\n"), section["suffix"] or "")
        yield Gap(section["prefix"], section["suffix"] or "")
    for found in pattern.finditer(text):
        yield Gap(text[: found.start()], text[found.end() :])
    gap = raw_gap(text)
    if gap is not None:
        yield gap


def _until(prompt: str, start: int, tokens: Sequence[str]) -> str:
    """The text from `start` to the next of `tokens`, or the end."""
    ends = [at for token in tokens if (at := prompt.find(token.strip(), start)) >= 0]
    text = prompt[start : min(ends, default=len(prompt))]
    return text.removesuffix(" ") if "<SUF>" in tokens[1] else text
