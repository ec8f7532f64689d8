"""A provider's plan without its sockets: the simulator's windows, words and headers, read by our own parser."""

import asyncio
import json
import math
import random
import time

from guard_worlds import count, facts

from foredraft.errors import Failure
from foredraft.models.catalogue import limits as assumed_limits
from foredraft.models.catalogue import provider
from foredraft.models.failures import Refusal, refused
from foredraft.models.limits import limits
from foredraft.models.model import Chunk, Finish, Usage
from foredraft.models.sizes import prompt_tokens
from foredraft.replay.simulator.dialects import DIALECTS
from foredraft.replay.simulator.envelopes import envelope, over_limit
from foredraft.replay.simulator.limits import Allowance
from foredraft.replay.simulator.settings import Limits
from foredraft.replay.simulator.stated import stated


class Plan:
    """One model of a known provider with these limits, in the time of the loop."""

    def __init__(self, name, model, allowed, seed=7):
        self.facts = facts(f"{name}/{model}")
        self.source, self.dialect = provider(name), DIALECTS[name]
        self.allowance = Allowance(Limits.model_validate(allowed), self.dialect.window)
        self.dice = random.Random(f"{seed} {name}")
        self.let_through = self.refused = self.during_wait = 0
        self.peace = -math.inf

    @property
    def assumed(self):
        """What ships with the package about this plan."""
        return assumed_limits(self.source, self.facts.id)

    async def stream(self, outgoing):
        now = asyncio.get_running_loop().time()
        self.during_wait += now < self.peace
        # the provider cuts text in its own way: our estimate is up to 8 % off
        prompt = round(prompt_tokens(outgoing.prompt, self.facts, count) * self.dice.uniform(0.92, 1.08))
        reserved = prompt + (outgoing.prompt.max_tokens if self.dialect.reserves else 0)
        refusal = self.allowance.admit(reserved, now)
        headers = dict(stated(self.dialect.stated, self.allowance, now, refusal))
        await asyncio.sleep(self.dice.lognormvariate(math.log(0.15), 0.35))
        if refusal is not None:
            self.refused += 1
            raise self.failure(refusal, headers)
        self.let_through += 1
        spent = reserved
        try:
            yield Chunk(limits=self.limits(headers))
            for _ in range(12):
                await asyncio.sleep(0.02)
                spent += 1 if reserved == prompt else 0
                yield Chunk("t")
            yield Chunk(finish=Finish.STOP, usage=Usage(prompt, 12))
        finally:
            self.allowance.spend(spent - reserved, asyncio.get_running_loop().time())

    def limits(self, headers):
        return limits(
            {name.lower(): value for name, value in headers.items()}, time.time(), self.source.dialect.windows
        )

    def failure(self, refusal, headers):
        said = over_limit(self.dialect, self.facts.id, refusal)
        body = json.dumps(envelope("x", self.dialect, None, said))
        lower = {name.lower(): value for name, value in (*headers.items(), *said.headers)}
        failed = refused(self.facts.name, Refusal(said.status, body, lower), time.time(), self.source.dialect.windows)
        assert failed.failure in (Failure.RATE, Failure.QUOTA, Failure.TOO_LARGE)
        if failed.wait:
            self.peace = max(self.peace, asyncio.get_running_loop().time() + failed.wait)
        return failed
