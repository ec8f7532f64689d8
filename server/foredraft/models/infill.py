"""llama-server's own way of filling a gap, `/infill`, with the other files beside it."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

import httpx

from foredraft.errors import Failure
from foredraft.models.dialect import below
from foredraft.models.exchange import Call, broke_off, post
from foredraft.models.failures import failed
from foredraft.models.families import family_named
from foredraft.models.filling import files_of, stops
from foredraft.models.model import Chunk, Facts, Finish, Usage
from foredraft.models.openai_style import OpenAiStyle
from foredraft.models.outgoing import Outgoing
from foredraft.models.stops import Stops
from foredraft.models.tokens import Tokens
from foredraft.questions.prompt import Excerpt, Fim, Prompt

_PROPS_SECONDS, _PROPS_AGE = 1.0, 60.0
_SPARE = 16
"""Tokens for the markers."""
_DOUBT = 1.25
"""An estimate this far from the limit is trusted; nearer to it the server counts."""


class Infill:
    """A model of a llama-server that fills by `/infill`; `chat` answers conversations.

    Its server cuts what is too long without a word. So its context is asked for (`/props`), and a prompt that does not
    fit is `TOO_LARGE`: files are left out first, the least stable last.
    """

    def __init__(
        self,
        facts: Facts,
        url: str,
        path: str,
        key: str | None,
        client: httpx.AsyncClient,
        tokens: Tokens,
        chat: OpenAiStyle,
    ) -> None:
        self._facts, self._url, self._key = facts, url.rstrip("/"), key
        self._path, self._client, self._tokens, self._chat = path, client, tokens, chat
        self._context: int | None = None
        self._asked = float("-inf")

    @property
    def facts(self) -> Facts:
        return self._facts

    async def stream(self, outgoing: Outgoing) -> AsyncGenerator[Chunk]:
        """As `Model.stream`. Always streamed: an answer in one piece goes on being generated when nobody waits."""
        fim = outgoing.prompt.body
        if not isinstance(fim, Fim):
            async with aclosing(self._chat.stream(outgoing)) as chunks:
                async for chunk in chunks:
                    yield chunk
            return
        name = self._facts.name
        if not outgoing.tier.allows(self._facts.tier):
            raise failed(name, Failure.FORBIDDEN)
        files = await self._fitting(outgoing.prompt, fim)
        ends = (*outgoing.prompt.stop, *stops(fim, family_named(self._facts.family)))
        call = Call(name, below(self._url, self._path), self._key, optional=True, local=True)
        async with post(self._client, call, _body(outgoing.prompt, fim, files, ends)) as reply:
            cutter, last = Stops(ends), dict[str, Any]()
            async with aclosing(reply.objects()) as objects:
                async for data in objects:
                    last = data
                    if text := cutter.feed(str(data.get("content") or "")):
                        yield Chunk(text, model=name)
                    if cutter.hit or data.get("stop") is True:
                        break
            complete = last.get("stop") is True
            if not (cutter.hit or complete):
                raise broke_off(name) if last else failed(name, Failure.GARBLED)
            finish = Finish.LENGTH if not cutter.hit and last.get("stop_type") == "limit" else Finish.STOP
            try:
                yield Chunk(cutter.rest(), finish, _usage(last) if complete else None, model=name)
            finally:
                if not cutter.hit:
                    await reply.drain()

    async def _fitting(self, prompt: Prompt, fim: Fim) -> tuple[Excerpt, ...]:
        """The files that fit; raises `TOO_LARGE` where not even prefix and suffix do."""
        context = await self._known_context()
        room = context - prompt.max_tokens - _SPARE
        around = fim.prefix + fim.suffix
        needed = await self._count(around, room)
        if needed > room:
            detail = f"about {needed} tokens, and {max(0, room)} fit beside an answer of {prompt.max_tokens}"
            raise failed(self._facts.name, Failure.TOO_LARGE, detail)
        kept: list[Excerpt] = []
        for each in files_of(fim):
            needed += await self._count(each.path + each.text, room - needed)
            if needed > room:
                break
            kept.append(each)
        return tuple(kept)

    async def _count(self, text: str, room: int) -> int:
        estimate = self._tokens.estimate(text, self._facts.family)
        if estimate * _DOUBT < room or estimate > room * _DOUBT * 2:
            return estimate
        found = await self._ask("POST", "^/tokenize", {"content": text})
        counted = found.get("tokens")
        return len(counted) if isinstance(counted, list) else estimate

    async def _known_context(self) -> int:
        if time.monotonic() - self._asked > _PROPS_AGE:
            self._asked = time.monotonic()
            settings = (await self._ask("GET", "^/props")).get("default_generation_settings")
            context = settings.get("n_ctx") if isinstance(settings, dict) else None
            self._context = context if isinstance(context, int) and context > 0 else self._context
        return self._context or self._facts.context

    async def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        call = Call(self._facts.name, below(self._url, path), self._key, local=True)
        try:
            reply = await self._client.request(
                method, call.url, json=body, headers=call.headers, timeout=httpx.Timeout(_PROPS_SECONDS)
            )
            found = reply.json() if reply.status_code == 200 else {}
        except (httpx.HTTPError, ValueError):
            return {}  # the request itself will tell what is wrong
        return found if isinstance(found, dict) else {}


def _body(prompt: Prompt, fim: Fim, files: tuple[Excerpt, ...], ends: tuple[str, ...]) -> dict[str, Any]:
    before, newline, line = fim.prefix.replace("\r\n", "\n").rpartition("\n")
    return {
        "input_prefix": before + newline,
        "prompt": line,
        "input_suffix": fim.suffix.replace("\r\n", "\n"),
        "input_extra": [{"filename": each.path, "text": each.text} for each in files],
        "n_predict": prompt.max_tokens,
        "temperature": prompt.temperature,
        "stop": list(ends),
        "stream": True,
        "cache_prompt": True,
    }


def _usage(last: Mapping[str, Any]) -> Usage | None:
    timings = last.get("timings")
    times = timings if isinstance(timings, dict) else {}
    prompt, completion = last.get("tokens_evaluated"), last.get("tokens_predicted")
    if not isinstance(prompt, int) or not isinstance(completion, int):
        return None
    cached = times.get("cache_n", 0)
    return Usage(prompt, completion, min(cached, prompt) if isinstance(cached, int) else 0)
