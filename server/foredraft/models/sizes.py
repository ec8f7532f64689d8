"""How large a prompt is in tokens, by an estimate that is handed in."""

from __future__ import annotations

from collections.abc import Callable

from foredraft.questions.prompt import Fim, Prompt

Estimate = Callable[[str, str], int]
"""Tokens of a text, as a family of models would cut it: (text, family) -> tokens."""

_MESSAGE = 6
"""Tokens that a template puts around each message or file."""


def prompt_tokens(prompt: Prompt, family: str, estimate: Estimate) -> int:
    """Tokens of all that is sent."""
    body = prompt.body
    if isinstance(body, Fim):
        parts = [body.prefix, body.suffix, body.edits, *(f"{each.path}\n{each.text}" for each in body.files)]
    else:
        parts = [message.text for message in body.messages]
    return sum(estimate(part, family) + _MESSAGE for part in parts if part)
