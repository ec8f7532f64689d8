"""Where settings stand: a YAML file, the environment, what an editor sent; each value with its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from foredraft.config.problems import Problem, dotted, shown

ENVIRONMENT_PREFIX = "FOREDRAFT_"
_DEEPEST, _MOST_VALUES = 30, 100_000


@dataclass(frozen=True)
class Place:
    """Where a setting was found; `origin` names it where there is no file."""

    file: Path | None = None
    line: int | None = None
    origin: str = ""

    def problem(self, keys: tuple[str, ...], message: str) -> Problem:
        return Problem(self.file, self.line, f"{self.origin}: {message}" if self.origin else message, keys)


@dataclass(frozen=True)
class Found:
    """A value as it was found: a dict or a list of others, or a single one."""

    value: object
    place: Place

    @property
    def plain(self) -> object:
        """The value without places."""
        if isinstance(self.value, dict):
            return {key: found.plain for key, found in self.value.items()}
        return [found.plain for found in self.value] if isinstance(self.value, list) else self.value


def file_settings(path: Path) -> Iterator[Found | Problem]:
    """All settings of a YAML file as one value; a file that cannot be read is one problem."""
    try:
        root = yaml.compose(path.read_text(encoding="utf-8-sig"), Loader=yaml.SafeLoader)
        reading = _Nodes(path)
        found = reading.found(root, (), 1) if root is not None else None
    except FileNotFoundError:
        yield Problem(path, None, "there is no such file; `foredraft config --example` prints one to start from")
    except OSError as problem:
        yield Problem(path, None, f"it cannot be read ({problem.strerror})")
    except UnicodeDecodeError:
        yield Problem(path, None, "it is not UTF-8 text; save it as UTF-8")
    except (yaml.YAMLError, RecursionError) as problem:
        mark = getattr(problem, "problem_mark", None)
        said = getattr(problem, "problem", None) or "it cannot be parsed"
        yield Problem(path, mark.line + 1 if mark else None, f"this is not YAML: {said}; the whole file is not used")
    else:
        yield from reading.problems
        if found is not None:
            yield found


def environment_settings(env: Mapping[str, str]) -> Iterator[Found | Problem]:
    """FOREDRAFT_A__B=value sets a.b, the value written as in YAML. Variables without `__` are not settings."""
    for name, text in sorted(env.items()):
        keys = tuple(name.removeprefix(ENVIRONMENT_PREFIX).lower().split("__"))
        if not name.startswith(ENVIRONMENT_PREFIX) or len(keys) < 2:
            continue
        place = Place(origin=name)
        try:
            found = plain_settings(yaml.safe_load(text), place)
        except (yaml.YAMLError, RecursionError, ValueError):
            yield place.problem(keys, "this is not a YAML value")
            continue
        for key in reversed(keys):
            found = Found({key: found}, place)
        yield found


def plain_settings(value: object, place: Place, depth: int = _DEEPEST) -> Found:
    """Nested mappings and lists, as JSON brings them. What is very deep stays as it is."""
    if isinstance(value, Mapping) and depth:
        return Found({str(key): plain_settings(one, place, depth - 1) for key, one in value.items()}, place)
    if isinstance(value, list | tuple) and depth:
        return Found([plain_settings(one, place, depth - 1) for one in value], place)
    return Found(value, place)


class _Nodes:
    """One file's nodes, taken as values. Aliases may make few nodes into endlessly many values: that is an error."""

    def __init__(self, path: Path) -> None:
        self.problems: list[Problem] = []
        self._path = path
        self._left = _MOST_VALUES

    def found(self, node: yaml.Node, keys: tuple[str, ...], line: int) -> Found:
        self._left -= 1
        if len(keys) > _DEEPEST or self._left < 0:
            raise RecursionError
        place = Place(self._path, line)
        if isinstance(node, yaml.MappingNode) and node.tag == "tag:yaml.org,2002:map":
            return Found(self._mapping(node, keys), place)
        if isinstance(node, yaml.SequenceNode) and node.tag == "tag:yaml.org,2002:seq":
            items = enumerate(node.value)
            return Found([self.found(one, (*keys, f"[{at}]"), _line(one)) for at, one in items], place)
        return Found(_value(node), place)

    def _mapping(self, node: yaml.MappingNode, keys: tuple[str, ...]) -> dict[str, Found]:
        mapping: dict[str, Found] = {}
        for key_node, value_node in node.value:
            line = _line(key_node)
            key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else "?"
            if key in mapping:
                message = f"{dotted((*keys, shown(key)))} is set twice; the last one counts"
                self.problems.append(Problem(self._path, line, message, (*keys, key)))
            mapping[key] = self.found(value_node, (*keys, key), line)
        return mapping


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _value(node: yaml.Node) -> object:
    """What a node means; its text where YAML's own types cannot say (a tag, an impossible date)."""
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_document(node)
    except (yaml.YAMLError, ValueError, RecursionError):
        return f"{node.tag} {node.value}" if isinstance(node, yaml.ScalarNode) else node.tag
    finally:
        loader.dispose()
