"""The server with providers configured, over stdio, against simulated ones: what is sent, closed, told and shown."""

import json

import pytest
from conftest import eventually
from model_worlds import KEYS, REFRESHING, configured, simulated, speaking

URI = "file:///nowhere/a.py"
TEXT = "def f(total, tax):\n    \n"
LINE = "return total + tax"
SLOW = {"first_ms": 60_000}
BOTH = {"draft": ["groq/openai/gpt-oss-20b"], "refine": ["deepseek/deepseek-flash"]}


@pytest.fixture
def begin(launch, tmp_path):
    """Starts a server whose models say so, with a document open; `begin(groq, deepseek)`: the client, the provider."""
    ended = []

    def start(groq, deepseek=None, uri=URI, roles=None, **config):
        providers = {"groq": groq, **({"deepseek": deepseek} if deepseek else {})}
        context = simulated(tmp_path, providers=providers)
        provider = context.__enter__()
        ended.append(context)
        path = configured(tmp_path, provider, BOTH if deepseek else roles, **config)
        client = launch(FOREDRAFT_CONFIG=str(path), **KEYS)
        client.start(REFRESHING)
        client.open(uri, TEXT)
        return client, provider

    yield start
    for context in ended:
        context.__exit__(None, None, None)


def type_(client, version, column, text):
    client.change(URI, version, (1, column, 1, column, text))


def ask(client, column, kind=2):
    where = {"textDocument": {"uri": URI}, "position": {"line": 1, "character": column}}
    return client.ask("textDocument/inlineCompletion", {**where, "context": {"triggerKind": kind}})


def texts(result):
    return [item["insertText"] for item in result["items"]]


def until_asked(client, provider, column=4):
    """Ask until a request arrives at the provider, which it does once the models are there; the id of that ask."""
    found = []

    def asked():
        found.append(ask(client, column))
        return bool(provider.log())

    eventually(asked)
    return found[-1]


def test_a_draft_answers_and_typing_along_sends_nothing_more(begin):
    client, provider = begin(speaking(LINE))
    until_asked(client, provider)
    shown = ""
    for at, key in enumerate(LINE[:12]):
        type_(client, at + 2, 4 + at, key)
        shown = texts(client.inline(URI, 1, 5 + at))
        assert not shown or LINE[at + 1 :].startswith(shown[0])
    assert shown == [LINE[12:]]
    assert len(provider.log()) == 1
    assert client.end() == 0


def test_agreeing_keys_keep_the_flight_and_a_contradicting_one_closes_its_socket(begin):
    client, provider = begin(speaking(LINE + "\n    more()" * 40, per_second=8))
    until_asked(client, provider)
    provider.wait(lambda log: log[0]["tokens"] >= 2)
    for at, key in enumerate("ret"):
        type_(client, at + 2, 4 + at, key)
        ask(client, 5 + at)
    (entry,) = provider.log()
    assert entry["closed_at"] is None and not entry["finished"]
    type_(client, 9, 7, "x")
    log = provider.wait(lambda log: log[0]["closed_at"] is not None)
    assert len([one for one in log if one["closed_at"] is None]) <= 1
    assert not log[0]["finished"]


def test_a_cancel_without_a_successor_closes_after_the_grace(begin):
    client, provider = begin(speaking(LINE, **SLOW))
    ident = until_asked(client, provider)
    client.notify("$/cancelRequest", {"id": ident})
    assert client.answer(ident)["error"]["code"] == -32800
    assert provider.log()[0]["closed_at"] is None, "it lives a little"
    provider.wait(lambda log: log[0]["closed_at"] is not None)


