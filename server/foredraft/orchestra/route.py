"""Which models could carry out a pipeline now, in which order, and why not the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Protocol, runtime_checkable

from foredraft.models.model import Model
from foredraft.models.outgoing import Tier
from foredraft.orchestra.pipelines import Pipeline, Step


@runtime_checkable
class Pacing(Protocol):
    """A model that knows when it may be asked next."""

    def ready_in(self, tokens: int) -> float:
        """Seconds until a request of so many tokens, prompt and answer, should be sent; 0 when it is ready."""
        ...


@dataclass(frozen=True, slots=True)
class Leg:
    """One stage of a route: the models for it, the likeliest first. The list is empty where a vote takes the place."""

    step: Step
    models: tuple[Model, ...]


@dataclass(frozen=True, slots=True)
class Route:
    """A pipeline with models, for one question, now. Without legs there is nobody to ask."""

    pipeline: str
    legs: tuple[Leg, ...]
    left_out: Mapping[str, str]
    """Name of a model, or of a stage, to the reason why it is not asked."""
    ready_in: float = 0.0
    """Seconds until the first model of the first stage may be asked."""

    def explained(self) -> dict[str, object]:
        """For `--why`: plain values, no code."""
        stages = {leg.step.role: [model.facts.name for model in leg.models] for leg in self.legs}
        return {"pipeline": self.pipeline, "stages": stages, "left_out": dict(self.left_out)}


@dataclass(frozen=True, slots=True)
class Allowed:
    """What may be asked at all: `tier` is that of the least trusted provider which may see the document (None: none);
    `local_only` and `first_only` are what is left when a budget runs low."""

    tier: Tier | None = Tier.PUBLIC
    local_only: bool = False
    first_only: bool = False


def route(pipeline: Pipeline, roles: Mapping[str, Sequence[Model]], allowed: Allowed, tokens: int = 700) -> Route:
    """The order of the lists is kept, but who must wait comes last, and who must wait beyond a stage's deadline does
    not come at all. `tokens` is how large a request usually is. A missing judge is replaced by a vote where there is
    more than one text to choose from."""
    left_out: dict[str, str] = {}
    legs: list[Leg] = []
    first_wait = 0.0
    for number, step in enumerate(pipeline.steps):
        if number and allowed.first_only:
            left_out[step.role] = "the budget runs low"
            continue
        waits = [(_wait(model, tokens), at, model) for at, model in enumerate(roles.get(step.role, ()))]
        fit = [each for each in waits if _fits(each[2], each[0], step, allowed, left_out)]
        fit.sort(key=lambda each: (each[0], each[1]))
        if not number:
            first_wait = fit[0][0] if fit else 0.0
        models = tuple(model for _, _, model in fit)
        votes = step.role == "select" and len(legs) > 1
        if not models and not votes:
            if not number:
                break
            continue
        legs.append(Leg(step, models))
    return Route(pipeline.name, tuple(legs), left_out, first_wait)


def _wait(model: Model, tokens: int) -> float:
    return model.ready_in(tokens) if isinstance(model, Pacing) else 0.0


def _fits(model: Model, wait: float, step: Step, allowed: Allowed, left_out: dict[str, str]) -> bool:
    facts = model.facts
    if allowed.tier is None or not allowed.tier.allows(facts.tier):
        left_out[facts.name] = f"{facts.tier} may not see this document"
    elif allowed.local_only and facts.tier is not Tier.LOCAL:
        left_out[facts.name] = "the budget allows what runs here only"
    elif wait > step.deadline:
        left_out[facts.name] = "rests for this session" if wait == inf else f"rests for {wait:.0f} s"
    else:
        return True
    return False
