"""From a scenario file to a scenario, or to words that say where it is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from foredraft.errors import ForedraftError
from foredraft.replay.simulator.scenario import Scenario

PACKAGED = Path(__file__).with_name("scenarios")


class ScenarioError(ForedraftError):
    """A scenario that cannot be used: one line for each thing that is wrong, with its place."""


def packaged_scenarios() -> list[str]:
    """The names of the scenarios that come with Foredraft."""
    return sorted(path.stem for path in PACKAGED.glob("*.yml"))


def read_scenario(path: Path | str) -> Scenario:
    """The scenario in a YAML or JSON file, or a packaged one by its name; ScenarioError if it is none."""
    file = Path(path)
    if not file.exists() and str(path) in packaged_scenarios():
        file = PACKAGED / f"{path}.yml"
    try:
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        names = ", ".join(packaged_scenarios())
        raise ScenarioError(f"{path}: there is no such file; the scenarios that come along: {names}") from None
    except OSError as problem:
        raise ScenarioError(f"{path}: it cannot be read ({problem.strerror})") from None
    except UnicodeDecodeError:
        raise ScenarioError(f"{path}: it is not UTF-8 text; save it as UTF-8") from None
    return parse_scenario(text, str(file), file.parent)


def parse_scenario(text: str, name: str = "scenario", folder: Path = Path()) -> Scenario:
    """The scenario in YAML or JSON text; `name` is what errors call it, `folder` where `paths` of files begin."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as problem:
        mark = getattr(problem, "problem_mark", None)
        said = getattr(problem, "problem", None) or "it cannot be parsed"
        raise ScenarioError(f"{name}{f':{mark.line + 1}' if mark else ''}: this is not YAML: {said}") from None
    if not isinstance(data, Mapping):
        raise ScenarioError(f"{name}: a scenario is a group of settings; it begins with `providers:`")
    try:
        return Scenario.model_validate({"folder": folder, **data})
    except ValidationError as problem:
        lines = [_line(error, root, name) for error in problem.errors()]
        raise ScenarioError("\n".join(lines)) from None


def _line(error: Any, root: yaml.Node | None, name: str) -> str:
    """One thing that is wrong: file:line, the path to it, and what it should be."""
    keys = [key for key in error["loc"] if key not in {"bool", "Down", "float", "str"}]
    message = str(error["msg"]).removeprefix("Value error, ")
    line = _place(root, keys)
    if error["type"] == "extra_forbidden":
        message = "there is no such setting here (the simulator's README lists them)"
    where = ".".join(str(key) for key in keys)
    return f"{name}{f':{line}' if line else ''}: {f'{where}: ' if where else ''}{message}"


def _place(node: yaml.Node | None, keys: list[Any]) -> int | None:
    """The line on which the setting at the end of `keys` stands, or what there is of the way to it."""
    line = None
    for key in keys:
        if isinstance(node, yaml.MappingNode):
            found = next(((name, value) for name, value in node.value if name.value == str(key)), None)
            if found is None:
                return line
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
            node = node.value[key]
            line = node.start_mark.line + 1
        else:
            return line
    return line
