"""One process builds: the lock with real processes, killed, stopped, on other machines and in folders gone bad."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from foredraft.workspace import lock as lock_module
from foredraft.workspace import processes
from foredraft.workspace.lock import UNSAVED, Lock, is_free, read
from foredraft.workspace.versions import maker

SCRIPT = """
import json, sys
from pathlib import Path
from foredraft.workspace.lock import Lock
lock = Lock(Path(sys.argv[1]))
for line in sys.stdin:
    name, *arguments = json.loads(line)
    print(json.dumps(getattr(lock, name)(*arguments)), flush=True)
"""
LOOKS = 30


class Other:
    """Another process with a lock of its own."""

    def __init__(self, home: Path, prefix: tuple[str, ...] = ()) -> None:
        command = [*prefix, sys.executable, "-c", SCRIPT, os.fspath(home)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, name: str, *arguments: Any) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps([name, *arguments]) + "\n")
        self.process.stdin.flush()

    def answer(self) -> Any:
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())

    def __call__(self, name: str, *arguments: Any) -> Any:
        self.ask(name, *arguments)
        return self.answer()

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "cache/home"


@pytest.fixture
def others(home: Path) -> Iterator[Any]:
    running: list[Other] = []

    def start(*prefix: str) -> Other:
        running.append(Other(home, prefix))
        return running[-1]

    yield start
    for other in running:
        other.end()


def note(home: Path) -> Path:
    return home / f"builder-{maker()}.json"


def write_note(home: Path, process: processes.Process, **facts: Any) -> None:
    home.mkdir(parents=True, exist_ok=True)
    fields = {"process": process, "host": "elsewhere", "since": 1.0, "facts": facts, "locked": True}
    note(home).write_text(json.dumps(fields))


def test_one_has_it_and_the_other_can_say_who(home: Path, others: Any) -> None:
    first, mine = others(), Lock(home)
    assert first("take") is True
    first("tell", {"settled": {"files": 3}})
    assert mine.take() is False and not mine.held
    assert mine.holder is not None and mine.holder.process.pid == first.process.pid
    assert mine.holder.host and mine.holder.since > 0 and mine.holder.facts == {"settled": {"files": 3}}
    assert not is_free(home, maker()) and is_free(home, "of others")


def test_released_it_is_free_and_nothing_says_otherwise(home: Path, others: Any) -> None:
    first, mine = others(), Lock(home)
    assert first("take") is True
    first("release")
    assert not note(home).exists()
    assert mine.take() is True and mine.keep() is True
    assert first("take") is False


def test_killed_its_lock_is_taken_at_the_next_look(home: Path, others: Any) -> None:
    first, mine = others(), Lock(home)
    assert first("take") is True and not mine.take()
    first.process.kill()
    first.process.wait()
    assert note(home).exists()
    assert mine.take() is True
    left = read(note(home))
    assert left is not None and left.process == processes.this()


def test_of_many_that_start_at_once_one_gets_it(home: Path, others: Any) -> None:
    starting = [others() for _ in range(6)]
    for _ in range(5):
        for each in starting:
            each.ask("take")
        got = [each.answer() for each in starting]
        assert got.count(True) == 1
        starting[got.index(True)]("release")


def test_a_pid_that_is_used_again_does_not_keep_it(home: Path) -> None:
    write_note(home, processes.this()._replace(pid=os.getppid()))
    assert Lock(home).take() is True


def test_a_heartbeat_of_another_machine_is_respected_for_as_long_as_it_moves(home: Path) -> None:
    elsewhere = processes.Process(os.getpid(), "another kernel", "1")
    write_note(home, elsewhere)
    mine = Lock(home)
    for beat in range(2 * LOOKS):
        os.utime(note(home), ns=(0, note(home).stat().st_mtime_ns + beat))
        assert mine.take() is False
    assert [mine.take() for _ in range(LOOKS)] == [False] * (LOOKS - 1) + [True]


def test_a_heartbeat_of_another_machine_that_stopped_long_ago_is_none(home: Path) -> None:
    write_note(home, processes.Process(1, "before the reboot", "1"))
    os.utime(note(home), (1, 1))
    assert Lock(home).take() is True


@pytest.mark.parametrize("time", [1.0, 4e9])
def test_a_jump_of_the_clock_takes_nothing_away(home: Path, others: Any, time: float) -> None:
    first, mine = others(), Lock(home)
    assert first("take") is True
    os.utime(note(home), (time, time))
    assert [mine.take() for _ in range(LOOKS)] == [False] * LOOKS
    assert first("keep") is True


def test_one_that_hangs_is_replaced_and_gives_way_when_it_wakes(home: Path, others: Any) -> None:
    first, mine = others(), Lock(home)
    assert first("take") is True
    os.kill(first.process.pid, signal.SIGSTOP)
    assert [mine.take() for _ in range(LOOKS + 1)] == [False] * LOOKS + [True]
    os.kill(first.process.pid, signal.SIGCONT)
    assert first("keep") is False and first("take") is False
    assert mine.keep() is True
    later = others()
    assert later("take") is False
    left = read(note(home))
    assert left is not None and left.locked, "the system's lock is had as soon as it is free"


def test_a_lock_in_a_folder_that_was_deleted_is_lost_and_can_be_taken_anew(home: Path, others: Any) -> None:
    first, mine = others(), Lock(home)
    assert first("take") is True
    shutil.rmtree(home.parent)
    assert first("keep") is False
    assert mine.take() is True
    assert first("take") is False


def test_where_nothing_can_be_written_everyone_builds_without_a_lock(tmp_path: Path, others: Any) -> None:
    (tmp_path / "file").write_text("")
    for _ in range(2):
        mine = Lock(tmp_path / "file/home")
        assert mine.take() is True and mine.keep() is True
        mine.tell({"settled": {}})
        mine.release()
        assert not mine.held


def test_nobody_waits_for_a_builder_that_cannot_save(home: Path, others: Any) -> None:
    first, mine = others(), Lock(home)
    assert first("take") is True
    first("tell", {UNSAVED: True})
    assert mine.take() is True and mine.keep() is True
    left = read(note(home))
    assert left is not None and left.process.pid == first.process.pid
    assert first("keep") is True


@pytest.mark.parametrize("text", ["", "{", "[]", '{"process": [1], "host": "", "since": 0, "facts": {}}', "\x00" * 99])
def test_a_note_that_nobody_could_have_written_says_nothing(home: Path, text: str) -> None:
    home.mkdir(parents=True)
    note(home).write_text(text)
    mine = Lock(home)
    assert mine.take() is True and mine.holder is None


def test_without_locks_of_the_system_pid_and_heartbeat_decide(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(descriptor: int, blocking: bool) -> bool:
        raise OSError(errno.ENOLCK, "no locks here")

    monkeypatch.setattr(lock_module, "lock_descriptor", refuse)
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    for pid, looks in ((os.getppid(), LOOKS), (ended.pid, 0)):
        write_note(home, processes.this()._replace(pid=pid))
        mine = Lock(home)
        assert [mine.take() for _ in range(looks + 1)] == [False] * looks + [True]
        mine.release()
    assert Lock(home).take() is True


def test_containers_of_one_machine_see_each_others_lock(home: Path, others: Any) -> None:
    prefix = ("unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child")
    if subprocess.run([*prefix, "true"], capture_output=True).returncode:
        pytest.skip("no namespaces for this user")
    inside, mine = others(*prefix), Lock(home)
    assert inside("take") is True
    assert not mine.take() and mine.holder is not None
    assert mine.holder.process.space != processes.this().space and not processes.is_gone(mine.holder.process)
    inside.end()
    while not mine.take():  # the process inside is killed by the end of the one we started
        assert mine.holder is not None
    assert mine.held


def test_the_lock_is_for_the_user_alone(home: Path) -> None:
    before = os.umask(0)
    try:
        Lock(home).take()
    finally:
        os.umask(before)
    modes = {path.stat().st_mode & 0o777 for path in home.iterdir()}
    assert modes == {0o600} and home.stat().st_mode & 0o777 == 0o700
