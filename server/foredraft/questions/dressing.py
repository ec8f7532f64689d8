"""What a chat model puts around its answer: thoughts, greetings, fences, explanations, markers. What is left of a reply
without them?

All of it works on a reply of which only the beginning may be there: what is given out for a beginning is a beginning
of what is given out for every reply that begins so.
"""

from __future__ import annotations

import re

from foredraft.questions.hole import INSERTION
from foredraft.questions.prose import Place, in_block, is_greeting, is_prose, may_be_greeting, may_be_prose

_CURSOR = re.compile(r"<\|cursor\d*\|>")
_TAG = f"<{INSERTION}>", f"</{INSERTION}>"
_ENDS = (
    *("<|endoftext|>", "<|im_end|>", "<|im_start|>", "<|eot_id|>", "<|end_of_text|>", "<|fim_prefix|>"),
    *("<|fim_suffix|>", "<|fim_middle|>", "<|fim_pad|>", "<|repo_name|>", "<|file_sep|>", "<|file_separator|>"),
    *("<fim_prefix>", "<fim_suffix>", "<fim_middle>", "<fim_pad>", "<file_sep>", "<filename>", "<reponame>"),
    *(
        "<｜fim▁begin｜>",
        "<｜fim▁hole｜>",
        "<｜fim▁end｜>",
        "<｜end▁of▁sentence｜>",
        "<PRE>",
        "<SUF>",
        "<MID>",
        "<EOT>",
    ),
    *("<[fim-suffix]>", "<[fim-prefix]>", "<[fim-middle]>", "<[end▁of▁sentence]>", "<end_of_turn>", "<eos>"),
    *("<|code_prefix|>", "<|code_suffix|>", "<|code_middle|>", "<|user|>", "<|assistant|>", "<|eom_id|>"),
    *("[PREFIX]", "[SUFFIX]", "[MIDDLE]"),
)
"""What families of models mark the parts of a prompt with. One ends an answer, unless the answer begins with it."""
_END = re.compile("|".join(map(re.escape, _ENDS)))
_DROPPED = re.compile(rf"{_CURSOR.pattern}|<{INSERTION}>\n?|</{INSERTION}>")
_LEADING = re.compile(rf"\s*(?:{_END.pattern})")
_MARKERS = (*_ENDS, *_TAG, "<|cursor|>")
_LONGEST_MARKER = max(map(len, _MARKERS))
_THOUGHTS = ("think", "thinking", "thought", "reasoning")
_THINKS = re.compile(rf"\s*<({'|'.join(_THOUGHTS)})>")
_THOUGHT = re.compile(rf"</(?:{'|'.join(_THOUGHTS)})>")
_OPENS = re.compile(r"[ \t]*(`{3,}|~{3,})([^\n`]*)\n")
_IN_ONE_LINE = re.compile(r"(`{3,})([^`\n]+)\1[ \t]*(?:\n|$)")
_FENCE_LINE = re.compile(r"\n[ \t]*(?:`{3,}|~{3,})[^\n`]*(?=\n)")
_LAST_FENCE_LINE = re.compile(r"\n[ \t]*(?:`{1,}|~{1,})[^\n`]*$")
_FENCE_LATER = re.compile(r"\n[ \t]*(`{3,}|~{3,})([^\n`]*)\n")
_PART_OF_FENCE = re.compile(r"\n?[ \t]*(?:`+|~+)[ \t]*$")
_TICKS = re.compile(r"`([^`\n]+)`\s*$")


def unmarked(reply: str, final: bool) -> tuple[str, bool]:
    """The reply without any family's markers and the cursor's, with `\\n` for line ends; whether a marker ended it."""
    if not final and reply.endswith("\r"):
        reply = reply[:-1]
    text = reply.replace("\r\n", "\n").replace("\r", "\n") if "\r" in reply else reply
    while leading := _LEADING.match(text):
        text = text[leading.end() :]
    end = _END.search(text)
    if end is not None:
        return _DROPPED.sub("", text[: end.start()]), True
    return _DROPPED.sub("", text if final else _before_part_of_marker(text)), False


def undressed(text: str, final: bool, place: Place) -> tuple[str, bool]:
    """The answer in an unmarked reply, and whether that is all of it, whatever comes."""
    while thinks := _THINKS.match(text):
        end = text.find(f"</{thinks[1]}>", thinks.end())
        if end < 0:
            return "", False
        text = text[end + len(thinks[1]) + 3 :].lstrip("\n")
    body = text.lstrip()
    if not body or (not final and any(f"<{name}>".startswith(body) for name in _THOUGHTS)):
        return "", False
    if body[0] in "`~" and (found := _begins_with_fence(text, body, final, place)) is not None:
        return found
    first, newline, rest = body.partition("\n")
    if place.text:
        greeted = is_greeting(first) if newline else may_be_greeting(first)
        following = rest.lstrip()
        if greeted and not final and _may_open(following):
            return "", False
        opened = _OPENS.match(following)
        return undressed(rest, final, place) if greeted and opened else _bare(text, final, place)
    if not newline and not final:
        return ("", False) if may_be_greeting(first) or may_be_prose(first) else _bare(text, final, place)
    if is_greeting(first):
        return undressed(rest.lstrip("\n"), final, place)
    if is_prose(first) and first not in place.sentences:
        if not place.sentence:
            return _behind_prose(body, final, place)
        following = rest.lstrip()
        if not final and (_may_open(following) or any(f"</{name}>".startswith(following) for name in _THOUGHTS)):
            return "", False
        if _OPENS.match(following) or _THOUGHT.match(following):
            return _behind_prose(body, final, place)
    return _bare(text, final, place)


