"""`foredraft config`: what is in force, where each value came from, and what is wrong with the files."""

from __future__ import annotations

import json
from collections.abc import Mapping

from typer import echo

from foredraft.config import Problem, load, user_file
from foredraft.config.options import sections


def show_config(env: Mapping[str, str]) -> list[Problem]:
    """Print every option as it counts now with its origin; returns the problems."""
    file = user_file(env)
    config, problems = load(None, env)
    from_file, _ = load([file] if file.exists() else [], {})
    from_env, _ = load([], env)
    echo(f"# {file}{'' if file.exists() else ' (not there)'}")
    for section, model in sections():
        for key in model.model_fields:
            value = json.dumps(getattr(getattr(config, section), key))
            if key in getattr(from_env, section).model_fields_set:
                origin = "environment"
            else:
                origin = "file" if key in getattr(from_file, section).model_fields_set else "default"
            echo(f"{f'{section}.{key}: {value}':<40} # {origin}")
    return problems
