"""A report of sizes after the rules of the house: a question to the reader, not a verdict."""

from __future__ import annotations

import statistics
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "server" / "foredraft"
QUESTION = 250


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    lines = {path.relative_to(SOURCE): path.read_text().count("\n") for path in sorted(SOURCE.rglob("*.py"))}
    long = ", ".join(f"{path} {count}" for path, count in lines.items() if count > QUESTION)
    middle = statistics.median(lines.values())
    terminalreporter.write_line(
        f"{len(lines)} files, {middle:.0f} lines in the middle; over {QUESTION}: {long or 'none'}"
    )
