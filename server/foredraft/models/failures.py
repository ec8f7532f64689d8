"""What a provider's refusal means, out of its status, headers and body.

Messages tell what to do. They never quote what the provider wrote: that may hold the key, the prompt or code.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from foredraft.errors import Failure, ModelFailed
from foredraft.models.limits import DEFAULT_WINDOWS, Window, limits, stated_wait


@dataclass(frozen=True, slots=True)
class Refusal:
    """A reply that is no answer. `headers` by lower-case name; `status` is 200 for an error inside of an answer."""

    status: int
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)
    optional: bool = False
    """Whether the endpoint is one that not every provider has: then "not found" says that it cannot do this."""

    @property
    def is_page(self) -> bool:
        """Whether it is a web page: a proxy's, a login's, a wrong address's."""
        return "html" in self.headers.get("content-type", "") or self.body.lstrip()[:1] == "<"


_CONTEXT = re.compile(
    r"context_length|exceed_context_size|maximum context|context (?:length|size|window)|longer than the context"
    r"|prompt (?:is )?too (?:long|large)|too many tokens|reduce (?:the length|your message)|request too large"
    r"|string_above_max|input is too long|range of input length",
    re.I,
)
_FILLING = r"(?:insert|suffix|infill|\bfim\b|fill[- ]in|completions)"
_UNABLE = re.compile(
    rf"{_FILLING}[^\n]{{0,60}}not[^\n]{{0,20}}support|not support[^\n]{{0,40}}{_FILLING}|not_supported_error", re.I
)
_GONE = re.compile(
    r"model_not_found|modelnotfound|model_decommissioned|(?:invalid|unknown|no such) model|not a valid model"
    r"|\bmodel\b[^\n]{0,160}(?:not found|not exist|n't exist|decommissioned|deprecated|no longer|retired)",
    re.I,
)
_DAY = re.compile(r"per[ -](?:day|month)|\b(?:TPD|RPD)\b|daily", re.I)
_MINUTE = re.compile(r"per[ -](?:minute|second)|\b(?:TPM|RPM|ITPM|OTPM)\b", re.I)
_MONEY = re.compile(r"arrearage|insufficient balance|payment|account_error|good standing|plan and billing", re.I)
_KEY = re.compile(r"api[_ ]key|unauthori[sz]ed|authentication|access.?denied", re.I)
_MEMORY = re.compile(
    r"out of memory|system memory|insufficient memory|(?:failed|unable) to load|runner process|cudamalloc", re.I
)
_RATE = re.compile(r"rate[_ ]limit|throttling|too many requests", re.I)

_SAID = 4096
_TELLING = ("message", "type", "code", "detail", "msg", "error")

_KINDS: Mapping[int, Failure] = {
    401: Failure.KEY, 402: Failure.QUOTA, 403: Failure.KEY, 404: Failure.GONE, 405: Failure.UNABLE,
    407: Failure.UNREACHABLE, 408: Failure.OVERLOADED, 409: Failure.OVERLOADED, 410: Failure.GONE,
    413: Failure.TOO_LARGE, 424: Failure.OVERLOADED, 425: Failure.OVERLOADED, 429: Failure.RATE, 451: Failure.KEY,
    498: Failure.OVERLOADED, 499: Failure.OVERLOADED, 501: Failure.UNABLE,
}  # fmt: skip

_ADVICE: Mapping[Failure, str] = {
    Failure.KEY: "the key is missing, wrong, or of another region or account than the url; set the right one",
    Failure.QUOTA: "money or the allowance is used up; add credit, or leave it until the allowance comes back",
    Failure.RATE: "too many requests or tokens for now; it is left alone as long as it asks",
    Failure.GONE: "the provider does not know this model, or the url is not that of its API; take an id of its list",
    Failure.TOO_LARGE: "the prompt is larger than the model's context or one request's allowance; ask with less",
    Failure.UNABLE: "it cannot do this (no suffix, no FIM tokens, no such endpoint); use it for chat",
    Failure.BAD_REQUEST: "it does not take this request; compare style, family and use with what the provider says",
    Failure.OVERLOADED: "it is overloaded or has an error of its own; it is tried again in a while",
    Failure.UNREACHABLE: "there is no connection; look at the network, the url, and whether the server runs",
    Failure.STALLED: "nothing came in time; it is tried again in a while",
    Failure.GARBLED: "what came is a page or garbage, no model's answer; a proxy or a login may lie between, or the url"
    " is wrong (most end in /v1)",
    Failure.FORBIDDEN: "its tier is not trusted with this prompt",
}


