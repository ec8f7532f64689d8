"""What is configured, who can be reached, who answers, and what to do where not: for `foredraft doctor`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Literal

from foredraft.engine.crew import Crew
from foredraft.errors import ModelFailed
from foredraft.models.model import Model
from foredraft.orchestra.pipelines import Step
from foredraft.orchestra.route import Leg, Route
from foredraft.questions.snapshot import Snapshot
from foredraft.text.document import Document, Position

_URI = "file:///foredraft-doctor/example.py"
_TEXT = 'def add(left, right):\n    """The sum of both."""\n    return \n\n\nprint(add(1, 2))\n'
_CURSOR = Position(2, 11)
_PATIENCE = 15.0

State = Literal["answers", "silent", "fails", "gone", "not asked"]


@dataclass(frozen=True, slots=True)
class CheckedModel:
    """One model of a role. `first_ms` is the time to its first words, `detail` what is wrong and what to do."""

    name: str
    roles: tuple[str, ...]
    state: State
    detail: str = ""
    first_ms: float | None = None


@dataclass(frozen=True, slots=True)
class CheckedProvider:
    """One provider. `reached` says whether its list of models came; where not, `detail` says why and what to do."""

    name: str
    urls: tuple[str, ...]
    tier: str
    reached: bool
    detail: str = ""
    listed: int = 0
    models: tuple[CheckedModel, ...] = field(default=())


async def checkup(crew: Crew, ask: bool = True) -> list[CheckedProvider]:
    """Ask every provider for its list, then, with `ask`, each model that has a role for the same few tokens of harmless
    code. What costs money is written to the ledger as ever. Cancelling closes every connection."""
    await crew.meet()
    roles = _roles(crew)
    checked = await asyncio.gather(*(_check(crew, model, names, ask) for model, names in roles))
    found = []
    for name, source in crew.sources.items():
        own = [one for one in checked if one.name.startswith(f"{name}/")]
        problem, listed, gone = crew.found(name)
        own += [CheckedModel(f"{name}/{one}", (), "gone", _GONE) for one in gone]
        urls, tier = tuple(source.urls), str(source.tier)
        found.append(CheckedProvider(name, urls, tier, not problem, problem, listed, tuple(own)))
    return found


_GONE = "the provider does not list it any more; name another one under `roles` in your config"


def _roles(crew: Crew) -> list[tuple[Model, tuple[str, ...]]]:
    found: dict[str, tuple[Model, list[str]]] = {}
    for role, models in crew.roles.items():
        for model in models:
            found.setdefault(model.facts.name, (model, []))[1].append(role)
    return [(model, tuple(names)) for model, names in found.values()]


async def _check(crew: Crew, model: Model, roles: Sequence[str], ask: bool) -> CheckedModel:
    name, roles = model.facts.name, tuple(roles)
    if not ask:
        return CheckedModel(name, roles, "not asked")
    snapshot = Snapshot(Document.of(_URI, "python", 1, _TEXT), _CURSOR)
    route = Route("doctor", (Leg(Step("draft", _PATIENCE), (model,)),), {})
    performance = crew.performance(route, snapshot, lambda draft: "only the draft is asked for")
    text = ""
    try:
        async with asyncio.timeout(_PATIENCE), aclosing(performance.run()) as growing:
            async for written in growing:
                text = written.text
                if text.strip():
                    break
    except ModelFailed as failed:
        return CheckedModel(name, roles, "fails", str(failed).removeprefix(f"{name}: "))
    except TimeoutError:
        return CheckedModel(name, roles, "fails", f"no word within {_PATIENCE:.0f} s")
    first = performance.told[0].first_ms if performance.told else None
    state: State = "answers" if text.strip() else "silent"
    return CheckedModel(name, roles, state, "" if text.strip() else "it answered with nothing that fits", first)
