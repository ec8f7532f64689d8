"""What the client tells of the workspace: its folders, files that changed on disk, and settings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lsprotocol import types

from foredraft.lsp.language_server import Server, local_path

_MOST_PATHS = 400


def folders_of(params: types.InitializeParams) -> list[Path]:
    """The folders of the workspace; of old clients, the root."""
    if params.workspace_folders:
        return _paths([folder.uri for folder in params.workspace_folders])
    if params.root_uri:
        return _paths([params.root_uri])
    return [Path(params.root_path)] if params.root_path else []


def did_change_folders(ls: Server, params: types.DidChangeWorkspaceFoldersParams) -> None:
    added = _paths([folder.uri for folder in params.event.added])
    removed = _paths([folder.uri for folder in params.event.removed])
    ls.folders = [folder for folder in ls.folders if folder not in removed] + added
    if ls.app is not None:
        ls.app.folders_changed(added, removed)


def did_change_watched_files(ls: Server, params: types.DidChangeWatchedFilesParams) -> None:
    told = [change.uri for change in params.changes]
    paths = _paths(told[:: 1 + len(told) // _MOST_PATHS])  # some of very many: they lead the worker to the others
    if ls.app is not None and paths:
        ls.app.files_changed(paths)


async def did_change_configuration(ls: Server, params: types.DidChangeConfigurationParams) -> None:
    if ls.client.configuration:
        await pull_settings(ls)
    else:
        _use(ls, params.settings)


async def pull_settings(ls: Server) -> None:
    """Ask the client for our section of its settings, and use it."""
    item = types.ConfigurationItem(section="foredraft")
    found = await ls.workspace_configuration_async(types.ConfigurationParams(items=[item]))
    _use(ls, found[0] if found else None)


async def register(ls: Server) -> None:
    """Ask to be told of changed settings and files, where the client does that only for those who ask."""
    wanted = []
    if ls.client.register_configuration:
        options: object = {"section": "foredraft"}
        wanted.append(_registration(types.WORKSPACE_DID_CHANGE_CONFIGURATION, options))
    if ls.client.register_watchers:
        watchers = [types.FileSystemWatcher(glob_pattern="**/*")]
        options = types.DidChangeWatchedFilesRegistrationOptions(watchers=watchers)
        wanted.append(_registration(types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options))
    if wanted:
        await ls.client_register_capability_async(types.RegistrationParams(registrations=wanted))


def show_problems(ls: Server, problems: Sequence[str]) -> None:
    """One message for all that is wrong in the settings. The server runs on without what is wrong."""
    if problems:
        text = "Foredraft: some settings do not count.\n" + "\n".join(problems)
        ls.window_show_message(types.ShowMessageParams(type=types.MessageType.Warning, message=text))


def _use(ls: Server, settings: object) -> None:
    """Settings from an editor may only restrict; the app sees to that. Before it is there they wait for it."""
    if isinstance(settings, dict):
        ls.settings = settings
        if ls.app is not None:
            show_problems(ls, ls.app.configure(settings))


def _registration(method: str, options: object) -> types.Registration:
    return types.Registration(id=f"foredraft {method}", method=method, register_options=options)


def _paths(uris: Sequence[str]) -> list[Path]:
    return [path for uri in uris if (path := local_path(uri)) is not None]
