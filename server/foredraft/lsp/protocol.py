"""What happens to a message: read, checked, handed to its handler, and answered.

pygls' own way in hangs on what it cannot parse, shows pop-ups for our mistakes and sends our file paths to the client.
This one keeps its types and its names for outgoing messages, and replaces the way in.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from concurrent.futures import Future
from enum import Enum
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.protocol import LanguageServerProtocol

from foredraft.lsp import logs
from foredraft.lsp.frames import frame
from foredraft.lsp.requests import Id, Refused, Requests

if TYPE_CHECKING:
    from foredraft.lsp.pipes import Writer

logger = logging.getLogger(__name__)

Handler = Callable[[Any], Any]
_NOTHING = object()
_PLAIN = {types.INITIALIZED, types.SHUTDOWN, types.EXIT, types.TEXT_DOCUMENT_DID_CHANGE}
"""Methods whose parameters are empty, or too many to be made into objects one by one."""
_CODES = types.ErrorCodes


class State(Enum):
    """Where in its life a connection is; what may be asked depends on it."""

    NEW = "new"
    OPEN = "open"
    SHUT = "shut"


class Protocol(LanguageServerProtocol):
    """One connection. All of it runs on the event loop's thread, and nothing in it waits.

    A handler is called with the parameters when the message arrives, so it sees the documents as they were when the
    client wrote it. It returns the answer, or a coroutine of it.
    """

    def __init__(self, server: Any, converter: Any) -> None:
        super().__init__(server, converter)
        self.state = State.NEW
        self.pipe: Writer | None = None
        self.handlers: dict[str, Handler] = {}
        self.superseding: set[str] = set()
        self.requests = Requests(self._send_data)
        self.tasks: set[asyncio.Task[Any]] = set()

    def receive(self, body: bytes) -> None:
        """Handle one body, whatever is in it. Never raises."""
        try:
            raw = json.loads(body)
        except (ValueError, RecursionError):
            self.requests.refuse(None, _CODES.ParseError, "the message is no JSON")
            return
        if isinstance(raw, list) and raw:
            for one in raw:  # no message of this protocol, but each may be one of JSON-RPC
                self._receive(one)
        else:
            self._receive(raw)

    def spawn(self, what: str, work: Any) -> None:
        """Let a coroutine run that nobody waits for; if it fails, that is logged."""

        async def run() -> None:
            try:
                await work
            except Exception as error:
                logs.failed(what, error)

        task = asyncio.ensure_future(run())
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def _receive(self, raw: Any) -> None:
        if not isinstance(raw, dict):
            self.requests.refuse(None, _CODES.InvalidRequest, "no JSON-RPC message")
            return
        method, ident = raw.get("method", _NOTHING), raw.get("id", _NOTHING)
        known = ident if _is_id(ident) else None
        if raw.get("jsonrpc") != "2.0":
            self.requests.refuse(known, _CODES.InvalidRequest, "no JSON-RPC 2.0 message")
        elif method is _NOTHING:
            self._receive_response(raw, known)
        elif not isinstance(method, str) or (ident is not _NOTHING and known is None):
            self.requests.refuse(known, _CODES.InvalidRequest, "the method or the id is of a wrong type")
        elif known is None:
            self._receive_notification(method, raw)
        else:
            self._receive_request(method, known, raw)

    def _receive_notification(self, method: str, raw: dict[str, Any]) -> None:
        handler = self.handlers.get(method)
        if method == types.CANCEL_REQUEST:
            params = raw.get("params")
            if isinstance(params, dict) and _is_id(params.get("id")):
                self.requests.cancel(params["id"])
        elif handler is not None and (self.state is State.OPEN or method == types.EXIT):
            try:
                result = handler(self._params(method, raw))
                if asyncio.iscoroutine(result):
                    self.spawn(method, result)
            except Refused as refused:
                logger.warning("%s is ignored: %s", method, refused)
            except Exception as error:
                logs.failed(method, error)

    def _receive_request(self, method: str, ident: Id, raw: dict[str, Any]) -> None:
        try:
            self._check_state(method)
            handler = self.handlers.get(method)
            if handler is None:
                raise Refused(_CODES.MethodNotFound, "the method is unknown here")
            if ident in self.requests:
                raise Refused(_CODES.InvalidRequest, "the id is in use")
            params = self._params(method, raw)
            result = handler(params)
        except Exception as error:
            self.requests.refuse_for(ident, method, error)
            return
        if asyncio.iscoroutine(result):
            place = (params.text_document.uri, method) if method in self.superseding else None
            self.requests.start(ident, method, result, place)
        else:
            self.requests.answer(ident, result)

    def _check_state(self, method: str) -> None:
        if self.state is State.NEW and method != types.INITIALIZE:
            raise Refused(_CODES.ServerNotInitialized, "initialize comes first")
        if self.state is State.OPEN and method == types.INITIALIZE:
            raise Refused(_CODES.InvalidRequest, "initialize came before")
        if self.state is State.SHUT:
            raise Refused(_CODES.InvalidRequest, "the server is shut down")

    def _params(self, method: str, raw: dict[str, Any]) -> Any:
        """As the protocol's type; plain JSON for methods of our own and some others. Raises Refused."""
        kind = self.get_message_type(method)
        if kind is None or method in _PLAIN:
            return raw.get("params")
        try:
            return self._converter.structure(raw, kind).params
        except Exception:  # cattrs raises whatever the fields' hooks and validators raise
            raise Refused(_CODES.InvalidParams, "the parameters are not those of the method") from None

    def _receive_response(self, raw: dict[str, Any], ident: Id | None) -> None:
        future: Future[Any] | None = None if ident is None else self._request_futures.pop(ident, None)
        kind = None if ident is None else self._result_types.pop(ident, None)
        if future is None or not future.set_running_or_notify_cancel():
            return  # nobody asked, or nobody waits any more
        if "result" not in raw:
            future.set_exception(JsonRpcException("the client refused"))
            return
        try:
            future.set_result(self._converter.structure(raw, kind).result if kind else raw["result"])
        except Exception:
            future.set_exception(JsonRpcException("the client's answer is not of the protocol"))

    def _send_data(self, data: Any) -> None:
        """Everything leaves by this, what pygls sends as well."""
        if self.pipe is not None:
            body = json.dumps(data, default=self._serialize_message, separators=(",", ":"))
            self.pipe.write(frame(body.encode()))


def _is_id(value: Any) -> bool:
    return isinstance(value, int | str) and not isinstance(value, bool)
