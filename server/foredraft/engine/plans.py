"""What the config says of money and of pipelines, as the rooms below take it."""

from __future__ import annotations

from foredraft.config import Config, StageConfig
from foredraft.memory.budget import Budget, Caps
from foredraft.orchestra.pipelines import SPEED_QUALITY, Pipeline, Step


def budget_of(config: Config) -> Budget:
    """The caps of all providers together, and of single ones."""
    own = {name: Caps(one.usd_per_day, one.tokens_per_day) for name, one in config.providers.items()}
    return Budget(Caps(config.budget.usd_per_day, config.budget.tokens_per_day), own)


def pipeline_of(config: Config) -> Pipeline:
    """The user's own steps for inline completions, or those that ship."""
    said = config.pipelines.get(SPEED_QUALITY.name)
    if not said:
        return SPEED_QUALITY
    return Pipeline(SPEED_QUALITY.name, tuple(_step(one) for one in said))


def _step(said: StageConfig) -> Step:
    usual = next((step for step in SPEED_QUALITY.steps if step.role == said.role), Step(said.role, 8.0))
    deadline = usual.deadline if said.deadline_ms is None else said.deadline_ms / 1000
    return Step(said.role, deadline, said.count, said.optional)
