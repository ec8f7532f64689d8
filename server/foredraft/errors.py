"""The few exceptions that cross a room.

ForedraftError            anything a user can mend; its message says how
├── UsageError            a command line that cannot be carried out: no such file, no such line, a malformed place
└── ModelFailed           a model did not answer, or not to the end: who, what kind of failure, how long to leave it

What a file or a client got wrong is a value (`Reject`, `Problem`), not an exception.
"""

from __future__ import annotations

from enum import StrEnum


class ForedraftError(Exception):
    """Something a user can mend. The message is whole sentences without code and says what to do."""


class UsageError(ForedraftError):
    """A command line that cannot be carried out."""


class Failure(StrEnum):
    """What went wrong with a model, by what follows from it."""

    KEY = "key"
    """The key is missing, wrong, or of another region: until the config changes."""
    QUOTA = "quota"
    """Out of money or of the day's allowance: for hours, or as told."""
    RATE = "rate"
    """Too many requests or tokens in this minute: as told."""
    GONE = "gone"
    """The provider does not know this model (any more): for this session."""
    TOO_LARGE = "too large"
    """The prompt does not fit the context, or one request's allowance: a smaller one may."""
    UNABLE = "unable"
    """It cannot do what was asked (no suffix, no FIM tokens): for this session in this way."""
    BAD_REQUEST = "bad request"
    """The provider does not take this request: never the same again."""
    OVERLOADED = "overloaded"
    """5xx, 498, out of memory, queue full: for seconds."""
    UNREACHABLE = "unreachable"
    """No connection, or it broke."""
    STALLED = "stalled"
    """Nothing came within the deadline."""
    GARBLED = "garbled"
    """What came is not the provider's format: a proxy's page, garbage."""
    FORBIDDEN = "forbidden"
    """We do not send this there: privacy, a budget, a stated wait."""


class ModelFailed(ForedraftError):
    """A model did not answer. `wait`: seconds for which it is to be left alone, where it said so. The message never
    holds a key, a prompt or code."""

    def __init__(self, model: str, failure: Failure, message: str, wait: float | None = None) -> None:
        super().__init__(f"{model}: {message}")
        self.model, self.failure, self.wait = model, failure, wait
