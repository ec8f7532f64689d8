"""The memory in a real Redis and a real Valkey: shared, never waited for long, and we outlive all that it does."""

import asyncio
import os
import subprocess
import sys
import time
from contextlib import asynccontextmanager

import pytest
from memory_servers import PASSWORD, Server, Slow

from foredraft.config.keys import redact
from foredraft.memory.redis import Redis
from foredraft.memory.sealed import seal
from foredraft.memory.store import Store, Unavailable


@pytest.fixture(params=["redis", "valkey"])
def server(request, tmp_path):
    one = Server(request.param, tmp_path).start()
    yield one
    one.stop()


@pytest.fixture
def redis(tmp_path):
    one = Server("redis", tmp_path).start()
    yield one
    one.stop()


@asynccontextmanager
async def opened(url, ready=True):
    told = []
    store = Store(Redis.at(url), told.append)
    store.told = told
    try:
        if ready:
            assert await store.ready(20), told
        yield store
    finally:
        await store.close()


async def client(server):
    from redis.asyncio import Redis as Client

    return Client(port=server.port, password=PASSWORD)


async def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not (found := await condition()):
        assert time.monotonic() < end, "it does not happen"
        await asyncio.sleep(0.02)
    return found


async def test_what_is_put_is_there_for_others(server):
    async with opened(server.url) as one, opened(server.url) as two:
        one.put("place:a:1", b"\x00\xff" * 500)
        one.put("place:a:2", b"2")
        one.delete("place:a:2")
        one.change("n", lambda known: (known or b"") + b"x")
        await one.flush()
        found = await until(lambda: two.get(["place:a:1", "place:a:2", "n"]))
        assert found == {"place:a:1": b"\x00\xff" * 500, "n": b"x"}
        assert (await two.size()).entries == 2


async def test_keys_by_what_they_begin_with(server):
    async with opened(server.url) as store:
        names = [f"place:a*[b]?:{number:04}" for number in range(1500)]
        for name in [*names, "place:axb:1", "other"]:
            store.put(name, b"v")
        assert await store.keys("place:a*[b]?:") == names
        assert await store.keys("nothing") == []


async def test_no_change_is_lost_where_several_change_the_same(server):
    async with opened(server.url) as one, opened(server.url) as two, opened(server.url) as three:
        for _ in range(10):
            for store in (one, two, three):
                for name in ("n", "m", "o"):
                    store.change(name, lambda known: b"%d" % (int(known or b"0") + 1))
            await asyncio.gather(one.flush(), two.flush(), three.flush())
    async with opened(server.url) as store:
        assert await until(lambda: store.get(["n", "m", "o"])) == {"n": b"30", "m": b"30", "o": b"30"}


async def test_what_others_put_there_is_none(redis):
    other = await client(redis)
    await other.set("foredraft:1:a", b"\x80\x04K\x01.")
    await other.set("foredraft:1:b", seal("c", b"of another key"))
    await other.set("foredraft:1:d", b"\x02" + seal("d", b"of another format")[1:])
    await other.lpush("foredraft:1:list", "a")
    await other.set("foredraft:1:ok", seal("ok", b"1"))
    async with opened(redis.url) as store:
        assert await until(lambda: store.get(["a", "b", "d", "list", "ok"])) == {"ok": b"1"}
        store.change("a", lambda known: b"new" if known is None else b"wrong")
        await store.flush()
        assert await store.get(["a"]) == {"a": b"new"}
    assert await other.ttl("foredraft:1:a") > 29 * 24 * 3600
    await other.aclose()


async def test_a_read_is_waited_for_five_milliseconds(redis):
    async with opened(redis.url) as store:
        store.put("a", b"1")
        await store.flush()
    async with opened(redis.url) as store:
        times = []
        with redis.paused():
            for number in range(20):
                begun = time.perf_counter()
                assert await store.get(["a", f"k{number}"]) == {}
                times.append(time.perf_counter() - begun)
        assert sorted(times)[10] < 0.02  # it says 5 ms
        assert await until(lambda: store.get(["a"])) == {"a": b"1"}
        assert store.told == []


