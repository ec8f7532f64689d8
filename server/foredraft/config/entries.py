"""Where settings stand: a YAML file, the environment, what an editor sent; single settings with their place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from foredraft.config.problems import Problem, shown

ENVIRONMENT_PREFIX = "FOREDRAFT_"


@dataclass(frozen=True)
class Entry:
    """One setting as it was found: `keys` lead to it from the top, `origin` names it where there is no file."""

    keys: tuple[str, ...]
    value: object
    file: Path | None = None
    line: int | None = None
    origin: str = ""

    def problem(self, message: str) -> Problem:
        return Problem(self.file, self.line, f"{self.origin}: {message}" if self.origin else message)


def file_entries(path: Path) -> Iterator[Entry | Problem]:
    """The settings in a YAML file, in its order; a file that cannot be read is one problem."""
    try:
        root = yaml.compose(path.read_text(encoding="utf-8-sig"), Loader=yaml.SafeLoader)
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
        if root is not None:
            yield from _below(root, (), path)


def environment_entries(env: Mapping[str, str]) -> Iterator[Entry | Problem]:
    """FOREDRAFT_A__B=value sets a.b, the value written as in YAML. Variables without `__` are not settings."""
    for name, text in sorted(env.items()):
        keys = name.removeprefix(ENVIRONMENT_PREFIX).lower().split("__")
        if not name.startswith(ENVIRONMENT_PREFIX) or len(keys) < 2:
            continue
        try:
            yield Entry(tuple(keys), yaml.safe_load(text), origin=name)
        except (yaml.YAMLError, RecursionError, ValueError):
            yield Problem(None, None, f"{name}: {shown(text)} is not a YAML value")


def plain_entries(settings: object, origin: str) -> Iterator[Entry | Problem]:
    """The settings in nested mappings, as JSON brings them."""
    if not isinstance(settings, Mapping):
        yield Problem(None, None, f"{origin}: {shown(settings)} is no group of settings")
        return
    for section, value in settings.items():
        if isinstance(value, Mapping):
            for key, leaf in value.items():
                yield Entry((str(section), str(key)), leaf, origin=origin)
        else:
            yield Entry((str(section),), value, origin=origin)


def _below(node: yaml.Node, keys: tuple[str, ...], path: Path) -> Iterator[Entry | Problem]:
    """The settings below a node of the file, two levels deep at most; a lower one is a value."""
    if not isinstance(node, yaml.MappingNode):
        message = f"{shown(_value(node))} is no group of settings; write for example `inline:` and its options below"
        yield Problem(path, node.start_mark.line + 1, message)
        return
    seen: set[str] = set()
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else "?"
        if key in seen:
            yield Problem(path, line, f"{'.'.join((*keys, key))} is set twice; the last one counts")
        seen.add(key)
        if not keys and isinstance(value_node, yaml.MappingNode):
            yield from _below(value_node, (key,), path)
        elif keys or value_node.tag != "tag:yaml.org,2002:null":  # a group whose options are all commented out
            yield Entry((*keys, key), _value(value_node), path, line)


def _value(node: yaml.Node) -> object:
    """What a node means; its text where YAML's own types cannot say (a tag, an impossible date)."""
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_document(node)
    except (yaml.YAMLError, ValueError, RecursionError):
        return f"{node.tag} {node.value}" if isinstance(node, yaml.ScalarNode) else node.tag
    finally:
        loader.dispose()
