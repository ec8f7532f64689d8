"""Keys: read once, gone from the environment, never in a text; a keyring that fails or hangs costs only itself."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import time
from pathlib import Path

import keyring
import keyring.backend
import keyring.errors
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foredraft.config import Config, load
from foredraft.config import keys as keys_module
from foredraft.config.keys import Key, forget, from_keyring, redact, store, take, variables, wanted

MADE_UP = "gsk-made-up-0123456789"


class Ring(keyring.backend.KeyringBackend):
    """A keyring in this process: what an operating system's would keep."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.delay = 0.0

    def get_password(self, service: str, username: str) -> str | None:
        time.sleep(self.delay)
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


class Locked(Ring):
    def get_password(self, service: str, username: str) -> str | None:
        raise keyring.errors.KeyringLocked(f"locked; {MADE_UP}")


@pytest.fixture(scope="module", autouse=True)
def forgotten():
    """No key of these tests is redacted in others."""
    before = set(keys_module._known)
    yield
    keys_module._known.clear()
    keys_module._known.update(before)


@pytest.fixture
def ring():
    """The keyring that is used is `ring`; before and afterwards it is what it was."""
    before = keyring.get_keyring()
    ring = Ring()
    keyring.set_keyring(ring)
    yield ring
    keyring.set_keyring(before)


def test_keys_are_taken_out_of_the_environment_and_children_do_not_see_them(monkeypatch):
    monkeypatch.setenv("GROQ_API_KEY", f" {MADE_UP}\n")
    monkeypatch.setenv("MY_OWN_KEY", "another-key-0123")
    config = Config.model_validate({"providers": {"mine": {"key_env": "MY_OWN_KEY"}}})
    keys, problems = take(os.environ, variables(config))
    assert (keys["groq"].reveal(), keys["mine"].reveal(), problems) == (MADE_UP, "another-key-0123", [])
    child = subprocess.run([sys.executable, "-c", "import os; print(dict(os.environ))"], capture_output=True, text=True)
    assert "KEY'" in child.stdout or "PATH" in child.stdout
    assert MADE_UP not in child.stdout and "another-key-0123" not in child.stdout
    assert take(os.environ, variables(config)) == ({}, [])


def test_two_providers_may_share_a_variable():
    environ = {"DASHSCOPE_API_KEY": MADE_UP, "HOME": "/"}
    keys, _ = take(environ, {"dashscope": ("DASHSCOPE_API_KEY",), "beijing": ("DASHSCOPE_API_KEY",)})
    assert {name: key.reveal() for name, key in keys.items()} == {"dashscope": MADE_UP, "beijing": MADE_UP}
    assert environ == {"HOME": "/"}


def test_of_several_variables_the_first_that_is_set_counts_and_all_are_gone():
    environ = {"DASHSCOPE_API_KEY": " ", "QWENCLOUD_API_KEY": MADE_UP, "QWEN_AI_PLATFORM_API_KEY": "other-key-0123"}
    keys, problems = take(environ, variables(Config()))
    assert ({name: key.reveal() for name, key in keys.items()}, problems, environ) == ({"dashscope": MADE_UP}, [], {})


def test_the_variables_are_those_of_the_known_providers():
    known = pytest.importorskip("foredraft.models.known", reason="the known providers are not there yet")
    assert {name: one.keys for name, one in known.known_providers().items()} == dict(keys_module.KNOWN_VARIABLES)


@pytest.mark.parametrize("text", ["two words", "schlüssel-0123", "a\nb", "\x00abc"])
def test_what_can_be_no_key_is_a_problem_that_does_not_show_it(text: str):
    environ = {"GROQ_API_KEY": text}
    keys, problems = take(environ, {"groq": ("GROQ_API_KEY",)})
    assert (keys, environ) == ({}, {})
    assert [str(problem) for problem in problems] == [
        "GROQ_API_KEY is not used: a key is one word of printable ASCII characters"
    ]


