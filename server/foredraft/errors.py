"""The few exceptions that cross a room.

ForedraftError            anything a user can mend; its message says how
└── UsageError            a command line that cannot be carried out: no such file, no such line, a malformed place

What a model, a file or a client got wrong is a value (`Reject`, `Problem`), not an exception.
"""

from __future__ import annotations


class ForedraftError(Exception):
    """Something a user can mend. The message is whole sentences without code and says what to do."""


class UsageError(ForedraftError):
    """A command line that cannot be carried out."""
