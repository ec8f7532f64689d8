"""The one client: what goes through a proxy, what is kept alive, and where an Ollama is."""

import asyncio
import logging
import subprocess
import sys
import time
from contextlib import asynccontextmanager

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ollama._client import _parse_host
from wire_world import KEY, TALK, ask, said, world

from foredraft.models.client import LOOPBACK, open_client, warm
from foredraft.models.families import FAMILIES
from foredraft.models.ollama_host import host_url
from foredraft.models.tokens import Tokens


@asynccontextmanager
async def listening(answer=b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"):
    seen, talks = [], set()

    async def talk(reader, writer):
        talks.add(asyncio.current_task())
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                seen.append(head.decode())
                writer.write(answer)
        except asyncio.IncompleteReadError:
            writer.close()
            await writer.wait_closed()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1], seen
    server.close()
    if talks:
        await asyncio.wait(talks, timeout=10)


async def test_this_machine_is_reached_without_a_proxy(monkeypatch):
    async with listening() as (proxy, through), listening() as (port, direct):
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        async with open_client(5) as client:
            for host in ("127.0.0.1", "localhost"):
                assert (await client.get(f"http://{host}:{port}/x")).status_code == 200
            assert through == []
            assert len(direct) == 2
            assert (await client.get("http://far.example/y")).status_code == 200
            assert through[0].startswith("GET http://far.example/y ")


async def test_a_redirect_is_not_followed():
    moved = b"HTTP/1.1 302 Found\r\nlocation: http://other.example/\r\ncontent-length: 0\r\n\r\n"
    async with listening(moved) as (port, _), open_client(5) as client:
        assert (await client.get(f"http://127.0.0.1:{port}/")).status_code == 302


async def test_a_connection_is_opened_ahead_of_use():
    async with listening() as (port, seen), open_client(5) as client:
        assert await warm(client, f"http://127.0.0.1:{port}/v1")
        (before,) = client._transport._pool.connections
        assert (await client.get(f"http://127.0.0.1:{port}/v1/models")).status_code == 200
        assert client._transport._pool.connections == [before]
        assert len(seen) == 2


async def test_no_key_goes_along_when_a_connection_is_opened():
    async with listening() as (port, seen), open_client(5) as client:
        assert await warm(client, f"http://127.0.0.1:{port}/v1?x=1")
        assert seen[0].startswith("HEAD / ")
        assert "authorization" not in seen[0].lower()


async def test_no_library_logs_what_is_sent(caplog):
    with caplog.at_level("DEBUG"):
        async with world({"providers": {"groq": {"models": [{"id": "m"}]}}}) as here:
            await said(here.model("groq", "m"), ask(TALK))
            assert not [each for each in caplog.records if each.name.partition(".")[0] in ("httpx", "httpcore")]
    assert logging.getLogger("hpack.hpack").getEffectiveLevel() >= logging.WARNING


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "nonsense", "http://"])
async def test_a_connection_that_cannot_be_opened(url):
    async with open_client(5) as client:
        assert not await warm(client, url)


async def test_the_key_goes_where_it_belongs_and_no_other_one(monkeypatch):
    monkeypatch.setenv("OLLAMA_API_KEY", "environment-key")
    async with world({"providers": {"ollama": {"models": [{"id": "m"}]}}}) as here:
        heads = []

        async def note(request):
            heads.append(request.headers.get("authorization"))

        here.client.event_hooks = {"request": [note]}
        await said(here.model("ollama", "m", key=None, context=4096), ask(TALK))
        await said(here.model("ollama", "m", key=KEY, context=4096), ask(TALK))
    assert heads == [None, f"Bearer {KEY}"]


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("", "http://127.0.0.1:11434"), ("example.com", "http://example.com:11434"),
        ("http://example.com", "http://example.com:80"), ("https://example.com", "https://example.com:443"),
        (":56789", "http://127.0.0.1:56789"), ("example.com:5/path/", "http://example.com:5/path"),
        ("0.0.0.0", "http://127.0.0.1:11434"), ("0.0.0.0:80", "http://127.0.0.1:80"), ("[::]:7", "http://[::1]:7"),
        ("[0001:002:003:0004::1]:56789/path", "http://[0001:002:003:0004::1]:56789/path"),
    ],
)  # fmt: skip
def test_where_an_ollama_is(host, url):
    assert host_url(host) == url


HOSTS = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["", "http://", "https://"]),
    st.sampled_from(["example.com", "1.2.3.4", "[2001:db8::1]", "localhost"]),
    st.sampled_from(["", ":1234"]),
    st.sampled_from(["", "/", "/a", "/a/b/"]),
)


@given(HOSTS)
def test_as_the_official_client_reads_it(host):
    assert host_url(host) == _parse_host(host)


@pytest.mark.parametrize("host", ["ftp://example.com", "http://example.com:notaport"])
def test_where_no_ollama_can_be(host):
    with pytest.raises(ValueError, match=r"http|[Pp]ort"):
        host_url(host)


def test_a_server_without_providers_loads_no_client():
    code = "import foredraft.app, sys; print(sorted({'httpx', 'ollama', 'h2'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_the_ollama_client_comes_with_the_first_question():
    code = (
        "import sys; from foredraft.models import catalogue, client, tokens; shared = client.open_client();"
        "catalogue.connect(catalogue.provider('ollama', {'models': ['m']}), None, shared, tokens.Tokens());"
        "print('ollama' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_what_counts_as_this_machine():
    assert {"localhost", "127.0.0.1", "[::1]"} <= set(LOOPBACK)
    assert httpx.URL("http://0.0.0.0").host in LOOPBACK


FAMILY = st.sampled_from([family.name for family in FAMILIES] + ["new"])


@given(st.text(max_size=60), FAMILY)
def test_an_estimate_of_tokens(text, family):
    tokens = Tokens()
    count = tokens.estimate(text, family)
    assert (count == 0) == (text == "")
    assert tokens.estimate(text + text, family) >= count


@given(FAMILY, st.floats(0.6, 1.8))
def test_what_a_provider_counts_corrects_the_estimate(family, truth):
    tokens = Tokens()
    text = "x = compute(y)\n" * 100
    real = round(tokens.estimate(text, family) * truth)
    for _ in range(60):
        tokens.learn(family, len(text), real)
    assert abs(tokens.estimate(text, family) - real) <= max(2, real * 0.02)
    assert tokens.characters(real, family) == pytest.approx(len(text), rel=0.03)


def test_a_count_that_cannot_be_is_bounded():
    tokens = Tokens()
    text = "x = 1\n" * 100
    plain = tokens.estimate(text, "qwen-coder")
    for count in (10**9, 0, -5):
        for _ in range(100):
            tokens.learn("qwen-coder", len(text), count)
    assert tokens.estimate(text, "qwen-coder") <= plain * 2 + 1


def test_an_estimate_is_quick():
    tokens, text = Tokens(), "größe = compute(y)\n" * 500
    began = time.perf_counter()
    for _ in range(1000):
        tokens.estimate(text, "qwen-coder")
    assert time.perf_counter() - began < 1.0
