"""Models in a few lines, providers that count, and a loop whose time is nobody's: a day passes in a second."""

import asyncio
import math
from collections import deque

from foredraft.errors import Failure, ModelFailed
from foredraft.models.model import Chunk, Facts, Finish, Limit, Price, Usage
from foredraft.models.model import Use as How
from foredraft.models.outgoing import Outgoing, Tier
from foredraft.questions.prompt import Fim, Prompt

FREE = Price()


def facts(name="cloud/one", tier=Tier.PUBLIC, use=How.SUFFIX, price=FREE):
    provider, _, ident = name.partition("/")
    return Facts(provider, ident, "plain", tier, use, 32_768, 4_096, price)


def asked(tokens=100, answer=20, tier=Tier.PUBLIC):
    """A prompt of so many tokens by `count`, the template's six among them."""
    return Outgoing(Prompt(Fim("x" * (tokens - 6), "", "a.py", "python"), max_tokens=answer), tier)


def count(text, family):
    """One character is one token."""
    return len(text)


class Scripted:
    """A model that does as it is told, each time the next script: seconds to pass, texts, chunks, or failures."""

    def __init__(self, *scripts, name="cloud/one", **more):
        self.facts = facts(name, **more)
        self.scripts = deque(scripts)
        self.asked = self.closed = self.ended = 0

    async def stream(self, outgoing):
        self.asked += 1
        script = self.scripts.popleft() if len(self.scripts) > 1 else self.scripts[0]
        try:
            for step in script:
                if isinstance(step, (int, float)):
                    await asyncio.sleep(step)
                elif isinstance(step, str):
                    yield Chunk(step)
                elif isinstance(step, Chunk):
                    yield step
                else:
                    raise step
            yield Chunk(finish=Finish.STOP)
            self.ended += 1
        finally:
            self.closed += 1


def failure(kind, wait=None, name="cloud/one"):
    return ModelFailed(name, kind, "it is so", wait)


class Counting:
    """A provider that allows so much in a window, of a kind: "fixed", "sliding" or "bucket"; and says so, or not."""

    def __init__(self, clock, kind, limits, name="cloud/one", first=0.1, took=0.4, tells=True, waits=True):
        self.facts = facts(name)
        self.clock, self.kind, self.limits = clock, kind, limits
        self.first, self.took, self.tells, self.waits = first, took, tells, waits
        self.log, self.refused, self.during_wait = [], 0, 0
        self.peace = -math.inf
        self.seconds = {"second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86400.0}

    def left(self, limit, now):
        """(what is left, seconds until all of it is back)."""
        span = self.seconds[limit.window]
        amounts = [(at, 1 if limit.what == "requests" else tokens) for at, tokens in self.log]
        if self.kind == "fixed":
            begun = now - now % span
            return limit.limit - sum(n for at, n in amounts if at >= begun), begun + span - now
        if self.kind == "sliding":
            within = [(at, n) for at, n in amounts if at > now - span]
            return limit.limit - sum(n for _, n in within), within[-1][0] + span - now if within else 0.0
        level, last = limit.limit, 0.0
        for at, n in amounts:
            level = min(limit.limit, level + (at - last) * limit.limit / span) - n
            last = at
        level = min(limit.limit, level + (now - last) * limit.limit / span)
        return level, (limit.limit - level) * span / limit.limit

    async def stream(self, outgoing):
        now = self.clock()
        self.during_wait += now < self.peace
        body = outgoing.prompt.body
        need = len(body.prefix) + 6 + outgoing.prompt.max_tokens
        for limit in self.limits:
            left, back = self.left(limit, now)
            if left < (1 if limit.what == "requests" else need):
                self.refused += 1
                self.peace = now + back if self.waits else -math.inf
                raise ModelFailed(self.facts.name, Failure.RATE, "slower", back if self.waits else None)
        self.log.append((now, need))
        said = tuple(Limit(each.what, each.window, each.limit, *self.left(each, now)) for each in self.limits)
        await asyncio.sleep(self.first)
        yield Chunk("text", limits=said if self.tells else ())
        await asyncio.sleep(self.took)
        yield Chunk(finish=Finish.STOP, usage=Usage(need - outgoing.prompt.max_tokens, outgoing.prompt.max_tokens))


class _Loop(asyncio.SelectorEventLoop):
    """Its time goes to the next thing to do, at once."""

    now = 1000.0

    def time(self):
        return self.now

    def _run_once(self):
        if not self._ready and self._scheduled:
            self.now = max(self.now, self._scheduled[0]._when)
        super()._run_once()


def simulate(main):
    """What `main` comes to, in no time."""
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(main)


def now():
    return asyncio.get_running_loop().time()


async def texts(model, outgoing=None):
    """All it says; with the failure it ends in, if it does."""
    said = []
    try:
        async for chunk in model.stream(outgoing or asked()):
            said.append(chunk.text)
    except ModelFailed as failed:
        return "".join(said), failed
    return "".join(said), None
