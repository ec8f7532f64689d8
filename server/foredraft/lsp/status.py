"""Says what the server is doing: a status to clients that announce it, and progress while the workspace is learned."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from lsprotocol import types

from foredraft.lsp import methods
from foredraft.lsp.convert import wire_position
from foredraft.lsp.language_server import Server

if TYPE_CHECKING:
    from foredraft.app import Better, Progress, Status

_TOKEN = "foredraft-index"
_REPORTS_A_SECOND = 5


def status(ls: Server, _: object) -> dict[str, object]:
    """`foredraft/status` as a request."""
    return _wire(ls.status)


def show_status(ls: Server, now: Status) -> None:
    """The app's status changed."""
    before, ls.status = ls.status, now
    if before == now:
        return
    if ls.client.status:
        ls.protocol.notify(methods.STATUS, _wire(now))
    if now.state == "ready" and before is not None and before.state != "ready" and ls.client.refresh:
        ls.protocol.notify(methods.REFRESH)


def refresh(ls: Server, better: Better) -> None:
    """A better text is there for a place that was answered: the client may ask again."""
    if ls.client.refresh:
        document = better.document
        told = types.VersionedTextDocumentIdentifier(uri=document.uri, version=document.version)
        where = wire_position(document, better.cursor)
        ls.protocol.notify(methods.REFRESH, {"textDocument": told, "position": where, "id": better.id})


class Indexing:
    """The progress of one indexing in the editor's own words; only to clients that announce work-done progress."""

    def __init__(self, ls: Server) -> None:
        self._ls = ls
        self._shown = False
        self._asked = False
        self._reported = 0.0
        self._latest: Progress | None = None

    def show(self, now: Progress) -> None:
        """The app got on. The last report (`done` of `total` being equal) ends it."""
        self._latest = now
        if not self._ls.client.progress:
            return
        if now.done >= now.total:
            if self._shown:
                self._shown = False
                self._notify(types.WorkDoneProgressEnd(message=f"{now.lines} lines"))
        elif self._shown:
            self._report(now)
        elif not self._asked:
            self._asked = True
            self._ls.protocol.spawn("progress", self._begin())

    async def _begin(self) -> None:
        params = types.WorkDoneProgressCreateParams(token=_TOKEN)
        await self._ls.window_work_done_progress_create_async(params)  # refused, it is never asked for again
        self._asked = False
        latest = self._latest
        if latest is not None and latest.done < latest.total:
            self._shown = True
            self._notify(
                types.WorkDoneProgressBegin(title="Foredraft", message=_words(latest), percentage=_part(latest))
            )

    def _report(self, now: Progress) -> None:
        if time.monotonic() - self._reported >= 1 / _REPORTS_A_SECOND:
            self._reported = time.monotonic()
            self._notify(types.WorkDoneProgressReport(message=_words(now), percentage=_part(now)))

    def _notify(
        self, value: types.WorkDoneProgressBegin | types.WorkDoneProgressReport | types.WorkDoneProgressEnd
    ) -> None:
        self._ls.protocol.notify(types.PROGRESS, types.ProgressParams(token=_TOKEN, value=value))


def _words(now: Progress) -> str:
    return f"learning the workspace, {now.done} of {now.total} files"


def _part(now: Progress) -> int:
    return min(100, 100 * now.done // max(1, now.total))


def _wire(now: Status | None) -> dict[str, object]:
    if now is None:
        return {"state": "starting", "message": "starting"}
    told: dict[str, object] = {"state": now.state, "message": now.message}
    if now.files or now.lines:
        told["indexed"] = {"files": now.files, "lines": now.lines}
    if now.levels:
        told["levels"] = list(now.levels)
    return told
