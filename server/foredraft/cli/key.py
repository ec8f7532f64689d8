"""`foredraft key`: keys of providers in the system's keyring.

A key is read from a prompt or stdin, never from the command line: other processes and the shell's history would see it.
"""

from __future__ import annotations

import json as json_text
import os
import sys
from typing import Annotated

import typer

from foredraft.config import load
from foredraft.config.keys import Key, forget, from_keyring, store, variables
from foredraft.config.problems import Problem
from foredraft.config.providers import is_provider
from foredraft.errors import UsageError

key_app = typer.Typer(help="Keep providers' keys in the system's keyring.", no_args_is_help=True)

_Provider = Annotated[str, typer.Argument(metavar="PROVIDER", help="Such as groq.", show_default=False)]


@key_app.command(
    "set", context_settings={"allow_extra_args": True}, epilog="Example: [bold]foredraft key set groq[/bold]"
)
def set_command(context: typer.Context, provider: _Provider) -> None:
    """Keep a provider's key in the keyring; it is asked for, or read from stdin."""
    if context.args:
        raise UsageError("Give the key on stdin or when asked, not on the command line: there others can read it.")
    name = _name(provider)
    try:
        key = Key(
            typer.prompt(f"Key of {name}", hide_input=True, err=True) if sys.stdin.isatty() else sys.stdin.readline()
        )
    except ValueError as error:
        raise UsageError(f"That is not kept: {error}.") from None
    _end(store(name, key), f"The keyring has the key of {name} now.")
    config, _ = load(None, os.environ)
    if name not in config.providers:
        typer.echo(f"So that it is looked for there, name the provider in your config: `providers: {{{name}: {{}}}}`.")


@key_app.command("delete")
def delete_command(provider: _Provider) -> None:
    """Take a provider's key out of the keyring."""
    name = _name(provider)
    _end(forget(name), f"The keyring has no key of {name} any more.")


@key_app.command("list")
def list_command(
    json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object: keys (provider, variables, in), problems.")
    ] = False,
) -> None:
    """Tell where each provider's key is: in the environment, in the keyring or nowhere. No key is shown."""
    config, _ = load(None, os.environ)
    names = variables(config)
    there = {name for name, each in names.items() if any(os.environ.get(one, "").strip() for one in each)}
    asked = sorted((names.keys() | config.providers.keys()) - there)
    kept, problems = from_keyring(asked)
    rows = [(name, names.get(name, ()), _place(name, there, kept)) for name in sorted({*asked, *there})]
    if json:
        told = [{"provider": name, "variables": each, "in": place} for name, each, place in rows]
        typer.echo(json_text.dumps({"keys": told, "problems": list(map(str, problems))}))
        return
    for name, each, place in rows:
        typer.echo(f"{name:<14} {place or 'none':<12} {', '.join(each)}".rstrip())
    for problem in problems:
        typer.echo(problem, err=True)


def _place(name: str, there: set[str], kept: dict[str, Key]) -> str | None:
    return "environment" if name in there else "keyring" if name in kept else None


def _name(provider: str) -> str:
    name = provider.lower()
    if not is_provider(name):
        raise UsageError("A provider's name is made of small letters, digits, `.`, `-` and single `_`, such as groq.")
    return name


def _end(problem: Problem | None, done: str) -> None:
    if problem is not None:
        typer.echo(problem, err=True)
        raise typer.Exit(1)
    typer.echo(done)
