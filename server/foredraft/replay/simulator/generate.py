"""A request to generate, from its bytes to the last byte of its answer."""

from __future__ import annotations

import asyncio
import json
from random import Random

from foredraft.replay.simulator.answers import Answer, fitted, tokens_of
from foredraft.replay.simulator.asked import Asked, read
from foredraft.replay.simulator.connection import Exchange
from foredraft.replay.simulator.delivery import GARBAGE, Delivery
from foredraft.replay.simulator.dialects import Endpoint
from foredraft.replay.simulator.envelopes import Refused, envelope, over_limit
from foredraft.replay.simulator.local_wire import LlamaWire, OllamaWire
from foredraft.replay.simulator.log import Entry
from foredraft.replay.simulator.ollama import load_only
from foredraft.replay.simulator.openai_wire import OpenAiWire
from foredraft.replay.simulator.provider import ProviderState, Served
from foredraft.replay.simulator.runners import keep_alive
from foredraft.replay.simulator.settings import Fault
from foredraft.replay.simulator.stated import stated
from foredraft.replay.simulator.wire import Counts, Wire, dump

_PAGE = b"""<!DOCTYPE html>
<html><head><title>Access to this site is managed</title></head>
<body><h1>Network sign-in</h1><p>Please sign in to continue.</p></body></html>
"""
_THOUGHT = "The cursor stands in the middle of a line, so the answer has to go on from there. "


async def generate(provider: ProviderState, endpoint: Endpoint, exchange: Exchange, entry: Entry) -> None:
    """Answer a request to generate. Cancelling it (the client has gone) stops the generation."""
    random = provider.random()
    exchange.entry = entry
    body = _json(exchange.request.body)
    entry.body, entry.model = body, str((body or {}).get("model") or "")
    fault = provider.faults.meet(endpoint.public, entry.model, provider.seconds)
    if fault is not None:
        entry.fault = fault.do
        if await broken(fault, provider, endpoint, exchange):
            return
    try:
        authorize(provider, exchange)
        if body is None:
            raise Refused(400, "the body is not a JSON object", code="invalid_json")
        served = provider.model(body.get("model"))
        if endpoint in {Endpoint.GENERATE, Endpoint.OLLAMA_CHAT} and await load_only(
            provider, endpoint, body, exchange
        ):
            return
        asked = _read(provider, endpoint, served, body)
        _note(entry, asked)
        async with served.slots.one():
            await _run(provider, served, asked, exchange, entry, fault, random)
    except Refused as refused:
        await refuse(provider, endpoint, exchange, refused)


async def broken(fault: Fault, provider: ProviderState, endpoint: Endpoint | None, exchange: Exchange) -> bool:
    """Carry out a fault that comes before any answer; False if it has its moment later."""
    before = fault.after_tokens is None
    if fault.do in {"status", "html"} or (fault.do == "reset" and before):
        await asyncio.sleep(fault.seconds or 0.0)
    if fault.do == "status":
        headers = (("retry-after", f"{fault.retry_after}"),) if fault.retry_after is not None else ()
        refused = Refused(fault.status or 500, fault.message, headers=headers)
        await refuse(provider, endpoint, exchange, refused)
    elif fault.do == "html":
        await exchange.reply(fault.status or 200, _PAGE, "text/html; charset=utf-8")
    elif fault.do == "reset" and before:
        exchange.reset()
    elif fault.do == "stall" and before:
        await asyncio.sleep(fault.seconds if fault.seconds is not None else 1e9)
        return fault.seconds is None
    elif fault.do == "garbage" and before:
        await exchange.raw(GARBAGE)
        exchange.close()
    elif fault.do == "out-of-memory":
        text = "model requires more system memory (5.6 GiB) than is available (3.2 GiB)"
        await refuse(provider, endpoint, exchange, Refused(500, text))
    elif fault.do == "load-fails":
        status = 503 if provider.style == "llamacpp" else 500  # in the provider's words for that
        await refuse(provider, endpoint, exchange, Refused(status))
    else:
        return False
    return True


async def refuse(provider: ProviderState, endpoint: Endpoint | None, exchange: Exchange, refused: Refused) -> None:
    """Answer with a failure in the provider's own envelope."""
    body = dump(envelope(provider.name, provider.dialect, endpoint, refused))
    await exchange.reply(refused.status, body, "application/json", refused.headers)


