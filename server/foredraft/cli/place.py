"""A place in a real file as a user names it, `FILE[:LINE[:COL]]` counted from 1, checked against the file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from foredraft.errors import UsageError
from foredraft.text.document import Document, Position

_FORM = re.compile(r"(?P<file>.+?)(?::(?P<line>\d+)(?::(?P<column>\d+))?)?", re.DOTALL)
_LANGUAGES = {
    "c": "c", "cc": "cpp", "cpp": "cpp", "cs": "csharp", "css": "css", "ex": "elixir", "go": "go", "h": "c",
    "hpp": "cpp", "hs": "haskell", "html": "html", "java": "java", "js": "javascript", "json": "json",
    "jsx": "javascriptreact", "kt": "kotlin", "lua": "lua", "md": "markdown", "php": "php", "pl": "perl",
    "py": "python", "pyi": "python", "rb": "ruby", "rs": "rust", "scala": "scala", "sh": "shellscript",
    "sql": "sql", "swift": "swift", "toml": "toml", "ts": "typescript", "tsx": "typescriptreact",
    "yaml": "yaml", "yml": "yaml", "zig": "zig",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """A file that was read, and where in it: zero-based; None where the user named no line or no column."""

    path: Path
    document: Document
    line: int | None
    column: int | None

    def cursor(self) -> Position:
        """The named place; the end of its line where no column, of the file where no line was named."""
        line = self.document.line_count - 1 if self.line is None else self.line
        return Position(line, len(self.document.line(line)) if self.column is None else self.column)


def parse(text: str) -> Place:
    """Read the file that `text` names and check the place; UsageError says what is wrong with it."""
    form = _FORM.fullmatch(text)
    if Path(text).is_file() or form is None:
        name, line, column = text, None, None
    else:
        name, line, column = form["file"], form["line"], form["column"]
    path = Path(name).absolute()
    document = Document.of(path.as_uri(), _LANGUAGES.get(path.suffix[1:].lower(), "plaintext"), 1, _read(path, name))
    return Place(path, document, *_checked(document, name, line, column))


def folder_of(path: Path) -> Path | None:
    """What to index for a file: the git checkout it is in, else its folder; None if that is a whole home or disk."""
    for folder in path.parents:
        if (folder / ".git").exists():
            return folder
    folder = path.parent
    return None if folder in (Path.home(), Path(folder.anchor)) else folder


def _read(path: Path, name: str) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise UsageError(f"There is no file {name}. Give a place as FILE:LINE:COL, for example app.py:12:9.") from None
    except IsADirectoryError:
        raise UsageError(f"{name} is a folder. Give a file in it.") from None
    except UnicodeDecodeError:
        raise UsageError(f"{name} is not UTF-8 text, so there is nothing to complete in it.") from None
    except OSError as problem:
        raise UsageError(f"{name} cannot be read: {problem.strerror}.") from None


def _checked(document: Document, name: str, line: str | None, column: str | None) -> tuple[int | None, int | None]:
    if line is None:
        return None, None
    row = int(line) - 1
    if not 0 <= row < document.line_count:
        raise UsageError(f"{name} has no line {line}: its lines are 1 to {document.line_count}.")
    if column is None:
        return row, None
    end = len(document.line(row)) + 1
    if not 1 <= int(column) <= end:
        raise UsageError(
            f"Line {line} of {name} has no column {column}: its columns are 1 to {end}, the end of the line."
        )
    return row, int(column) - 1
