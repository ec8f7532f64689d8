"""How large files and functions are: `python house_sizes.py` prints what is long, as a question to the reader."""

from __future__ import annotations

import ast
import statistics
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "server" / "foredraft"
LONG_FILE, LONG_FUNCTION = 250, 50


def files() -> dict[str, int]:
    """Lines of each file."""
    return {str(path.relative_to(SOURCE)): path.read_text().count("\n") for path in sorted(SOURCE.rglob("*.py"))}


def functions() -> dict[str, int]:
    """Lines of each function, by file and name."""
    return {
        f"{path.relative_to(SOURCE)}:{node.lineno} {node.name}": node.end_lineno - node.lineno + 1
        for path in sorted(SOURCE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno
    }


def report() -> str:
    """One line for files and one for functions."""
    long = [f"{name} {count}" for name, count in files().items() if count > LONG_FILE]
    wide = [f"{name} {count}" for name, count in functions().items() if count > LONG_FUNCTION]
    middle = statistics.median(files().values())
    return (
        f"{len(files())} files, {middle:.0f} lines in the middle; over {LONG_FILE}: {', '.join(long) or 'none'}\n"
        f"functions over {LONG_FUNCTION} lines: {', '.join(wide) or 'none'}"
    )


if __name__ == "__main__":
    print(report())
