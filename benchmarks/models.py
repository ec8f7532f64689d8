"""Typing against a provider: how many keys are saved, how soon, and for how many tokens?

    python -m benchmarks.models REPO [--lines N] [--knows SHARE] [--first-token MS] [--speed TOKENS_A_SECOND]
                                     [--requests-a-minute N] [--no-models] [--no-refine] [--json]

A scripted user (`typist.py`) types added lines of the newest commits of a repository into a real server over stdio, in
real time: lognormal gaps (median 180 ms), accepting only what is wholly right, 3 characters or more, after a look of
400 ms; an accept is one key. The simulated provider knows each line with the given share, from its start (first token
120 ms, lognormal, sigma 0.35; 150 tokens a second), and answers the others wrongly. Everything else is as shipped: the
predictor has learned the workspace, prompts carry their excerpts, drafts are refined. Tokens are characters / 4, those
of prompts of requests that were hung up included.

JSON: `saved`, `tokens_per_saved_key`, `prompt_tokens` (mean), `waits_ms` {p50, p99} from the key to a text that is
shown, `shown`, `accepted`, `acceptance`, `lines`, `keys`, `requests`, `requests_per_100_keys`, `refused` (share of
requests answered 429), `hung_up` (share), `by_model`, `minutes`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.editor import FOREDRAFT, Editor
from benchmarks.figures import spread
from benchmarks.git_history import Change, History
from benchmarks.typist import Typist
from foredraft.replay.simulator import Entry, Scenario, Simulator, serve

DRAFT, REFINE = "draft-1", "refine-1"
"""Ids that nobody knows: chat models of which nothing is known."""
_LANGUAGES = {".py": "python", ".go": "go", ".ts": "typescript", ".rs": "rust", ".java": "java"}
_PATIENCE = 240.0
_COMMITS = 60


@contextmanager
def running(scenario: Scenario) -> Iterator[Simulator]:
    """A simulator on a thread of its own."""
    loop = asyncio.new_event_loop()
    ready: list[Simulator] = []
    started, ended = threading.Event(), asyncio.Event()

    async def main() -> None:
        async with serve(scenario) as simulator:
            ready.append(simulator)
            started.set()
            await ended.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(main(),), daemon=True)
    thread.start()
    started.wait(30)
    try:
        yield ready[0]
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(10)
        loop.close()


def configured(simulator: Simulator, folder: Path, refine: bool = True) -> dict[str, str]:
    """Environment of a server that drafts and refines with the simulator's providers."""
    models = {"drafting": DRAFT, "refining": REFINE}
    providers = {
        name: {"style": "openai", "url": simulator.base(name), "key_env": f"{name.upper()}_API_KEY", "models": [model]}
        for name, model in models.items()
    }
    roles = {"draft": [f"drafting/{DRAFT}"], "refine": [f"refining/{REFINE}"] if refine else []}
    config = {"providers": providers, "roles": roles}
    file = folder / "config.yml"
    file.write_text(json.dumps(config))
    return {"FOREDRAFT_CONFIG": str(file)} | {f"{name.upper()}_API_KEY": "sk-simulated" for name in models}


def scenario(files: Mapping[str, str], options: argparse.Namespace) -> Scenario:
    """Providers that know a share of the lines of `files`."""
    limits = {"requests": {"minute": options.requests_a_minute}} if options.requests_a_minute else {}
    return Scenario.model_validate(
        {
            "seed": 7,
            "latency": {
                "first_token_ms": options.first_token, "sigma": 0.35, "tokens_per_second": options.speed,
            },
            "answers": {"knows": {"files": dict(files), "share": options.knows}},
            "providers": {
                "drafting": {"style": "openai", "models": [{"id": DRAFT}], "limits": limits},
                "refining": {"style": "openai", "models": [{"id": REFINE}]},
            },
        }
    )  # fmt: skip


def measure(options: argparse.Namespace) -> dict[str, object]:
    """One session of typing."""
    history = History(options.repo)
    chosen = history.choose(_COMMITS)
    if not chosen:
        raise SystemExit(f"{options.repo}: no commit fits")
    changes = _changes(history, chosen, options.lines)
    oldest = changes[-1][0]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        workspace = folder / "workspace"
        for name, sha in history.tree(f"{oldest}^"):
            path = workspace / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("\n".join(history.lines(sha)))
        known = {f"{commit}/{change.path}": "\n".join(change.after) for commit, change in changes}
        with running(scenario(known, options)) as simulator:
            settings = {} if options.no_models else configured(simulator, folder, not options.no_refine)
            with Editor(FOREDRAFT, folder / "home", settings) as editor:
                editor.start(workspace)
                _until(editor, lambda: any(one["state"] == "ready" for one in editor.status))
                typist = Typist(editor, _LANGUAGES.get(history.suffixes[0], "plaintext"))
                for _, change in reversed(changes):
                    typist.type((workspace / change.path).as_uri(), change, options.lines)
            return _report(typist, list(simulator.log))


def _changes(history: History, chosen: Sequence[str], lines: int) -> list[tuple[str, Change]]:
    """The newest changes with about so many added lines, newest first."""
    found: list[tuple[str, Change]] = []
    for commit in chosen:
        for change in history.changes(commit):
            found.append((commit, change))
        if sum(len(change.added) for _, change in found) >= lines * 1.3:
            break
    return found


def _until(editor: Editor, condition: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise SystemExit("the server did not learn the workspace")
        editor.drain()
        time.sleep(0.05)


def _report(typist: Typist, log: Sequence[Entry]) -> dict[str, object]:
    told = typist.told
    tokens = sum(entry.prompt_tokens + entry.tokens for entry in log)
    by_model: dict[str, dict[str, Any]] = {}
    for entry in log:
        row = by_model.setdefault(f"{entry.provider}/{entry.model}", {"requests": 0, "prompt": 0, "answer": 0})
        row["requests"] += 1
        row["prompt"] += entry.prompt_tokens
        row["answer"] += entry.tokens
    saved_keys = told.keys - told.pressed
    return {
        "saved": round(told.saved, 4),
        "tokens_per_saved_key": round(tokens / max(1, saved_keys), 1),
        "prompt_tokens": round(sum(entry.prompt_tokens for entry in log) / max(1, len(log))),
        "waits_ms": spread(told.waits),
        "shown": told.shown,
        "accepted": told.accepted,
        "acceptance": round(told.accepted / max(1, told.shown), 3),
        "lines": told.lines,
        "keys": told.keys,
        "requests": len(log),
        "requests_per_100_keys": round(100 * len(log) / max(1, told.keys), 1),
        "refused": round(sum(entry.status == 429 for entry in log) / max(1, len(log)), 4),
        "hung_up": round(sum(entry.closed_at is not None for entry in log) / max(1, len(log)), 3),
        "by_model": by_model,
        "minutes": round(told.took / 60, 1),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="benchmarks.models", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("repo", type=Path)
    parser.add_argument("--lines", type=int, default=152)
    parser.add_argument("--knows", type=float, default=0.5)
    parser.add_argument("--first-token", type=float, default=120.0)
    parser.add_argument("--speed", type=float, default=150.0)
    parser.add_argument("--requests-a-minute", type=int)
    parser.add_argument("--no-models", action="store_true")
    parser.add_argument("--no-refine", action="store_true")
    parser.add_argument("--json", action="store_true", dest="as_json")
    options = parser.parse_args(arguments)
    report = measure(options)
    print(json.dumps(report) if options.as_json else "\n".join(f"{key:22} {value}" for key, value in report.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