def fenced(content: str, final: bool, fence: str = "```") -> tuple[str, bool]:
    """What stands in a fence that was opened before `content`; fences inside of it, which name their language, are its
    own."""
    depth, at = 1, 0
    while (end := content.find("\n", at)) >= 0 or final:
        line = content[at : end if end >= 0 else len(content)]
        bare = line.strip()
        if bare and not bare.strip(fence[0]) and len(bare) >= (len(fence) if end >= 0 else 1):
            depth -= 1
            if not depth:
                return content[: max(0, at - 1)], True
        elif bare.startswith(fence) and bare.strip(fence[0]).isalnum():
            depth += 1
        elif depth == 1 and bare.endswith(fence) and line.count(fence) == 1:
            return content[: at + line.index(fence)], True
        if end < 0:
            return content, False
        at = end + 1
    part = _PART_OF_FENCE.search(content, max(0, at - 1))
    return (content[: part.start()] if part else content), False


def _before_part_of_marker(text: str) -> str:
    """Without the end that may become a marker."""
    for at in range(max(0, len(text) - _LONGEST_MARKER), len(text)):
        if text[at] in "<[" and any(marker.startswith(text[at:]) for marker in _MARKERS):
            return text[:at]
        if text.startswith("<|cursor", at) and text[at + 8 :].strip("0123456789|") == "":
            return text[:at]
    return text


def _begins_with_fence(text: str, body: str, final: bool, place: Place) -> tuple[str, bool] | None:
    """The answer where the reply begins with a fence or a backtick; None where that is its own."""
    lead = text[: len(text) - len(body)].rpartition("\n")[2]
    if (opened := _OPENS.match(body)) and not _is_own(opened[2].strip(), place):
        return fenced(body[opened.end() :], final, opened[1])
    if opened or (place.fenced and body.startswith("```") and final):
        return None
    if not final and ("\n" not in body and (body.startswith(("```", "~~~")) or body in ("`", "``", "~", "~~"))):
        return "", False
    if in_one_line := _IN_ONE_LINE.match(body):
        return in_one_line[2], True
    if body.startswith(("```", "~~~")) and "\n" not in body:
        return "", False
    if body[0] != "`" or place.ticks:
        return None
    if not final and not body.partition("\n")[2].strip():
        return "", False
    if (ticks := _TICKS.fullmatch(body)) is not None:
        return lead + ticks[1], False
    return None


def _may_open(text: str) -> bool:
    """Whether a text of which only the beginning is there may begin with a fence."""
    return not text or (text[0] in "`~" and "\n" not in text)


def _is_own(language: str, place: Place) -> bool:
    """Whether a fence in which this stands first belongs to the document."""
    if language in ("markdown", "md", "text"):
        return False
    return place.fenced if not language else place.text and not place.fenced


def _behind_prose(body: str, final: bool, place: Place) -> tuple[str, bool]:
    """The reply begins with prose: the answer is what stands in the first fence, or behind the thoughts, or, once
    there is no more, what is no prose."""
    fence, thought = _FENCE_LATER.search(body), _THOUGHT.search(body)
    if thought is not None and (fence is None or thought.start() < fence.start()):
        return undressed(body[thought.end() :].lstrip("\n"), final, place)
    if fence is not None:
        return fenced(body[fence.end() :], final, fence[1])
    if not final:
        return "", False
    lines = body.split("\n")
    while lines and (not lines[0].strip() or is_prose(lines[0]) or is_greeting(lines[0])):
        lines.pop(0)
    return _bare("\n".join(lines), final, place)


def _bare(text: str, final: bool, place: Place) -> tuple[str, bool]:
    """The answer without a fence around it, up to what is no code."""
    if not (place.fences or place.text):
        if (closing := _FENCE_LINE.search(text)) is not None:
            return text[: closing.start()], True
        last = _LAST_FENCE_LINE.search(text)
        if last is not None and (not final or last[0].lstrip()[:2] in ("``", "~~")):
            text = text[: last.start()]
    if place.block and not place.indented:
        return text, False
    at = text.find("\n", len(text) - len(text.lstrip("\n")))
    while at >= 0:
        end = text.find("\n", at + 1)
        line = text[at + 1 : end if end >= 0 else len(text)]
        whole = end >= 0 or final
        if line[:1].strip() and not (whole and line in place.sentences):
            said = is_prose(line) or is_greeting(line) if whole else may_be_prose(line) or may_be_greeting(line)
            if said and (place.block or not in_block(text[:at])):
                return text[:at].rstrip("\n"), whole
        at = end
    return text, False
