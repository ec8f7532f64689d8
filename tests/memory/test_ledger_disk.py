"""What was spent is on disk after every call, is everybody's, and survives whatever happens to a disk or a process."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foredraft.errors import Failure
from foredraft.memory.days import KEPT
from foredraft.memory.ledger import Ledger
from foredraft.memory.sums import Sum, line, read
from foredraft.models.metered import Record

NOON = datetime(2026, 11, 24, 12, 0)


class Clock:
    def __init__(self, at=NOON):
        self.at = at

    def __call__(self):
        return self.at


def call(provider="groq", prompt=100, completion=10, usd=0.001, outcome="ok", model="openai/gpt-oss-20b"):
    return Record(1.7e9, provider, model, "draft", prompt, 40, completion, False, usd, 0.12, 0.5, outcome)


def files(folder):
    return sorted(path.name for path in folder.iterdir())


def test_sums_by_provider_and_in_all(tmp_path):
    ledger = Ledger(tmp_path / "new" / "ledger", Clock())
    assert ledger.today().total == Sum()
    for each in (call(), call(outcome=Failure.RATE), call("deepseek", 1000, 50, 0.02), call(outcome="cancelled")):
        assert ledger.record(each) is None
    today = ledger.today()
    assert today.of("groq") == Sum(3, 1, 300, 120, 30, pytest.approx(0.003))
    assert today.total == Sum(4, 1, 1300, 160, 80, pytest.approx(0.023))
    assert today.total.tokens == 1380
    assert today.of("never asked") == Sum()
    assert ledger.month() == today
    assert ledger.trouble is None


def test_a_line_holds_what_was_promised_and_nothing_else(tmp_path):
    Ledger(tmp_path, Clock()).record(call())
    (path,) = tmp_path.iterdir()
    assert path.name == "calls-2026-11-24.jsonl"
    (entry,) = (json.loads(each) for each in path.read_text().splitlines() if each)
    assert entry == {
        "at": 1.7e9, "provider": "groq", "model": "openai/gpt-oss-20b", "role": "draft", "prompt": 100, "cached": 40,
        "completion": 10, "estimated": False, "usd": 0.001, "first_token": 0.12, "total": 0.5, "outcome": "ok",
    }  # fmt: skip
    if os.name == "posix":
        assert path.stat().st_mode & 0o077 == 0


def test_what_other_servers_spend_counts(tmp_path):
    one, two = Ledger(tmp_path, Clock()), Ledger(tmp_path, Clock())
    for number in range(1, 50):
        (one if number % 3 else two).record(call())
        assert one.today().total.calls == two.today().total.calls == number


garbage = st.one_of(
    st.binary(max_size=60).map(lambda each: each.replace(b"\n", b"")),
    st.sampled_from([
        b"{}", b"[]", b"null", b"1", b'{"provider":"x"}',
        b'{"provider":1,"prompt":1,"cached":0,"completion":0,"usd":0}',
        b'{"provider":"x","prompt":-1,"cached":0,"completion":0,"usd":0}', line(call())[:-9], b"[" * 5000,
        b'{"provider":"x","prompt":1,"cached":0,"completion":0,"usd":NaN}',
        b'{"provider":"x","prompt":true,"cached":0,"completion":0,"usd":0}',
        b'{"provider":"x","prompt":1e400,"cached":0,"completion":0,"usd":0}',
    ]),
)  # fmt: skip


@given(st.lists(st.one_of(garbage, st.just(line(call()))), max_size=12))
def test_garbage_is_skipped(tmp_path_factory, entries):
    folder = tmp_path_factory.mktemp("ledger")
    (folder / "calls-2026-11-24.jsonl").write_bytes(b"\n".join(entries))
    ledger = Ledger(folder, Clock())
    good = sum(each == line(call()) for each in entries)
    whole = good - (bool(entries) and entries[-1] == line(call()))  # what has no end yet may still grow
    assert ledger.today().total.calls == whole
    ledger.record(call())
    assert ledger.today().total.calls == good + 1


def test_any_line_is_read_or_not_but_never_raises():
    assert read(line(call())) == ("groq", Sum(1, 0, 100, 40, 10, 0.001))
    assert read(line(call(outcome=Failure.QUOTA)))[1].failed == 1


def test_a_torn_line_grows_whole(tmp_path):
    path = tmp_path / "calls-2026-11-24.jsonl"
    ledger, whole = Ledger(tmp_path, Clock()), line(call()) + b"\n"
    for cut in (1, 50, len(whole) - 1):
        path.write_bytes(whole[:cut])
        assert ledger.today().total.calls == 0
    with path.open("ab") as file:
        file.write(whole[-1:])
    assert ledger.today().total.calls == 1


def test_a_file_that_was_replaced_is_read_anew(tmp_path):
    ledger = Ledger(tmp_path, Clock())
    for _ in range(5):
        ledger.record(call())
    assert ledger.today().total.calls == 5
    (tmp_path / "calls-2026-11-24.jsonl").unlink()
    ledger.record(call())
    assert ledger.today().total.calls == 1


def test_long_names_are_cut_and_odd_ones_do_no_harm(tmp_path):
    ledger = Ledger(tmp_path, Clock())
    assert ledger.record(call("\ud800\n{", model="x" * 100_000)) is None
    assert ledger.record(call()) is None
    assert ledger.today().total.calls == 2
    assert (tmp_path / "calls-2026-11-24.jsonl").stat().st_size < 2000


def test_a_disk_that_cannot_be_written_is_told_once_and_sums_go_on(tmp_path):
    (tmp_path / "ledger").write_text("a file where the folder should be")
    ledger = Ledger(tmp_path / "ledger", Clock())
    told = [ledger.record(call()) for _ in range(3)]
    assert told[0] is not None and "cannot be written" in told[0]
    assert told[1:] == [None, None]
    assert ledger.trouble == told[0]
    assert ledger.today().total.calls == ledger.month().total.calls == 3

    (tmp_path / "ledger").unlink()
    assert ledger.record(call()) is None
    assert ledger.trouble is None
    assert ledger.today().total.calls == 4


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no such device here")
def test_a_full_disk_is_no_error(tmp_path):
    (tmp_path / "calls-2026-11-24.jsonl").symlink_to("/dev/full")
    ledger = Ledger(tmp_path, Clock())
    assert "No space left" in (ledger.record(call()) or "")
    assert ledger.record(call()) is None
    assert ledger.today().total.calls == 2


def test_a_new_day_begins_with_nothing(tmp_path):
    clock = Clock()
    ledger = Ledger(tmp_path, clock)
    ledger.record(call())
    clock.at += timedelta(hours=12, seconds=1)
    assert ledger.today().total.calls == 0
    ledger.record(call())
    assert ledger.today().total.calls == 1
    assert ledger.month().total.calls == 2
    clock.at += timedelta(days=30)
    assert ledger.month().total.calls == 0


@pytest.mark.parametrize("back", [timedelta(hours=13), timedelta(days=10), timedelta(days=365 * 50)])
@pytest.mark.parametrize("restarted", [True, False])
def test_a_clock_that_is_put_back_does_not_reopen_what_was_spent(tmp_path, back, restarted):
    clock = Clock()
    ledger = Ledger(tmp_path, clock)
    ledger.record(call())
    clock.at -= back
    if restarted:
        ledger = Ledger(tmp_path, clock)
    assert ledger.today().total.calls == 1
    ledger.record(call())
    assert ledger.today().total.calls == 2
    clock.at += back
    assert ledger.today().total.calls >= 1


def test_a_clock_that_was_years_ahead_for_an_hour_does_not_close_the_budget_for_years(tmp_path):
    clock = Clock(NOON.replace(year=2031))
    ledger = Ledger(tmp_path, clock)
    ledger.record(call())
    clock.at = NOON
    counts = []
    for _ in range(4):
        counts.append(ledger.today().total.calls)
        clock.at += timedelta(days=1)
    assert counts == [1, 1, 0, 0]
    clock.at = NOON.replace(year=2031)
    assert ledger.today().total.calls == 1


def test_old_days_are_collected_whatever_the_clock_says(tmp_path):
    clock = Clock()
    ledger = Ledger(tmp_path, clock)
    for _ in range(KEPT + 20):
        clock.at += timedelta(days=1)
        ledger.record(call())
    assert len(files(tmp_path)) == KEPT
    clock.at += timedelta(days=3650)
    ledger.record(call())
    assert len(files(tmp_path)) == KEPT
    (tmp_path / "notes.txt").touch()
    (tmp_path / "calls-2026-99-99.jsonl").touch()
    clock.at += timedelta(days=1)
    ledger.record(call())
    assert {"notes.txt", "calls-2026-99-99.jsonl"} <= set(files(tmp_path))


APPENDS = """
import sys
from pathlib import Path
from test_ledger_disk import Clock, call
from foredraft.memory.ledger import Ledger
ledger = Ledger(Path(sys.argv[1]), Clock())
for number in range(1, int(sys.argv[2])):
    ledger.record(call())
    print(number, flush=True)
"""


def appending(folder, most):
    return subprocess.Popen(
        [sys.executable, "-c", APPENDS, str(folder), str(most)], cwd=Path(__file__).parent, stdout=subprocess.PIPE
    )


def test_kill_9_loses_at_most_the_last_line(tmp_path):
    with appending(tmp_path, 1 << 40) as process:
        said = process.stdout.readline()
        deadline = time.monotonic() + 0.2
        while time.monotonic() < deadline:
            said = process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read().splitlines()
    promised = int(rest[-1] if rest and rest[-1] else said)
    ledger = Ledger(tmp_path, Clock())
    assert promised <= ledger.today().total.calls <= promised + 1
    assert promised > 10


def test_several_processes_at_once_lose_nothing(tmp_path):
    processes = [appending(tmp_path, 501) for _ in range(4)]
    for process in processes:
        process.communicate()
    assert Ledger(tmp_path, Clock()).today().total == Sum(2000, 0, 200_000, 80_000, 20_000, pytest.approx(2.0))