async def test_what_comes_late_is_there_the_next_time(redis):
    async with Slow(redis.port, 0.05) as slow, opened(redis.url) as writer:
        writer.put("a", b"1")
        await writer.flush()
        async with opened(redis.url.replace(f"{redis.port}", f"{slow.port}")) as store:
            assert await store.get(["a"]) == {}
            await asyncio.sleep(0.3)
            begun = time.perf_counter()
            assert await store.get(["a"]) == {"a": b"1"}
            assert time.perf_counter() - begun < 0.02
            assert store.told == []


async def test_gone_and_back(server):
    async with opened(server.url) as store:
        store.put("a", b"1")
        await store.flush()
        server.stop()
        store.put("b", b"2")
        await until(lambda: asyncio.sleep(0, store.trouble))
        assert await store.get(["a", "b"]) == {"a": b"1", "b": b"2"}
        begun = time.perf_counter()
        for number in range(200):
            await store.get([f"k{number}"])
            store.put(f"k{number}", b"v")
        assert time.perf_counter() - begun < 1.0
        server.start()
        await until(lambda: asyncio.sleep(0, store.trouble is None))
        await store.flush()
        assert len(store.told) == 1 and "no connection" in store.told[0]
    async with opened(server.url) as store:
        assert len(await until(lambda: store.get(["b", "k0", "k199"]))) == 3


async def test_never_there(tmp_path):
    async with opened(Server("redis", tmp_path).url, ready=False) as store:
        store.put("a", b"1")
        await until(lambda: asyncio.sleep(0, store.told))
        assert await store.get(["a", "b"]) == {"a": b"1"}
        with pytest.raises(Unavailable):
            await store.keys("")
    assert len(store.told) == 1


async def test_restarted_between_two_reads(redis):
    async with opened(redis.url) as store:
        await store.get(["a"])
        redis.stop()
        redis.start()
        store.put("a", b"1")
        await store.flush()
        assert store.told == []


async def test_full(tmp_path):
    full = Server("redis", tmp_path, "--maxmemory", "3mb", "--maxmemory-policy", "noeviction").start()
    try:
        async with opened(full.url) as store:
            for number in range(300):
                store.put(f"k{number}", os.urandom(20_000))
            await until(lambda: asyncio.sleep(0, store.told))
            assert "full" in store.told[0]
            assert len(await store.get([f"k{number}" for number in range(300)])) == 300
        assert len(store.told) == 1
    finally:
        full.stop()


async def test_a_wrong_password_is_told_without_it(redis):
    wrong = redis.url.replace(PASSWORD, "hunter22trombone")
    async with opened(wrong, ready=False) as store:
        await until(lambda: asyncio.sleep(0, store.told))
        assert "user or password is wrong" in store.told[0]
        assert "hunter22" not in f"{store.told} {store.trouble} {store._back_end!r} {vars(store._back_end)}"
        assert "hunter22" not in redact(f"somebody else says {wrong}")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        [
            *["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"],
            *["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem"],
        ],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    return folder


OVER_TLS = """
import asyncio, sys
from foredraft.memory.redis import Redis
from foredraft.memory.store import Store
async def main():
    store = Store(Redis.at(sys.argv[1]), lambda message: print("told:", message))
    print(await store.ready(float(sys.argv[2])))
    store.put("a", b"1")
    await store.close()
asyncio.run(main())
"""


@pytest.mark.parametrize("kind", ["redis", "valkey"])
def test_tls_is_used_and_certificates_are_checked(tmp_path, certificates, kind):
    files = {"cert-file": "cert.pem", "key-file": "key.pem", "ca-cert-file": "cert.pem"}
    options = [part for name, file in files.items() for part in (f"--tls-{name}", certificates / file)]
    server = Server(kind, tmp_path, *options, "--tls-auth-clients", "no", tls=True).start()
    try:
        said = {}
        for name, env in {"unknown": {}, "known": {"SSL_CERT_FILE": f"{certificates / 'cert.pem'}"}}.items():
            command = [sys.executable, "-c", OVER_TLS, server.url, "20" if env else "1.5"]
            done = subprocess.run(command, env={**os.environ, **env}, capture_output=True, text=True, timeout=60)
            assert done.returncode == 0, done.stderr
            said[name] = done.stdout
        assert said["known"] == "True\n"
        assert said["unknown"].startswith("told:") and "False" in said["unknown"]
        assert PASSWORD not in f"{said}"
    finally:
        server.stop()
