"""Which requests are being worked on, and that each is answered exactly once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from lsprotocol import types

from foredraft.lsp import logs

Id = int | str
Place = tuple[str, str]
"""Document and method: the newest ask there is the one that counts."""


class Refused(Exception):
    """A request that cannot be carried out; the client gets `code` and the words, which never quote its text."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class _Running:
    task: asyncio.Task[None]
    place: Place | None


class Requests:
    """The requests whose answers take a while. `send` gets the finished response messages."""

    def __init__(self, send: Callable[[dict[str, Any]], None]) -> None:
        self._send = send
        self._running: dict[Id, _Running] = {}
        self._newest: dict[Place, Id] = {}

    def __contains__(self, ident: Id) -> bool:
        return ident in self._running

    def start(self, ident: Id, method: str, work: Coroutine[Any, Any, Any], place: Place | None) -> None:
        """Answer `ident` with what `work` returns. An older request for the same `place` is answered with null."""
        if place is not None:
            self._supersede(place)
            self._newest[place] = ident
        task = asyncio.ensure_future(self._work(ident, method, work))
        task.add_done_callback(lambda _: work.close())  # one that was cancelled before its first step
        self._running[ident] = _Running(task, place)

    def supersede(self, uri: str, methods: set[str]) -> None:
        """The text of `uri` is another now: what is still being worked out for it is answered with null."""
        for method in methods:
            self._supersede((uri, method))

    def cancel(self, ident: Id) -> None:
        """Answer at once that the request is cancelled, and end its work. One that is unknown or done is left alone."""
        running = self._forget(ident)
        if running is not None:
            running.task.cancel()
            self.refuse(ident, types.LSPErrorCodes.RequestCancelled, "the request is cancelled")

    def cancel_all(self) -> None:
        for ident in list(self._running):
            self.cancel(ident)

    def answer(self, ident: Id, result: Any) -> None:
        self._send({"jsonrpc": "2.0", "id": ident, "result": result})

    def refuse(self, ident: Id | None, code: int, message: str) -> None:
        self._send({"jsonrpc": "2.0", "id": ident, "error": {"code": int(code), "message": message}})

    def refuse_for(self, ident: Id, method: str, error: Exception) -> None:
        """Answer with an error that shows nothing of our insides."""
        if isinstance(error, Refused):
            self.refuse(ident, error.code, str(error))
        else:
            logs.failed(method, error)
            self.refuse(ident, types.ErrorCodes.InternalError, "internal error; the server's log names the place")

    def _supersede(self, place: Place) -> None:
        ident = self._newest.get(place)
        running = None if ident is None else self._forget(ident)
        if ident is not None and running is not None:
            running.task.cancel()
            self.answer(ident, None)

    async def _work(self, ident: Id, method: str, work: Coroutine[Any, Any, Any]) -> None:
        try:
            result = await work
        except Exception as error:
            if self._forget(ident):
                self.refuse_for(ident, method, error)
        else:
            if self._forget(ident):
                self.answer(ident, result)
        finally:
            if self._forget(ident):
                self.refuse(ident, types.LSPErrorCodes.RequestCancelled, "the request is cancelled")

    def _forget(self, ident: Id) -> _Running | None:
        """The request if it was still unanswered; it is not from now on."""
        running = self._running.pop(ident, None)
        if running is not None and running.place is not None and self._newest.get(running.place) == ident:
            del self._newest[running.place]
        return running
