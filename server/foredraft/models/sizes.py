"""How large a request is in tokens, by an estimate that is handed in."""

from __future__ import annotations

from collections.abc import Callable

from foredraft.models.families import family_named
from foredraft.models.model import Facts, Usage
from foredraft.questions.prompt import Fim, Prompt

Estimate = Callable[[str, str], int]
"""Tokens of a text, as a family of models would cut it: (text, family) -> tokens."""

_MESSAGE = 6
"""Tokens that a template puts around each message or file."""
_THOUGHT = 4
"""A model that thinks unseen uses about this part of what it is allowed for that."""


def prompt_tokens(prompt: Prompt, facts: Facts, estimate: Estimate) -> int:
    """Tokens of all that is sent."""
    body = prompt.body
    if isinstance(body, Fim):
        parts = [body.prefix, body.suffix, body.edits, *(f"{each.path}\n{each.text}" for each in body.files)]
    else:
        parts = [message.text for message in body.messages]
    return sum(estimate(part, facts.family) + _MESSAGE for part in parts if part)


def most_tokens(prompt: Prompt, facts: Facts) -> int:
    """Tokens of the longest answer that is asked for, thoughts among them: providers reserve that much."""
    return min(prompt.max_tokens + family_named(facts.family).overhead, facts.most_output)


def spent_tokens(prompt: Prompt, text: str, facts: Facts, estimate: Estimate) -> Usage:
    """What a stream that was cut after `text` has cost."""
    thought = family_named(facts.family).overhead // _THOUGHT
    return Usage(prompt_tokens(prompt, facts, estimate), thought + (estimate(text, facts.family) if text else 0))
