"""Models that say what a test wants, and a question that is put to all of them alike. Nothing of ours is replaced."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

from foredraft.config import PrivacyConfig
from foredraft.errors import Failure, ModelFailed
from foredraft.models.hedged import Hedged, Hedges
from foredraft.models.latency import Latencies
from foredraft.models.model import Chunk, Facts, Finish, Usage, Use
from foredraft.models.outgoing import Tier
from foredraft.orchestra.gap import Gap
from foredraft.privacy.outgoing import Clearance
from foredraft.questions.prompt import Fim


@dataclass
class Says:
    """A model that says its pieces, each after `pause` seconds or when `go` is set, then fails or ends."""

    pieces: list = field(default_factory=list)
    name: str = "says"
    tier: Tier = Tier.PUBLIC
    pause: float = 0.0
    fails: Failure | None = None
    go: asyncio.Event | None = None
    wait: float = 0.0
    use: Use = Use.SUFFIX
    asked: list = field(default_factory=list)
    open: int = 0

    @property
    def facts(self):
        return Facts("test", self.name, "unknown", self.tier, self.use, 8192, 512)

    def ready_in(self, tokens):
        return self.wait

    async def stream(self, outgoing):
        self.asked.append(outgoing.prompt)
        self.open += 1
        try:
            for piece in self.pieces:
                await asyncio.sleep(self.pause)
                if self.go is not None:
                    await self.go.wait()
                yield Chunk(piece)
            if self.fails is not None:
                raise ModelFailed(self.facts.name, self.fails, "as the test wants")
            yield Chunk("", Finish.STOP, Usage(100, 10))
        finally:
            self.open -= 1


def race(candidates, patience):
    return Hedged(candidates, Latencies(), Hedges(), patience)


def gap(prefix="def f():\n    ", suffix="\n", worse=lambda draft, text: False, privacy=None):
    clearance = Clearance(privacy or PrivacyConfig())
    return Gap(lambda: Fim(prefix, suffix, "a.py", "python"), Path("a.py"), clearance, worse)
