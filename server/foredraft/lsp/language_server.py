"""What one running server has: its connection, its session, what the client can do, and the app once it is there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from foredraft import __version__
from foredraft.lsp import logs
from foredraft.lsp.client import Client
from foredraft.lsp.collect import Quiet
from foredraft.lsp.lenient import converter
from foredraft.lsp.offers import Offers
from foredraft.lsp.protocol import Protocol
from foredraft.session import Session

if TYPE_CHECKING:
    from foredraft.app import App, Status

_PATIENCE = 2.0


class Server(LanguageServer):
    """The state of one connection. `session` is the app's too, once there is an app."""

    protocol: Protocol

    def __init__(self) -> None:
        self.converter = converter()
        super().__init__("foredraft", __version__, protocol_cls=Protocol, converter_factory=lambda: self.converter)
        self.session = Session()
        self.client = Client()
        self.offers = Offers()
        self.quiet = Quiet()
        self.app: App | None = None
        self.status: Status | None = None
        self.initialized = asyncio.Event()
        self.started = asyncio.Event()
        self._changed: dict[str, int | None] = {}
        self.closing: asyncio.Task[None] | None = None
        self.folders: list[Path] = []
        self.settings: Mapping[str, object] = {}
        self.notebooks = types.NotebookDocumentSyncOptions(
            notebook_selector=[types.NotebookDocumentFilterWithCells(cells=[types.NotebookCellLanguage("*")])]
        )
        self.end: Callable[[int], None] = lambda code: None

    async def ready(self) -> App | None:
        """The app; None if it is not there after some seconds, or could not be started."""
        if self.app is None and not self.started.is_set():
            try:
                await asyncio.wait_for(self.started.wait(), _PATIENCE)
            except TimeoutError:
                return None
        return self.app

    def changed(self, uri: str, line: int | None = None) -> None:
        """The text of a document is another now, changed last in `line` if that is known, or it was closed: asks about
        what it was are over."""
        self.quiet.touch()
        self.protocol.requests.supersede(uri, self.protocol.superseding)
        if not self._changed:
            asyncio.get_running_loop().call_soon(self._tell_changed)  # once for all that came in one piece
        self._changed[uri] = line

    def _tell_changed(self) -> None:
        changed, self._changed = self._changed, {}
        for uri, line in changed.items():
            if self.app is not None:
                try:
                    self.app.changed(uri, line)
                except Exception as error:  # of one document; the others are told all the same
                    logs.failed("changed", error)

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Never a pop-up: what goes wrong in here is for the log."""


def local_path(uri: str | None) -> Path | None:
    """The file a uri names; None for what is no file on this machine."""
    if not uri or not uri.startswith("file:"):
        return None
    path = to_fs_path(uri)
    return Path(path) if path else None
