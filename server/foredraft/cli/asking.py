"""The editor's own way to an answer, without an editor: start the app on a folder, open a document, ask, close."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from foredraft.app import Answer, App, Progress, Status
from foredraft.config import Config
from foredraft.errors import UsageError
from foredraft.questions.snapshot import Trigger
from foredraft.text.document import Document, Position

_PATIENCE = 120.0  # seconds for a first index and its training; after that what is known so far has to do
_PATIENCE_WITH_PROVIDERS = 10.0
_GLANCE = 0.01


@asynccontextmanager
async def started(
    config: Config, folder: Path | None, on_progress: Callable[[Progress], None] | None = None
) -> AsyncIterator[App]:
    """The app on `folder`, when it has read the folder and is trained on it. Cancelling closes it."""
    settled = asyncio.Event()

    def on_status(status: Status) -> None:
        if status.state in ("ready", "degraded"):
            settled.set()

    app = await App.start(config, [folder] if folder else [], on_status, on_progress)
    try:
        on_status(app.status)
        with suppress(TimeoutError):
            await asyncio.wait_for(settled.wait(), _PATIENCE)
        with suppress(TimeoutError):
            await asyncio.wait_for(app.manned(), _PATIENCE_WITH_PROVIDERS)
        yield app
    finally:
        await app.close()


async def asked(app: App, document: Document, cursor: Position) -> tuple[Answer, float]:
    """What is offered at `cursor` of `document` (which is open in the app's session), and the milliseconds it took."""
    snapshot = app.session.snapshot(document.uri, cursor, Trigger.AUTOMATIC)
    if snapshot is None:
        raise UsageError(f"{document.uri} is not open.")
    begun = time.perf_counter()
    answer = await app.inline(snapshot, patient=True)  # nobody asks again here
    return answer, round((time.perf_counter() - begun) * 1000, 2)


async def opened(app: App, document: Document) -> None:
    """Open `document` as an editor does; returns when it is learned."""
    app.session.open(document.uri, document.language, document.version, document.text)
    app.changed(document.uri)
    await _until(lambda: app.idle)


async def _until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - an editor never waits for this, so the app has no event for it
        await asyncio.sleep(_GLANCE)
