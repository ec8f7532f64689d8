"""What providers answer beside generating: their model lists, health, balance."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from foredraft.replay.simulator.connection import Exchange
from foredraft.replay.simulator.envelopes import Refused
from foredraft.replay.simulator.generate import authorize, broken, refuse
from foredraft.replay.simulator.ollama import page as ollama_page
from foredraft.replay.simulator.provider import ProviderState, Served
from foredraft.replay.simulator.wire import dump

_OPEN = {"/health", "", "/", "/api/version"}
"""Paths that need no key."""


async def answer_page(provider: ProviderState, path: str, exchange: Exchange) -> None:
    """Answer a request that is none to generate, at `path` below the provider's name."""
    fault = provider.faults.meet("models", "", provider.seconds)
    if fault is not None and await broken(fault, provider, None, exchange):
        return
    try:
        if path not in _OPEN:
            authorize(provider, exchange)
        page = _page(provider, path, exchange)
        if page is None:
            method = exchange.request.method
            raise Refused(404, f"Unknown request URL: {method} /{provider.name}{path}", code="unknown_url")
        if isinstance(page, str):
            await exchange.reply(200, page.encode(), "text/plain; charset=utf-8")
        else:
            await exchange.reply(200, dump(page), "application/json")
    except Refused as refused:
        await refuse(provider, None, exchange, refused)


def _page(provider: ProviderState, path: str, exchange: Exchange) -> dict[str, Any] | str | None:
    if exchange.request.method == "GET":
        for place in provider.dialect.lists:
            if path == place:
                return _list(provider)
            if path.startswith(f"{place}/"):
                return _listed(provider, provider.model(unquote(path.removeprefix(f"{place}/"))))
    if provider.style == "ollama":
        return ollama_page(provider, path, _json(exchange.request.body))
    if exchange.request.method != "GET":
        return None
    if provider.style == "deepseek" and path == "/user/balance":
        balance = {"currency": "USD", "total_balance": "10.00", "granted_balance": "0.00", "topped_up_balance": "10.00"}
        return {"is_available": True, "balance_infos": [balance]}
    if provider.style == "vllm" and path == "/health":
        return ""
    return _llama_page(provider, path) if provider.style == "llamacpp" else None


def _llama_page(provider: ProviderState, path: str) -> dict[str, Any] | None:
    served = next(iter(provider.models.values()))
    if path == "/health":
        return {"status": "ok"}
    if path == "/props":
        return {
            "default_generation_settings": {"n_ctx": served.settings.context},
            "total_slots": 1,
            "model_path": served.settings.id,
            "chat_template": "",
            "modalities": {"vision": False, "audio": False},
            "is_sleeping": False,
        }
    return None


def _list(provider: ProviderState) -> dict[str, Any]:
    listed = [_listed(provider, one) for one in provider.models.values()]
    return {"object": "list", "data": listed}


def _listed(provider: ProviderState, served: Served) -> dict[str, Any]:
    model = served.settings
    one: dict[str, Any] = {"id": model.id, "object": "model", "created": int(time.time()), "owned_by": provider.name}
    if provider.style == "groq":
        one |= {"active": True, "context_window": model.context, "max_completion_tokens": 65536}
    if provider.style == "vllm":
        one |= {"max_model_len": model.context, "root": model.id, "parent": None}
    if provider.style in {"openrouter", "together"}:
        one |= {"context_length": model.context}
    if provider.style == "codestral":
        capabilities = {"completion_chat": True, "completion_fim": model.fim}
        one |= {"max_context_length": model.context, "capabilities": capabilities}
    if provider.style == "llamacpp":
        one |= {"meta": {"n_ctx_train": model.context, "n_params": 1_500_000_000}}
    return one


def _json(body: bytes) -> Mapping[str, Any]:
    try:
        value = json.loads(body or b"{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
