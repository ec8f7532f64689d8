"""The commands, as the user sees them; each one's work is in its own file."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

import foredraft
from foredraft.cli.key import key_app
from foredraft.config import FILE_VARIABLE, Config, Problem, load
from foredraft.config.keys import redact
from foredraft.errors import ForedraftError

app = typer.Typer(
    name="foredraft",
    add_completion=False,
    invoke_without_command=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="See it work: [bold]foredraft try[/bold]. Set an editor up: the README, or editors/ in the source.",
)

app.add_typer(key_app, name="key")

_HINT = """\
foredraft is a language server: an editor starts it and talks to it on stdin and stdout.
`foredraft try` shows what it does, `foredraft --help` lists the commands, the README tells how to set an editor up."""

_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]


def main(argv: Sequence[str]) -> int:
    """Carry out a command line (without the program's name). Returns 0 done, 1 not done, 2 a wrong command line."""
    try:
        app(args=list(argv), prog_name="foredraft")
    except ForedraftError as error:
        typer.echo(redact(str(error)), err=True)
        return 2
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


@app.callback()
def root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and end.", is_eager=True)] = False,
    stdio: Annotated[bool, typer.Option("--stdio", help="Serve an editor on stdin and stdout (the default).")] = False,
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Read this config file instead of your own.")
    ] = None,
) -> None:
    """Inline completions from your own workspace: no key, no network.

    Without a command [bold]foredraft[/bold] is a language server: an editor starts it and talks to it on stdin and
    stdout. The commands below ask the same engine from a terminal.
    """
    if version:
        typer.echo(f"foredraft {foredraft.__version__}")
        raise typer.Exit
    if config is not None:
        os.environ[FILE_VARIABLE] = str(config.absolute())
    if context.invoked_subcommand is not None:
        return
    if sys.stdin.isatty() and not stdio:
        typer.echo(_HINT, err=True)
        raise typer.Exit(2)
    from foredraft.lsp.serve import serve

    serve()


@app.command("try", epilog="Examples: [bold]foredraft try[/bold]; [bold]foredraft try src/app.py:40[/bold]")
def try_command(
    place: Annotated[str | None, typer.Argument(metavar="[FILE[:LINE[:COL]]]", show_default=False)] = None,
    json: _Json = False,
) -> None:
    """See completions at real places of a file, next to what really stands there.

    Lines of the file are cut in the middle of a word, all at once, so that the rest of none can be looked up.
    Without a file, one of Foredraft's own is taken.
    """
    from foredraft.cli.try_out import try_out

    try_out(place, _config(), json)


@app.command("ask", epilog="Example: [bold]foredraft ask src/app.py:40:17 --why[/bold]")
def ask_command(
    place: Annotated[str, typer.Argument(metavar="FILE:LINE:COL", help="Both count from 1.", show_default=False)],
    json: _Json = False,
    why: Annotated[bool, typer.Option("--why", help="Also tell how the answer came about.")] = False,
) -> None:
    """Print what an editor with the cursor at this place would be offered."""
    from foredraft.cli.ask import ask

    ask(place, _config(), json, why)


@app.command("doctor", epilog="Example: [bold]foredraft doctor --no-ask[/bold]")
def doctor_command(
    ask: Annotated[
        bool, typer.Option("--ask/--no-ask", help="Ask each model that has a role for a few tokens of harmless code.")
    ] = True,
    json: _Json = False,
) -> None:
    """Check what is configured: which providers can be reached, which models answer, who rests, and what to do.

    Ends with 1 if something is to be done. JSON: `providers` (each with name, urls, tier, reached, detail, listed, and
    models: name, roles, state, detail, first_ms), `problems`, `blocked`, `resting`, `budget`, `keys`, `config`,
    `notes`, `well`.
    """
    from foredraft.cli.doctor import doctor

    config, problems = load(None, os.environ)
    if not doctor(config, problems, ask, json):
        raise typer.Exit(1)


@app.command("config", epilog="Start a file: [bold]foredraft config --example > config.yml[/bold]")
def config_command(
    example: Annotated[bool, typer.Option("--example", help="Print every option with its default and why.")] = False,
    json: _Json = False,
) -> None:
    """Show the options in force, where each came from, and what is wrong with your config file.

    JSON: `file`, `exists`, `options` (by name: value, origin), `blocked`, `problems`.
    """
    from foredraft.cli.example import example as example_text
    from foredraft.cli.show_config import show_config

    if example:
        typer.echo(example_text(), nl=False)
    elif _tell(show_config(os.environ, json)):
        raise typer.Exit(1)


def _config() -> Config:
    config, problems = load(None, os.environ)
    _tell(problems)
    return config


def _tell(problems: list[Problem]) -> bool:
    for problem in problems:
        typer.echo(problem, err=True)
    return bool(problems)
