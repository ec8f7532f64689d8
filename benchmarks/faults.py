"""Do asks get text when clouds fail? The same places asked without faults, with faults, and with one cloud down.

    python -m benchmarks.faults [--places N] [--json]

A real server over stdio, its predictor switched off so that every text is a model's, two simulated clouds (first token
120 ms, sigma 0.35, 150 tokens a second) and a simulated local Ollama (200 ms, 60 tokens a second) behind them. Each
place is a new line of another document. An ask counts as answered when text is there within 1 s of it; one that was
answered with nothing is asked again when the server says so, as an editor does.

JSON by world (`healthy`, `failing`: each cloud fails 30 % of its requests at random, by 503, 429, reset, stall or
garbage; `down`: the first cloud refuses connections): `answered` (share of the asks), `of_healthy` (share of those that
healthy answered), `characters` of text, `characters_of_healthy`, `requests`, `by_provider`.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.editor import FOREDRAFT, Editor, Json
from benchmarks.models import running
from foredraft.replay.simulator import Scenario, Simulator

_LINES = [
    "    total = first_value + second_value * third_value",
    "    return [convert(item) for item in collected if item]",
    "    raise ValueError(f'no such place: {name}')",
    "    self.entries[name] = Entry(name, value, time.time())",
]
_HEAD = ["def compute(first_value, second_value, third_value, name):", '    """What the name says."""']
_WITHIN = 1.0
_CLOUD = {"first_token_ms": 120, "sigma": 0.35, "tokens_per_second": 150}
_LOCAL = {"first_token_ms": 200, "sigma": 0.2, "tokens_per_second": 60}
_KINDS: tuple[Json, ...] = (
    {"do": "status", "status": 503},
    {"do": "status", "status": 429, "retry_after": 1},
    {"do": "reset", "after_tokens": 2},
    {"do": "stall", "after_tokens": 0},
    {"do": "garbage"},
)


def world(name: str) -> Scenario:
    """The providers of one world."""
    share = 1 - 0.7 ** (1 / len(_KINDS))  # each kind strikes on its own; together 30 %
    faults = [{**kind, "share": share, "endpoint": "chat"} for kind in _KINDS] if name == "failing" else []
    cloud = {"style": "openai", "models": [{"id": "draft-1"}], "latency": _CLOUD, "faults": faults}
    local = {"style": "ollama", "models": [{"id": "small", "fim": True}], "latency": _LOCAL}
    providers = {"first": {**cloud, "down": name == "down"}, "second": cloud, "local": local}
    rules = [{"after": f"# {number}\n    ", "text": line.strip() + "\n"} for number, line in enumerate(_LINES)]
    return Scenario.model_validate({"seed": 3, "answers": {"rules": rules}, "providers": providers})


def configured(simulator: Simulator, folder: Path) -> dict[str, str]:
    """Environment of a server that drafts with both clouds and the local model."""
    clouds: dict[str, Any] = {
        name: {"style": "openai", "url": simulator.base(name), "models": ["draft-1"]} for name in ("first", "second")
    }
    local = {"style": "ollama", "url": simulator.base("local"), "models": [{"id": "small", "use": "suffix"}]}
    roles = {"draft": ["first/draft-1", "second/draft-1", "local/small"], "refine": []}
    file = folder / "config.yml"
    file.write_text(json.dumps({"providers": clouds | {"local": local}, "roles": roles}))
    return {"FOREDRAFT_CONFIG": str(file), "FOREDRAFT_PREDICTOR__ENABLED": "false"}


def measure(places: int) -> dict[str, object]:
    """All worlds, each with a server of its own."""
    report: dict[str, object] = {}
    healthy: dict[int, int] = {}
    for name in ("healthy", "failing", "down"):
        with tempfile.TemporaryDirectory() as temporary, running(world(name)) as simulator:
            with Editor(FOREDRAFT, Path(temporary) / "home", configured(simulator, Path(temporary))) as editor:
                editor.start()
                time.sleep(3)
                texts = {place: len(text) for place in range(places) if (text := _asked(editor, place))}
            by_provider = Counter(entry.provider for entry in simulator.log)
        healthy = healthy or texts
        report[name] = _row(texts, healthy, places, by_provider)
    return report


def _row(
    texts: Mapping[int, int], healthy: Mapping[int, int], places: int, by_provider: Counter[str]
) -> dict[str, object]:
    both = texts.keys() & healthy.keys()
    return {
        "answered": round(len(texts) / places, 4),
        "of_healthy": round(len(both) / max(1, len(healthy)), 4),
        "characters": sum(texts.values()),
        "characters_of_healthy": round(sum(texts.values()) / max(1, sum(healthy.values())), 4),
        "requests": sum(by_provider.values()),
        "by_provider": dict(by_provider),
    }


def _asked(editor: Editor, place: int) -> str:
    """The text that is there within a second of the ask; "" for none."""
    uri = f"file:///place{place}.py"
    number = place % len(_LINES)
    editor.open(uri, "\n".join([*_HEAD, f"    # {number}", "    ", "", f"# {place}"]))
    time.sleep(0.2)
    began = time.perf_counter()
    params = editor.inline(uri, len(_HEAD) + 1, 4)
    ident, text = editor.ask("textDocument/inlineCompletion", params), ""
    while not text and (left := began + _WITHIN - time.perf_counter()) > 0:
        message = editor.next(left)
        if message is None:
            continue
        if message.get("id") == ident and "method" not in message:
            items = (message.get("result") or {}).get("items") or []
            text = items[0]["insertText"] if items else ""
        elif message.get("method") == "foredraft/refresh":
            ident = editor.ask("textDocument/inlineCompletion", params)
    editor.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
    return text


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="benchmarks.faults", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--places", type=int, default=300)
    parser.add_argument("--json", action="store_true", dest="as_json")
    options = parser.parse_args(arguments)
    report = measure(options.places)
    print(json.dumps(report) if options.as_json else "\n".join(f"{key:10} {value}" for key, value in report.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
