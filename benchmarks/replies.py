"""How much does the server add to a provider's own time, and how soon does it let a connection go?

    python -m benchmarks.replies [--rounds N] [--json]

A real server over stdio, its predictor switched off, against the simulator. Each round asks at the start of a new line,
where no delay is added.

JSON, in milliseconds, {p50, p99} each: `added`, the reply's time less the provider's own (from the request's arrival to
the last byte of the line); `contradicted`, from a key that contradicts what has streamed to the provider's socket being
closed; `elsewhere`, the same from a change at another place; `cancelled`, from `$/cancelRequest` without a successor
(the grace period of up to 400 ms included). `second_requests`: keys that agree with the stream and were followed by
another request (none should be), of `agreeing`.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from benchmarks.editor import FOREDRAFT, Editor
from benchmarks.figures import spread
from benchmarks.models import DRAFT, REFINE, configured, running
from foredraft.replay.simulator import Entry, Scenario, Simulator

_LINE = "    total = first_value + second_value * third_value - fourth_value"
_HEAD = ["def compute(first_value, second_value, third_value, fourth_value):", '    """Sum them up."""']
T = TypeVar("T")
_QUICK, _SLOW = (120.0, 400.0), (30.0, 12.0)


def measure(rounds: int) -> dict[str, object]:
    """All of it, one server for the quick and one for the slow provider."""
    report: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as temporary:
        with _Desk(Path(temporary) / "quick", *_QUICK) as desk:
            report["added"] = spread([desk.added() for _ in range(rounds)])
        with _Desk(Path(temporary) / "slow", *_SLOW) as desk:
            report["contradicted"] = spread([desk.closed_by(desk.contradict) for _ in range(rounds)])
            report["elsewhere"] = spread([desk.closed_by(desk.go_elsewhere) for _ in range(rounds)])
            report["cancelled"] = spread([desk.closed_by(desk.cancel) for _ in range(rounds)])
            report["agreeing"] = rounds
            report["second_requests"] = sum(desk.agree() for _ in range(rounds))
    return report


class _Desk:
    """A server, a provider of so many milliseconds to the first token and tokens a second, and one document."""

    def __init__(self, folder: Path, first_token: float, speed: float) -> None:
        folder.mkdir()
        latency = {"first_token_ms": first_token, "tokens_per_second": speed}
        answers = {"text": _LINE.strip() + "\n"}
        providers = {
            name: {"style": "openai", "models": [{"id": model}]}
            for name, model in (("drafting", DRAFT), ("refining", REFINE))
        }
        scenario = Scenario.model_validate({"latency": latency, "answers": answers, "providers": providers})
        self._running = running(scenario)
        self._simulator: Simulator = self._running.__enter__()
        settings = configured(self._simulator, folder, refine=False) | {"FOREDRAFT_PREDICTOR__ENABLED": "false"}
        self._editor = Editor(FOREDRAFT, folder / "home", settings)
        self._uri, self._documents, self._version, self._ident = "", 0, 1, 0

    def __enter__(self) -> _Desk:
        self._editor.start()
        end = time.monotonic() + 30
        while not self._asked() and time.monotonic() < end:  # the models are there a moment after the start
            self._new_line()
            self._editor.call("textDocument/inlineCompletion", self._editor.inline(self._uri, len(_HEAD), 4))
        return self

    def __exit__(self, *error: object) -> None:
        self._editor.__exit__(None, None, None)
        self._running.__exit__(None, None, None)

    def added(self) -> float:
        """Seconds of one reply less the provider's own."""
        self._new_line()
        seen = len(self._asked())
        took, result = self._editor.timed(
            "textDocument/inlineCompletion", self._editor.inline(self._uri, len(_HEAD), 4)
        )
        if not result or not result["items"]:
            raise SystemExit("an ask got no text")
        entry = self._wait(lambda: self._asked()[seen] if len(self._asked()) > seen else None)
        self._wait(lambda: entry.ended_at or entry.closed_at)
        assert entry.last_byte_at is not None
        return took - (entry.last_byte_at - entry.at)

    def closed_by(self, act: Callable[[], None]) -> float:
        """Seconds from `act`, done while the answer streams, to the provider's socket being closed."""
        entry = self._streaming()
        began = time.monotonic()
        act()
        self._wait(lambda: entry.closed_at or entry.ended_at)
        if entry.closed_at is None:
            raise SystemExit(f"{act.__name__}: the connection was not closed")
        return entry.closed_at - began

    def contradict(self) -> None:
        self._put(len(_HEAD), 4, "z")

    def go_elsewhere(self) -> None:
        self._put(0, 0, "# ")

    def cancel(self) -> None:
        self._editor.notify("$/cancelRequest", {"id": self._ident})

    def agree(self) -> bool:
        """Type along with the stream; whether that led to another request."""
        self._streaming()
        seen = len(self._asked())
        for column, key in enumerate(_LINE.strip()[:3], 4):
            self._put(len(_HEAD), column, key)
            self._ident = self._editor.ask(
                "textDocument/inlineCompletion", self._editor.inline(self._uri, len(_HEAD), column + 1)
            )
            time.sleep(0.03)
        self._editor.answer(self._ident)
        return len(self._asked()) > seen

    def _streaming(self) -> Entry:
        """Ask at a new line, and wait until the answer has begun."""
        self._new_line()
        seen = len(self._asked())
        self._ident = self._editor.ask("textDocument/inlineCompletion", self._editor.inline(self._uri, len(_HEAD), 4))
        entry = self._wait(lambda: self._asked()[seen] if len(self._asked()) > seen else None)
        self._wait(lambda: entry.first_token_at)
        return entry

    def _new_line(self) -> None:
        """Another document, with the cursor in an empty line of it: nothing that was answered before fits here."""
        self._editor.drain()
        if self._uri:
            self._editor.notify("textDocument/didClose", {"textDocument": {"uri": self._uri}})
        self._documents += 1
        self._uri, self._version = f"file:///compute{self._documents}.py", 1
        self._editor.open(self._uri, "\n".join([*_HEAD, "    ", f"# {self._documents}"]))
        time.sleep(0.05)

    def _put(self, line: int, column: int, text: str) -> None:
        self._version += 1
        self._editor.change(self._uri, self._version, line, column, line, column, text)

    def _asked(self) -> list[Entry]:
        return list(self._simulator.log)

    def _wait(self, look: Callable[[], T | None]) -> T:
        end = time.monotonic() + 15
        while (found := look()) is None or found is False:
            if time.monotonic() > end:
                raise SystemExit("the provider saw nothing of that within 15 s")
            time.sleep(0.001)
        return found


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="benchmarks.replies", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--json", action="store_true", dest="as_json")
    options = parser.parse_args(arguments)
    report = measure(options.rounds)
    print(json.dumps(report) if options.as_json else "\n".join(f"{key:16} {value}" for key, value in report.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
