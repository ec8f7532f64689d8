"""The memory on disk: everybody's, of the user alone, of a size, and never anything but what was put there."""

import asyncio
import os
import pickle
import shutil
import sqlite3
import stat
import subprocess
import sys
import time
from contextlib import asynccontextmanager, closing

import diskcache
import pytest

from foredraft.memory import database
from foredraft.memory.disk import Disk
from foredraft.memory.sealed import seal
from foredraft.memory.store import Store, Unavailable


@asynccontextmanager
async def opened(folder, max_mb=100, ready=True):
    told = []
    store = Store(Disk(folder, max_mb), told.append)
    store.told = told
    try:
        if ready:
            assert await store.ready(20), told
        yield store
    finally:
        await store.close()


def path_of(folder):
    return folder / f"{database.FORMAT}" / database.NAME


def execute(folder, *statements):
    with closing(sqlite3.connect(path_of(folder))) as connection:
        for statement in statements:
            connection.execute(*statement) if isinstance(statement, tuple) else connection.execute(statement)
        connection.commit()


async def test_what_is_put_is_there_at_once_and_after_a_restart(tmp_path):
    folder = tmp_path / "new" / "memory"
    async with opened(folder) as store:
        store.put("a", b"1")
        store.put("b", b"\x00\xff" * 1000)
        store.put("c", b"")
        store.delete("a")
        store.change("d", lambda known: (known or b"") + b"x")
        store.change("d", lambda known: (known or b"") + b"y")
        expected = {"b": b"\x00\xff" * 1000, "c": b"", "d": b"xy"}
        assert await store.get(["a", "b", "c", "d", "e"]) == expected
    async with opened(folder) as store:
        assert await store.get(["a", "b", "c", "d", "e"]) == expected
        assert (await store.size()).entries == 3
        assert store.told == [] and store.trouble is None


async def test_closing_writes_what_was_put_just_before(tmp_path):
    async with opened(tmp_path, ready=False) as store:
        for number in range(1000):
            store.put(f"k{number}", b"%d" % number)
    async with opened(tmp_path) as store:
        assert len(await store.get([f"k{number}" for number in range(1000)])) == 1000


async def test_it_is_written_within_a_second_without_being_told(tmp_path):
    async with opened(tmp_path) as store, opened(tmp_path) as other:
        store.put("a", b"1")
        for _ in range(200):
            if await other.get(["a"]):
                break
            await asyncio.sleep(0.05)
        assert await other.get(["a"]) == {"a": b"1"}


async def test_several_change_one_value_and_no_change_is_lost(tmp_path):
    async with opened(tmp_path) as one, opened(tmp_path) as two, opened(tmp_path) as three:
        for _ in range(30):
            for store in (one, two, three):
                store.change("n", lambda known: b"%d" % (int(known or b"0") + 1))
            await asyncio.gather(one.flush(), two.flush(), three.flush())
    async with opened(tmp_path) as store:
        assert await store.get(["n"]) == {"n": b"90"}


async def test_keys_are_listed_by_what_they_begin_with(tmp_path):
    async with opened(tmp_path) as store:
        names = [f"place:a:{number:05}" for number in range(2500)]
        for name in [*names, "place:b:1", "place:", "other", "place:a", "place:aa:1"]:
            store.put(name, b"v")
        assert await store.keys("place:a:") == names
        assert await store.keys("place:b:") == ["place:b:1"]
        assert await store.keys("nothing") == []


@pytest.mark.skipif(os.name == "nt", reason="rights are other ones there")
async def test_only_the_user_may_read_it(tmp_path):
    before = os.umask(0)
    try:
        folder = tmp_path / "memory"
        folder.mkdir(mode=0o777)
        async with opened(folder) as store:
            store.put("a", b"1")
            await store.flush()
            everything = [folder, *folder.rglob("*")]
            assert len(everything) >= 5  # the lock, the format's folder, the database with its -wal and -shm
            wide = {path.name: oct(stat.S_IMODE(path.stat().st_mode)) for path in everything}
            assert {name: mode for name, mode in wide.items() if int(mode, 8) & 0o077} == {}
    finally:
        os.umask(before)


async def test_it_keeps_to_its_size_and_what_was_written_last_stays(tmp_path):
    async with opened(tmp_path, max_mb=1) as store:
        for number in range(4000):
            store.put(f"k{number:05}", os.urandom(1000))
        size = await store.size()
        assert size.bytes <= 1.2 * 2**20 and 300 < size.entries < 1100
        assert await store.get(["k03999"]) and "k00000" not in await store.keys("k")


