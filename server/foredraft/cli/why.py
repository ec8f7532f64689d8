"""How an answer came about, for a person to read: one line for each step, in the order in which they are taken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def told(why: Mapping[str, Any]) -> list[str]:
    """The lines of `foredraft ask --why`."""
    return list(_lines(why))


def _lines(why: Mapping[str, Any]) -> Iterator[str]:
    rest = dict(why)
    if answered := rest.pop("answered", ""):
        yield f"answered: {answered}"
    for key in ("source", "threshold"):
        if key in rest:
            yield f"{key}: {rest.pop(key)}"
    for key in ("levels", "rejected"):
        if values := rest.pop(key, []):
            yield f"{key}: {', '.join(values)}"
    cuts = rest.pop("cuts", [])
    if cuts:
        yield "could be shown, each with how sure it is:"
    yield from (f"  {cut['confidence']:.2f} {cut['text']!r}" for cut in cuts)
    yield f"gate: {rest.pop('gate', 'not reached')}"
    memory = rest.pop("memory", {})
    if memory:
        yield f"memory: {_named(memory)}"
    yield from _route(rest.pop("route", {}))
    yield from _stages(rest.pop("stages", []))
    filters = rest.pop("filters", [])
    if filters:
        yield f"filters: {'; '.join(filters)}"
    cost = rest.pop("cost", {})
    if any(cost.values()):
        tokens = f"{cost['prompt_tokens']} tokens of prompts ({cost['cached_tokens']} cached)"
        yield f"cost: {tokens} and {cost['answer_tokens']} of answers, ${cost['usd']:.6f}"
    waits = rest.pop("waits", {})
    if waits:
        yield f"waits: {_named(waits)}"
    yield from (f"{key}: {value}" for key, value in rest.items())


def _route(route: Mapping[str, Any]) -> Iterator[str]:
    if route:
        stages = [f"{role} {', '.join(models) or 'by vote'}" for role, models in route["stages"].items()]
        yield f"route: {route['pipeline']}: {' → '.join(stages)}"
        yield from (f"  not {name}: {reason}" for name, reason in route["left_out"].items())


def _stages(stages: list[Mapping[str, Any]]) -> Iterator[str]:
    for stage in stages:
        parts = [stage["outcome"]]
        if stage["first_ms"] is not None:
            parts.append(f"first text after {stage['first_ms']:.0f} ms")
        if stage["ms"] is not None:
            parts.append(f"all after {stage['ms']:.0f} ms")
        if stage["prompt_tokens"]:
            parts.append(f"{stage['prompt_tokens']} + {stage['answer_tokens']} tokens")
        model = f" {stage['model']}" if stage["model"] else ""
        yield f"{stage['role']}:{model} {', '.join(parts)}"
        yield from (f"  failed: {failed}" for failed in stage["failed"])


def _named(values: Mapping[str, object]) -> str:
    return ", ".join(f"{value} {key.replace('_', ' ')}" for key, value in values.items())
