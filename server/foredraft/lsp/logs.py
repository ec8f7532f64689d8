"""What may be logged, and where: to stderr, and never a line of the user's."""

from __future__ import annotations

import asyncio
import logging
import sys
import traceback
from typing import Any

logger = logging.getLogger("foredraft")


def quiet() -> None:
    """Log to stderr from WARNING on. pygls logs whole messages below that, so it is held at WARNING for good."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Redacting("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for name in ("pygls", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)


def failed(what: str, error: BaseException) -> None:
    """Log that `what` failed: the kind of error and the places in our code, not its message, which may quote code."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    trail = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))
    logger.error("%s failed: %s at %s", what, type(error).__name__, trail)


def loop_failed(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """The event loop's handler of errors nobody waits for."""
    error = context.get("exception")
    if isinstance(error, BaseException):
        failed("a task", error)
    else:
        logger.error("a task failed")


class _Redacting(logging.Formatter):
    """Takes keys out of whatever is logged. Where the module that reads keys was never imported there are none."""

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        keys = sys.modules.get("foredraft.config.keys")
        return str(keys.redact(text)) if keys is not None else text
