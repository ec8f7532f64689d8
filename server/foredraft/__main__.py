"""`foredraft` and `python -m foredraft`: without arguments a language server at once, else the command line."""

from __future__ import annotations

import gc
import os
import sys


def main() -> None:
    """Carry out this process's command line; ends the process."""
    file = _file_to_serve_with(sys.argv[1:])
    if file is not None:
        if file:
            os.environ["FOREDRAFT_CONFIG"] = os.path.abspath(file)  # noqa: PTH100 (pathlib takes a while to import)
        gc.disable()  # nothing of what the imports make is garbage; the server enables it again
        from foredraft.lsp.serve import serve

        serve()
    else:
        from foredraft.cli.main import main as command_line

        sys.exit(command_line(sys.argv[1:]))


def _file_to_serve_with(arguments: list[str]) -> str | None:
    """The config file that the server is started with, empty for the user's own; None: this is for the command line,
    which takes a while to import."""
    match arguments:
        case ["--stdio"]:
            return ""
        case ["--config", file] | ["--config", file, "--stdio"] | ["--stdio", "--config", file] if file:
            return file if "--stdio" in arguments or not _at_a_terminal() else None
        case []:
            return None if _at_a_terminal() else ""
    return None


def _at_a_terminal() -> bool:
    """A person started it, who should be told what it is for: an editor's pipe is no terminal."""
    return sys.stdin is not None and sys.stdin.isatty()


if __name__ == "__main__":
    main()
