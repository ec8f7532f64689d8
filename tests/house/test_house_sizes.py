"""Files and functions stay small. What is long is a question first (the report after `make check`), a failure later."""

from __future__ import annotations

import ast
import statistics
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "server" / "foredraft"
FILE, FILE_MEDIAN, FUNCTION = 350, 150, 70


def test_files_are_small():
    lines = {str(path.relative_to(SOURCE)): path.read_text().count("\n") for path in SOURCE.rglob("*.py")}
    assert not {path: count for path, count in lines.items() if count > FILE}
    assert statistics.median(lines.values()) <= FILE_MEDIAN


def test_functions_are_short():
    lines = {
        f"{path.relative_to(SOURCE)} {node.name}": node.end_lineno - node.lineno + 1
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno
    }
    assert not {name: count for name, count in lines.items() if count > FUNCTION}
