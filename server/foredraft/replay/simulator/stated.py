"""How providers state their limits in the headers of every reply: each in its own words and its own time."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping

from foredraft.replay.simulator.limits import Allowance, Refusal, What, Window

Headers = list[tuple[str, str]]


def stated(dialect: str, allowance: Allowance, now: float, refusal: Refusal | None) -> Headers:
    """The headers of a reply about what is left at `now`, which is after this request was counted, or refused."""
    return _STATED[dialect](allowance, now, refusal) if allowance.windows else []


def go_duration(seconds: float) -> str:
    """As Groq and OpenAI write it: 644ms, 7.66s, 2m59.56s, 1h0m3s."""
    if seconds < 1:
        return f"{math.ceil(seconds * 1000)}ms"
    whole, rest = divmod(round(seconds, 3), 60)
    tail = f"{rest:.3f}".rstrip("0").rstrip(".") + "s"
    hours, minutes = divmod(int(whole), 60)
    if hours:
        return f"{hours}h{minutes}m{tail}"
    return f"{minutes}m{tail}" if minutes else tail


def _groq(allowance: Allowance, now: float, refusal: Refusal | None) -> Headers:
    """Requests of the day and tokens of the minute; nothing tells of the requests of the minute."""
    headers: Headers = []
    for what, names in (("requests", ("day", "minute")), ("tokens", ("minute", "day"))):
        headers += _triple(allowance.find(_what(what), *names), f"x-ratelimit-{{}}-{what}", now, go_duration)
    return headers + _retry_after(refusal)


def _openai(allowance: Allowance, now: float, refusal: Refusal | None) -> Headers:
    headers: Headers = []
    for what in ("requests", "tokens"):
        window = allowance.find(_what(what), "minute", "second", "hour", "day")
        headers += _triple(window, f"x-ratelimit-{{}}-{what}", now, go_duration)
    return headers + _retry_after(refusal)


def _cerebras(allowance: Allowance, now: float, refusal: Refusal | None) -> Headers:
    headers: Headers = []
    for window in allowance.windows:
        if window.name != "second":
            headers += _triple(window, f"x-ratelimit-{{}}-{window.what}-{window.name}", now, repr)
    return headers


def _together(allowance: Allowance, now: float, refusal: Refusal | None) -> Headers:
    requests = allowance.find("requests", "second", "minute")
    tokens = allowance.find("tokens", "second", "minute")
    headers = _triple(requests, "x-ratelimit-{}", now, lambda seconds: str(math.ceil(seconds)))
    return headers + _triple(tokens, "x-tokenlimit-{}", now, None)


def _mistral(allowance: Allowance, now: float, refusal: Refusal | None) -> Headers:
    headers = _triple(allowance.find("requests", "minute"), "x-ratelimit-{}-req-minute", now, None)
    return headers + _triple(allowance.find("tokens", "minute"), "x-ratelimit-{}-tokens-minute", now, None)


def _sambanova(allowance: Allowance, now: float, refusal: Refusal | None) -> Headers:
    def epoch(seconds: float) -> str:
        return str(math.ceil(time.time() + seconds))

    headers = _triple(allowance.find("requests", "minute"), "x-ratelimit-{}-requests", now, epoch)
    return headers + _triple(allowance.find("requests", "day"), "x-ratelimit-{}-requests-day", now, epoch)


def _openrouter(allowance: Allowance, now: float, refusal: Refusal | None) -> Headers:
    """Nothing on success; the moment of the reset in milliseconds on a refusal."""
    if refusal is None:
        return []
    reset = math.ceil((time.time() + refusal.wait) * 1000)
    limit = _number(refusal.window.limit)
    return [("X-RateLimit-Limit", limit), ("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", str(reset))]


def _silent(allowance: Allowance, now: float, refusal: Refusal | None) -> Headers:
    return []


_STATED: Mapping[str, Callable[[Allowance, float, Refusal | None], Headers]] = {
    "groq": _groq,
    "openai": _openai,
    "cerebras": _cerebras,
    "together": _together,
    "mistral": _mistral,
    "sambanova": _sambanova,
    "openrouter": _openrouter,
    "none": _silent,
}


def _triple(window: Window | None, name: str, now: float, reset: Callable[[float], str] | None) -> Headers:
    """Limit, remaining, and (where `reset` can write it) the time until the window is whole again."""
    if window is None:
        return []
    headers = [
        (name.format("limit"), _number(window.limit)),
        (name.format("remaining"), str(math.floor(window.remaining(now) + 1e-9))),
    ]
    return headers + ([(name.format("reset"), reset(window.reset(now)))] if reset else [])


def _retry_after(refusal: Refusal | None) -> Headers:
    return [("retry-after", str(max(1, math.ceil(refusal.wait - 1e-6))))] if refusal and not refusal.never else []


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else str(value)


def _what(name: str) -> What:
    return "requests" if name == "requests" else "tokens"
