"""One streamed request: what came of it as JSON objects, and every way in which it can go wrong as `ModelFailed`."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from foredraft.errors import Failure, ModelFailed
from foredraft.models.failures import Refusal, failed, refused
from foredraft.models.limits import DEFAULT_WINDOWS, Window, limits
from foredraft.models.model import Limit
from foredraft.models.sse import Event, Events

_MOST = 4 << 20
"""Bytes of one event, or of an answer that is no stream: more is garbage."""
_REFUSAL_BYTES, _REFUSAL_SECONDS = 1 << 16, 5.0
_DRAIN_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Call:
    """Where a request goes and who answers there. `optional`: the endpoint is one that not every provider has. `local`:
    a server on this machine; those of llama.cpp and Python close idle connections after 5 s, now and then just when the
    next request is on its way, and a new one costs nothing there: each is used once.
    """

    model: str
    url: str
    key: str | None = field(default=None, repr=False)
    windows: Mapping[str, Window] = field(default_factory=lambda: DEFAULT_WINDOWS)
    quota_is_rate: bool = False
    optional: bool = False
    local: bool = False

    @property
    def headers(self) -> dict[str, str]:
        once = {"connection": "close"} if self.local and self.url.startswith("http://") else {}
        return once | ({"authorization": f"Bearer {self.key}"} if self.key else {})

    def refused(self, refusal: Refusal) -> ModelFailed:
        return refused(self.model, refusal, time.time(), self.windows, self.quota_is_rate)


class Reply:
    """A reply that has begun well."""

    def __init__(self, call: Call, response: httpx.Response) -> None:
        self._call, self._response = call, response
        self._received = response.aiter_bytes()
        self.done = False
        """Whether `[DONE]` has come."""
        self.limits: tuple[Limit, ...] = limits(response.headers, time.time(), call.windows)

    async def objects(self) -> AsyncGenerator[dict[str, Any]]:
        """The JSON of each event; an answer that is no stream is one object. Ends at `[DONE]`, or with the reply.

        Raises `ModelFailed` for an error inside of the stream, and for what is none of all that.
        """
        events = Events()
        start = bytearray()
        async for received in self._received:
            if not start.strip():
                start += received  # some servers send empty lines while they think
                if not start.strip():
                    continue
                received = bytes(start)
                if received.lstrip()[:1] in (b"{", b"<"):
                    yield await self._whole(received)
                    return
            for event in events.feed(received):
                if event.data.strip() == "[DONE]":
                    self.done = True
                    return
                for each in self._read(event):
                    yield each
            if events.garbled or events.pending > _MOST:
                raise failed(self._call.model, Failure.GARBLED)
        for event in events.end():
            if event.data.strip() == "[DONE]":
                self.done = True
                return
            for each in self._read(event):
                yield each

    async def drain(self) -> None:
        """Reads to the end of the reply, for a moment, so that the connection can be used again."""
        try:
            async with asyncio.timeout(_DRAIN_SECONDS):
                async for _ in self._received:
                    pass
        except (TimeoutError, httpx.HTTPError, RuntimeError):
            return

    async def _whole(self, start: bytes) -> dict[str, Any]:
        body = bytearray(start)
        async for received in self._received:
            body += received
            if len(body) > _MOST:
                raise failed(self._call.model, Failure.GARBLED)
        try:
            return self._checked(json.loads(body.decode("utf-8", "replace")))
        except (ValueError, RecursionError):
            raise failed(self._call.model, Failure.GARBLED) from None

    def _read(self, event: Event) -> list[dict[str, Any]]:
        if not event.data.strip():
            return []
        try:
            found = _parsed(event.data)
        except (ValueError, RecursionError):
            if event.name == "error":
                raise self._call.refused(Refusal(200, event.data)) from None
            raise failed(self._call.model, Failure.GARBLED) from None
        if event.name == "error":
            raise self._call.refused(Refusal(_status(found[0]), event.data))
        return [self._checked(each) for each in found]

    def _checked(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            raise failed(self._call.model, Failure.GARBLED)
        groq = data.get("x_groq")
        error = data.get("error") or (groq.get("error") if isinstance(groq, dict) else None)
        if error or data.get("object") == "error":
            raise self._call.refused(Refusal(_status(data), json.dumps({"error": error or data})))
        return data


@asynccontextmanager
async def post(client: httpx.AsyncClient, call: Call, body: Mapping[str, Any]) -> AsyncIterator[Reply]:
    """The reply to `body`. Leaving the block ends the work behind it: the connection is closed, or the HTTP/2 stream
    reset, unless the reply was read to its end. Raises `ModelFailed`; cancelling closes, too."""
    try:
        async with client.stream("POST", call.url, json=body, headers=call.headers) as response:
            page = "html" in response.headers.get("content-type", "")
            if response.status_code != 200 or page:
                raise call.refused(await _refusal(call, response))
            yield Reply(call, response)
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
        raise broken(call.model, error) from None


def broken(model: str, error: Exception) -> ModelFailed:
    """What an exception of httpx means. Its text may hold an address with a password: it is not quoted."""
    name = type(error).__name__
    if isinstance(error, httpx.ReadTimeout):
        return failed(model, Failure.STALLED)
    if isinstance(error, httpx.DecodingError):
        return failed(model, Failure.GARBLED, "its compression is broken")
    if isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol):
        return failed(model, Failure.UNREACHABLE, "the url is malformed")
    if isinstance(error, httpx.ProxyError):
        return failed(model, Failure.UNREACHABLE, "the proxy of the environment refuses")
    if "CERTIFICATE" in str(error).upper():
        return failed(
            model, Failure.UNREACHABLE, "its certificate is not trusted; SSL_CERT_FILE names another authority"
        )
    return failed(model, Failure.UNREACHABLE, name)


def broke_off(model: str) -> ModelFailed:
    """A reply that ended before the answer did."""
    return failed(model, Failure.UNREACHABLE, "the answer broke off")


async def _refusal(call: Call, response: httpx.Response) -> Refusal:
    body = bytearray()
    try:
        async with asyncio.timeout(_REFUSAL_SECONDS):
            async for received in response.aiter_bytes():
                body += received
                if len(body) > _REFUSAL_BYTES:
                    break
    except (TimeoutError, httpx.HTTPError):
        pass  # the status alone says most
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Refusal(response.status_code, body.decode("utf-8", "replace"), headers, call.optional)


def _parsed(text: str) -> list[Any]:
    try:
        return [json.loads(text)]
    except ValueError:
        if "\n" not in text:
            raise
        return [json.loads(line) for line in text.split("\n") if line.strip()]  # events without empty lines between


def _status(data: Any) -> int:
    error = data.get("error") if isinstance(data, dict) else None
    codes = [data.get("status_code") if isinstance(data, dict) else None]
    codes += [error.get("code"), error.get("status_code")] if isinstance(error, dict) else []
    return next((code for code in codes if isinstance(code, int) and 400 <= code < 600), 200)
