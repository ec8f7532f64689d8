"""The parts of a scenario: how fast a model is, what it is allowed, what breaks, and what it says."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

EndpointName = Literal["chat", "completions", "fim", "edit", "generate", "infill", "completion", "models", "any"]

Action = Literal[
    "status", "html", "reset", "close", "stall", "garbage", "error", "keep-alive", "empty-choices",
    "split-characters", "truncated-utf8", "out-of-memory", "load-fails", "slow-load",
]  # fmt: skip

_TAKES: dict[str, set[str]] = {
    "status": {"status", "retry_after", "message", "seconds"},
    "html": {"status", "seconds"},
    "reset": {"after_tokens", "seconds"},
    "close": {"after_tokens"},
    "stall": {"after_tokens", "seconds"},
    "garbage": {"after_tokens"},
    "error": {"after_tokens", "message"},
    "keep-alive": {"seconds"},
    "truncated-utf8": {"after_tokens"},
    "slow-load": {"seconds"},
}


class Part(BaseModel):
    """What every part of a scenario is: fixed once read, and without a key that nobody knows."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Tail(Part):
    """A share of the requests takes `times` as long to its first token."""

    share: float = Field(ge=0, le=1)
    times: float = Field(gt=0)


class Latency(Part):
    """How fast a model is. The time to its first token is lognormal: its median, and sigma (0: always the median)."""

    first_token_ms: float = Field(default=0.0, ge=0)
    sigma: float = Field(default=0.0, ge=0)
    tokens_per_second: float = Field(default=0.0, ge=0, description="0: all at once")
    tail: Tail | None = None


class Rate(Part):
    """How much is allowed in each window; what is not given is not limited."""

    second: float | None = Field(default=None, gt=0)
    minute: float | None = Field(default=None, gt=0)
    hour: float | None = Field(default=None, gt=0)
    day: float | None = Field(default=None, gt=0)


class Limits(Part):
    """What a provider allows one account, for each of its models apart.

    `window`: a fixed one gives everything back at its end, a refilling one a little at a time; not given, it is the
    provider's own way. `concurrent` requests run at once: clouds answer 429 to one more, local servers let it wait,
    up to `queue` of them.
    """

    requests: Rate = Rate()
    tokens: Rate = Rate()
    concurrent: int | None = Field(default=None, ge=1)
    queue: int = Field(default=512, ge=0)
    window: Literal["fixed", "refilling"] | None = None


class Fault(Part):
    """A thing that goes wrong: when (all that is given must hold), and what.

    When: `model`, `endpoint` ("any": model lists too), `from` and `to` seconds after the start, and of the requests
    that are left `first` so many, `every` so manieth, and a `share` of them by the scenario's seed.
    """

    do: Action
    model: str | None = None
    endpoint: EndpointName | None = None
    start: float = Field(default=0.0, ge=0, alias="from")
    to: float | None = Field(default=None, gt=0)
    first: int | None = Field(default=None, ge=1)
    every: int | None = Field(default=None, ge=1)
    share: float = Field(default=1.0, ge=0, le=1)
    status: int | None = Field(default=None, ge=200, le=599)
    retry_after: float | str | None = Field(default=None, description="a number of seconds, or the header's very text")
    message: str | None = None
    after_tokens: int | None = Field(default=None, ge=0)
    seconds: float | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _fits(self) -> Fault:
        takes = _TAKES.get(self.do, set())
        details = {"status", "retry_after", "message", "after_tokens", "seconds"}
        if extra := sorted(name for name in details - takes if getattr(self, name) is not None):
            raise ValueError(f"`do: {self.do}` takes no {', '.join(extra)}; it takes {sorted(takes) or 'nothing'}")
        if self.do == "status" and self.status is None:
            raise ValueError("`do: status` needs a status, for example `status: 429`")
        if self.do == "slow-load" and self.seconds is None:
            raise ValueError("`do: slow-load` needs seconds")
        return self


class Rule(Part):
    """Where what stands before the cursor ends with `after`, the answer is `text`."""

    after: str
    text: str


class Knows(Part):
    """The final text of files, and how much of it a model knows.

    Of each line the seed decides once whether the model knows it: a greater `share` knows what a smaller one knows,
    and more; another `seed` knows other lines. An answer is the rest of the line at the cursor (where that is blank,
    the next line) and then whole lines up to `lines`; a line that is not known is a wrong one of the same file.
    """

    files: dict[str, str] = Field(default={}, description="path: final text")
    paths: tuple[str, ...] = Field(default=(), description="globs of files to read, below the scenario's `folder`")
    share: float = Field(default=0.5, ge=0, le=1)
    lines: int = Field(default=1, ge=1)
    seed: int | None = None


Dress = Literal["fences", "echo", "chatter", "think"]


class Answers(Part):
    """What a model says: by the first rule that fits, else what it `knows`, else `text`.

    `dress` is what a chat model puts around it: fences, an echo of the lines around the cursor, chatter, or its
    thoughts in <think>. `marker` is how a chat prompt marks the cursor, where it is none of the usual ways.
    """

    text: str = ""
    rules: tuple[Rule, ...] = ()
    knows: Knows | None = None
    dress: tuple[Dress, ...] = ()
    marker: str | None = Field(default=None, min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _one_dress(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(data.get("dress"), str):
            return {**data, "dress": (data["dress"],)}
        return data
