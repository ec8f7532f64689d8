"""How much a model thinks before it answers: each provider has its own switch, and without it a model thinks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from foredraft.replay.simulator.dialects import Dialect, Endpoint
from foredraft.replay.simulator.envelopes import Refused
from foredraft.replay.simulator.scenario import ModelSettings

_LOW = 4
"""A low effort is one part in so many of the usual one."""


@dataclass(frozen=True, slots=True)
class Effort:
    """Tokens of reasoning, which cost time and count as output, and whether they are shown."""

    tokens: int
    shown: bool


def effort(dialect: Dialect, endpoint: Endpoint, model: ModelSettings, body: Mapping[str, Any], stream: bool) -> Effort:
    """What a request makes of it; raises `Refused` where a provider does not take such a request."""
    if endpoint not in {Endpoint.CHAT, Endpoint.OLLAMA_CHAT, Endpoint.GENERATE} or body.get("raw"):
        return Effort(0, False)
    if not model.thinks:
        if body.get("think"):
            raise Refused(400, f'"{model.id}" does not support thinking')
        return Effort(0, False)
    shown = _shown(dialect, body)
    if any(_at(body, path) == value for path, value in dialect.off):
        if not model.always_thinks:
            return Effort(0, False)
        if dialect.envelope == "groq":
            raise Refused(400, "`reasoning_effort` must be one of `low`, `medium`, or `high`", code=None)
    if dialect.envelope == "dashscope" and not stream:
        text = "parameter.enable_thinking must be set to false for non-streaming calls"
        raise Refused(400, text, code="invalid_parameter_error")
    asked = body.get("reasoning_effort") or _at(body, "reasoning.effort") or body.get("think")
    tokens = max(1, model.thinks // _LOW) if asked in {"low", "minimal"} else model.thinks
    return Effort(tokens, shown)


def _shown(dialect: Dialect, body: Mapping[str, Any]) -> bool:
    if dialect.envelope == "groq" and "include_reasoning" in body and "reasoning_format" in body:
        raise Refused(400, "cannot specify both `include_reasoning` and `reasoning_format`")
    return body.get("include_reasoning") is not False and body.get("reasoning_format") != "hidden"


def _at(body: Mapping[str, Any], path: str) -> object:
    value: object = body
    for key in path.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value