def failed(model: str, failure: Failure, detail: str = "", wait: float | None = None) -> ModelFailed:
    """The exception in the words of the house; `detail` is ours, never the provider's text."""
    return ModelFailed(model, failure, f"{_ADVICE[failure]}{f' ({detail})' if detail else ''}", wait)


def refused(
    model: str,
    refusal: Refusal,
    now: float,
    windows: Mapping[str, Window] = DEFAULT_WINDOWS,
    quota_is_rate: bool = False,
) -> ModelFailed:
    """What follows from a refusal. `quota_is_rate`: this provider calls a minute's limit a quota (DashScope)."""
    said = _words(refusal.body)
    failure = _kind(refusal, said, quota_is_rate)
    if (
        failure is Failure.RATE
        and not _MINUTE.search(said)
        and any(each.window == "day" and each.remaining == 0 for each in limits(refusal.headers, now, windows))
    ):
        failure = Failure.QUOTA
    wait = None
    if failure in (Failure.RATE, Failure.QUOTA, Failure.OVERLOADED):
        wait = stated_wait(refusal.headers, said, now, windows)
    detail = "an error inside of an answer" if refusal.status == 200 else f"HTTP {refusal.status}"
    if refusal.status == 407:
        detail += "; the proxy wants a login"
    if failure is Failure.OVERLOADED and _MEMORY.search(said):
        detail += "; the model could not be loaded: too little memory, or a broken file"
    return failed(model, failure, detail, wait)


def _kind(refusal: Refusal, said: str, quota_is_rate: bool) -> Failure:
    status = refusal.status
    if 300 <= status < 400:
        return Failure.GARBLED  # the final address belongs in the config: a key is not carried elsewhere
    if refusal.is_page and status not in (401, 402, 407, 413, 429):
        return Failure.OVERLOADED if status >= 500 else Failure.GARBLED
    if status in (200, 400, 403, 404, 415, 422, 500):
        by_words = _by_words(status, said, quota_is_rate)
        if by_words is not None:
            return by_words
    if status == 429:
        return _limit(said, quota_is_rate)
    if status == 404 and refusal.optional:
        return Failure.UNABLE
    return _KINDS.get(status, Failure.BAD_REQUEST if 400 <= status < 500 else Failure.OVERLOADED)


def _by_words(status: int, said: str, quota_is_rate: bool) -> Failure | None:
    if _CONTEXT.search(said):
        return Failure.TOO_LARGE
    if status == 500:
        return None
    if _MONEY.search(said):
        return Failure.QUOTA
    if status == 200 and _RATE.search(said):
        return _limit(said, quota_is_rate)
    if _GONE.search(said):
        return Failure.GONE
    if _UNABLE.search(said):
        return Failure.UNABLE
    return Failure.KEY if status != 404 and _KEY.search(said) else None


def _limit(said: str, quota_is_rate: bool) -> Failure:
    if _DAY.search(said):
        return Failure.QUOTA
    if quota_is_rate or _MINUTE.search(said):
        return Failure.RATE
    return Failure.QUOTA if "insufficient_quota" in said or _MONEY.search(said) else Failure.RATE


def _words(body: str) -> str:
    """What an error envelope says, in any of its shapes: the words of message, type and code; else the raw text. What
    was sent, which some repeat, is left out: it must not be taken for a reason."""
    try:
        data: Any = json.loads(body)
    except (ValueError, RecursionError):
        return body[:_SAID]
    error = data.get("error", data) if isinstance(data, dict) else data
    return " ".join(_strings(error))[:_SAID]


def _strings(error: Any) -> list[str]:
    if isinstance(error, str):
        return [error]
    if isinstance(error, list):
        return [text for each in error[:10] for text in _strings(each)]
    if isinstance(error, dict):
        return [text for key in _TELLING if key in error for text in _strings(error[key])]
    return []
