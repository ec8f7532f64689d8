"""A process that writes to a memory without end, and says what: `python memory_writer.py FOLDER NAME`.

Each line on stdout is "SECONDS NUMBER": entry NUMBER was given to the store then. Every value can be told right from
wrong by its key. All writers share one counter as well.
"""

import asyncio
import sys
import time
from pathlib import Path

from foredraft.memory.disk import Disk
from foredraft.memory.store import Store


def value(key):
    return f"{key} ".encode() * 20


def counted(known):
    return b"%d" % (int(known or b"0") + 1)


async def main(folder, name):
    told = []
    store = Store(Disk(Path(folder), 500), told.append)
    await store.ready(30)
    number, worst = 0, 0.0
    while True:
        for _ in range(5):
            key = f"place:{name}:{number}"
            store.put(key, value(key))
            store.change("counter", counted)
            print(f"{time.time():.3f} {number}", flush=True)
            number += 1
        begun = time.perf_counter()
        found = await store.get([f"place:{name}:{number - 400}", f"place:other:{number}", "counter"])
        worst = max(worst, time.perf_counter() - begun)
        if any(found[key] != value(key) for key in found if key != "counter"):
            print("wrong", flush=True)
        if told or number % 100 == 0:
            print(f"# {worst:.4f} {told}", flush=True)
        await asyncio.sleep(0.01)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
