"""What does a working day cost? From what one session of typing against a provider took, at list prices.

    python -m benchmarks.working_day REPORT.json [--shown N] [--draft MODEL] [--refine MODEL] [--json]

REPORT is what `python -m benchmarks.models --json` printed. A day is 1,500 shown suggestions; its requests, prompts and
answers are those of the session in proportion, each model's at the given model's list price, no prompt cached.

JSON: `usd`, `requests`, `tokens`, `by_model`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from foredraft.models.known import known_providers


def measure(report: dict[str, object], shown: int, names: dict[str, str]) -> dict[str, object]:
    """`names`: the model whose price is taken, for each model of the session."""
    times = shown / float(report["shown"])  # type: ignore[arg-type]
    rows: dict[str, dict[str, float]] = {}
    for session, row in report["by_model"].items():  # type: ignore[attr-defined]
        provider, _, ident = names[session.split("/")[0]].partition("/")
        price = next(entry.price for entry in known_providers()[provider].models if entry.id == ident)
        assert price is not None, f"{ident} has no list price"
        usd = times * (row["prompt"] * price.input + row["answer"] * price.output) / 1e6
        rows[f"{provider}/{ident}"] = {"requests": round(times * row["requests"]), "usd": round(usd, 4)}
    tokens = times * sum(row["prompt"] + row["answer"] for row in report["by_model"].values())  # type: ignore[attr-defined]
    return {
        "usd": round(sum(row["usd"] for row in rows.values()), 4),
        "requests": sum(int(row["requests"]) for row in rows.values()),
        "tokens": round(tokens),
        "by_model": rows,
    }


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="benchmarks.working_day", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("report", type=Path)
    parser.add_argument("--shown", type=int, default=1500)
    parser.add_argument("--draft", default="groq/openai/gpt-oss-20b")
    parser.add_argument("--refine", default="deepseek/deepseek-flash")
    parser.add_argument("--json", action="store_true", dest="as_json")
    options = parser.parse_args(arguments)
    report = json.loads(options.report.read_text())
    told = measure(report, options.shown, {"drafting": options.draft, "refining": options.refine})
    print(json.dumps(told) if options.as_json else "\n".join(f"{key:10} {value}" for key, value in told.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
