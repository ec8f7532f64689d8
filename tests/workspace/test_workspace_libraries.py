"""The worker's levels of packages and standard libraries: built in quiet moments, saved, shared, taken away again."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from library_worlds import go_install, put, venv
from serving import Server, until
from stand_in import CONTENT, LibraryBuilder

from foredraft.workspace import saved, shared
from foredraft.workspace.index import COMMAND
from foredraft.workspace.learn import Learner
from foredraft.workspace.task import Task

THEIRS = {"six-1.16.0": {"six.py": "PY3 = True\n"}, "used-1.0": {"used/__init__.py": "x = 1\n"}}
GO = {"strings/strings.go": "package strings\n"}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace of Python and Go with a package, on a machine with a small standard library of Go."""
    monkeypatch.setenv("GOROOT", os.fspath(go_install(tmp_path / "go", GO)))
    monkeypatch.setenv("HOME", os.fspath(tmp_path))
    root = put(tmp_path / "root", {"main.go": 'package main\n\nimport "strings"\n', ".gitignore": ".venv\n"})
    venv(root / ".venv", THEIRS)
    return put(root, {"tool.py": "import used\n", "more.go": "package main\n" * 100})


class Worker:
    """One learner and all it said."""

    def __init__(self, root: Path, builder: Any = LibraryBuilder, **options: Any) -> None:
        self.said: list[dict[str, Any]] = []
        self.home = root.parent / "home" / root.name
        options = {"packages": True, "machine": root.parent / "machine", **options}
        content = CONTENT._replace(library_builder=builder, budget=10**6)
        self.learner = Learner(Task((root,), self.home, **options), content, self.said.append)

    def work(self, refresh: bool = False) -> list[str]:
        """Do all there is to do; the kinds of what was said about libraries."""
        self.said.clear()
        (self.learner.refresh if refresh else self.learner.start)()
        self.rest()
        return [kind for message in self.said for kind in message if kind in shared.KINDS]

    def rest(self) -> None:
        """Do what can wait."""
        while self.learner.step(lambda: False) is not None:
            pass

    def learned(self, kind: str) -> list[str]:
        """The texts of the level that was published last."""
        path = next(message[kind]["path"] for message in reversed(self.said) if kind in message)
        return bytes(saved.load(Path(path)).arrays["text"]).decode().split("\0")


def test_both_after_the_workspace_what_is_imported_first(root: Path) -> None:
    worker = Worker(root)
    assert worker.work() == ["packages", "machine"]
    kinds = [kind for message in worker.said for kind in message]
    assert kinds == ["index", "settled", "weights", "trained", "packages", "machine", "weights"]
    assert worker.learned("packages") == ["x = 1\n", "PY3 = True\n"]
    assert worker.learned("machine") == ["package strings\n", "package fmt\n\nfunc Println(a ...any) {}\n"]
    versions = [path.relative_to(root.parent) for path in (root.parent / "machine").glob("*/m*")]
    assert [path.name for path in versions] == ["machine-1"]
    for path in (*worker.home.rglob("*"), *(root.parent / "machine").rglob("*")):
        assert path.stat().st_mode & 0o077 == 0, path


def test_nothing_is_done_twice_until_something_is_installed(root: Path) -> None:
    Worker(root).work()
    warm = Worker(root)
    assert warm.work() == ["packages", "machine"], "a server that followed until now may not know of them"
    assert warm.work(refresh=True) == []
    put(root, {"tool.py": "import used, six\n"})
    assert warm.work(refresh=True) == []
    venv(root / ".venv", {"new-2.0": {"new.py": "new = 1\n"}})
    assert warm.work(refresh=True) == ["packages"]
    assert "new = 1\n" in warm.learned("packages")


def test_another_version_of_go_is_another_level_and_others_share_it(root: Path) -> None:
    worker = Worker(root)
    worker.work()
    other = put(root.parent / "other", {"a.go": "package other\n"})
    neighbour = Worker(other)
    assert neighbour.work() == ["machine"]
    assert len(list((root.parent / "machine").iterdir())) == 1
    assert [path.name for path in (root.parent / "machine").glob("*/m*")] == ["machine-1"]
    put(root.parent / "go", {"VERSION": "go1.23\n"})
    assert worker.work(refresh=True) == ["machine"]
    assert len(list((root.parent / "machine").iterdir())) == 2


