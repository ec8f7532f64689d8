"""What a family of models has in common, as data: FIM markers, stop texts, thinking, context, characters per token."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Thinks(StrEnum):
    """Whether a model thinks aloud before it answers."""

    NEVER = "never"
    HYBRID = "hybrid"
    """It does unless told not to."""
    ALWAYS = "always"
    """It can be told to keep it short."""


@dataclass(frozen=True, slots=True)
class Markers:
    """How the gap is shown: `head`, each file, `current`, then prefix and suffix (or the other way round), `middle`.

    `repo`, `file` and `current` are formats over {path}, {text}, {language}, and used only where there are files,
    unless `always`. `title` begins the prefix itself; files stand there, too, where `inside`.
    """

    prefix: str
    suffix: str
    middle: str
    suffix_first: bool = False
    repo: str = ""
    file: str = ""
    current: str = ""
    title: str = ""
    inside: bool = False
    always: bool = False
    """Whether the open file is named even when no other file comes along."""


@dataclass(frozen=True, slots=True)
class Family:
    """`special` are the texts that are single tokens to it: in the user's own text they are broken up."""

    name: str
    ids: str
    """A pattern that finds the family in a model id, lower case."""
    characters_per_token: float = 3.3
    context: int = 32768
    markers: Markers | None = None
    fills: str = ""
    """A pattern of those ids whose weights were trained to fill gaps; "" for none of them."""
    stop: tuple[str, ...] = ()
    special: tuple[str, ...] = ()
    thinks: Thinks = Thinks.NEVER
    overhead: int = 0
    """Tokens it thinks even when told to keep it short: they count against the bound of an answer."""
    drops_space: bool = False
    """Whether a space at the end of a prompt confuses its tokenizer: it is left out, and taken off the answer."""


def family_of(model_id: str) -> Family:
    """The family of a model id of any provider; `UNKNOWN` where no pattern fits."""
    wanted = model_id.lower()
    return next((family for family in FAMILIES if re.search(family.ids, wanted)), UNKNOWN)


def family_named(name: str) -> Family:
    """The family of that name, `UNKNOWN` where there is none."""
    return _BY_NAME.get(name, UNKNOWN)


def fills_gaps(model_id: str) -> bool:
    """Whether these weights were trained to fill gaps between markers."""
    family = family_of(model_id)
    return family.markers is not None and bool(family.fills) and re.search(family.fills, model_id.lower()) is not None


_QWEN_FIM = ("<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>", "<|fim_pad|>", "<|repo_name|>", "<|file_sep|>")
_QWEN = ("<|endoftext|>", *_QWEN_FIM, "<|im_start|>", "<|im_end|>")
_BAR = ("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>")
_PLAIN = ("<fim_prefix>", "<fim_suffix>", "<fim_middle>")
_CODELLAMA = ("<PRE>", "<SUF>", "<MID>", "<EOT>")
_DEEPSEEK = ("<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>", "<｜end▁of▁sentence｜>")
_GEMMA = ("<|file_separator|>", "<end_of_turn>", "<eos>", *_BAR)
_GRANITE = (*_PLAIN, "<|endoftext|>", "<reponame>", "<filename>")
_SEED = (
    "<[end▁of▁sentence]>", "<[fim-suffix]>", "<[fim-prefix]>", "<[fim-middle]>", "<[PAD▁TOKEN]>", "<[SEP▁TOKEN]>",
    "<[begin▁of▁sentence]>",
)  # fmt: skip
_GLM = ("<|code_prefix|>", "<|code_suffix|>", "<|code_middle|>", "<|user|>", "<|assistant|>", "<|endoftext|>")
_FALCON = ("<|prefix|>", "<|suffix|>", "<|middle|>", "<|endoftext|>")

UNKNOWN = Family("unknown", "$^", 3.0, 8192, thinks=Thinks.NEVER)
"""Cautious: a chat model with a small context, no switch it might not know, few characters per token."""

