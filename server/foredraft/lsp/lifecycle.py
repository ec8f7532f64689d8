"""From `initialize` to the end: the app is started behind the first answer, and closed in a bounded time."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.capabilities import ServerCapabilitiesBuilder

from foredraft.lsp import collect, logs, parent, workspace
from foredraft.lsp.client import Client
from foredraft.lsp.language_server import Server
from foredraft.lsp.lenient import warm
from foredraft.lsp.protocol import State
from foredraft.lsp.status import Indexing, refresh, show_status

if TYPE_CHECKING:
    from foredraft.app import App
    from foredraft.config import Config, Problem

_CLOSING = 1.5


def initialize(ls: Server, params: types.InitializeParams) -> types.InitializeResult:
    ls.client = Client.of(params.capabilities)
    ls.folders = workspace.folders_of(params)
    if isinstance(params.initialization_options, dict):
        ls.settings = params.initialization_options
    parent.watch(params.process_id, lambda: ls.end(1))
    ls.protocol.state = State.OPEN
    asyncio.get_running_loop().call_soon(lambda: ls.protocol.spawn("start", start(ls)))  # behind the answer
    return types.InitializeResult(
        capabilities=_capabilities(ls, params.capabilities),
        server_info=types.ServerInfo(name=ls.name, version=ls.version),
    )


async def initialized(ls: Server, _: object) -> None:
    ls.initialized.set()
    ls.protocol.spawn("register", workspace.register(ls))  # refused, the settings are still asked for
    if ls.client.configuration:
        await workspace.pull_settings(ls)


def shutdown(ls: Server, _: object) -> None:
    """Everything that runs is cancelled and answered, and the app begins to close; `exit` waits for it."""
    ls.protocol.state = State.SHUT
    ls.protocol.requests.cancel_all()
    ls.closing = asyncio.ensure_future(_close(ls))


def leave(ls: Server, _: object = None) -> None:
    """`exit`, or the end of the pipe. The exit code says whether `shutdown` came before."""
    ls.end(0 if ls.protocol.state is State.SHUT else 1)


async def start(ls: Server) -> None:
    """Import and start the app, then tell it what was opened meanwhile. Failing, the server answers with nothing."""
    try:
        problems = await _start(ls)
    except Exception as error:
        logs.failed("start", error)
        return
    finally:
        ls.started.set()
    await ls.initialized.wait()
    workspace.show_problems(ls, problems)


async def closed(ls: Server) -> None:
    """Wait until the app is closed, a second or two at most."""
    await (ls.closing or _close(ls))


async def _start(ls: Server) -> list[str]:
    """Returns what is wrong in the settings."""
    app_class, config, problems = await asyncio.get_running_loop().run_in_executor(None, _import_app)
    collect.begin()
    await warm(ls.converter)
    folders = ls.folders
    app = await app_class.start(config, folders, lambda now: show_status(ls, now), Indexing(ls).show, ls.session)
    app.on_better = lambda better: refresh(ls, better)
    ls.app = app
    if ls.protocol.state is State.SHUT:
        await _close(ls)
        return []
    if ls.folders != folders:
        app.folders_changed(
            [folder for folder in ls.folders if folder not in folders],
            [folder for folder in folders if folder not in ls.folders],
        )
    for uri in ls.session.documents:
        app.changed(uri)
    return [*map(str, problems), *(app.configure(ls.settings) if ls.settings else ())]


def _import_app() -> tuple[type[App], Config, list[Problem]]:
    """In a thread: it takes some tenths of a second, in which the editor may already type."""
    from foredraft.app import App
    from foredraft.config import load

    return App, *load(None, os.environ)


async def _close(ls: Server) -> None:
    app, ls.app = ls.app, None
    if app is not None:
        try:
            await asyncio.wait_for(app.close(), _CLOSING)
        except Exception as error:
            logs.failed("close", error)


def _capabilities(ls: Server, client: types.ClientCapabilities) -> types.ServerCapabilities:
    features = set(ls.protocol.handlers)
    if ls.client.inline_completion:
        features.discard(types.TEXT_DOCUMENT_COMPLETION)  # else the same text would be offered twice
    builder: Any = ServerCapabilitiesBuilder(
        client,
        features,
        ls.protocol.fm.feature_options,
        list(ls.protocol.fm.commands),
        types.TextDocumentSyncKind.Incremental,
        ls.notebooks,
        types.PositionEncodingKind.Utf16,  # every client must know it, and some know no other
    )
    made: types.ServerCapabilities = builder.build()
    return made
