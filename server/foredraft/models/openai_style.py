"""Models behind an OpenAI-style API: chat, raw completions with FIM markers, and completions with a suffix."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import httpx

from foredraft.errors import Failure
from foredraft.models.dialect import Dialect, below
from foredraft.models.exchange import Call, broke_off, post
from foredraft.models.failures import failed
from foredraft.models.families import Thinks, family_named
from foredraft.models.filling import render, stops, with_files
from foredraft.models.model import Chunk, Facts, Finish, Usage, Use
from foredraft.models.outgoing import Outgoing, Tier
from foredraft.models.stops import Stops
from foredraft.models.tokens import Tokens
from foredraft.questions.prompt import Chat, Fim, Message, Prompt

_USAGE_SECONDS = 1.0
"""How long the count of tokens may come after the end of the answer."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent: the url, the JSON, and which stop texts are ours to enforce."""

    url: str
    body: Mapping[str, Any]
    stops: tuple[str, ...]
    characters: int
    optional: bool = False
    escaped: bool = False
    drops_space: bool = False


class OpenAiStyle:
    """One model. A `Fim` is asked as `facts.use` says, a `Chat` always as a conversation; a last message of the
    assistant is sent only where `facts.continues`."""

    def __init__(
        self, facts: Facts, url: str, dialect: Dialect, key: str | None, client: httpx.AsyncClient, tokens: Tokens
    ) -> None:
        self._facts, self._url, self._dialect = facts, url.rstrip("/"), dialect
        self._key, self._client, self._tokens = key, client, tokens

    @property
    def facts(self) -> Facts:
        return self._facts

    async def stream(self, outgoing: Outgoing) -> AsyncGenerator[Chunk]:
        """As `Model.stream`. Text stands before the first stop text; reasoning is never part of it. Closing the
        iterator closes the connection (HTTP/2: resets the stream) at once."""
        name = self._facts.name
        if not outgoing.tier.allows(self._facts.tier):
            raise failed(name, Failure.FORBIDDEN)
        request = self._request(outgoing.prompt)
        windows, quota_is_rate = self._dialect.windows, self._dialect.quota_is_rate
        local = self._facts.tier is Tier.LOCAL
        call = Call(name, request.url, self._key, windows, quota_is_rate, request.optional, local)
        async with post(self._client, call, request.body) as reply:
            if reply.limits:
                yield Chunk(limits=reply.limits, model=name)
            answer = Answer(name, request)
            async with aclosing(reply.objects()) as objects:
                while (data := await _next(objects, answer)) is not None:
                    text = answer.take(data)
                    if text:
                        yield Chunk(text, model=name)
                    if answer.cut:
                        break
            text = answer.end(reply.done)
            if answer.usage is not None:
                self._tokens.learn(self._facts.family, request.characters, answer.usage.prompt)
            try:
                yield Chunk(text, answer.finish, answer.usage, model=name)
            finally:
                if not answer.cut:
                    await reply.drain()

    def _request(self, prompt: Prompt) -> Request:
        if isinstance(prompt.body, Chat):
            return self._chat(prompt, prompt.body)
        if self._facts.use is Use.TOKENS:
            return self._raw(prompt, prompt.body)
        if self._facts.use is Use.SUFFIX:
            return self._suffix(prompt, prompt.body)
        raise failed(self._facts.name, Failure.UNABLE)

    def _chat(self, prompt: Prompt, chat: Chat) -> Request:
        dialect, messages = self._dialect, list(chat.messages)
        continued = bool(messages) and messages[-1].role == "assistant"
        if continued and not self._facts.continues:
            messages.pop()
            continued = False
        wire: list[dict[str, Any]] = [_message(each) for each in messages]
        family = family_named(self._facts.family)
        body = self._sampling(prompt, prompt.stop, family.overhead)
        if family.thinks is not Thinks.NEVER:
            body.update(dialect.unthinking(family.name))
        if continued:
            wire[-1] |= dialect.continued_message
            body.update(dialect.continued_body)
        url = below(self._url, dialect.continued_path if continued else "/chat/completions")
        characters = sum(len(each.text) for each in messages)
        return Request(url, body | {"messages": wire}, prompt.stop, characters)

    def _raw(self, prompt: Prompt, fim: Fim) -> Request:
        family = family_named(self._facts.family)
        if family.markers is None:
            raise failed(self._facts.name, Failure.UNABLE)
        text = render(fim, family)
        ends = (*prompt.stop, *stops(fim, family))
        body = self._sampling(prompt, ends) | {"prompt": text.text}
        url = below(self._url, self._dialect.raw_path)
        return Request(url, body, ends, len(text.text), True, text.escaped, text.drops_space)

    def _suffix(self, prompt: Prompt, fim: Fim) -> Request:
        prefix, suffix = with_files(fim, family_named(self._facts.family)), fim.suffix.replace("\r\n", "\n")
        body = self._sampling(prompt, prompt.stop) | {"prompt": prefix, "suffix": suffix}
        body.update(self._dialect.suffix_body)
        url = below(self._url, self._dialect.suffix_path)
        return Request(url, body, prompt.stop, len(prefix) + len(suffix), True)

    def _sampling(self, prompt: Prompt, ends: tuple[str, ...], overhead: int = 0) -> dict[str, Any]:
        dialect, body = self._dialect, dict[str, Any]()
        body["model"] = self._facts.id
        body[dialect.max_tokens] = min(prompt.max_tokens + overhead, self._facts.most_output)
        body["temperature"] = prompt.temperature
        body["stream"] = True
        if taken := list(dict.fromkeys(ends))[: dialect.stops]:
            body["stop"] = taken
        if dialect.asks_usage:
            body["stream_options"] = {"include_usage": True}
        return body


