"""What became of a suggestion: told by commands and by notifications, handed to the app."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lsprotocol import types

from foredraft.lsp import methods
from foredraft.lsp.language_server import Server
from foredraft.lsp.requests import Refused
from foredraft.questions.suggestion import Outcome


def execute_command(ls: Server, params: types.ExecuteCommandParams) -> Any:
    command = COMMANDS.get(params.command)
    if command is None:
        raise Refused(types.ErrorCodes.InvalidParams, "the command is unknown here")
    return command(ls, list(params.arguments or ()))


def did_show(ls: Server, params: object) -> None:
    """`textDocument/didShowCompletion`."""
    if (ident := _id_of_item(params)) is not None:
        _tell(ls, ident, Outcome.SHOWN)


def did_partially_accept(ls: Server, params: object) -> None:
    """`textDocument/didPartiallyAcceptCompletion`."""
    ident = _id_of_item(params)
    length = params.get("acceptedLength") if isinstance(params, dict) else None
    if ident is not None and isinstance(length, int) and not isinstance(length, bool):
        _tell(ls, ident, Outcome.PARTLY_ACCEPTED, ls.offers.length(ident, length))


def _accepted(ls: Server, arguments: list[Any]) -> None:
    ident = _one_id(arguments, 1)
    ls.session.settled(ident)
    _tell(ls, ident, Outcome.ACCEPTED)


def _rejected(ls: Server, arguments: list[Any]) -> None:
    ident = _one_id(arguments, 1)
    ls.session.settled(ident)
    _tell(ls, ident, Outcome.REJECTED)


def _partly_accepted(ls: Server, arguments: list[Any]) -> None:
    ident = _one_id(arguments, 2)
    length = arguments[1]
    if not isinstance(length, int) or isinstance(length, bool) or length < 0:
        raise Refused(types.ErrorCodes.InvalidParams, "the length of what was accepted is a number from 0 on")
    _tell(ls, ident, Outcome.PARTLY_ACCEPTED, ls.offers.length(ident, length))


COMMANDS: dict[str, Callable[[Server, list[Any]], Any]] = {
    methods.ACCEPTED: _accepted,
    methods.REJECTED: _rejected,
    methods.PARTLY_ACCEPTED: _partly_accepted,
}


def _tell(ls: Server, ident: str, what: Outcome, length: int | None = None) -> None:
    if ls.app is not None:
        ls.app.outcome(ident, what, length)


def _one_id(arguments: list[Any], count: int) -> str:
    if len(arguments) != count or not isinstance(arguments[0], str):
        raise Refused(types.ErrorCodes.InvalidParams, "the arguments are not those of the command")
    return arguments[0]


def _id_of_item(params: object) -> str | None:
    """From `{item: {command: {arguments: [id]}}}`, or from the item's data."""
    item = params.get("item") if isinstance(params, dict) else None
    if not isinstance(item, dict):
        return None
    data, command = item.get("data"), item.get("command")
    arguments = command.get("arguments") if isinstance(command, dict) else None
    ident = (
        data.get("id")
        if isinstance(data, dict)
        else arguments[0]
        if isinstance(arguments, list) and arguments
        else None
    )
    return ident if isinstance(ident, str) else None
