"""Whatever bytes of the database change: nothing wrong is ever read, and the memory goes on."""

import asyncio
import os
import random
import shutil

import pytest

from foredraft.memory import database
from foredraft.memory.disk import Disk
from foredraft.memory.store import Store, Unavailable

TRIES = 1_000 if os.environ.get("SOAK") else 50
KEYS = [f"place:a:{number}" for number in range(300)]


def value(key):
    return f"{key} ".encode() * 15


@pytest.fixture(scope="module")
def pristine(tmp_path_factory):
    """A database in the middle of its life: a part of it in the -wal."""
    folder = tmp_path_factory.mktemp("pristine")

    async def fill():
        store = Store(Disk(folder / "memory", 100))
        await store.ready(20)
        for key in KEYS:
            store.put(key, value(key))
        await store.flush()
        for key in KEYS[:20]:
            store.put(key, b"old")
            await store.flush()
            store.put(key, value(key))
        await store.flush()
        shutil.copytree(folder / "memory", folder / "copy")
        await store.close()

    asyncio.run(fill())
    return folder / "copy"


def damage(path, dice):
    """Some bytes anywhere; sometimes a whole piece, or the end."""
    size = path.stat().st_size
    if not size:
        return
    what = dice.random()
    with path.open("r+b") as file:
        if what < 0.15:
            file.truncate(dice.randrange(size))
            return
        for _ in range(dice.choice([1, 1, 5, 50])):
            file.seek(dice.randrange(size))
            file.write(dice.randbytes(dice.choice([1, 1, 16, 4096]))[: size - file.tell()])


async def used(folder, told):
    """Everything is read and written; nothing that is found is wrong."""
    store = Store(Disk(folder, 100), told.append)
    try:
        assert await store.ready(20), told
        for key in (*KEYS, "more"):
            found = await store.get([key])
            assert found in ({}, {key: value(key)}) or found == {key: b"old"}, key
        store.put("more", value("more"))
        for key in KEYS[::3]:
            store.put(key, value(key))
        await recovered(store)
        assert await store.get(["more"]) == {"more": value("more")}
    finally:
        await store.close()


async def recovered(store):
    for _ in range(10):
        try:
            await store.flush()
            return
        except Unavailable:
            await asyncio.sleep(0.02)
    pytest.fail(f"it does not recover: {store.trouble}")


@pytest.mark.parametrize("seed", range(5))
async def test_bytes_change_while_nobody_looks(tmp_path, pristine, seed):
    set_aside = 0
    for at in range(TRIES // 10):
        dice = random.Random(f"{seed} {at}")
        folder = tmp_path / f"{at}"
        shutil.copytree(pristine, folder)
        inside = folder / f"{database.FORMAT}"
        damage(inside / dice.choice([database.NAME, database.NAME, f"{database.NAME}-wal"]), dice)
        if dice.random() < 0.5:
            (inside / f"{database.NAME}-shm").unlink()
        told = []
        await used(folder, told)
        assert len(told) <= 1
        set_aside += len(told)
        again = []
        await used(folder, again)
        assert again == []
        shutil.rmtree(folder)
    assert TRIES < 100 or set_aside


@pytest.mark.parametrize("seed", range(5))
async def test_bytes_change_under_a_running_server(tmp_path, pristine, seed):
    for at in range(TRIES // 10):
        dice = random.Random(f"running {seed} {at}")
        folder = tmp_path / f"{at}"
        shutil.copytree(pristine, folder)
        told = []
        store = Store(Disk(folder, 100), told.append)
        try:
            assert await store.ready(20), told
            await store.get(KEYS[:100])
            path = folder / f"{database.FORMAT}" / database.NAME
            with path.open("r+b") as file:  # in place, with the server's own connections open
                for _ in range(20):
                    file.seek(dice.randrange(path.stat().st_size))
                    file.write(dice.randbytes(64))
            for key in KEYS:
                found = await store.get([key])
                assert found in ({}, {key: value(key)}) or found == {key: b"old"}, key
            for key in KEYS[::3]:
                store.put(key, value(key))
            await recovered(store)
            assert len(await store.get(KEYS[::3])) == 100
            assert len(told) <= 1
        finally:
            await store.close()
        shutil.rmtree(folder)
