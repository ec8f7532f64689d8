"""From a request's JSON to what is asked of a model; what a provider does not take is refused as it would."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from foredraft.replay.simulator.answers import tokens_of
from foredraft.replay.simulator.dialects import Dialect, Endpoint
from foredraft.replay.simulator.envelopes import Refused
from foredraft.replay.simulator.gaps import Gap, chat_gaps, content, raw_gap
from foredraft.replay.simulator.scenario import ModelSettings
from foredraft.replay.simulator.thinking import Effort, effort

_CHATS = {Endpoint.CHAT, Endpoint.OLLAMA_CHAT, Endpoint.EDIT}
_MOST_STOPS = {"groq": 4, "cerebras": 4, "deepseek": 16}
_OLLAMA_CONTEXT = 4096


@dataclass(frozen=True, slots=True)
class Asked:
    """What a model is asked. `whole` is a conversation's full text, `begun` what the assistant has said already;
    `counted`: a chunk of usage was asked for."""

    endpoint: Endpoint
    model: str
    gaps: tuple[Gap, ...]
    whole: str
    begun: str
    prompt: str
    prompt_tokens: int
    context: int
    most: int | None
    stop: tuple[str, ...]
    stream: bool
    counted: bool
    effort: Effort
    body: Mapping[str, Any]

    @property
    def is_chat(self) -> bool:
        return self.endpoint in _CHATS


def read(dialect: Dialect, endpoint: Endpoint, model: ModelSettings, body: dict[str, Any], marker: str | None) -> Asked:
    """What `body` asks of `model`; raises `Refused`. `marker`: how its chat prompts mark the cursor, if specially."""
    options = body.get("options") if isinstance(body.get("options"), dict) else {}
    native = endpoint in {Endpoint.GENERATE, Endpoint.OLLAMA_CHAT}
    stream = bool(body.get("stream", native)) and endpoint is not Endpoint.EDIT
    spent = effort(dialect, endpoint, model, body, stream)
    gaps, whole, prompt = _chat(body, marker) if endpoint in _CHATS else _plain(dialect, endpoint, model, body)
    last = body["messages"][-1] if endpoint in _CHATS else {}
    begun = content(last) if last.get("role") == "assistant" else ""
    context = _context(dialect, model, options or {})
    most = _most(dialect, endpoint, options if native else body)
    return Asked(
        endpoint, model.id, gaps, whole, begun, prompt,
        _fitting(dialect, endpoint, prompt, context, most, body), context, most,
        _stop(dialect, options if native else body), stream,
        bool((body.get("stream_options") or {}).get("include_usage")), spent, body,
    )  # fmt: skip


def _chat(body: Mapping[str, Any], marker: str | None) -> tuple[tuple[Gap, ...], str, str]:
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages or not all(isinstance(one, dict) for one in messages):
        raise Refused(400, "'messages' : minimum number of items is 1", code="invalid_messages")
    whole = "\n".join(content(one) for one in messages)
    return tuple(chat_gaps(messages, marker)), whole, whole


def _plain(
    dialect: Dialect, endpoint: Endpoint, model: ModelSettings, body: Mapping[str, Any]
) -> tuple[tuple[Gap, ...], str, str]:
    if endpoint is Endpoint.INFILL:
        return _infill(model, body)
    prompt, suffix = body.get("prompt"), body.get("suffix")
    if not isinstance(prompt, str):
        raise Refused(400, "prompt: a string is required", code="invalid_prompt")
    if suffix and _takes_suffix(dialect, endpoint, model, body):
        return (Gap(prompt, str(suffix)),), "", prompt + str(suffix)
    if endpoint in {Endpoint.FIM_TEXT, Endpoint.FIM_DELTA} and not model.fim:
        raise Refused(400, f"Model {model.id} does not support fill-in-the-middle", "invalid_request_error")
    raw = raw_gap(prompt)
    if raw is None:
        return (Gap(prompt),), "", prompt
    return ((raw,) if model.fim else ()), "", prompt


def _infill(model: ModelSettings, body: Mapping[str, Any]) -> tuple[tuple[Gap, ...], str, str]:
    if not model.fim:
        missing = "prefix token is missing. suffix token is missing. middle token is missing. "
        raise Refused(501, f"Infill is not supported by this model: {missing}", "not_supported_error")
    for name in ("input_prefix", "input_suffix"):
        if not isinstance(body.get(name), str):
            raise Refused(400, f'"{name}" is required', "invalid_request_error")
    prefix = body["input_prefix"] + str(body.get("prompt") or "")
    extra = "".join(str(one.get("text", "")) for one in body.get("input_extra") or () if isinstance(one, dict))
    return (Gap(prefix, body["input_suffix"]),), "", extra + prefix + body["input_suffix"]


def _takes_suffix(dialect: Dialect, endpoint: Endpoint, model: ModelSettings, body: Mapping[str, Any]) -> bool:
    """Whether the suffix counts; raises where it is refused."""
    if endpoint is Endpoint.GENERATE and body.get("raw"):
        return False  # Ollama drops it without a word
    if endpoint in {Endpoint.FIM_TEXT, Endpoint.FIM_DELTA}:
        return model.fim
    if endpoint is Endpoint.COMPLETION:
        return False
    taken = "taken" if endpoint is Endpoint.GENERATE else dialect.suffix
    if taken == "refused":
        raise Refused(400, "suffix is not currently supported")
    if taken == "taken" and not model.fim:
        if dialect.envelope == "ollama":
            raise Refused(400, f"registry.ollama.ai/library/{model.id} does not support insert")
        raise Refused(400, f"{model.id} does not support suffix", "invalid_request_error")
    return taken == "taken"


def _stop(dialect: Dialect, settings: Mapping[str, Any] | None) -> tuple[str, ...]:
    stop = (settings or {}).get("stop") or ()
    stops = (stop,) if isinstance(stop, str) else tuple(str(one) for one in stop)
    most = _MOST_STOPS.get(dialect.envelope, len(stops))
    if len(stops) > most:
        raise Refused(400, f"'stop' : maximum number of items is {most}", "invalid_request_error")
    return stops


def _most(dialect: Dialect, endpoint: Endpoint, settings: Mapping[str, Any] | None) -> int | None:
    usual = 16 if dialect.envelope == "vllm" and endpoint is Endpoint.COMPLETIONS else None
    for name in ("max_completion_tokens", "max_tokens", "n_predict", "num_predict"):
        value = (settings or {}).get(name)
        if isinstance(value, int):
            return value if value >= 0 else usual
    return usual


def _context(dialect: Dialect, model: ModelSettings, options: Mapping[str, Any]) -> int:
    if dialect.envelope != "ollama":
        return model.context
    wanted = options.get("num_ctx")
    return min(model.context, wanted if isinstance(wanted, int) and wanted > 0 else _OLLAMA_CONTEXT)


def _fitting(
    dialect: Dialect, endpoint: Endpoint, prompt: str, context: int, most: int | None, body: Mapping[str, Any]
) -> int:
    """The tokens of the prompt that the model is given; raises where they are too many."""
    tokens = tokens_of(prompt)
    if dialect.envelope == "ollama":
        if tokens < context:
            return tokens
        if body.get("shift") is False or body.get("truncate") is False:
            raise Refused(400, "the prompt is longer than the context length currently available to the model")
        return context - context // 2  # silently: the head is lost
    if endpoint is Endpoint.INFILL:
        return min(tokens, context)  # llama-server keeps what is near the cursor
    if dialect.envelope == "llamacpp" and tokens >= context:
        text = f"the request exceeds the available context size ({tokens} tokens of {context})"
        raise Refused(400, text, "exceed_context_size_error", more={"n_prompt_tokens": tokens, "n_ctx": context})
    if tokens + (most or 0) > context:
        text = f"This model's maximum context length is {context} tokens. However, you requested {most or 0} output "
        text += f"tokens and your prompt contains {tokens} input tokens. Please reduce the length of either one."
        raise Refused(400, text, code="context_length_exceeded")
    return tokens
