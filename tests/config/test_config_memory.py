"""Where the memory is: TLS but on this machine, a password that no text shows, and a mistake that keeps nothing."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from foredraft.config import Config, MemoryConfig, load, restrict
from foredraft.config.keys import redact, take
from foredraft.config.memory import credentials, without_credentials


def loaded(url: str) -> tuple[MemoryConfig, list[str]]:
    config, problems = load([], {"FOREDRAFT_MEMORY__URL": f'"{url}"'})
    return config.memory, [str(problem) for problem in problems]


@pytest.mark.parametrize(
    "url",
    [
        "redis://127.0.0.1", "redis://localhost:6379/1", "redis://[::1]:6379", "redis://:trombone11@127.0.0.1/0",
        "rediss://cache.example.com", "rediss://me:trombone11@cache.example.com:6380/2", "rediss://me@10.0.0.7",
        "rediss://me:p%40ss%2Fword@cache.example.com",
    ],
)  # fmt: skip
def test_addresses_that_count(url: str):
    memory, problems = loaded(url)
    assert (memory.url, memory.enabled, problems) == (url, True, [])


@pytest.mark.parametrize(
    "url",
    [
        "redis://cache.example.com", "redis://me:trombone11@10.0.0.7", "redis://localhost.example.com",
        "redis://127.0.0.1@cache.example.com", "rediss://cache.example.com?ssl_cert_reqs=none", "unix:///tmp/redis",
        "rediss://me:trombone11@cache.example.com?ssl_cert_reqs=none", "http://127.0.0.1", "rediss://", "",
        "rediss://a@b:trombone11@c", "rediss://me:trom%20bone11@cache.example.com", "redis://127.0.0.1#trombone11",
    ],
)  # fmt: skip
def test_others_keep_nothing_and_no_message_shows_them(url: str):
    memory, problems = loaded(url)
    assert (memory.url, memory.enabled, len(problems)) == (None, False, 1)
    assert "trombone" not in problems[0] and "example.com" not in problems[0].replace(
        "rediss://cache.example.com:6379/0", ""
    )


@pytest.mark.parametrize("text", ["{enabled: maybe}", "{max_mb: little}", "{tier: ours}", "{ulr: x}", "7"])
def test_a_mistake_switches_it_off(tmp_path, text: str):
    (tmp_path / "config.yml").write_text(f"memory: {text}\n")
    config, problems = load([tmp_path / "config.yml"], {})
    assert config.memory == MemoryConfig(enabled=False) and len(problems) == 1


def test_a_misspelt_group_switches_it_off(tmp_path):
    (tmp_path / "config.yml").write_text("memroy: {enabled: false}\n")
    assert load([tmp_path / "config.yml"], {})[0].memory.enabled is False


def test_an_editor_may_only_switch_it_off():
    config, problems = restrict(Config(), {"memory": {"enabled": False}})
    assert (config.memory.enabled, problems) == (False, [])
    off = Config(memory=MemoryConfig(enabled=False))
    for asked in (
        {"enabled": True},
        {"url": "rediss://:trombone11@thief.example"},
        {"max_mb": 900},
        {"tier": "public"},
    ):
        config, problems = restrict(off, {"memory": asked})
        assert config == off and len(problems) == 1
        assert "trombone" not in str(problems[0])


def test_the_password_is_split_off_and_no_text_shows_it():
    url = "rediss://me:p%40ss-trombone12@cache.example.com:6380/2"
    assert credentials(url) == ("me", "p@ss-trombone12")
    assert without_credentials(url) == "rediss://cache.example.com:6380/2"
    assert credentials("redis://127.0.0.1") == (None, None)
    loaded(url)
    assert "trombone12" not in redact(f"{url} and p@ss-trombone12")


def test_the_address_leaves_the_environment_with_the_keys():
    environ = {"FOREDRAFT_MEMORY__URL": "x", "FOREDRAFT_memory__url": "y", "FOREDRAFT_MEMORY__MAX_MB": "7"}
    assert take(environ, {}) == ({}, [])
    assert environ == {"FOREDRAFT_MEMORY__MAX_MB": "7"}


def test_the_command_does_not_show_it(tmp_path):
    env = {**os.environ, "HOME": str(tmp_path), "FOREDRAFT_MEMORY__URL": "rediss://me:trombone13@cache.example.com"}
    done = subprocess.run([sys.executable, "-m", "foredraft", "config"], env=env, capture_output=True, text=True)
    assert 'memory.url: "rediss://cache.example.com"' in done.stdout
    assert "trombone13" not in done.stdout + done.stderr