class Harm:
    """Runs a command when unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.fixture
async def kept(tmp_path):
    """A folder with three entries."""
    async with opened(tmp_path / "memory") as store:
        for name in "abc":
            store.put(name, name.encode())
    return tmp_path / "memory"


async def everything(folder):
    async with opened(folder) as store:
        found = await store.get(list("abcxy"))
        store.change("a", lambda known: b"new")
        store.change("x", lambda known: b"new")
        await store.flush()
        assert await store.get(["a", "x"]) == {"a": b"new", "x": b"new"}
        await store.keys("")
        return found, store.told


ROW = "INSERT OR REPLACE INTO Cache(key, raw, store_time, access_time, mode, filename, value) VALUES (?,?,0,0,?,?,?)"


@pytest.mark.parametrize("mode", [diskcache.core.MODE_PICKLE, diskcache.core.MODE_RAW])
async def test_a_pickle_as_a_value_runs_no_code(kept, mode):
    harmed = kept.parent / "harmed"
    harm = pickle.dumps(Harm(harmed))
    execute(kept, (ROW, ("a", 1, mode, None, harm)), (ROW, ("x", 1, mode, None, harm)))
    found, _ = await everything(kept)
    assert "a" not in found and "x" not in found
    assert not harmed.exists()
    pickle.loads(harm)  # the check can fail
    assert harmed.exists()


async def test_a_pickle_as_a_key_runs_no_code(kept):
    harmed = kept.parent / "harmed"
    execute(kept, (ROW, (pickle.dumps(Harm(harmed)), 0, 1, None, seal("x", b"1"))))
    found, _ = await everything(kept)
    assert found == {"a": b"a", "b": b"b", "c": b"c"}
    assert not harmed.exists()


async def test_diskcache_itself_is_never_given_a_pickle_to_read(kept):
    harmed = kept.parent / "harmed"
    execute(kept, (ROW, ("x", 1, diskcache.core.MODE_PICKLE, None, pickle.dumps(Harm(harmed)))))
    cache = database.open_cache(path_of(kept), 100, 1.0)
    with closing(cache), pytest.raises(database.Damaged):
        cache.get("x")
    assert not harmed.exists()


@pytest.mark.parametrize("mode", [diskcache.core.MODE_BINARY, diskcache.core.MODE_TEXT, diskcache.core.MODE_PICKLE])
async def test_an_entry_names_no_file(kept, mode):
    """Neither is somebody else's file read, nor deleted when the entry is replaced or makes room."""
    private = kept.parent / "private"
    private.write_bytes(seal("x", b"secret"))
    execute(
        kept,
        (ROW, ("x", 1, mode, "../../private", None)),
        (ROW, ("a", 1, mode, str(private), None)),
        "UPDATE Cache SET expire_time = 1 WHERE key = 'b'",
        "UPDATE Cache SET filename = '../../private' WHERE key = 'b'",
    )
    found, _ = await everything(kept)
    assert b"secret" not in found.values()
    assert private.exists()


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER harm AFTER INSERT ON Cache BEGIN DELETE FROM Cache; END",
        "CREATE TABLE more (a)",
        "CREATE VIEW more AS SELECT 1",
        "DROP INDEX Cache_key_raw",
        "INSERT INTO Settings VALUES ('get', 'x')",
        "INSERT INTO Settings VALUES ('sqlite_writable_schema', 1)",
        "UPDATE Settings SET value = 'delete' WHERE key = 'sqlite_journal_mode'",
        "UPDATE Settings SET value = 'least-frequently-used' WHERE key = 'eviction_policy'",
        "UPDATE Settings SET value = 'many' WHERE key = 'count'",
        "DELETE FROM Settings",
    ],
)
async def test_a_database_that_is_made_otherwise_is_set_aside(kept, statement):
    execute(kept, statement)
    found, told = await everything(kept)
    assert found == {}
    assert len(told) == 1 and "set aside" in told[0]
    assert len(list(kept.glob("damaged-*"))) == 1
    assert (await everything(kept))[1] == []


async def test_only_the_last_damaged_one_is_kept(kept):
    for _ in range(3):
        path_of(kept).write_bytes(b"no database at all" * 1000)
        assert (await everything(kept))[1]
    assert len(list(kept.glob("damaged-*"))) == 1


async def test_a_value_under_another_key_is_none(kept):
    execute(kept, "UPDATE Cache SET value = (SELECT value FROM Cache WHERE key = 'b') WHERE key = 'a'")
    found, told = await everything(kept)
    assert found == {"b": b"b", "c": b"c"} and told == []


async def test_databases_of_older_formats_go(kept):
    old = kept / "0"
    shutil.copytree(kept / f"{database.FORMAT}", old)
    (kept / "new-abc").mkdir()
    async with opened(kept) as store:
        assert await store.get(["a"]) == {"a": b"a"}
    assert not old.exists() and not (kept / "new-abc").exists()


