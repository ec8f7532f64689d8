"""One Ollama, by its official client on the connections of all providers: where it is, what it has, what it loads."""

from __future__ import annotations

import asyncio
import importlib
import ipaddress
import json
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx

from foredraft.errors import Failure, ModelFailed
from foredraft.models.exchange import broken
from foredraft.models.failures import Refusal, failed, refused

if TYPE_CHECKING:
    import ollama

KEEP_ALIVE = "30m"
_GENERATING = ("/api/generate", "/api/chat")


@dataclass(frozen=True, slots=True)
class Installed:
    """A model on the machine of an Ollama. `context` is what its weights take, 0 where it does not say."""

    id: str
    capabilities: frozenset[str]
    context: int
    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model in memory. `context`: what it was loaded with. `slow`: not all of it is on the graphics card, if any."""

    id: str
    context: int
    size: int
    slow: bool


class OllamaHost:
    """One Ollama. All methods raise `ModelFailed`; cancelling closes the connection."""

    def __init__(self, provider: str, url: str, key: str | None, client: httpx.AsyncClient) -> None:
        self.url = host_url(url)
        self.name = provider
        self._key, self._shared = key, client
        self._client: ollama.AsyncClient | None = None

    @asynccontextmanager
    async def asked(self, name: str) -> AsyncIterator[ollama.AsyncClient]:
        """The official client; everything it raises in the block is a `ModelFailed` of `name`."""
        if self._client is None:
            await asyncio.to_thread(importlib.import_module, "ollama")  # a quarter of a second: no key waits for it
            self._client = _official(self.url, self._key, self._shared)
        with _told(name):
            yield self._client

    async def installed(self) -> tuple[Installed, ...]:
        """What is on its disk."""
        async with self.asked(self.name) as client:
            listed = (await client.list()).models
            return tuple([await _described(client, each) for each in listed if each.model])

    async def loaded(self) -> tuple[Loaded, ...]:
        """What is in its memory."""
        async with self.asked(self.name) as client:
            return tuple(
                Loaded(each.model, each.context_length or 0, each.size or 0, (each.size_vram or 0) < (each.size or 0))
                for each in (await client.ps()).models
                if each.model
            )

    async def preload(self, model_id: str, options: Mapping[str, Any]) -> None:
        """Loads a model ahead of use, with the options that every request for it will have."""
        async with self.asked(f"{self.name}/{model_id}") as client:
            await client.generate(model_id, options=options, keep_alive=KEEP_ALIVE)

    async def unload(self, model_id: str) -> None:
        """Takes a model out of memory, after the requests that run."""
        async with self.asked(f"{self.name}/{model_id}") as client:
            await client.generate(model_id, keep_alive=0)


def host_url(host: str) -> str:
    """A full url of what `OLLAMA_HOST` may hold: "", a host, a host and port, ":port", a url, with a path or without.

    An address that means "every interface" to a server is this machine to a client. Raises ValueError.
    """
    scheme, separator, rest = host.strip().partition("://")
    if not separator:
        scheme, rest = "http", host.strip()
    if scheme not in ("http", "https"):
        raise ValueError("an Ollama is reached by http or https")
    parts = urlsplit(f"{scheme}://{rest}")
    port = parts.port or ({"http": 80, "https": 443}[scheme] if separator else 11434)
    name = parts.hostname or "127.0.0.1"
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        pass
    else:
        if address.is_unspecified:
            name = "127.0.0.1" if address.version == 4 else "::1"
        name = f"[{name}]" if address.version == 6 else name
    path = parts.path.strip("/")
    return f"{scheme}://{name}:{port}{f'/{path}' if path else ''}"


async def _described(client: ollama.AsyncClient, listed: Any) -> Installed:
    context = getattr(listed.details, "context_length", None)
    capabilities = getattr(listed, "capabilities", None)
    if not isinstance(context, int) or capabilities is None:  # older ones say it one by one
        shown = await client.show(listed.model)
        capabilities = shown.capabilities or []
        known = shown.modelinfo or {}
        context = next((size for name, size in known.items() if name.endswith(".context_length")), 0)
    return Installed(
        listed.model, frozenset(capabilities), int(context or 0), int(listed.size or 0), listed.digest or ""
    )


@contextmanager
def _told(name: str) -> Iterator[None]:
    import ollama

    try:
        yield
    except ollama.ResponseError as error:
        status = error.status_code if error.status_code >= 300 else 200
        raise _refused(name, status, error.error) from None
    except (ollama.RequestError, ConnectionError):
        raise failed(name, Failure.UNREACHABLE, "does Ollama run there?") from None
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
        raise broken(name, error) from None
    except (ValueError, TypeError):
        raise failed(name, Failure.GARBLED) from None


def _refused(name: str, status: int, said: str) -> ModelFailed:
    if status == 403:
        return failed(name, Failure.KEY, "this Ollama answers only some hosts; see its OLLAMA_HOST and OLLAMA_ORIGINS")
    return refused(name, Refusal(status, json.dumps({"error": said})), time.time())


def _official(url: str, key: str | None, shared: httpx.AsyncClient) -> ollama.AsyncClient:
    import ollama

    return ollama.AsyncClient(
        url,
        transport=_Shared(shared, key),
        timeout=shared.timeout,
        follow_redirects=False,
        trust_env=False,
        headers={"user-agent": "foredraft"},
    )


class _Shared(httpx.AsyncBaseTransport):
    """Sends what the official client asks through the shared one, with what it has no parameter for: a prompt that is
    too long is refused (`truncate: false`) instead of cut, and no key but the configured one goes along."""

    def __init__(self, shared: httpx.AsyncClient, key: str | None) -> None:
        self._shared, self._key = shared, key

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        headers = {
            name: value
            for name, value in request.headers.items()
            if name not in ("authorization", "host", "content-length", "transfer-encoding")
        }
        if self._key:
            headers["authorization"] = f"Bearer {self._key}"
        body = await request.aread()
        if request.method == "POST" and request.url.path.endswith(_GENERATING):
            body = json.dumps({**json.loads(body), "truncate": False}).encode()
        sent = self._shared.build_request(
            request.method, request.url, content=body, headers=headers, extensions=request.extensions
        )
        reply = await self._shared.send(sent, stream=True)
        assert isinstance(reply.stream, httpx.AsyncByteStream)
        return httpx.Response(
            reply.status_code, headers=reply.headers, stream=reply.stream, extensions=reply.extensions
        )