def test_an_empty_variable_is_no_key():
    assert take({"GROQ_API_KEY": " "}, {"groq": ("GROQ_API_KEY",)}) == ({}, [])


def test_a_key_shows_itself_nowhere():
    key = Key(MADE_UP)
    for text in (repr(key), str(key), f"{key}", f"{key!r:>30}", repr({"key": key}), json.dumps([key], default=str)):
        assert MADE_UP not in text
    with pytest.raises(TypeError):
        pickle.dumps(key)
    assert not hasattr(key, "__dict__")


def test_keys_are_redacted_in_whatever_form():
    Key('odd"key/with+signs=012')
    Key(MADE_UP)
    Key("none")
    told = redact(
        f"401 for {MADE_UP}; x{MADE_UP}y ?key=odd%22key%2Fwith%2Bsigns%3D012 "
        + json.dumps('odd"key/with+signs=012')
        + " "
        "none nonesuch no-none"
    )
    assert told == '401 for <key>; x<key>y ?key=<key> "<key>" <key> nonesuch no-none'
    assert redact("nothing here") == "nothing here"


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=60), st.text(), st.text())
def test_no_text_shows_a_long_key(key: str, before: str, after: str):
    Key(key)
    assert key not in redact(before + key + after).replace("<key>", "\n")


def test_the_keyring_is_asked_for_what_is_named_elsewhere_and_has_no_key(tmp_path):
    path = tmp_path / "config.yml"
    path.write_text(
        "providers:\n  groq: {}\n  together: {}\n  mine: {url: https://mine.example.com}\n  off: {enabled: false}\n"
        "  local: {style: ollama}\n  here: {url: http://127.0.0.1:8080}\n"
        "roles: {draft: [deepseek/x, off/x, local/x, groq/x]}\n"
    )
    config, problems = load([path], {})
    assert problems == []
    assert wanted(config, {"groq": Key(MADE_UP)}) == ["deepseek", "mine", "together"]
    assert wanted(Config(), {}) == []


def test_a_key_is_kept_found_and_deleted(ring: Ring):
    assert store("groq", Key(MADE_UP)) is None
    assert ring.kept == {("foredraft", "groq"): MADE_UP}
    keys, problems = from_keyring(["deepseek", "groq"])
    assert ({name: key.reveal() for name, key in keys.items()}, problems) == ({"groq": MADE_UP}, [])
    assert forget("groq") is None
    assert str(forget("groq")) == "the keyring has no key of groq"


def test_a_keyring_that_hangs_is_left_alone_in_time(ring: Ring):
    ring.delay = 30.0
    begin = time.monotonic()
    keys, problems = from_keyring(["groq"], seconds=0.1)
    assert time.monotonic() - begin < 10
    assert (keys, list(map(str, problems))) == ({}, ["the keyring did not answer within 0.1 seconds"])


def test_a_keyring_that_fails_is_a_problem_without_its_message(ring: Ring):
    keyring.set_keyring(Locked())
    keys, problems = from_keyring(["groq"])
    assert keys == {}
    assert list(map(str, problems)) == [
        "the keyring cannot be used: it is locked. A key in the environment does as well."
    ]


def test_a_system_without_a_keyring_says_so():
    code = "from foredraft.config.keys import *; print(*from_keyring(['groq'])[1], store('groq', Key('x'*9)), sep='|')"
    env = {**os.environ, "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env).stdout
    assert said.count("the keyring cannot be used: this system has none.") == 2


def test_nobody_imports_keyring_who_asks_it_nothing():
    code = (
        "import os, sys; from foredraft.config import *; from foredraft.config.keys import *\n"
        "config, _ = load([], {}); keys, _ = take(os.environ, variables(config)); from_keyring(wanted(config, keys))\n"
        "print('keyring' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(__file__).parent)
    assert said.stdout == "False\n"