class Answer:
    """Puts the pieces of one answer together."""

    def __init__(self, model: str, request: Request) -> None:
        self._model, self._request = model, request
        self._stops = Stops(request.stops)
        self._began = self._seen = False
        self.usage: Usage | None = None
        self.finish: Finish | None = None

    @property
    def cut(self) -> bool:
        """Whether a stop text has ended it before the provider did."""
        return self._stops.hit

    def take(self, data: Mapping[str, Any]) -> str:
        """The text that this piece makes certain."""
        self._seen = True
        self.usage = usage_in(data) or self.usage
        choices = data.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices else None
        if not isinstance(choice, dict):
            return ""
        text = self._stops.feed(self._clean(_text(choice)))
        reason = choice.get("finish_reason")
        if isinstance(reason, str):
            if reason in ("error", "insufficient_system_resource"):
                raise failed(self._model, Failure.OVERLOADED, "it gave up in the middle of an answer")
            self.finish = _FINISHES.get(reason, Finish.STOP)
        return text

    def end(self, done: bool) -> str:
        """What was held back, once nothing follows; raises `ModelFailed` where the answer is not complete. `done`:
        the provider said so, if not why."""
        if self.cut or (done and self._seen and self.finish is None):
            self.finish = Finish.STOP
        elif self.finish is None:
            raise broke_off(self._model) if self._seen else failed(self._model, Failure.GARBLED)
        return self._stops.rest()

    def _clean(self, text: str) -> str:
        if self._request.escaped:
            text = text.replace("\u200b", "")
        if self._request.drops_space and text and not self._began:
            text = text.removeprefix(" ")
            self._began = True
        return text


_FINISHES: Mapping[str, Finish] = {
    "length": Finish.LENGTH,
    "max_tokens": Finish.LENGTH,
    "model_length": Finish.LENGTH,
    "content_filter": Finish.FILTERED,
}


def usage_in(data: Mapping[str, Any]) -> Usage | None:
    """The provider's count, wherever it stands in its dialect."""
    groq = data.get("x_groq")
    usage = data.get("usage") or (groq.get("usage") if isinstance(groq, dict) else None)
    if not isinstance(usage, dict):
        return None
    details = usage.get("prompt_tokens_details")
    places = [details.get("cached_tokens") if isinstance(details, dict) else None]
    places += [usage.get("prompt_cache_hit_tokens"), usage.get("cached_input_tokens"), usage.get("cached_tokens")]
    cached = next((count for place in places if (count := _count(place)) is not None), 0)
    prompt, completion = _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens"))
    return None if prompt is None else Usage(prompt, completion or 0, min(cached, prompt))


def _count(value: Any) -> int | None:
    return int(value) if isinstance(value, int | float) and 0 <= value < 1e12 else None


def _text(choice: Mapping[str, Any]) -> str:
    """What is to be shown of a piece; reasoning has fields, or parts, of its own."""
    delta = choice.get("delta") or choice.get("message")
    content = delta.get("content") if isinstance(delta, dict) else choice.get("text")
    if isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, dict) and part.get("type") == "text"]
        return "".join(part for part in parts if isinstance(part, str))
    return content if isinstance(content, str) else ""


def _message(message: Message) -> dict[str, Any]:
    return {"role": message.role, "content": message.text}


async def _next(objects: AsyncIterator[dict[str, Any]], answer: Answer) -> dict[str, Any] | None:
    """The next piece; None at the end, or when the answer is complete and no count of tokens follows."""
    try:
        if answer.finish is None:
            return await anext(objects)
        async with asyncio.timeout(_USAGE_SECONDS):
            return await anext(objects)
    except (StopAsyncIteration, TimeoutError):
        return None
