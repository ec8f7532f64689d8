"""The simulator: one port for all providers of a scenario, each below its own path."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from foredraft.replay.simulator.connection import Exchange, converse
from foredraft.replay.simulator.doors import door
from foredraft.replay.simulator.generate import generate
from foredraft.replay.simulator.log import Log
from foredraft.replay.simulator.ollama import is_foreign
from foredraft.replay.simulator.pages import answer_page
from foredraft.replay.simulator.provider import ProviderState
from foredraft.replay.simulator.reading import ScenarioError, parse_scenario
from foredraft.replay.simulator.scenario import Scenario
from foredraft.replay.simulator.wire import dump

_JSON = "application/json"


@asynccontextmanager
async def serve(
    scenario: Scenario | Mapping[str, Any], port: int = 0, clock: Callable[[], float] = time.monotonic
) -> AsyncIterator[Simulator]:
    """A running simulator, on a free port of 127.0.0.1 if `port` is 0. Leaving drops what is under way.

    `clock` gives the seconds that limits, `from` and `to` go by; latencies are always real. Raises OSError if the port
    is taken, pydantic's ValidationError if a mapping is no scenario.
    """
    simulator = Simulator(clock)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(simulator.close)
        await simulator.open(port)
        await simulator.use(scenario if isinstance(scenario, Scenario) else Scenario.model_validate(scenario))
        yield simulator


class Simulator:
    """`url` is where all providers are; `log` what they were asked."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.url = ""
        self.log = Log()
        self.providers: dict[str, ProviderState] = {}
        self.scenario: Scenario | None = None
        self._clock = clock
        self._doors = AsyncExitStack()
        self._ports: dict[str, int] = {}
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()

    def base(self, name: str) -> str:
        """The address of a provider's API, as its clients call it; of one that goes down, on a port of its own."""
        port = self._ports.get(name)
        url = f"http://127.0.0.1:{port}" if port else self.url
        return url + self.providers[name].base

    async def open(self, port: int) -> None:
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", port)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def use(self, scenario: Scenario) -> None:
        """Serve another scenario from now on: its clock, limits and faults begin anew, the log stays."""
        await self._doors.aclose()
        self._doors, self._ports = AsyncExitStack(), {}
        self.scenario = scenario
        self.providers = {name: ProviderState(name, scenario, self._clock) for name in scenario.providers}
        for name, provider in self.providers.items():
            if provider.settings.down:
                self._ports[name] = await self._doors.enter_async_context(door(self._talk, provider.is_down))

    async def close(self) -> None:
        """Stop listening and drop all connections."""
        await self._doors.aclose()
        if self._server is not None:
            self._server.close()
        for talk in self._talks:
            talk.cancel()
        if self._talks:
            await asyncio.wait(self._talks)
        if self._server is not None:
            await self._server.wait_closed()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._talks.add(task)
        try:
            await converse(reader, writer, self._answer)
        except asyncio.CancelledError:
            pass  # the simulator closes
        finally:
            self._talks.discard(task)

    async def _answer(self, exchange: Exchange) -> None:
        _, _, path = exchange.request.path.partition("/")
        name, slash, below = path.partition("/")
        if name.startswith("_"):
            await self._control(name, exchange)
        elif name not in self.providers:
            known = ", ".join(self.providers)
            await exchange.reply(404, dump({"error": f"no provider {name!r} in this scenario; it has {known}"}), _JSON)
        else:
            await self._provide(self.providers[name], slash + below, exchange)

    async def _provide(self, provider: ProviderState, path: str, exchange: Exchange) -> None:
        if provider.is_down():
            exchange.reset()
        elif provider.style == "ollama" and is_foreign(exchange):
            await exchange.reply(403, b"", "text/plain")
        elif exchange.request.method == "POST" and (endpoint := provider.dialect.posts.get(path)) is not None:
            entry = self.log.open(provider.name, endpoint.public)
            try:
                await generate(provider, endpoint, exchange, entry)
            finally:
                entry.ended_at = time.monotonic()
        else:
            await answer_page(provider, path, exchange)

    async def _control(self, name: str, exchange: Exchange) -> None:
        method = exchange.request.method
        if (method, name) == ("GET", "_log"):
            body = "body" in exchange.request.query
            await exchange.reply(200, dump([one.as_json(body) for one in self.log]), _JSON)
        elif (method, name) == ("GET", "_providers"):
            await exchange.reply(200, dump({one: self.base(one) for one in self.providers}), _JSON)
        elif (method, name) == ("POST", "_reset"):
            self.log.clear()
            await exchange.reply(200, b"{}", _JSON)
        elif (method, name) == ("POST", "_scenario"):
            await self._replace(exchange)
        else:
            text = "GET /_log[?body=1], GET /_providers, POST /_reset, POST /_scenario (YAML or JSON)"
            await exchange.reply(404, dump({"error": f"the simulator itself answers {text}"}), _JSON)

    async def _replace(self, exchange: Exchange) -> None:
        try:
            text = exchange.request.body.decode()
            folder = self.scenario.folder if self.scenario is not None else None
            scenario = parse_scenario(text, "scenario", *([folder] if folder is not None else []))
        except UnicodeDecodeError:
            await exchange.reply(400, dump({"error": "a scenario is UTF-8 text"}), _JSON)
        except ScenarioError as problem:
            await exchange.reply(400, dump({"error": str(problem)}), _JSON)
        else:
            await self.use(scenario)
            await exchange.reply(200, dump({one: self.base(one) for one in self.providers}), _JSON)
