"""The formats of servers on the user's machine: Ollama's own, line by line, and llama-server's own."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from foredraft.replay.simulator.asked import Asked
from foredraft.replay.simulator.dialects import Endpoint
from foredraft.replay.simulator.openai_wire import timings_of
from foredraft.replay.simulator.wire import Counts, Wire, dump, event


def ollama_time() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "Z"


class OllamaWire(Wire):
    """/api/generate and /api/chat: one JSON object a line; the last is `done`."""

    content_type = "application/x-ndjson"
    whole_type = "application/json; charset=utf-8"

    def __init__(self, asked: Asked) -> None:
        self._model = asked.model
        self._chat = asked.endpoint is Endpoint.OLLAMA_CHAT

    def opening(self) -> list[bytes]:
        return []

    def thought(self, piece: str) -> bytes:
        return self._line(self._said("", piece))

    def text(self, piece: str) -> bytes:
        return self._line(self._said(piece, ""))

    def closing(self, counts: Counts) -> list[bytes]:
        return [self._line(self._said("", "") | self._end(counts))]

    def whole(self, thought: str, text: str, counts: Counts) -> bytes:
        return self._line(self._said(text, thought) | self._end(counts)).rstrip(b"\n")

    def empty(self) -> bytes:
        return self._line({"done": False})

    def error(self, message: str) -> bytes:
        return dump({"error": message}) + b"\n"

    def keep_alive(self) -> bytes:
        return b"\n"

    def _said(self, text: str, thought: str) -> dict[str, Any]:
        thinking = {"thinking": thought} if thought else {}
        if self._chat:
            return {"message": {"role": "assistant", "content": text} | thinking, "done": False}
        return {"response": text} | thinking | {"done": False}

    def _end(self, counts: Counts) -> dict[str, Any]:
        def nanoseconds(seconds: float) -> int:
            return round(seconds * 1e9)

        return {
            "done": True,
            "done_reason": counts.finish,
            "total_duration": nanoseconds(counts.load + counts.first + counts.generating),
            "load_duration": nanoseconds(counts.load),
            "prompt_eval_count": counts.prompt,
            "prompt_eval_cached_count": counts.cached,
            "prompt_eval_duration": nanoseconds(counts.first),
            "eval_count": counts.completion,
            "eval_duration": nanoseconds(counts.generating),
        }

    def _line(self, value: dict[str, Any]) -> bytes:
        return dump({"model": self._model, "created_at": ollama_time()} | value) + b"\n"


class LlamaWire(Wire):
    """/infill and /completion: server-sent events without a [DONE]; the last has `stop` true."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked

    def opening(self) -> list[bytes]:
        return []

    def thought(self, piece: str) -> bytes:
        return self.text(piece)

    def text(self, piece: str) -> bytes:
        return event({"index": 0, "content": piece, "tokens": [], "stop": False, "id_slot": 0})

    def closing(self, counts: Counts) -> list[bytes]:
        return [event({"index": 0, "content": "", "tokens": []} | self._end(counts))]

    def whole(self, thought: str, text: str, counts: Counts) -> bytes:
        return dump({"index": 0, "content": text, "tokens": []} | self._end(counts))

    def empty(self) -> bytes:
        return event({"index": 0, "content": "", "stop": False})

    def error(self, message: str) -> bytes:
        return event({"error": {"code": 500, "message": message, "type": "server_error"}})

    def keep_alive(self) -> bytes:
        return b":\n\n"

    def _end(self, counts: Counts) -> dict[str, Any]:
        return {
            "id_slot": 0,
            "stop": True,
            "model": self._asked.model,
            "tokens_predicted": counts.completion,
            "tokens_evaluated": counts.prompt,
            "has_new_line": False,
            "truncated": False,
            "stop_type": "limit" if counts.cut else "eos",
            "stopping_word": "",
            "tokens_cached": counts.cached,
            "timings": timings_of(counts),
        }
