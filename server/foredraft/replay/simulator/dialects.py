"""The providers that are known, as a table: their paths, and the manners in which they differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal


class Endpoint(StrEnum):
    """What can be asked to generate, by wire format."""

    CHAT = "chat"
    COMPLETIONS = "completions"
    FIM_TEXT = "fim text"
    """/fim/completions that answers as a text completion does."""
    FIM_DELTA = "fim delta"
    """/fim/completions that answers as a chat does."""
    EDIT = "edit"
    GENERATE = "generate"
    OLLAMA_CHAT = "ollama chat"
    INFILL = "infill"
    COMPLETION = "completion"

    @property
    def public(self) -> str:
        """As scenarios and the log name it."""
        return {"fim text": "fim", "fim delta": "fim", "ollama chat": "chat"}.get(self.value, self.value)


@dataclass(frozen=True, slots=True)
class UsualModel:
    """A model that a provider usually has."""

    id: str
    context: int = 131072
    fim: bool = False
    thinks: int = 0
    always_thinks: bool = False


@dataclass(frozen=True, slots=True)
class Dialect:
    """A provider's manners. Paths are below the provider's name.

    `off`: the fields of a request, dotted, and the value that stops a model from thinking. `suffix`: whether
    /completions takes one, refuses it, or drops it without a word. `usage`: in a chunk of its own if asked for, or
    always in the last one. `reserves`: a request counts against the limits with all the tokens it may use.
    """

    base: str
    posts: Mapping[str, Endpoint]
    lists: tuple[str, ...]
    envelope: str
    stated: Literal["groq", "cerebras", "together", "mistral", "sambanova", "openrouter", "openai", "none"] = "none"
    window: Literal["fixed", "refilling"] = "fixed"
    queues: bool = False
    off: tuple[tuple[str, object], ...] = (("reasoning_effort", "none"),)
    reasoning: Literal["reasoning", "reasoning_content"] = "reasoning"
    suffix: Literal["taken", "refused", "dropped"] = "dropped"
    usage: Literal["asked", "last"] = "asked"
    reserves: bool = False
    cached_are_free: bool = False
    head: Mapping[str, object] = field(default_factory=dict)


_TEMPLATE = ("chat_template_kwargs.enable_thinking", False)
_EFFORT = ("reasoning_effort", "none")


def _v1(*more: str, base: str = "/v1") -> dict[str, Endpoint]:
    paths = {"completions": Endpoint.COMPLETIONS, "fim": Endpoint.FIM_TEXT, "edit": Endpoint.EDIT}
    places = {"completions": "/completions", "fim": "/fim/completions", "edit": "/edit/completions"}
    return {f"{base}/chat/completions": Endpoint.CHAT} | {f"{base}{places[name]}": paths[name] for name in more}


_DEEPSEEK = {
    "/chat/completions": Endpoint.CHAT,
    "/v1/chat/completions": Endpoint.CHAT,
    "/beta/chat/completions": Endpoint.CHAT,
    "/beta/completions": Endpoint.COMPLETIONS,
}
_LLAMA = {
    "/infill": Endpoint.INFILL,
    "/completion": Endpoint.COMPLETION,
    "/completions": Endpoint.COMPLETION,
    "/chat/completions": Endpoint.CHAT,
}
_OLLAMA = {"/api/generate": Endpoint.GENERATE, "/api/chat": Endpoint.OLLAMA_CHAT}

DIALECTS: Mapping[str, Dialect] = {
    "groq": Dialect(
        "/openai/v1", _v1(base="/openai/v1"), ("/openai/v1/models",), "groq", "groq", "refilling",
        reserves=True, cached_are_free=True, head={"system_fingerprint": "fp_5a2b9e31c7"},
    ),
    "dashscope": Dialect(
        "/compatible-mode/v1", _v1("completions", base="/compatible-mode/v1"), ("/compatible-mode/v1/models",),
        "dashscope", off=(("enable_thinking", False),), reasoning="reasoning_content",
        head={"system_fingerprint": None},
    ),
    "deepseek": Dialect(
        "", _DEEPSEEK, ("/models", "/v1/models", "/beta/models"), "deepseek", off=(("thinking.type", "disabled"),),
        reasoning="reasoning_content", suffix="taken", head={"system_fingerprint": "fp_d7e1b0a9"},
    ),
    "together": Dialect(
        "/v1", _v1("completions"), ("/v1/models",), "together", "together", "refilling",
        off=(("reasoning.enabled", False), _TEMPLATE), usage="last",
    ),
    "cerebras": Dialect(
        "/v1", _v1("completions"), ("/v1/models",), "cerebras", "cerebras",
        off=(_EFFORT, ("disable_reasoning", True)), suffix="refused", usage="last", reserves=True,
        head={"system_fingerprint": "fp_70185065a4"},
    ),
    "sambanova": Dialect(
        "/v1", _v1("completions"), ("/v1/models",), "sambanova", "sambanova", off=(_TEMPLATE, _EFFORT),
        head={"system_fingerprint": "fastcoe"},
    ),
    "openrouter": Dialect(
        "/api/v1", _v1("completions", base="/api/v1"), ("/api/v1/models",), "openrouter", "openrouter",
        off=(("reasoning.effort", "none"), ("reasoning.enabled", False)), usage="last", head={"provider": "Nebius"},
    ),
    "codestral": Dialect(
        "/v1", _v1() | {"/v1/fim/completions": Endpoint.FIM_DELTA}, ("/v1/models",), "mistral", "mistral",
        usage="last",
    ),
    "inception": Dialect(
        "/v1", _v1("fim", "edit"), ("/v1/models",), "inception", off=(("reasoning_effort", "instant"),),
    ),
    "vllm": Dialect(
        "/v1", _v1("completions"), ("/v1/models",), "vllm", queues=True, off=(_TEMPLATE,),
        reasoning="reasoning_content", suffix="refused",
    ),
    "lmstudio": Dialect("/v1", _v1("completions"), ("/v1/models",), "lmstudio", queues=True,
        reasoning="reasoning_content", head={"system_fingerprint": "local"},
    ),
    "llamacpp": Dialect(
        "", _v1("completions") | _LLAMA, ("/v1/models", "/models"), "llamacpp", queues=True,
        off=(_EFFORT, _TEMPLATE), reasoning="reasoning_content", head={"system_fingerprint": "b11669-8f2c1d0e"},
    ),
    "ollama": Dialect(
        "", _v1("completions") | _OLLAMA, ("/v1/models",), "ollama", queues=True, off=(("think", False), _EFFORT),
        suffix="taken", head={"system_fingerprint": "fp_ollama"},
    ),
    "openai": Dialect("/v1", _v1("completions"), ("/v1/models",), "openai", "openai", suffix="taken"),
}  # fmt: skip

USUAL_MODELS: Mapping[str, tuple[UsualModel, ...]] = {
    "groq": (
        UsualModel("openai/gpt-oss-20b", thinks=48, always_thinks=True),
        UsualModel("openai/gpt-oss-120b", thinks=48, always_thinks=True),
        UsualModel("qwen/qwen3.8-27b", thinks=64),
    ),
    "dashscope": (
        UsualModel("qwen3-coder-flash", 997952, fim=True),
        UsualModel("qwen2.5-coder-32b-instruct", fim=True),
        UsualModel("qwen3.7-plus", thinks=64),
    ),
    "deepseek": (
        UsualModel("deepseek-flash", 1_000_000, fim=True, thinks=96),
        UsualModel("deepseek-v4-pro", 1_000_000, fim=True, thinks=96),
    ),
    "together": (
        UsualModel("openai/gpt-oss-120b", thinks=48, always_thinks=True),
        UsualModel("Qwen/Qwen3.8-Flash", 262144, thinks=64),
    ),
    "cerebras": (
        UsualModel("gpt-oss-120b", thinks=48, always_thinks=True),
        UsualModel("qwen-3.8-27b", 65536, thinks=64),
    ),
    "sambanova": (UsualModel("Meta-Llama-3.3-70B-Instruct"), UsualModel("gpt-oss-120b", thinks=48, always_thinks=True)),
    "openrouter": (UsualModel("qwen/qwen3-coder", 262144), UsualModel("deepseek/deepseek-flash", thinks=96)),
    "codestral": (UsualModel("codestral-latest", fim=True), UsualModel("codestral-2508", fim=True)),
    "inception": (UsualModel("mercury-edit-2", 32768, fim=True), UsualModel("mercury-2", 131072)),
    "vllm": (UsualModel("Qwen/Qwen2.5-Coder-7B", 32768, fim=True),),
    "lmstudio": (UsualModel("qwen2.5-coder-7b", 32768, fim=True),),
    "llamacpp": (UsualModel("qwen2.5-coder-1.5b-q8_0.gguf", 8192, fim=True),),
    "ollama": (
        UsualModel("qwen2.5-coder:1.5b-base", 32768, fim=True),
        UsualModel("smollm2:latest", 8192),
        UsualModel("qwen3:4b", 40960, thinks=64),
    ),
    "openai": (UsualModel("model", 32768, fim=True),),
}
