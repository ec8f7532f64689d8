"""Servers that write to one memory and are killed: no entry is wrong, and no more is lost than the last second."""

import asyncio
import os
import random
import re
import subprocess
import sys
import time
from pathlib import Path

from memory_writer import value

from foredraft.memory.disk import Disk
from foredraft.memory.store import Store

WRITERS, SECONDS = (8, 60) if os.environ.get("SOAK") else (3, 4)


class Writer:
    """One process, and what it has said."""

    def __init__(self, folder, name):
        self.name, self.killed_at = name, None
        self.said = folder.parent / f"{name}.txt"
        command = [sys.executable, Path(__file__).with_name("memory_writer.py"), folder, name]
        with self.said.open("w") as file:
            self.process = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT)

    def kill(self):
        self.killed_at = time.time()
        self.process.kill()
        self.process.wait(20)

    @property
    def given(self):
        """(when, number) of all that it gave to its store."""
        lines = (re.fullmatch(r"([\d.]+) (\d+)", line) for line in self.said.read_text().splitlines())
        return [(float(line[1]), int(line[2])) for line in lines if line]


def run(folder):
    dice = random.Random(7)
    writers = [Writer(folder, f"w{number}") for number in range(WRITERS)]
    everyone = list(writers)
    end = time.time() + SECONDS
    while time.time() < end:
        time.sleep(1)
        at = dice.randrange(len(writers))
        writers[at].kill()
        writers[at] = Writer(folder, f"w{len(everyone)}")
        everyone.append(writers[at])
    time.sleep(2)
    for writer in writers:
        writer.kill()
    return everyone


async def test_writers_are_killed(tmp_path):
    folder = tmp_path / "memory"
    everyone = run(folder)
    told = []
    store = Store(Disk(folder, 500), told.append)
    assert await store.ready(60)
    there = set(await store.keys("place:"))
    written = await store.get(sorted(there))
    given = {f"place:{writer.name}:{number}": when for writer in everyone for when, number in writer.given}
    killed_at = {writer.name: writer.killed_at for writer in everyone}
    lost = {
        key: killed_at[key.split(":")[1]] - when
        for key, when in given.items()
        if key not in there and when < killed_at[key.split(":")[1]] - 1.0
    }
    (counter,) = (await store.get(["counter"])).values()
    assert {key for key in there if written.get(key) != value(key)} == set()
    assert lost == {}
    assert len(there) > 50 * WRITERS
    assert len(there) <= int(counter) <= len(given)
    assert told == [] and await integrity(folder) == "ok"
    for writer in everyone:
        text = writer.said.read_text()
        assert "wrong" not in text and "Traceback" not in text and "set aside" not in text, text[-2000:]
    worst = max(float(found) for writer in everyone for found in re.findall(r"# ([\d.]+)", writer.said.read_text()))
    print(f"{len(given)} given by {len(everyone)} writers, {len(there)} there, worst read {worst * 1e3:.1f} ms")
    await store.close()


async def integrity(folder):
    import sqlite3

    def check():
        with sqlite3.connect(next(folder.glob("*/cache.db"))) as connection:
            return connection.execute("PRAGMA integrity_check").fetchone()[0]

    return await asyncio.to_thread(check)