def authorize(provider: ProviderState, exchange: Exchange) -> None:
    """Raises `Refused` if the provider has a key and the request has another, or none."""
    key = provider.settings.key
    if key is not None and exchange.request.headers.get("authorization") != f"Bearer {key}":
        raise Refused(401)


async def _run(
    provider: ProviderState,
    served: Served,
    asked: Asked,
    exchange: Exchange,
    entry: Entry,
    fault: Fault | None,
    random: Random,
) -> None:
    cached = served.cached(asked.prompt)
    counted = entry.prompt_tokens - (cached if provider.dialect.cached_are_free else 0)
    reserved = counted + (asked.most or 0 if provider.dialect.reserves else 0)
    now = provider.clock()
    refusal = served.allowance.admit(reserved, now)
    headers = stated(provider.dialect.stated, served.allowance, now, refusal)
    if refusal is not None:
        said = over_limit(provider.dialect, asked.model, refusal)
        raise Refused(said.status, said.message, said.type, said.code, headers=(*said.headers, *headers))
    entry.cached_tokens = min(cached, entry.prompt_tokens)
    load = await _load(provider, served, asked, fault)
    answer = _answer(served, asked)
    entry.said = answer.said
    counts = Counts(
        entry.prompt_tokens, entry.cached_tokens, tokens_of(answer.thought) + tokens_of(answer.text),
        tokens_of(answer.thought), answer.cut, load,
    )  # fmt: skip
    wire = _wire(provider, asked, f"{random.getrandbits(64):016x}")
    delivery = Delivery(exchange, wire, entry, fault, headers)
    pace = served.pace(random)
    exchange.runs_on = provider.style == "llamacpp" and not asked.stream  # llama-server works on for nobody
    try:
        deliver = delivery.stream if asked.stream else delivery.whole
        await deliver(answer, counts, pace, asked.effort.shown)
    finally:
        kept = provider.dialect.envelope == "cerebras"  # which takes what was reserved, used or not
        used = max(reserved, counted + entry.tokens) if kept else counted + entry.tokens
        served.allowance.spend(used - reserved, provider.clock())


async def _load(provider: ProviderState, served: Served, asked: Asked, fault: Fault | None) -> float:
    seconds = served.settings.load_seconds
    if fault is not None and fault.do == "slow-load":
        seconds = fault.seconds or 0.0
        provider.runners.unload(asked.model)
    if provider.style == "ollama":
        keep = keep_alive(asked.body.get("keep_alive"))
        return await provider.runners.load(asked.model, asked.context, seconds, keep)
    slow = seconds if fault is not None and fault.do == "slow-load" else 0.0
    await asyncio.sleep(slow)
    return slow


def _answer(served: Served, asked: Asked) -> Answer:
    text, said = served.speaker.say(asked.gaps, asked.whole, asked.is_chat and not asked.begun)
    if asked.begun.count("```") % 2:
        text += "\n```"  # whoever is put into an open fence closes it
    thought = (_THOUGHT * (asked.effort.tokens // 16 + 1))[: asked.effort.tokens * 4]
    return fitted(thought, text, asked.stop, asked.most, said)


def _wire(provider: ProviderState, asked: Asked, ident: str) -> Wire:
    if asked.endpoint in {Endpoint.GENERATE, Endpoint.OLLAMA_CHAT}:
        return OllamaWire(asked)
    if asked.endpoint in {Endpoint.INFILL, Endpoint.COMPLETION}:
        return LlamaWire(asked)
    return OpenAiWire(provider.dialect, asked, f"{'chatcmpl' if asked.is_chat else 'cmpl'}-{ident}")


def _read(provider: ProviderState, endpoint: Endpoint, served: Served, body: dict[str, object]) -> Asked:
    try:
        return read(provider.dialect, endpoint, served.settings, body, served.speaker.marker)
    except (TypeError, AttributeError) as problem:  # a field of a type that nobody expects
        raise Refused(400, f"a field has the wrong type ({problem})") from None


def _note(entry: Entry, asked: Asked) -> None:
    entry.model = asked.model
    entry.prompt_chars, entry.prompt_tokens = len(asked.prompt), asked.prompt_tokens
    entry.max_tokens, entry.stream = asked.most, asked.stream


def _json(body: bytes) -> dict[str, object] | None:
    try:
        value = json.loads(body)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
