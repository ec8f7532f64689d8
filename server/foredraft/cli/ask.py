"""`foredraft ask FILE:LINE:COL`: what the editor would be offered there, and why."""

from __future__ import annotations

import asyncio
import json

from typer import echo

from foredraft.app import Answer
from foredraft.cli.asking import asked, opened, started
from foredraft.cli.place import Place, folder_of, parse
from foredraft.cli.why import told
from foredraft.config import Config


def ask(name: str, config: Config, as_json: bool, why: bool) -> None:
    """Index the file's folder, ask at the place and print the suggestions."""
    place = parse(name)
    answer, ms = asyncio.run(_ask(place, config))
    if as_json:
        echo(json.dumps(_plain(answer, ms, why), default=str))
        return
    for suggestion in answer.suggestions:
        echo(suggestion.edits[0].text)
        echo(f"  ({suggestion.source}, confidence {suggestion.confidence:.2f})")
    if not answer.suggestions:
        echo("Nothing is sure enough to be shown here." + ("" if why else " `--why` tells more."))
    if why:
        echo("\n".join(told(answer.why)))
    echo(f"{ms} ms")


async def _ask(place: Place, config: Config) -> tuple[Answer, float]:
    async with started(config, folder_of(place.path)) as app:
        await opened(app, place.document)
        return await asked(app, place.document, place.cursor())


def _plain(answer: Answer, ms: float, why: bool) -> dict[str, object]:
    suggestions = [
        {"text": one.edits[0].text, "source": one.source.value, "confidence": round(one.confidence, 4)}
        for one in answer.suggestions
    ]
    return {"suggestions": suggestions, "ms": ms} | ({"why": dict(answer.why)} if why else {})
