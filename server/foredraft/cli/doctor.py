"""`foredraft doctor`: is everything well, and if not, what to do?"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

from typer import echo

from foredraft.config import Config, Problem
from foredraft.config.keys import Key, from_keyring, redact, take, variables, wanted
from foredraft.engine.checkup import CheckedModel, CheckedProvider, checkup
from foredraft.engine.crew import hire

_MARKS = {"answers": "ok", "silent": "??", "fails": "!!", "gone": "!!", "not asked": "--"}


def doctor(config: Config, problems: Sequence[Problem], ask: bool, as_json: bool) -> bool:
    """Print what was found; whether all is well."""
    keys, wrong = take(os.environ, variables(config))
    found, more = from_keyring(wanted(config, keys))
    report = asyncio.run(_examine(config, keys | found, ask))
    report["config"] = [str(problem) for problem in (*problems, *wrong)]
    report["notes"] = [str(problem) for problem in more]
    well = _is_well(report)
    if as_json:
        plain = {**report, "providers": [dataclasses.asdict(one) for one in report["providers"]], "well": well}
        echo(redact(json.dumps(plain)))
    else:
        echo(redact("\n".join(_lines(report))))
    return well


async def _examine(config: Config, keys: Mapping[str, Key], ask: bool) -> dict[str, Any]:
    crew = hire(config, keys, [], lambda: None)
    try:
        providers = await checkup(crew, ask)
        spent, note = await asyncio.to_thread(crew.spent)
        resting = [
            {"name": rest.name, "failure": str(rest.failure), "seconds": rest.left, "message": rest.message}
            for rest in crew.guards.rests.resting()
        ]
        return {
            "providers": providers,
            "problems": list(crew.problems),
            "blocked": crew.clearance.blocked,
            "resting": resting,
            "budget": {"usd_today": round(spent.usd, 6), "tokens_today": spent.tokens, "note": note},
            "keys": sorted(keys),
        }
    finally:
        await crew.close()


def _is_well(report: Mapping[str, Any]) -> bool:
    bad = report["config"] or report["problems"] or report["blocked"]
    reached = all(one.reached for one in report["providers"])
    answering = all(model.state in ("answers", "not asked") for one in report["providers"] for model in one.models)
    return not bad and reached and answering


def _lines(report: Mapping[str, Any]) -> list[str]:
    lines = [f"!! {problem}" for problem in (*report["config"], *report["problems"])]
    if report["blocked"]:
        lines.append(f"!! {report['blocked']}")
    for provider in report["providers"]:
        lines += _provider(provider)
    lines += [f"-- {note}" for note in report["notes"]]
    for rest in report["resting"]:
        until = "for this session" if rest["seconds"] is None else f"for {rest['seconds']:.0f} s"
        lines.append(f"-- {rest['name']} rests {until} ({rest['failure']}): {rest['message']}")
    if not report["providers"]:
        lines.append("No model is configured: the embedded predictor answers alone, which needs no key and no network.")
        lines.append(
            "To add one, put a provider's key into the environment (GROQ_API_KEY, DEEPSEEK_API_KEY, …), keep it"
        )
        lines.append("with `foredraft key set groq`, or name a local one in your config: providers: {ollama: {}}")
        return lines
    budget = report["budget"]
    lines.append(f"spent today: ${budget['usd_today']:.4f}, {budget['tokens_today']} tokens")
    if budget["note"]:
        lines.append(f"-- {budget['note']}")
    return lines


def _provider(provider: CheckedProvider) -> list[str]:
    mark = "ok" if provider.reached else "!!"
    said = f"{provider.listed} models listed" if provider.reached else provider.detail
    return [
        f"{mark} {provider.name} ({provider.tier}) {', '.join(provider.urls)}: {said}",
        *(_model(one, provider.detail) for one in provider.models),
    ]


def _model(model: CheckedModel, told: str) -> str:
    """`told` was said of its provider already."""
    first = f" after {model.first_ms:.0f} ms" if model.first_ms is not None and model.state == "answers" else ""
    roles = f" ({', '.join(model.roles)})" if model.roles else ""
    detail = "" if model.detail == told else f": {model.detail or model.state}{first}"
    return f"   {_MARKS[model.state]} {model.name}{roles}{detail}"
