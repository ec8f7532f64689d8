"""What a provider says of its limits in the headers of a reply, in whichever dialect."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Literal, cast

from foredraft.models.model import Limit

What = Literal["requests", "tokens"]
Window = Literal["second", "minute", "hour", "day"]

DEFAULT_WINDOWS: Mapping[str, Window] = {"requests": "minute", "tokens": "minute", "": "minute"}
"""Of headers that name no window; "" is for those that do not even name what they count (Together: per second)."""

_DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d*)?|\.\d+)s)?(?:(\d+(?:\.\d*)?)ms)?", re.I)
_IN_SENTENCE = re.compile(r"(?:try again|retry|wait)[^.\d]{0,24}((?:[\d.]+(?:ms|[dhms]))+|[\d.]+(?= ?sec))", re.I)
_HEADER = re.compile(
    r"(?:x-)?(rate|token)limit-(limit|remaining|reset)(?:-(requests?|req|tokens?))?(?:-(second|minute|hour|day))?"
)
_EPOCH, _EPOCH_MS = 1e9, 1e12
_NAMES: Mapping[str, What] = {"req": "requests", "request": "requests", "requests": "requests"}


def limits(
    headers: Mapping[str, str], now: float, windows: Mapping[str, Window] = DEFAULT_WINDOWS
) -> tuple[Limit, ...]:
    """Every limit stated, each once. `headers` by lower-case name; `now` in seconds since the epoch, for resets that
    are points in time. What cannot be read is left out."""
    found: dict[tuple[What, Window], dict[str, float]] = {}
    for name, value in headers.items():
        if not (match := _HEADER.fullmatch(name.lower())):
            continue
        kind, field, counted, window = match.groups()
        bare = "" if kind == "rate" and counted is None else None
        what: What = _NAMES.get(counted or "requests", "tokens") if kind == "rate" else "tokens"
        number = seconds(value, now) if field == "reset" else _number(value)
        if number is None:
            continue
        unnamed = windows.get("" if bare == "" or kind == "token" else what, "minute")
        over = cast(Window, window) if window else unnamed
        found.setdefault((what, over), {})[field] = number
    return tuple(Limit(what, window, **fields) for (what, window), fields in found.items())


def seconds(text: str, now: float) -> float | None:
    """A stated time as seconds from `now`, at least 0: "2m59.56s", "644ms", "11.38", an epoch time, an HTTP date."""
    text = text.strip()
    number = _float(text)
    if number is not None:
        if number > _EPOCH:
            number = (number / 1000 if number > _EPOCH_MS else number) - now
        return max(0.0, number)
    if text and (match := _DURATION.fullmatch(text)):
        days, hours, minutes, secs, millis = (_float(part or "0") or 0.0 for part in match.groups())
        whole = days * 86400 + hours * 3600 + minutes * 60 + secs + millis / 1000
        return whole if math.isfinite(whole) else None
    date = _date(text)
    return None if date is None else max(0.0, date.timestamp() - now)


def stated_wait(
    headers: Mapping[str, str], message: str, now: float, windows: Mapping[str, Window] = DEFAULT_WINDOWS
) -> float | None:
    """For how many seconds a refusal asks to be left alone: by header, in its sentence, or until the last of the
    windows that are used up is over; None where it says nothing. A date is read against the reply's own clock."""
    date = _date(headers.get("date", ""))
    clock = date.timestamp() if date is not None else now
    millis = _float(headers.get("retry-after-ms", ""))
    if millis is not None:
        return max(0.0, millis / 1000)
    after = seconds(headers["retry-after"], clock) if "retry-after" in headers else None
    if after is not None:
        return after
    if match := _IN_SENTENCE.search(message):
        said = seconds(match[1].rstrip("."), clock)
        if said is not None:
            return said
    spent = [each.reset for each in limits(headers, clock, windows) if each.remaining == 0 and each.reset is not None]
    return max(spent, default=None)


def _number(text: str) -> float | None:
    number = _float(re.split(r"[,;]", text.strip())[0])
    return None if number is None else max(0.0, number)


def _float(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _date(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
