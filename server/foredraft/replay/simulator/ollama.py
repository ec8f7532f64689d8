"""Ollama's own API beside the generating: what is installed, what is loaded, loading and unloading."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from foredraft.replay.simulator.connection import Exchange
from foredraft.replay.simulator.dialects import Endpoint
from foredraft.replay.simulator.envelopes import Refused
from foredraft.replay.simulator.local_wire import ollama_time
from foredraft.replay.simulator.provider import ProviderState, Served
from foredraft.replay.simulator.runners import keep_alive
from foredraft.replay.simulator.wire import dump

VERSION = "0.34.4"
_SIZE = 1_200_000_000
_CONTEXT = 4096


async def load_only(provider: ProviderState, endpoint: Endpoint, body: Mapping[str, Any], exchange: Exchange) -> bool:
    """Load or unload a model where that is all the request asks for; False if it asks for more."""
    if body.get("prompt") or body.get("messages") or body.get("suffix"):
        return False
    served = provider.model(body.get("model"))
    model, keep = served.settings, keep_alive(body.get("keep_alive"))
    if keep == 0:
        provider.runners.unload(model.id)
    else:
        options = body.get("options") or {}
        context = min(model.context, int(options.get("num_ctx") or _CONTEXT))
        await provider.runners.load(model.id, context, model.load_seconds, keep)
    said: dict[str, Any] = {"response": ""}
    if endpoint is Endpoint.OLLAMA_CHAT:
        said = {"message": {"role": "assistant", "content": ""}}
    head = {"model": model.id, "created_at": ollama_time()}
    done = {"done": True, "done_reason": "unload" if keep == 0 else "load"}
    await exchange.reply(200, dump(head | said | done), "application/json; charset=utf-8")
    if exchange.entry is not None:
        exchange.entry.finished = True
    return True


def page(provider: ProviderState, path: str, body: Mapping[str, Any]) -> dict[str, Any] | str | None:
    """What Ollama answers at `path`; None if there is nothing. Raises `Refused`."""
    if path in {"", "/"}:
        return "Ollama is running"
    if path == "/api/version":
        return {"version": VERSION}
    if path == "/api/tags":
        return {"models": [_tag(one) for one in provider.models.values()]}
    if path == "/api/ps":
        return {"models": _loaded(provider)}
    if path == "/api/show":
        return _show(provider, body)
    return None


def is_foreign(exchange: Exchange) -> bool:
    """Whether a request was not meant for this machine: a page in a browser, or another name for it."""
    host = exchange.request.headers.get("host", "").rsplit(":", 1)[0]
    origin = exchange.request.headers.get("origin", "")
    foreign_origin = origin and not any(name in origin for name in ("127.0.0.1", "localhost"))
    return host not in {"127.0.0.1", "localhost", "[::1]"} or bool(foreign_origin)


def _show(provider: ProviderState, body: Mapping[str, Any]) -> dict[str, Any]:
    name = body.get("model") or body.get("name")
    if not name:
        raise Refused(400, "model is required")
    model = provider.model(name).settings
    template = "{{ .Prompt }}{{ .Suffix }}" if model.fim else "{{ .Prompt }}"
    return {
        "template": template,
        "parameters": "",
        "details": _details(),
        "capabilities": _capabilities(model.fim, bool(model.thinks)),
        "model_info": {"general.architecture": "llama", "llama.context_length": model.context},
        "modified_at": ollama_time(),
    }


def _loaded(provider: ProviderState) -> list[dict[str, Any]]:
    return [
        _head(one.model)
        | {"size_vram": _SIZE, "expires_at": one.expires_at, "context_length": one.context, "details": _details()}
        for one in provider.runners.loaded()
    ]


def _tag(served: Served) -> dict[str, Any]:
    model = served.settings
    more = {"modified_at": ollama_time(), "details": _details()}
    return _head(model.id) | more | {"capabilities": _capabilities(model.fim, bool(model.thinks))}


def _head(model: str) -> dict[str, Any]:
    digest = hashlib.sha256(model.encode()).hexdigest()
    return {"name": model, "model": model, "size": _SIZE, "digest": digest}


def _capabilities(fim: bool, thinks: bool) -> list[str]:
    return ["completion"] + ["insert"] * fim + ["thinking"] * thinks


def _details() -> dict[str, Any]:
    return {
        "parent_model": "",
        "format": "gguf",
        "family": "llama",
        "families": ["llama"],
        "parameter_size": "1.5B",
        "quantization_level": "Q4_K_M",
    }
