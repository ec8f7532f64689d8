"""The table of everything we answer."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from lsprotocol import types as t

from foredraft.lsp import completion, documents, inline_completion, lifecycle, methods, outcomes, status, workspace
from foredraft.lsp.language_server import Server

HANDLERS: dict[str, Callable[[Server, Any], Any]] = {
    t.INITIALIZE: lifecycle.initialize,
    t.INITIALIZED: lifecycle.initialized,
    t.SHUTDOWN: lifecycle.shutdown,
    t.EXIT: lifecycle.leave,
    t.TEXT_DOCUMENT_DID_OPEN: documents.did_open,
    t.TEXT_DOCUMENT_DID_CHANGE: documents.did_change,
    t.TEXT_DOCUMENT_DID_CLOSE: documents.did_close,
    t.TEXT_DOCUMENT_DID_SAVE: documents.did_save,
    t.NOTEBOOK_DOCUMENT_DID_OPEN: documents.did_open_notebook,
    t.NOTEBOOK_DOCUMENT_DID_CHANGE: documents.did_change_notebook,
    t.NOTEBOOK_DOCUMENT_DID_CLOSE: documents.did_close_notebook,
    t.TEXT_DOCUMENT_INLINE_COMPLETION: inline_completion.inline_completion,
    t.TEXT_DOCUMENT_COMPLETION: completion.completion,
    t.COMPLETION_ITEM_RESOLVE: completion.resolve,
    t.WORKSPACE_EXECUTE_COMMAND: outcomes.execute_command,
    t.WORKSPACE_DID_CHANGE_CONFIGURATION: workspace.did_change_configuration,
    t.WORKSPACE_DID_CHANGE_WATCHED_FILES: workspace.did_change_watched_files,
    t.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS: workspace.did_change_folders,
    methods.DID_SHOW_COMPLETION: outcomes.did_show,
    methods.DID_PARTIALLY_ACCEPT_COMPLETION: outcomes.did_partially_accept,
    methods.DOCUMENT: documents.document,
    methods.STATUS: status.status,
}
"""By method: what is called with the server and the parameters, and returns the answer or a coroutine of it."""

OPTIONS = {
    t.TEXT_DOCUMENT_INLINE_COMPLETION: t.InlineCompletionOptions(),  # without options it would not be advertised
    t.TEXT_DOCUMENT_COMPLETION: completion.OPTIONS,
}

SUPERSEDING = {t.TEXT_DOCUMENT_INLINE_COMPLETION, t.TEXT_DOCUMENT_COMPLETION}
"""A newer ask of these about a document, or a change of it, ends the one before."""


def build() -> Server:
    """A server that answers all of it, and is connected to nothing yet."""
    server = Server()
    server.protocol.handlers = {method: partial(handler, server) for method, handler in HANDLERS.items()}
    server.protocol.superseding = SUPERSEDING
    server.protocol.fm.feature_options.update(OPTIONS)
    server.protocol.fm.commands.update(outcomes.COMMANDS)
    return server