def test_what_no_server_used_for_long_is_deleted(root: Path) -> None:
    worker = Worker(root)
    worker.work()
    machine = root.parent / "machine"
    old = next(machine.iterdir())
    put(machine, {"notes/mine.txt": "\n"})
    os.utime(machine / "notes", (1, 1))
    os.utime(old, (1, 1))
    Worker(root).work()
    assert old.stat().st_mtime > 1
    os.utime(old, (1, 1))
    put(root.parent / "go", {"VERSION": "go1.23\n"})
    Worker(root).work()
    assert not old.exists()
    assert (machine / "notes/mine.txt").exists()


def test_what_is_gone_is_taken_back(root: Path) -> None:
    worker = Worker(root)
    worker.work()
    (root / ".venv/pyvenv.cfg").unlink()
    for path in root.glob("*.go"):
        path.unlink()
    (root / "tool.py").write_text("")
    assert worker.work(refresh=True) == ["packages", "machine"]
    assert [message[kind] for message in worker.said for kind in message if kind in shared.KINDS] == [
        {"path": None}
    ] * 2
    assert saved.versions(worker.home, "packages") == []
    assert list(shared.kept(worker.learner.task)) == []
    assert Worker(root).work() == []


def test_switched_off(root: Path) -> None:
    assert Worker(root, packages=False, machine=None).work() == []
    assert Worker(root, packages=False).work() == ["machine"]
    assert Worker(root, machine=None).work() == ["packages"]
    assert list(shared.kept(Worker(root, packages=False, machine=None).learner.task)) == []


def test_other_deny_globs_make_other_levels_and_the_old_ones_are_not_handed_on(root: Path) -> None:
    Worker(root).work()
    worker = Worker(root, deny=("six.py", "fmt/"))
    assert list(shared.kept(worker.learner.task)) == []
    assert worker.work() == ["packages", "machine"]
    assert worker.learned("packages") == ["x = 1\n"]
    assert worker.learned("machine") == ["package strings\n"]


def test_a_change_does_not_wait_for_libraries(root: Path) -> None:
    """They are learned step by step, and go on where they were."""
    worker = Worker(root)
    worker.learner.start()
    for _ in range(2):
        assert worker.learner.step(lambda: False) is not None
    (root / "tool.py").write_text("import used\nimport six\n")
    worker.learner.refresh()
    before = len(worker.said)
    worker.rest()
    assert [list(message) for message in worker.said[before:]] == [["packages"], ["machine"], ["weights"]]


def test_a_full_builder_takes_no_more(root: Path) -> None:
    class Small(LibraryBuilder):
        def add(self, name: str, lines: Any) -> bool:
            return self.lines == 0 and super().add(name, lines)

    worker = Worker(root, Small)
    assert worker.work() == ["packages", "machine"]
    assert worker.learned("packages") == ["x = 1\n"]


def test_names_and_versions_that_no_file_system_could_hold(root: Path) -> None:
    put(
        root,
        {"package.json": "{}", "pyproject.toml": "project.name = '\\u0000'\n", "go.mod": "require a.b/c\0 v1.0.0\n"},
    )
    put(root / "node_modules/ky", {"package.json": '{"version": "\\ud800\\u0000"}', "index.d.ts": "export type Ky;\n"})
    worker = Worker(root)
    assert worker.work() == ["packages", "machine"]
    assert "export type Ky;\n" in worker.learned("packages")


def test_a_damaged_one_is_built_again(root: Path) -> None:
    worker = Worker(root)
    worker.work()
    for version in (saved.versions(worker.home, "packages")[0], *(root.parent / "machine").glob("*/machine-1")):
        (version / "meta.json").write_bytes(b"half writ")
    assert list(shared.kept(worker.learner.task)) == []
    assert Worker(root).work() == ["packages", "machine"]


def test_where_the_machines_folder_cannot_be_written_the_rest_is_there(root: Path) -> None:
    (root.parent / "file").write_text("")
    worker = Worker(root, machine=root.parent / "file/machine")
    assert worker.work() == ["packages"]
    assert [message for message in worker.said if "problem" in message] == []