def test_the_soft_deadline_answers_and_a_refresh_without_text_follows(begin):
    client, provider = begin(speaking(LINE, first_ms=900), inline={"soft_deadline_ms": 50})
    client.answer(until_asked(client, provider))
    for at, key in enumerate("return"):
        type_(client, at + 2, 4 + at, key)
    result = client.inline(URI, 1, 10)
    if not result["items"]:
        (told,) = [note for note in client.note("foredraft/refresh") if note]
        assert told.keys() == {"textDocument", "position", "id"}
        assert told["textDocument"] == {"uri": URI, "version": 7}
        assert told["position"] == {"line": 1, "character": 10}
        assert "total" not in json.dumps(told)
        result = client.inline(URI, 1, 10)
        assert result["items"][0]["command"]["arguments"] == [told["id"]]
    assert texts(result) == [" total + tax"] and len(provider.log()) == 1


def test_no_refresh_is_told_for_a_version_that_is_gone(begin):
    client, provider = begin(speaking(LINE, first_ms=700), inline={"soft_deadline_ms": 20})
    client.answer(until_asked(client, provider))
    type_(client, 2, 4, "r")
    provider.wait(lambda log: log[0]["finished"])
    client.document(URI)
    assert all(note is None or note["textDocument"]["version"] == 2 for note in client.noted("foredraft/refresh"))


def test_who_announced_no_refresh_is_told_of_none(launch, tmp_path):
    with simulated(tmp_path, providers={"groq": speaking(LINE, first_ms=300)}) as provider:
        path = configured(tmp_path, provider, inline={"soft_deadline_ms": 20})
        client = launch(FOREDRAFT_CONFIG=str(path), **KEYS)
        client.start()
        client.open(URI, TEXT)
        until_asked(client, provider)
        provider.wait(lambda log: log[0]["finished"])
        client.document(URI)
        assert not client.noted("foredraft/refresh")


def test_a_refinement_that_differs_is_the_next_item_of_a_cycle(begin):
    client, provider = begin(speaking("return total"), speaking("return net(total, tax)"))
    until_asked(client, provider)
    provider.wait(lambda log: len(log) == 2 and all(one["finished"] for one in log))
    for at, key in enumerate("return"):
        type_(client, at + 2, 4 + at, key)
    first = texts(client.inline(URI, 1, 10))
    eventually(lambda: set(texts(client.inline(URI, 1, 10, kind=1))) == {" total", " net(total, tax)"})
    assert texts(client.inline(URI, 1, 10, kind=1))[0] == first[0], "what is on screen stays the first"
    assert len(provider.log()) == 2


def test_a_document_that_privacy_keeps_here_is_sent_nowhere(begin):
    client, provider = begin(speaking(LINE), privacy={"rules": [{"paths": ["*.py"], "tier": "local"}]})
    for _ in range(30):
        assert client.inline(URI, 1, 4)["items"] == []
    client.open("file:///nowhere/.env.py", TEXT)
    client.inline("file:///nowhere/.env.py", 1, 4)
    assert provider.log() == []


def test_a_wrong_key_shows_in_the_status_and_nowhere_else(begin):
    client, provider = begin({**speaking(LINE), "key": "gsk-another"})
    until_asked(client, provider)
    eventually(lambda: any("groq rests (key)" in note["message"] for note in client.noted("foredraft/status")))
    assert client.inline(URI, 1, 4)["items"] == []
    assert not client.pop_ups() and KEYS["GROQ_API_KEY"].encode() not in client.errors
    assert client.end() == 0


def test_settings_from_the_editor_may_switch_a_provider_off_and_nothing_on(begin):
    client, provider = begin(speaking(LINE))
    client.answer(until_asked(client, provider))
    client.notify("workspace/didChangeConfiguration", {"settings": {"privacy": {"tier": "local"}}})
    for at in range(8):
        type_(client, at + 2, 4 + at, "x")
        client.inline(URI, 1, 5 + at, kind=1)
    assert len(provider.log()) == 1


def test_it_ends_at_once_with_a_request_under_way(begin):
    client, provider = begin(speaking(LINE, **SLOW))
    until_asked(client, provider)
    assert client.end() == 0
    provider.wait(lambda log: log[0]["closed_at"] is not None)
