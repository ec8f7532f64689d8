"""`foredraft` and `python -m foredraft`: without arguments a language server at once, else the command line."""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """Carry out this process's command line; ends the process."""
    if sys.argv[1:] in ([], ["--stdio"]):
        gc.disable()  # nothing of what the imports make is garbage; the server enables it again
        from foredraft.lsp.serve import serve

        serve()
    else:
        from foredraft.cli.main import main as command_line

        sys.exit(command_line(sys.argv[1:]))


if __name__ == "__main__":
    main()
