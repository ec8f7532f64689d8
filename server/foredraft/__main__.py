"""`foredraft` and `python -m foredraft`: without arguments a language server at once, else the command line."""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """Carry out this process's command line; ends the process."""
    if sys.argv[1:] == ["--stdio"] or (len(sys.argv) == 1 and not _at_a_terminal()):
        gc.disable()  # nothing of what the imports make is garbage; the server enables it again
        from foredraft.lsp.serve import serve

        serve()
    else:
        from foredraft.cli.main import main as command_line

        sys.exit(command_line(sys.argv[1:]))


def _at_a_terminal() -> bool:
    """A person started it, who should be told what it is for: an editor's pipe is no terminal."""
    return sys.stdin is not None and sys.stdin.isatty()


if __name__ == "__main__":
    main()
