"""The rules of the house, as tables: who may import whom, which rooms are pure, what has no place here."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "server" / "foredraft"

FLOORS = (  # lowest first; a room imports itself and what is on a lower floor
    {"text"},
    {"predictor", "questions"},
    {"models"},
    {"privacy"},
    {"orchestra", "memory", "workspace"},
    {"engine"},
    {"session"},
    {"app"},
    {"lsp", "cli", "replay"},
)
ANYWHERE = {"config", "errors"}
ALSO_ALLOWED = {
    ("predictor", "questions"),
    ("questions", "predictor"),
    ("orchestra", "memory"),
    ("orchestra", "workspace"),
    ("cli", "lsp"),
    ("cli", "replay"),
}
COMPOSE = {"app", "__main__"}  # these two wire everything together
ONLY_IN = {
    "pygls": {"lsp"},
    "lsprotocol": {"lsp"},
    "detect_secrets": {"privacy"},
    "diskcache": {"memory"},
    "filelock": {"memory", "workspace"},
    "h11": {"replay"},
    "httpx": {"models"},
    "keyring": {"config"},
    "ollama": {"models"},
    "tree_sitter": {"orchestra"},
    "typer": {"cli"},
    "redis": {"memory"},
    "rich": {"cli"},
    "sqlite3": {"memory"},
    "yaml": {"config", "replay"},
    "pydantic": {"config", "replay"},
}
NOWHERE = {
    "pickle",
    "marshal",
    "shelve",
    "dill",
    "requests",
    "urllib.request",
    "http",
    "socketserver",
    "ftplib",
}
PURE = {"text", "questions", "predictor"}
IMPURE = {
    "asyncio", "concurrent", "datetime", "glob", "http", "io", "logging", "mmap", "multiprocessing", "os",
    "pathlib", "random", "secrets", "select", "shutil", "signal", "socket", "sqlite3", "subprocess", "tempfile",
    "threading", "time", "urllib",
}  # fmt: skip
FILE_CALLS = {"open", "load", "save", "savez", "memmap", "fromfile", "tofile"}


@dataclass(frozen=True)
class Module:
    """A source file, parsed."""

    path: Path
    name: str
    tree: ast.Module

    @property
    def room(self) -> str:
        parts = self.name.split(".")
        return parts[1] if len(parts) > 1 else "foredraft"

    def imports(self) -> Iterator[tuple[str, int]]:
        """Absolute names of what is imported, each with its line."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((alias.name, node.lineno) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{self.path}:{node.lineno}: imports are written in full"
                yield node.module or "", node.lineno
                if node.module == "foredraft":  # `from foredraft import session`, but not `import __version__`
                    names = [alias.name for alias in node.names if any(SOURCE.glob(f"{alias.name}*"))]
                    yield from ((f"foredraft.{name}", node.lineno) for name in names)

    def calls(self) -> Iterator[tuple[str, str, int]]:
        """(object, name, line) of each call: ("np", "load", 7), ("", "open", 9)."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                if isinstance(node.func, ast.Name):
                    yield "", node.func.id, node.lineno
                elif isinstance(node.func, ast.Attribute):
                    yield getattr(node.func.value, "id", "?"), node.func.attr, node.lineno


def read(path: Path) -> Module:
    name = ".".join(["foredraft", *path.relative_to(SOURCE).with_suffix("").parts]).removesuffix(".__init__")
    return Module(path, name, ast.parse(path.read_text()))


MODULES = [read(path) for path in sorted(SOURCE.rglob("*.py"))]


def floor(room: str) -> int | None:
    return next((level for level, rooms in enumerate(FLOORS) if room in rooms), None)


def may_import(here: str, there: str) -> bool:
    if there in ANYWHERE | {here, "foredraft"} or here in COMPOSE or (here, there) in ALSO_ALLOWED:
        return True
    ours, theirs = floor(here), floor(there)
    return ours is not None and theirs is not None and theirs < ours


def test_imports_point_downwards():
    wrong = [
        f"{module.path}:{line}: {module.room} imports {name}"
        for module in MODULES
        for name, line in module.imports()
        if name.startswith("foredraft.") and not may_import(module.room, name.split(".")[1])
    ]
    assert not wrong


def test_libraries_stay_in_their_rooms():
    wrong = []
    for module in MODULES:
        for name, line in module.imports():
            top = name.split(".")[0]
            if {top, name} & NOWHERE or module.room not in ONLY_IN.get(top, {module.room}):
                wrong.append(f"{module.path}:{line}: {name} belongs in {ONLY_IN.get(top, 'no room')}")
    assert not wrong


def test_pure_rooms_take_values_and_give_values():
    wrong = []
    for module in MODULES:
        if module.room in PURE:
            wrong += [
                f"{module.path}:{line}: {name}" for name, line in module.imports() if name.split(".")[0] in IMPURE
            ]
            wrong += [
                f"{module.path}:{line}: {owner}.{name}()"
                for owner, name, line in module.calls()
                if (name in FILE_CALLS and owner in {"np", "numpy"}) or (name == "open" and not owner)
            ]
    assert not wrong


def test_nothing_prints():
    """Stdout belongs to the protocol's frames; the commands speak through typer and rich."""
    assert not [
        f"{m.path}:{line}" for m in MODULES for owner, name, line in m.calls() if (owner, name) == ("", "print")
    ]


def test_every_file_says_on_top_what_it_answers():
    assert not [module.path for module in MODULES if not ast.get_docstring(module.tree)]


def test_no_two_modules_need_each_other():
    graph = {m.name: {name for name, _ in m.imports() if name.startswith("foredraft.")} for m in MODULES}
    graph = {name: wanted & graph.keys() for name, wanted in graph.items()}
    while leaves := {name for name, wanted in graph.items() if not wanted}:
        graph = {name: wanted - leaves for name, wanted in graph.items() if name not in leaves}
    assert not graph, f"in or above a circle: {sorted(graph)}"


def test_only_privacy_lets_a_prompt_out():
    made = {module.room for module in MODULES for _, name, _ in module.calls() if name == "Outgoing"}
    assert made <= {"privacy"}
