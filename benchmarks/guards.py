"""What the guards around a model cost in time: `python -m benchmarks.guards`. Microseconds: the median and p99."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from foredraft.memory.budget import Budget, Caps
from foredraft.memory.ledger import Ledger
from foredraft.memory.spending import Spending
from foredraft.models.guarded import GuardOptions, Guards
from foredraft.models.metered import Record
from foredraft.models.model import Chunk, Facts, Limit, Model, Use
from foredraft.models.outgoing import Outgoing, Tier
from foredraft.models.tokens import Tokens
from foredraft.questions.prompt import Fim, Prompt

ROUNDS = 2000
FREE = (Limit("requests", "minute", 1e6), Limit("requests", "day", 1e6), Limit("tokens", "minute", 1e9))
CALL = Record(1.7e9, "groq", "x", "draft", 1500, 800, 20, False, 0.0001, 0.12, 0.3, "ok")


class Instant:
    """A model that gives a hundred pieces without waiting."""

    facts = Facts("groq", "x", "plain", Tier.PUBLIC, Use.SUFFIX, 32_768, 4096)

    async def stream(self, outgoing: Outgoing) -> AsyncIterator[Chunk]:
        for _ in range(100):
            yield Chunk("x")


def show(name: str, times: list[float]) -> None:
    times.sort()
    print(f"{name:44} {times[len(times) // 2] * 1e6:8.1f} {times[len(times) * 99 // 100] * 1e6:8.1f}")


def clocked(name: str, work: Callable[[], object], rounds: int = ROUNDS) -> None:
    times = []
    for _ in range(rounds):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    show(name, times)


async def streamed(name: str, model: Model, pieces: int, rounds: int = 300) -> None:
    prompt = Outgoing(Prompt(Fim("x = 1\n" * 700, "\n", "a.py", "python"), 64), Tier.PUBLIC)
    times = []
    for _ in range(rounds):
        begun, left = time.perf_counter(), pieces
        stream = model.stream(prompt)
        async for _chunk in stream:
            left -= 1
            if not left:
                break
        times.append(time.perf_counter() - begun)
        await stream.aclose()  # type: ignore[attr-defined]
    show(name, times)


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        ledger = Ledger(Path(folder))
        clocked("ledger: a call written down", lambda: ledger.record(CALL))
        clocked("ledger: all of the day, 2,000 calls", lambda: Ledger(Path(folder)).today(), 5)
        spending = Spending(ledger, Budget(Caps(1.0)), ("groq", "deepseek"), ("ollama",))
        clocked("budget: where the ladder stands", spending.standing)
        guards = Guards(Tokens().estimate, lambda record: None, spending.closed)
        model = guards.around(Instant(), "draft", GuardOptions(assumed=FREE))
        clocked("may it be asked, and when", lambda: model.ready_in(1500))
        for pieces in (1, 100):
            await streamed(f"bare model: {pieces} pieces", Instant(), pieces)
            await streamed(f"guarded: {pieces} pieces", model, pieces)
            await streamed(f"guarded and hedged: {pieces} pieces", guards.hedged([model], 0.5), pieces)


if __name__ == "__main__":
    asyncio.run(main())