FAMILIES: tuple[Family, ...] = (  # the first whose pattern fits
    Family(
        "codeqwen", "codeqwen", 3.4, 65536,
        Markers(*_PLAIN, repo="<reponame>project\n", file="<file_sep>{path}\n{text}\n", current="<file_sep>{path}\n"),
        r"^(?!.*chat)", ("<|endoftext|>", *_PLAIN, "<file_sep>", "</code>"),
        (*_PLAIN, "<|endoftext|>", "<reponame>", "<file_sep>"),
    ),
    Family(
        "qwen-coder", r"qwen-?[\d.]*-?coder|zeta(?!-?2)|sweep-next-edit|instinct", 3.8, 32768,
        Markers(*_BAR, repo="<|repo_name|>project\n", file="<|file_sep|>{path}\n{text}\n",
                current="<|file_sep|>{path}\n"),
        ".", _QWEN, _QWEN,
    ),
    Family(
        "codellama", "code-?llama", 2.9, 16384, Markers("<PRE> ", " <SUF>", " <MID>"),
        r"^(?!.*(34b|70b|python))", _CODELLAMA, _CODELLAMA, drops_space=True,
    ),
    Family(
        "deepseek-coder", "deepseek-coder", 3.2, 16384,
        Markers(*_DEEPSEEK[:3], file="#{path}\n{text}\n", title="#{path}\n", inside=True),
        r"coder-v2.*lite.*base|coder(?!-v2).*base", _DEEPSEEK, _DEEPSEEK,
    ),
    Family(
        "starcoder", "starcoder|starchat", 3.1, 16384,
        Markers(*_PLAIN, repo="<repo_name>project", file="<file_sep>{path}\n{text}", current="<file_sep>",
                title="{path}\n"),
        r"starcoder(?!.*(instruct|chat))", (*_PLAIN, "<file_sep>", "<|endoftext|>"),
        (*_PLAIN, "<file_sep>", "<repo_name>", "<|endoftext|>"),
    ),
    Family(
        "codegemma", "codegemma", 3.2, 8192,
        Markers(*_BAR, file="{path}\n{text}<|file_separator|>", current="{path}\n"),
        r"codegemma[:-](code|2b|7b)(?!.*(instruct|-it))",
        _GEMMA, _GEMMA,
    ),
    Family(
        "codestral", "codestral", 3.2, 32768,
        Markers("[PREFIX]", "[SUFFIX]", "", True, file="+++++ {path}\n{text}\n\n", title="+++++ {path}\n", inside=True),
        ".", ("[PREFIX]", "[SUFFIX]", "\n+++++ "), ("[PREFIX]", "[SUFFIX]"),
    ),
    Family(
        "granite", "granite-?4|granite.*4[.-]", 3.3, 131072, Markers(*_BAR), ".",
        ("<|end_of_text|>", *_BAR), ("<|end_of_text|>", *_BAR),
    ),
    Family(
        "granite-code", "granite", 3.1, 8192,
        Markers(*_PLAIN, repo="<reponame>project", file="<filename>{path}\n{text}\n", current="<filename>{path}\n"),
        "code.*base", ("<|endoftext|>", *_PLAIN), _GRANITE,
    ),
    Family(
        "mellum", "mellum", 3.2, 8192,
        Markers("<fim_prefix>", "<fim_suffix>", "<fim_middle>", True, repo="<reponame>project",
                file="<filename>{path}\n{text}\n", current="<filename>{path}\n", always=True),
        ".", ("<|endoftext|>", "<filename>", *_PLAIN), _GRANITE,
    ),
    Family(
        "seed-coder", "seed-?coder|zeta-?2", 3.4, 32768,
        Markers("<[fim-prefix]>", "<[fim-suffix]>", "<[fim-middle]>", True, file="<filename>{path}\n{text}\n",
                title="<filename>{path}\n", inside=True),
        "base|zeta", _SEED, _SEED,
    ),
    Family(
        "codegeex", "codegeex-?4", 3.2, 131072,
        Markers("<|code_prefix|>", "<|code_suffix|>", "<|code_middle|><|assistant|>\n", True, repo="<|user|>\n",
                file="###REFERENCE:\n###PATH:{path}\n{text}\n",
                current="###PATH:{path}\n###LANGUAGE:{language}\n###MODE:BLOCK\n", always=True),
        ".", ("<|user|>", "<|assistant|>", "<|endoftext|>"), _GLM,
    ),
    Family(
        "glm", r"\bglm-?4", 3.4, 131072, Markers("<|code_prefix|>", "<|code_suffix|>", "<|code_middle|>"),
        r"glm-?4\.[56]", ("<|endoftext|>", "<|user|>"), _GLM, Thinks.HYBRID,
    ),
    Family(
        "stable-code", "stable-code", 3.1, 16384, Markers(*_PLAIN), r"^(?!.*instruct)",
        ("<|endoftext|>", *_PLAIN, "<file_sep>", "</code>"), (*_PLAIN, "<|endoftext|>", "<file_sep>"),
    ),
    Family(
        "falcon-coder", "falcon-h1.*coder", 3.1, 16384, Markers(*_FALCON[:3]), ".", _FALCON, _FALCON,
    ),
    Family("gpt-oss", "gpt-oss", 3.9, 131072, thinks=Thinks.ALWAYS, overhead=192),
    Family("qwen", "qwen|qwq", 3.8, 131072, thinks=Thinks.HYBRID),
    Family("deepseek", "deepseek", 3.5, 131072, thinks=Thinks.HYBRID),
    Family("llama", "llama", 3.7, 131072),
    Family("mercury", "mercury", 3.5, 32768, thinks=Thinks.HYBRID),
    Family("gemma", "gemma", 3.3, 8192),
    Family("kimi", "kimi", 3.6, 131072, thinks=Thinks.HYBRID),
    Family("mistral", "mistral|ministral|devstral", 3.2, 32768),
    Family("smollm", "smollm", 3.1, 2048),
)  # fmt: skip
_BY_NAME = {family.name: family for family in FAMILIES}
