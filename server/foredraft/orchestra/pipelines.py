"""Compound patterns as data: which role follows which, for how long, and what may be left out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """One stage of a pipeline: `count` models of the list of `role`, asked at once; `deadline` in seconds for all.

    What is `optional` is done where a model for it is configured, and skipped without a word where none is.
    """

    role: str
    deadline: float
    count: int = 1
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Stages in order; the first one proposes, the others work on what is there. Nobody waits for the others."""

    name: str
    steps: tuple[Step, ...]


SPEED_QUALITY = Pipeline(
    "speed_quality",
    (
        Step("draft", 4.0),
        Step("refine", 8.0, optional=True),
        Step("explore", 8.0, count=2, optional=True),
        Step("select", 6.0, optional=True),
    ),
)
"""For inline completions: a fast draft, a better second text, and where there are more than two, a choice."""
