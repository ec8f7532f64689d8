"""What the worker does, without its process: publishes what changed, and nothing that must not be learned."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path
from typing import Any

import pytest
from stand_in import CONTENT, MOST_FILES, CountingBuilder, LibraryBuilder, Texts

from foredraft.predictor import build
from foredraft.predictor.build import read_file as build_read_file
from foredraft.predictor.contexts import COUNT
from foredraft.predictor.far import Far
from foredraft.predictor.shelf import Shelf, clear_caches
from foredraft.privacy.secrets import PLACEHOLDER
from foredraft.workspace import files, learn, saved
from foredraft.workspace.content import Content
from foredraft.workspace.learn import Learner, names_of
from foredraft.workspace.publisher import DAMAGED, UNSAVED
from foredraft.workspace.reading import read
from foredraft.workspace.task import Task

SECRET = "ghp_" + "".join(random.Random(5).choice("abcXYZ0189") for _ in range(36))


class Worker:
    """One learner and all it said."""

    def __init__(self, *folders: Path, home: Path | None = None, **options: Any) -> None:
        self.said: list[dict[str, Any]] = []
        self.home = home or folders[0].parent / "home"
        self.learner = Learner(Task(folders, self.home, **options), CONTENT, self.said.append)

    def heard(self, kind: str) -> list[Any]:
        heard = [message[kind] for message in self.said if kind in message]
        self.said.clear()
        return heard

    def learned(self) -> dict[str, str]:
        version, _ = saved.latest(self.home, "index")
        assert version is not None
        return dict(zip(names_of(version.arrays), bytes(version.arrays["text"]).decode().split("\0"), strict=True))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    for name in ("a.py", "pkg/b.py", "pkg/deep/c.py"):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"x = '{name}'\n")
    return root


def test_cold_then_warm_then_changed(root: Path) -> None:
    worker = Worker(root)
    worker.learner.start()
    assert worker.learned() == {name: f"x = '{name}'\n" for name in ("a.py", "pkg/b.py", "pkg/deep/c.py")}
    assert [list(message) for message in worker.said] == [["index"], ["settled"], ["weights"], ["trained"]]
    assert worker.heard("settled") == [{"files": 3, "lines": 6, "skipped": {}}]

    warm = Worker(root)
    warm.learner.start()
    assert [list(message) for message in warm.said] == [["settled"], ["trained"]]
    warm.said.clear()

    (root / "a.py").write_text("changed = 1\n")
    (root / "pkg/b.py").unlink()
    (root / "new.py").write_text("new = 1\n")
    warm.learner.refresh()
    assert warm.learned() == {"a.py": "changed = 1\n", "new.py": "new = 1\n", "pkg/deep/c.py": "x = 'pkg/deep/c.py'\n"}
    assert len(warm.heard("index")) == 1


def test_nothing_is_published_where_nothing_changed(root: Path) -> None:
    worker = Worker(root)
    worker.learner.start()
    worker.said.clear()
    worker.learner.refresh([root / "a.py"])
    assert [list(message) for message in worker.said] == [["settled"]]


def test_a_change_that_neither_time_nor_size_shows(root: Path) -> None:
    worker = Worker(root)
    worker.learner.start()
    facts = (root / "a.py").stat()
    (root / "a.py").write_text("y = 'a.py'\n")
    os.utime(root / "a.py", ns=(facts.st_atime_ns, facts.st_mtime_ns))
    worker.learner.refresh()
    assert worker.learned()["a.py"] == "x = 'a.py'\n"
    worker.learner.refresh([root / "a.py"])
    assert worker.learned()["a.py"] == "y = 'a.py'\n"


def test_no_secret_is_anywhere_in_what_is_kept(root: Path) -> None:
    (root / "token.py").write_text(f"TOKEN = '{SECRET}'\nhost = 'here'\n")
    (root / ".env").write_text("PLAIN=visible_only_here\n")
    (root / "id_rsa").write_text("visible_only_here\n")
    (root / "ignored.py").write_text("visible_only_here = 1\n")
    (root / ".gitignore").write_text("ignored.py\n")
    worker = Worker(root)
    worker.learner.start()
    assert worker.learned()["token.py"] == f"TOKEN = '{PLACEHOLDER}'\nhost = 'here'\n"
    for path in worker.home.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert SECRET[:20].encode() not in content and b"visible_only_here" not in content, path
    skipped = worker.heard("settled")[0]["skipped"]
    assert skipped == {"denied": 2, "ignored": 1}


def test_new_rules_take_away_what_was_learned(root: Path) -> None:
    worker = Worker(root)
    worker.learner.start()
    (root / ".foredraftignore").write_text("pkg/\n")
    assert worker.learner.concerns([root / ".foredraftignore"])
    worker.learner.refresh([root / ".foredraftignore"])
    assert list(worker.learned()) == [".foredraftignore", "a.py"]


def test_which_changes_concern(root: Path) -> None:
    (root / ".gitignore").write_text("out/\n*.log\n")
    worker = Worker(root, deny=("private/",))
    paths = [root / name for name in ("a.py", "gone.py", "out/x.py", "x.log", ".env", "private/a.py", "pkg")]
    assert [path.name for path in worker.learner.concerns([*paths, root.parent / "other.py"])] == [
        *("a.py", "gone.py", "pkg")
    ]


def test_bad_files_are_counted(root: Path) -> None:
    (root / "loop").symlink_to(root)
    (root / "bin.py").write_bytes(b"\x00\x01")
    (root / "min.js").write_text("var a=1;" * 2_000)
    (root / "mixed.py").write_bytes("# ä".encode() + b"\n# K\xf6ln\nx = 1\n")
    with (root / "huge.py").open("wb") as file:
        file.truncate(100_000_000)
    worker = Worker(root)
    worker.learner.start()
    assert worker.heard("settled")[0]["skipped"] == {"binary": 1, "link": 1, "minified": 1, "too large": 1}
    assert worker.learned()["mixed.py"].endswith("\n# Köln\nx = 1\n")


def test_files_that_vanish_between_being_found_and_being_read(root: Path) -> None:
    class Vanishing(CountingBuilder):
        def add_kept(self, name: str, kept: str) -> bool:
            shutil.rmtree(root / "pkg", ignore_errors=True)
            return super().add_kept(name, kept)

    worker = Worker(root)
    worker.learner = Learner(worker.learner.task, CONTENT._replace(builder=Vanishing), worker.said.append)
    worker.learner.start()
    assert list(worker.learned()) == ["a.py"]
    assert worker.heard("settled")[0]["skipped"] == {"unreadable": 2}
    worker.learner.refresh()
    assert worker.heard("settled")[0]["skipped"] == {}


def test_a_workspace_larger_than_the_builder_takes(root: Path) -> None:
    for number in range(MOST_FILES):
        (root / f"f{number}.py").write_text("x = 1\n")
    worker = Worker(root, opened=(root / "pkg/deep/c.py",))
    worker.learner.start()
    assert worker.heard("settled")[0]["skipped"] == {"too many": 3}
    assert list(worker.learned())[:3] == ["pkg/deep/c.py", "pkg/b.py", "a.py"]


def test_the_nearest_files_are_published_first_then_all(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learn, "EARLY_TOKENS", 1)
    worker = Worker(root, opened=(root / "pkg/deep/c.py",))
    worker.learner.start()
    assert [list(message) for message in worker.said] == [["index"], ["index"], ["settled"], ["weights"], ["trained"]]
    whole, early = (saved.load(path) for path in saved.versions(worker.home, "index"))
    assert names_of(early.arrays) == ["pkg/deep/c.py"]
    assert names_of(whole.arrays) == ["pkg/deep/c.py", "pkg/b.py", "a.py"]

    shutil.rmtree(whole.path)
    again = Worker(root)
    again.learner.start()
    assert len(again.heard("index")) == 1, "an early version is a beginning, and there is none before it"
    assert len(again.learned()) == 3


def test_after_a_change_only_what_changed_is_read(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[str] = []
    monkeypatch.setattr(files, "read", lambda path, most: looked_at.append(Path(path).name) or read(path, most))
    worker = Worker(root)
    worker.learner.start()
    assert sorted(looked_at) == ["a.py", "b.py", "c.py"]
    looked_at.clear()
    (root / "pkg/b.py").write_text("other = 1\n")
    worker.learner.refresh()
    assert looked_at == ["b.py"] and worker.learned()["pkg/b.py"] == "other = 1\n"


def test_an_unchanged_workspace_is_not_read_at_all(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Worker(root).learner.start()
    monkeypatch.setattr(files, "read", lambda path, most: pytest.fail(path))
    again = Worker(root)
    again.learner = Learner(
        again.learner.task, CONTENT._replace(builder=lambda shelf: pytest.fail("built")), again.said.append
    )
    again.learner.start()
    assert [list(message) for message in again.said] == [["settled"], ["trained"]]


def test_a_full_shelf_is_replaced_and_everything_read_again(root: Path) -> None:
    worker = Worker(root)
    worker.learner.start()
    monkeypatch = pytest.MonkeyPatch()
    with monkeypatch.context() as patch:
        patch.setattr(Texts, "full", True)
        (root / "a.py").write_text("other = 1\n")
        shelf = worker.learner._files.shelf
        worker.learner.refresh()
    assert worker.learner._files.shelf is not shelf
    assert len(worker.learned()) == 3 and worker.learned()["a.py"] == "other = 1\n"


def test_trained_on_open_files_then_on_new_ones_and_others_in_turns(root: Path) -> None:
    for number in range(20):
        (root / f"f{number:02}.py").write_text(f"x = {number}\n")
        os.utime(root / f"f{number:02}.py", (1_000 + number, 1_000 + number))
    for name in ("a.py", "pkg/b.py", "pkg/deep/c.py"):
        os.utime(root / name, (10, 10))
    worker = Worker(root, opened=(root / "a.py",))
    worker.learner.start()
    sample = [name for name, lines in worker.learner._files.sample() if lines]
    assert sample[:2] == ["a.py", "f19.py"] and sorted(sample) == sorted(worker.learned())
    assert {"f18.py", "f17.py"} <= set(sample[2:7]) and min(sample.index(f"f{at:02}.py") for at in range(10)) < 12


def real(root: Path, said: list[dict[str, Any]]) -> Learner:
    content = Content(Shelf, lambda shelf: build.Builder(shelf=shelf), CONTENT.train, 100, clear_caches, LibraryBuilder)
    return Learner(Task((root,), root.parent / "home", opened=(root / "a.py",)), content, said.append)


def test_both_tiers_of_the_real_predictor_come_back_from_the_disk(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "FULL_TOKENS", 1)
    monkeypatch.setattr(learn, "EARLY_TOKENS", 1)
    said: list[dict[str, Any]] = []
    real(root, said).start()
    early, whole = (saved.load(Path(message["index"]["path"])) for message in said if "index" in message)
    levels = [
        Far({n: v for n, v in each.arrays.items() if n[0] != "_"}, names_of(each.arrays)) for each in (early, whole)
    ]
    assert [level.uses("py") for level in levels] == [1, 3]
    assert levels[0].rest is None and levels[1].rest is not None
    full, rest = levels[1], levels[1].rest
    read_one = build_read_file((root / "pkg/b.py").read_text().split("\n"))
    keys = read_one.keys[read_one.tokens.index("py") * COUNT :]
    assert full.look_up(0, keys[0]) == [("py", 1)] and rest.look_up(0, keys[0]) == [("py", 2)]
    assert full.look_up(1, keys[1]) is None and rest.look_up(1, keys[1]) == [("py", 1)]
    full.mask("pkg/b.py")
    assert full.look_up(0, keys[0]) == [("py", 1)] and rest.look_up(1, keys[1]) is None


def test_keys_of_files_that_did_not_change_are_not_worked_out_again(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    learner = real(root, [])
    learner.start()
    worked_out: list[list[str]] = []
    monkeypatch.setattr(build, "read_file", lambda lines: worked_out.append(lines) or build_read_file(lines))
    (root / "pkg/b.py").write_text("other = 1\n")
    learner.refresh()
    assert worked_out == [["other = 1", ""]]


def test_two_folders_with_names_that_tell_them_apart(root: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "a.py").write_text("y = 1\n")
    worker = Worker(root, other)
    worker.learner.start()
    assert sorted(worker.learned()) == ["other/a.py", "root/a.py", "root/pkg/b.py", "root/pkg/deep/c.py"]


def test_damage_is_said_and_mended(root: Path) -> None:
    worker = Worker(root)
    worker.learner.start()
    version = saved.versions(worker.home, "index")[0]
    content = bytearray((version / "text.bin").read_bytes())
    content[3] ^= 4
    (version / "text.bin").write_bytes(content)
    again = Worker(root)
    again.learner.start()
    assert again.heard("problem") == [DAMAGED]
    assert again.learned()["a.py"] == "x = 'a.py'\n"


def test_where_nothing_can_be_saved_it_is_served_all_the_same(root: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    worker = Worker(root, home=tmp_path / "file/home")
    worker.learner.start()
    worker.learner.refresh()
    problems = [message for message in worker.said if "problem" in message]
    assert len(problems) == 1 and problems[0]["problem"].startswith(UNSAVED)
    temporary = Path(problems[0]["temporary"])
    path = next(Path(message["index"]["path"]) for message in worker.said if "index" in message)
    assert path.parent == temporary
    assert names_of(saved.load(path).arrays) == ["a.py", "pkg/b.py", "pkg/deep/c.py"]
    shutil.rmtree(temporary)


def test_trained_once_and_again_when_the_workspace_is_another_one(root: Path) -> None:
    worker = Worker(root)
    worker.learner.start()
    assert len(worker.heard("weights")) == 1
    (root / "a.py").write_text("x = 'a.pyy'\n")
    worker.learner.refresh()
    assert worker.heard("weights") == []
    (root / "a.py").write_text("x = 1\n" * 100)
    worker.learner.refresh()
    assert len(worker.heard("weights")) == 1


def test_a_task_survives_its_way_to_the_worker(tmp_path: Path) -> None:
    task = Task((tmp_path,), tmp_path / "h", opened=(tmp_path / "a",), deny=("*.sql",), max_files=3, quiet=0.5)
    assert Task.from_json(task.to_json()) == task
