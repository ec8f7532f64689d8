"""Models of an Ollama: chat, suffix where a template takes one, or a raw prompt with the family's markers."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from foredraft.errors import Failure, ModelFailed
from foredraft.models.exchange import broke_off
from foredraft.models.failures import failed
from foredraft.models.families import Thinks, family_named
from foredraft.models.filling import render, stops, with_files
from foredraft.models.model import Chunk, Facts, Finish, Usage, Use
from foredraft.models.ollama_host import KEEP_ALIVE, OllamaHost
from foredraft.models.outgoing import Outgoing
from foredraft.models.stops import Stops
from foredraft.models.tokens import Tokens
from foredraft.questions.prompt import Chat, Fim, Prompt

if TYPE_CHECKING:
    import ollama

_SPARE = 16
"""Tokens for a template and markers."""
_ELSEWHERE = (Failure.UNREACHABLE, Failure.GONE)
"""What the next host may do better."""


@dataclass(frozen=True, slots=True)
class Question:
    """One request, ready to be sent to any of the hosts."""

    send: Callable[[ollama.AsyncClient], Awaitable[Any]]
    text: Callable[[Any], str]
    stops: tuple[str, ...]
    sent: str
    escaped: bool = False
    drops_space: bool = False


class OllamaModel:
    """One model id on one or several hosts; the next host is asked where one cannot be reached or lost the model."""

    def __init__(self, facts: Facts, hosts: Sequence[OllamaHost], tokens: Tokens) -> None:
        self._facts, self._hosts, self._tokens = facts, tuple(hosts), tokens

    @property
    def facts(self) -> Facts:
        return self._facts

    @property
    def runner_options(self) -> dict[str, Any]:
        """What a model is loaded with: the same for every request, or it is loaded anew each time (seconds)."""
        return {"num_ctx": self._facts.context}

    async def preload(self) -> None:
        """Loads it on the first host that can be reached. Raises `ModelFailed`; cancelling ends the loading."""
        *others, last = self._hosts
        for host in others:
            try:
                return await host.preload(self._facts.id, self.runner_options)
            except ModelFailed as failure:
                if failure.failure not in _ELSEWHERE:
                    raise
        return await last.preload(self._facts.id, self.runner_options)

    async def unload(self) -> None:
        """Takes it out of the memory of each host, after the requests that run. Raises `ModelFailed`."""
        for host in self._hosts:
            await host.unload(self._facts.id)

    async def stream(self, outgoing: Outgoing) -> AsyncGenerator[Chunk]:
        """As `Model.stream`. `TOO_LARGE` for a prompt that does not fit beside its answer: it is never cut."""
        if not outgoing.tier.allows(self._facts.tier):
            raise failed(self._facts.name, Failure.FORBIDDEN)
        question = self._question(outgoing.prompt)
        self._check_size(question, outgoing.prompt)
        *others, last = self._hosts
        for host in others:
            began = False
            try:
                async with aclosing(self._answer(host, question)) as chunks:
                    async for chunk in chunks:
                        began = True
                        yield chunk
                return
            except ModelFailed as failure:
                if began or failure.failure not in _ELSEWHERE:
                    raise
        async with aclosing(self._answer(last, question)) as chunks:
            async for chunk in chunks:
                yield chunk

    async def _answer(self, host: OllamaHost, question: Question) -> AsyncGenerator[Chunk]:
        name = self._facts.name
        cutter, last, began = Stops(question.stops), None, False
        async with host.asked(name) as client:
            parts = await question.send(client)
            async with aclosing(parts):
                async for part in parts:
                    last = part
                    text = question.text(part)
                    if question.escaped:
                        text = text.replace("\u200b", "")
                    if question.drops_space and not began and text:
                        text, began = text.removeprefix(" "), True
                    if text := cutter.feed(text):
                        yield Chunk(text, model=name)
                    if cutter.hit:
                        break
        if not cutter.hit and not (last and last.done):
            raise broke_off(name)
        usage = None if cutter.hit or not last else _usage(last)
        if usage is not None:
            self._tokens.learn(self._facts.family, len(question.sent), usage.prompt)
        length = not cutter.hit and last is not None and last.done_reason == "length"
        yield Chunk(cutter.rest(), Finish.LENGTH if length else Finish.STOP, usage, model=name)

    def _question(self, prompt: Prompt) -> Question:
        body, use = prompt.body, self._facts.use
        if isinstance(body, Chat):
            return self._chat(prompt, body)
        if use is Use.SUFFIX:
            return self._suffix(prompt, body)
        if use is Use.TOKENS and family_named(self._facts.family).markers is not None:
            return self._raw(prompt, body)
        raise failed(self._facts.name, Failure.UNABLE)

    def _chat(self, prompt: Prompt, chat: Chat) -> Question:
        family = family_named(self._facts.family)
        messages = [{"role": each.role, "content": each.text} for each in chat.messages]
        if messages and messages[-1]["role"] == "assistant":
            messages.pop()  # Ollama would end that message and begin another one
        options = self._options(prompt, prompt.stop, family.overhead)
        think = self._think()

        async def send(client: ollama.AsyncClient) -> Any:
            return await client.chat(
                self._facts.id, messages, stream=True, think=think, options=options, keep_alive=KEEP_ALIVE
            )

        sent = "".join(message["content"] for message in messages)
        return Question(send, lambda part: part.message.content or "", prompt.stop, sent)

    def _suffix(self, prompt: Prompt, fim: Fim) -> Question:
        prefix = with_files(fim, family_named(self._facts.family))
        suffix = fim.suffix.replace("\r\n", "\n") or "\n"  # with none at all it would take the template of a chat
        ends = (*prompt.stop, *stops(fim, family_named(self._facts.family)))
        options, think = self._options(prompt, ends), self._think()

        async def send(client: ollama.AsyncClient) -> Any:
            return await client.generate(
                self._facts.id, prefix, suffix, stream=True, think=think, options=options, keep_alive=KEEP_ALIVE
            )

        return Question(send, lambda part: part.response or "", ends, prefix + suffix)

    def _raw(self, prompt: Prompt, fim: Fim) -> Question:
        family = family_named(self._facts.family)
        rendered, ends = render(fim, family), (*prompt.stop, *stops(fim, family))
        options = self._options(prompt, ends)

        async def send(client: ollama.AsyncClient) -> Any:
            return await client.generate(
                self._facts.id, rendered.text, raw=True, stream=True, think=False, options=options,
                keep_alive=KEEP_ALIVE,
            )  # fmt: skip

        def text(part: Any) -> str:
            return part.response or ""

        return Question(send, text, ends, rendered.text, rendered.escaped, rendered.drops_space)

    def _options(self, prompt: Prompt, ends: tuple[str, ...], overhead: int = 0) -> dict[str, Any]:
        bound = min(prompt.max_tokens + overhead, self._facts.most_output)
        return self.runner_options | {
            "num_predict": bound, "temperature": prompt.temperature, "stop": list(dict.fromkeys(ends)),
        }  # fmt: skip

    def _think(self) -> Any:
        return "low" if family_named(self._facts.family).thinks is Thinks.ALWAYS else False

    def _check_size(self, question: Question, prompt: Prompt) -> None:
        room = self._facts.context - prompt.max_tokens - _SPARE
        needed = self._tokens.estimate(question.sent, self._facts.family)
        if needed > room:
            detail = f"about {needed} tokens, and {max(0, room)} fit beside an answer of {prompt.max_tokens}"
            raise failed(self._facts.name, Failure.TOO_LARGE, detail)


def _usage(last: Any) -> Usage | None:
    prompt, completion = last.prompt_eval_count, last.eval_count
    if prompt is None:
        return None
    cached = getattr(last, "prompt_eval_cached_count", None) or 0
    return Usage(prompt, completion or 0, min(cached, prompt))