@pytest.mark.parametrize("said", ["", "../../root", "0" * 23, "\udcff"])
def test_a_pointer_that_is_none_leads_nowhere(root: Path, said: str) -> None:
    worker = Worker(root)
    worker.work()
    (worker.home / "machine.used").write_bytes(os.fsencode(said))
    assert [kind for kind, _ in shared.kept(worker.learner.task)] == ["packages"]


async def test_a_real_process_publishes_both_and_the_next_server_has_them_at_once(root: Path) -> None:
    options = {"packages": True, "machine": root.parent / "machine", "rescan": 0.05}
    async with Server(root, **options) as cold:
        await until(lambda: len(cold.libraries) == 2)
        assert [kind for kind, _ in cold.libraries] == ["packages", "machine"]
        assert cold.trained
        assert bytes(cold.libraries[1][1]["text"]).startswith(b"package strings")
        venv(root / ".venv", {"new-2.0": {"new.py": "new = 1\n"}})
        (root / "main.go").write_text("package main\n")
        cold.index.changed([root / "main.go"])
        await until(lambda: len(cold.libraries) == 3)
        assert b"new = 1" in bytes(cold.libraries[2][1]["text"])
    async with Server(root, **options) as warm:
        assert sorted(kind for kind, _ in warm.libraries) == ["machine", "packages"]  # before any worker
        await until(lambda: warm.looked_often)
        assert len(warm.libraries) == 2
    assert cold.problems == warm.problems == []


async def test_the_real_predictor_makes_levels_that_can_be_looked_up(root: Path) -> None:
    from foredraft.predictor.far import Far

    options = {"packages": True, "machine": root.parent / "machine"}
    async with Server(root, COMMAND, **options) as server:
        await until(lambda: len(server.libraries) == 2)
        levels = {kind: Far(arrays) for kind, arrays in server.libraries}
        assert levels["packages"].uses("PY3") == 1
        assert levels["machine"].uses("Println") == 1
        assert levels["machine"].beginning_with("Print", 5) == ["Println"]


async def test_a_worker_without_them_has_none(root: Path) -> None:
    async with Server(root, rescan=0.05) as server:
        await until(lambda: server.looked_often)
        assert server.libraries == []


async def test_a_real_process_leaves_its_libraries_for_a_change(root: Path) -> None:
    script = root.parent / "patient.py"
    script.write_text(
        f"import sys, time\nsys.path.insert(0, {os.fspath(Path(__file__).parent)!r})\n"
        "from stand_in import CONTENT, serve\n"
        "class Patient(CONTENT.library_builder):\n"
        "    def add(self, name, lines):\n"
        f"        open({os.fspath(root.parent / 'began')!r}, 'a').close()\n"
        "        time.sleep(0.05)\n"
        "        return super().add(name, lines)\n"
        "serve(CONTENT._replace(library_builder=Patient))\n"
    )
    venv(root / ".venv", {"large-1.0": {f"large/m{number}.py": f"x = {number}\n" for number in range(900)}})
    async with Server(root, (sys.executable, os.fspath(script)), packages=True) as server:
        await until((root.parent / "began").exists)
        (root / "new.py").write_text("y = 1\n")
        server.index.changed([root / "new.py"])
        await until(lambda: any("new.py" in names for names in server.names))
        assert server.libraries == []


def test_the_users_own_ignore_files_hold_for_packages_too_and_gits_do_not(root: Path) -> None:
    worker = Worker(root)
    put(root, {".foredraftignore": "six.py\n"})
    worker.work()
    assert worker.learned("packages") == ["x = 1\n"]
    put(root, {".venv/lib/.foredraftignore": "used/\n!six.py\n", ".foredraftignore": "# none\n"})
    assert worker.work(refresh=True) == ["packages"]
    assert worker.learned("packages") == ["PY3 = True\n"]
    put(root, {".foredraftignore": "/.venv/\n"})
    assert worker.work(refresh=True) == ["packages"]
    assert worker.learned("packages") == [""]


def test_a_home_that_is_deleted_has_its_packages_again(root: Path) -> None:
    worker = Worker(root)
    worker.work()
    shutil.rmtree(worker.home)
    assert worker.work(refresh=True) == [], "its server has them mapped"
    assert sorted(kind for kind, _ in shared.kept(worker.learner.task)) == ["machine", "packages"]
