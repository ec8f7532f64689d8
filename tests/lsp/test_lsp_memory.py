"""What models wrote is there at once in the next server, over stdio, against a simulated provider."""

from conftest import eventually
from model_worlds import KEYS, REFRESHING, configured, simulated, speaking

URI = "file:///nowhere/a.py"
TEXT = "def f(total, tax):\n    \n"
LINE = "return total + tax"
ALONE = {"predictor": {"enabled": False}}  # what is shown is then of models


def begin(launch, path):
    client = launch(FOREDRAFT_CONFIG=str(path), **KEYS)
    client.start(REFRESHING)
    client.open(URI, TEXT)
    return client


def asked_until(client, condition):
    """Ask by a key at the place until `condition(items)`, which takes until the models are there; the items."""
    found = []

    def asked():
        found.append(client.inline(URI, 1, 4, kind=1)["items"])
        return condition(found[-1])

    eventually(asked)
    return found[-1]


def kept_in(private_env):
    folder = [path for path in private_env.rglob("memory") if path.is_dir()]
    return folder[0] if folder else None


def drafted(client, provider, requests=1):
    asked_until(client, lambda items: len(provider.log()) >= requests)
    provider.wait(lambda log: all(one["finished"] for one in log))
    return asked_until(client, bool)


def test_a_second_server_answers_from_what_the_first_one_kept(launch, tmp_path):
    with simulated(tmp_path, providers={"groq": speaking(LINE)}) as provider:
        path = configured(tmp_path, provider, **ALONE)
        first = begin(launch, path)
        drafted(first, provider)
        assert first.end() == 0
        second = begin(launch, path)
        items = asked_until(second, bool)
        assert LINE.startswith(items[0]["insertText"])
        assert len(provider.log()) == 1, "the place was known"
        second.change(URI, 2, (1, 4, 1, 4, "x"))
        second.change(URI, 3, (1, 4, 1, 5, ""))
        assert LINE.startswith(second.inline(URI, 1, 4, kind=1)["items"][0]["insertText"])
        assert len(provider.log()) == 1
        assert second.end() == 0 and not second.pop_ups()


def test_switched_off_nothing_is_kept_nor_used(launch, tmp_path):
    with simulated(tmp_path, providers={"groq": speaking(LINE)}) as provider:
        off = configured(tmp_path, provider, memory={"enabled": False}, **ALONE)
        first = begin(launch, off)
        drafted(first, provider)
        assert first.end() == 0 and kept_in(tmp_path / "home") is None
        path = configured(tmp_path, provider, **ALONE)
        second = begin(launch, path)
        drafted(second, provider, 2)
        assert second.end() == 0 and kept_in(tmp_path / "home") is not None
        third = begin(launch, path)
        third.notify("workspace/didChangeConfiguration", {"settings": {"memory": {"enabled": False}}})
        drafted(third, provider, 3)
        assert third.end() == 0


def test_without_models_there_is_no_memory(launch, tmp_path):
    client = launch()
    client.start(REFRESHING)
    client.open(URI, TEXT)
    client.inline(URI, 1, 4)
    assert client.end() == 0 and kept_in(tmp_path / "home") is None