async def test_a_database_that_was_removed_meanwhile_is_made_again(kept):
    async with opened(kept) as store:
        assert await store.get(["a"]) == {"a": b"a"}
        shutil.rmtree(kept / f"{database.FORMAT}")
        store.put("d", b"d")
        await store.flush()
        assert await store.get(["d"]) == {"d": b"d"}
        async with opened(kept) as other:
            assert await other.get(["d"]) == {"d": b"d"}


async def test_one_server_sets_aside_and_the_others_follow(kept):
    async with opened(kept) as one, opened(kept) as two:
        path = path_of(kept)
        with path.open("r+b") as file:
            file.write(os.urandom(path.stat().st_size))
        for store in (one, two, one, two):
            store.put(f"from {id(store)}", b"x")
            for _ in range(5):
                try:
                    await store.flush()
                    break
                except Unavailable:
                    await asyncio.sleep(0.01)
            else:
                pytest.fail("it does not recover")
        await asyncio.sleep(1.1)
        for store in (one, two):
            assert len(await store.get([f"from {id(one)}", f"from {id(two)}"])) == 2
        assert len([*one.told, *two.told]) in (1, 2)
    assert len(list(kept.glob("damaged-*"))) == 1


async def test_where_nothing_can_be_written_it_goes_on_in_this_process(tmp_path):
    (tmp_path / "file").write_text("no folder")
    async with opened(tmp_path / "file" / "memory", ready=False) as store:
        assert not await store.ready(0.3)
        for number in range(50):
            store.change("a", lambda known: (known or b"") + b"x")
            store.put(f"k{number}", b"v")
        assert await store.get(["a", "k7"]) == {"a": b"x" * 50, "k7": b"v"}
        assert len(store.told) == 1 and "cannot be kept" in store.told[0] and store.trouble == store.told[0]
        with pytest.raises(Unavailable):
            await store.keys("k")


AS_SOMEBODY_ELSE = """
import asyncio, os, sys
from pathlib import Path
import foredraft.memory.database
from foredraft.memory.disk import Disk
from foredraft.memory.store import Store
async def main():
    told = []
    store = Store(Disk(Path(sys.argv[1]), 100), told.append)
    assert not await store.ready(0.5)
    store.put("b", b"1")
    assert await store.get(["a", "b"]) == {"b": b"1"}
    await store.close()
    assert len(told) == 1 and "cannot be kept" in told[0], told
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
asyncio.run(main())
"""


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root can become somebody else")
def test_a_folder_that_may_only_be_read(kept):
    for path in [*kept.parents[:2], kept, *kept.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    done = subprocess.run([sys.executable, "-c", AS_SOMEBODY_ELSE, kept], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def small_disk(tmp_path):
    """A disk of its own with 1 MB on it."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True)
    if mount.returncode:
        pytest.skip("nothing may be mounted here")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


async def test_a_full_disk_is_said_once_and_nothing_is_lost_meanwhile(small_disk):
    async with opened(small_disk / "memory") as store:
        store.put("first", b"1")
        await store.flush()
        (small_disk / "filler").write_bytes(b"x" * 400_000)
        for number in range(40):
            store.put(f"k{number}", os.urandom(20_000))
        with pytest.raises(Unavailable):
            await store.flush()
        assert len(await store.get([f"k{number}" for number in range(40)])) == 40
        await asyncio.sleep(1.0)
        assert [message for message in store.told if "full" in message] == store.told and len(store.told) == 1
        (small_disk / "filler").unlink()
        for number in range(40):
            store.delete(f"k{number}")
        await store.flush()
        assert store.trouble is None
        assert await store.get(["first", "k1"]) == {"first": b"1"}
    async with opened(small_disk / "memory") as store:
        assert await store.get(["first"]) == {"first": b"1"}


async def test_a_lock_is_not_waited_for_on_the_loop(kept):
    async with opened(kept) as store:
        assert await store.get(["a"]) == {"a": b"a"}
        with closing(sqlite3.connect(path_of(kept), isolation_level=None)) as somebody:
            somebody.execute("BEGIN IMMEDIATE")
            store.put("d", b"d")
            times = []
            for name in "bcdefghij" * 3:
                begun = time.perf_counter()
                await store.get([name])
                times.append(time.perf_counter() - begun)
                await asyncio.sleep(0.02)
            assert sorted(times)[len(times) // 2] < 0.02
            assert await store.get(["b", "d"]) == {"b": b"b", "d": b"d"}
            somebody.execute("COMMIT")
        await store.flush()
        assert store.told == []


async def test_more_than_this_process_keeps_can_be_read_at_once(tmp_path):
    async with opened(tmp_path, max_mb=200) as store:
        names = [f"k{number}" for number in range(1_000)]
        for name in names:
            store.put(name, name.encode() * 10_000)
        await store.flush()
        found = await store.get(names)
        assert sum(found[name] == name.encode() * 10_000 for name in names) == 1_000
