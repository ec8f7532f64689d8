"""Chats, text completions and FIM in OpenAI's format, with what each provider adds to it or leaves out."""

from __future__ import annotations

import time
from typing import Any

from foredraft.replay.simulator.asked import Asked
from foredraft.replay.simulator.dialects import Dialect, Endpoint
from foredraft.replay.simulator.envelopes import in_stream
from foredraft.replay.simulator.wire import Counts, Wire, dump, event


class OpenAiWire(Wire):
    """`delta` chunks for chats and Codestral's FIM, `text` for the others."""

    def __init__(self, dialect: Dialect, asked: Asked, ident: str) -> None:
        self._dialect, self._asked, self._ident = dialect, asked, ident
        self._chat = asked.endpoint in {Endpoint.CHAT, Endpoint.FIM_DELTA, Endpoint.EDIT}
        self.content_type = "text/event-stream; charset=utf-8"

    def opening(self) -> list[bytes]:
        comments = [b": OPENROUTER PROCESSING\n\n"] if self._dialect.envelope == "openrouter" else []
        if not self._chat:
            return comments
        chunk = self._chunk(self._choice({"role": "assistant", "content": ""}, None))
        return [*comments, event(chunk | self._x_groq({}))]

    def thought(self, piece: str) -> bytes:
        delta: dict[str, Any] = {self._dialect.reasoning: piece}
        if self._dialect.reasoning == "reasoning_content":
            delta = {"content": None} | delta
        return event(self._chunk(self._choice(delta, None)))

    def text(self, piece: str) -> bytes:
        return event(self._chunk(self._choice({"content": piece}, None)))

    def closing(self, counts: Counts) -> list[bytes]:
        usage = usage_of(self._dialect, counts)
        last = self._chunk(self._choice({}, counts.finish)) | self._x_groq({"usage": usage})
        if self._dialect.usage == "last":
            last["usage"] = usage
        if self._dialect.envelope == "cerebras":
            last["time_info"] = _times(counts) | {"created": time.time()}
        if self._dialect.envelope == "llamacpp":
            last["timings"] = timings_of(counts)
        chunks = [event(last)]
        if self._asked.counted and self._dialect.usage == "asked":
            chunks.append(event(self._chunk() | {"usage": usage}))
        return [*chunks, b"data: [DONE]\n\n"]

    def whole(self, thought: str, text: str, counts: Counts) -> bytes:
        usage = usage_of(self._dialect, counts)
        if self._chat:
            reasoning = {self._dialect.reasoning: thought} if thought else {}
            message = {"role": "assistant", "content": text} | reasoning
            choice: dict[str, Any] = {"index": 0, "message": message, "finish_reason": counts.finish}
        else:
            choice = {"index": 0, "text": text, "logprobs": None, "finish_reason": counts.finish}
        kind = "chat.completion" if self._chat else "text_completion"
        body = self._chunk(choice) | {"object": kind, "usage": usage} | self._x_groq({"usage": usage})
        if self._dialect.envelope == "llamacpp":
            body["timings"] = timings_of(counts)
        return dump(body)

    def empty(self) -> bytes:
        return event(self._chunk())

    def error(self, message: str) -> bytes:
        body = in_stream(self._dialect, self._asked.endpoint, message)
        choices = [self._chunk() | body] if self._dialect.envelope == "openrouter" else [body]
        named = b"event: error\n" if self._dialect.envelope == "groq" else b""
        return b"".join(named + event(one) for one in choices)

    def _chunk(self, *choices: dict[str, Any]) -> dict[str, Any]:
        kind = "chat.completion.chunk" if self._chat else "text_completion"
        head: dict[str, Any] = {
            "id": self._ident,
            "object": kind,
            "created": int(time.time()),
            "model": self._asked.model,
        }
        return {**head, **self._dialect.head} | {"choices": list(choices)}

    def _choice(self, delta: dict[str, Any], finish: str | None) -> dict[str, Any]:
        if self._chat:
            return {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return {"index": 0, "text": delta.get("content") or "", "logprobs": None, "finish_reason": finish}

    def _x_groq(self, more: dict[str, Any]) -> dict[str, Any]:
        return {"x_groq": {"id": f"req_{self._ident[-12:]}"} | more} if self._dialect.envelope == "groq" else {}


def usage_of(dialect: Dialect, counts: Counts) -> dict[str, Any]:
    """The usage as a provider counts it; where the cached tokens stand differs."""
    total = counts.prompt + counts.completion
    usage: dict[str, Any] = {
        "prompt_tokens": counts.prompt,
        "completion_tokens": counts.completion,
        "total_tokens": total,
    }
    if dialect.envelope == "together":
        return usage
    if dialect.envelope == "inception":
        return usage | {"reasoning_tokens": counts.thought, "cached_input_tokens": counts.cached}
    if dialect.envelope == "groq":
        usage |= _times(counts)
    if dialect.envelope == "deepseek":
        usage["prompt_cache_hit_tokens"] = counts.cached
        usage["prompt_cache_miss_tokens"] = counts.prompt - counts.cached
    if counts.thought:
        usage["completion_tokens_details"] = {"reasoning_tokens": counts.thought}
    return usage | {"prompt_tokens_details": {"cached_tokens": counts.cached}}


def timings_of(counts: Counts) -> dict[str, Any]:
    """llama-server's timings."""
    new, ms = counts.prompt - counts.cached, counts.generating * 1000
    return {
        "cache_n": counts.cached,
        "prompt_n": new,
        "prompt_ms": counts.first * 1000,
        "prompt_per_second": new / max(counts.first, 1e-6),
        "predicted_n": counts.completion,
        "predicted_ms": ms,
        "predicted_per_second": counts.completion / max(counts.generating, 1e-6),
    }


def _times(counts: Counts) -> dict[str, float]:
    return {
        "queue_time": round(counts.first / 2, 6),
        "prompt_time": round(counts.first / 2, 6),
        "completion_time": round(counts.generating, 6),
        "total_time": round(counts.first + counts.generating, 6),
    }
