"""`foredraft config`: what is in force, where each value came from, and what is wrong with the files."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from typer import echo

from foredraft.config import Problem, default_file, load
from foredraft.config.options import sections


def show_config(paths: Sequence[Path] | None, env: Mapping[str, str]) -> list[Problem]:
    """Print every option as it counts now with its origin; returns the problems."""
    config, problems = load(paths, env)
    from_files, _ = load(paths, {})
    from_env, _ = load((), env)
    for path in [default_file()] if paths is None else paths:
        echo(f"# {path}{'' if path.exists() else ' (not there)'}")
    for section, model in sections():
        for key in model.model_fields:
            value = json.dumps(getattr(getattr(config, section), key))
            if key in getattr(from_env, section).model_fields_set:
                origin = "environment"
            else:
                origin = "file" if key in getattr(from_files, section).model_fields_set else "default"
            echo(f"{f'{section}.{key}: {value}':<40} # {origin}")
    return problems
