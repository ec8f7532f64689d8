"""`foredraft try`: real completions at real places of a real file, beside what really stands there."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from typer import echo

import foredraft
from foredraft.app import Progress, Status
from foredraft.cli.asking import asked, opened, started
from foredraft.cli.drawing import Shown, draw, progress_bar
from foredraft.cli.place import Place, folder_of, parse
from foredraft.cli.samples import Sample, cut, follows, sample_of, samples
from foredraft.config import Config
from foredraft.text.document import Position

_COUNT = 8


def try_out(name: str | None, config: Config, as_json: bool) -> None:
    """Index the file's folder, ask at a few places of the file (or at the named one) and print what was proposed."""
    package = Path(foredraft.__file__).parent
    place = parse(name or str(package / "session.py"))
    folder = folder_of(place.path) if name else package
    with progress_bar(hidden=as_json) as on_progress:
        shown, known = asyncio.run(_ask_all(place, folder, _chosen(place), config, on_progress))
    if as_json:
        rows = [asdict(one) for one in shown]
        echo(json.dumps({"file": str(place.path), "files": known.files, "lines": known.lines, "places": rows}))
    else:
        draw(place.path, known, shown)


def _chosen(place: Place) -> list[Sample]:
    if place.line is None:
        return samples(place.document.lines(), _COUNT)
    line = place.document.line(place.line)
    if place.column is not None:
        return [Sample(place.line, place.column)]
    return [sample_of(place.line, line) or Sample(place.line, len(line) // 2)]


async def _ask_all(
    place: Place, folder: Path | None, chosen: list[Sample], config: Config, on_progress: Callable[[Progress], None]
) -> tuple[list[Shown], Status]:
    """All lines are cut at once, so that none can be looked up; what is open counts instead of what is on disk."""
    typed = cut(place.document, chosen)
    async with started(config, folder, on_progress) as app:
        await opened(app, typed)
        shown = []
        for sample in chosen:
            answer, ms = await asked(app, typed, Position(sample.line, sample.column))
            best = answer.suggestions[0] if answer.suggestions else None
            really = follows(place.document, sample)
            proposed = best.edits[0].text if best else None
            shown.append(
                Shown(
                    line=sample.line + 1,
                    column=sample.column + 1,
                    before=place.document.line(sample.line)[: sample.column],
                    really=really.partition("\n")[0],
                    proposed=proposed,
                    right=None if proposed is None else really.startswith(proposed.replace("\r\n", "\n")),
                    source=best.source.value if best else None,
                    confidence=round(best.confidence, 3) if best else None,
                    ms=ms,
                )
            )
        return shown, app.status
