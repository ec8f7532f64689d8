"""The simulator as a process, its control endpoints, and scenarios that are wrong."""

import json
import re
import signal
import subprocess
import sys

import httpx
import pytest
from simulator_client import chat, get, happens, post

from foredraft.replay.simulator import ScenarioError, parse_scenario, read_scenario, serve
from foredraft.replay.simulator.reading import packaged_scenarios

COMMAND = [sys.executable, "-m", "foredraft.replay.simulator"]


def run(*arguments):
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)


@pytest.fixture
def started(tmp_path):
    """A running process and its address."""
    file = tmp_path / "one.json"
    file.write_text(json.dumps({"answers": {"text": "yes"}, "providers": {"groq": {}, "mine": {"style": "openai"}}}))
    process = subprocess.Popen([*COMMAND, "--scenario", str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        yield process, json.loads(process.stdout.readline())["url"]
    finally:
        process.kill()
        process.stdin.close()
        process.stdout.close()
        process.wait()


def ask(url, path="/mine/v1/chat/completions", model="model"):
    return httpx.post(url + path, json=chat(model), timeout=20)


@pytest.mark.parametrize("how", ["SIGTERM", "SIGINT", "stdin"])
def test_it_serves_until_it_is_told_to_end(started, how):
    process, url = started
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", url)
    assert ask(url).json()["choices"][0]["message"]["content"] == "yes"
    if how == "stdin":
        process.stdin.close()
    else:
        process.send_signal(getattr(signal, how))
    assert process.wait(20) == 0


def test_the_log_is_read_and_cleared_and_the_scenario_replaced(started):
    _, url = started
    ask(url)
    (entry,) = httpx.get(f"{url}/_log").json()
    assert (entry["provider"], entry["status"], entry["finished"], entry["prompt_chars"]) == ("mine", 200, True, 5)
    assert "body" not in entry
    assert httpx.get(f"{url}/_log?body=1").json()[0]["body"]["model"] == "model"
    assert httpx.get(f"{url}/_providers").json()["groq"] == f"{url}/groq/openai/v1"
    bad = httpx.post(f"{url}/_scenario", content="providers:\n  groq: {speed: 1}")
    assert (bad.status_code, ask(url).status_code) == (400, 200)
    assert bad.json()["error"].startswith("scenario:2: providers.groq.speed: there is no such setting")
    assert httpx.post(f"{url}/_scenario", content="providers: {other: {style: openai}}").status_code == 200
    assert (ask(url).status_code, ask(url, "/other/v1/chat/completions").status_code) == (404, 200)
    assert [one["provider"] for one in httpx.get(f"{url}/_log").json()] == ["mine", "mine", "other"]
    httpx.post(f"{url}/_reset")
    assert httpx.get(f"{url}/_log").json() == []
    assert "POST /_reset" in httpx.get(f"{url}/_nothing").json()["error"]


def test_help_teaches():
    said = run("--help").stdout
    for word in ("--scenario", "--port", "/_log", "/_reset", "/_scenario", "free-tier", "SIGTERM", "deepseek/beta"):
        assert word in said


def test_what_cannot_be_used_is_said_in_a_line(tmp_path):
    missing = run("--scenario", "nowhere.yml")
    assert missing.returncode == 2
    assert missing.stderr == (
        "nowhere.yml: there is no such file; the scenarios that come along: down, failing, fast, free-tier, instant\n"
    )
    file = tmp_path / "bad.yml"
    file.write_text("seed: 1\nproviders:\n  groq:\n    faults:\n      - {do: status}\n")
    bad = run("--scenario", str(file))
    assert (bad.returncode, bad.stdout) == (2, "")
    assert bad.stderr.startswith(f"{file}:5: providers.groq.faults.0: `do: status` needs a status")
    assert run().returncode == 2


def test_a_port_that_is_taken(started):
    _, url = started
    taken = run("--scenario", "instant", "--port", url.rpartition(":")[2])
    assert taken.returncode == 2
    assert "--port 0 finds one" in taken.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("providers: [", ":1: this is not YAML"),
        ("just text", "it begins with `providers:`"),
        ("providers: {}", "providers"),
        ("providers:\n  unknown: {}\n", "'unknown' is no known provider; give a `style`: cerebras, codestral"),
        ("providers:\n  groq:\n    key: 1\n", ":3: providers.groq.key: Input should be a valid string"),
        ("seed: 1\nproviders:\n  groq:\n\n    latency: {sigma: -1}\n", ":5: providers.groq.latency.sigma"),
        (
            "providers:\n  groq:\n    models:\n    - id: a\n    - {id: b, colour: red}\n",
            ":5: providers.groq.models.1.colour",
        ),
        ("providers: {groq: {models: [{id: a}, {id: a}]}}", "providers.groq.models: a is there twice"),
        ("providers: {groq: {faults: [{do: html, after_tokens: 1}]}}", "`do: html` takes no after_tokens"),
        ("providers: {groq: {faults: [{do: explode}]}}", "providers.groq.faults.0.do: Input should be 'status'"),
        ("providers: {groq: {down: {since: 1}}}", "providers.groq.down.since: there is no such setting"),
        ("providers: {'a/b': {style: openai}}", "part of a path"),
    ],
)
def test_a_wrong_scenario_is_told_with_its_place(text, said):
    with pytest.raises(ScenarioError) as problem:
        parse_scenario(text, "it.yml")
    assert str(problem.value).startswith("it.yml")
    assert said in str(problem.value)


def test_every_problem_has_a_line_of_its_own():
    with pytest.raises(ScenarioError) as problem:
        parse_scenario("seed: x\nproviders:\n  groq: {nope: 1}\n", "it.yml")
    assert [line.split(" ")[0] for line in str(problem.value).splitlines()] == ["it.yml:1:", "it.yml:3:"]


async def test_the_scenarios_that_come_along_can_be_served():
    assert packaged_scenarios() == ["down", "failing", "fast", "free-tier", "instant"]
    for name in packaged_scenarios():
        async with serve(read_scenario(name)) as simulator:
            ollama = await post(
                f"{simulator.base('ollama')}/api/generate", {"model": "qwen2.5-coder:1.5b-base", "prompt": "a"}
            )
            assert ollama.status_code == 200, name


async def test_failing_fails_three_in_ten():
    scenario = read_scenario("failing").model_dump(by_alias=True, exclude_unset=True) | {"latency": {}}
    scenario["providers"]["groq"]["faults"] = [
        fault | ({"after_tokens": 0, "seconds": 0} if fault["do"] == "stall" else {})
        for fault in scenario["providers"]["groq"]["faults"]
    ]
    async with serve(scenario) as simulator, httpx.AsyncClient(verify=False) as client:
        for _ in range(400):
            try:
                await client.post(f"{simulator.base('groq')}/chat/completions", json=chat("openai/gpt-oss-20b"))
            except httpx.HTTPError:
                continue
        failed = sum(entry.fault is not None for entry in simulator.log)
        assert 90 <= failed <= 150


async def test_paths_are_read_below_the_scenarios_folder(tmp_path):
    (tmp_path / "code.py").write_text("first = 1\nsecond = 2\n")
    file = tmp_path / "knows.yml"
    file.write_text("answers: {knows: {paths: ['*.py'], share: 1}}\nproviders: {vllm: }\n")
    async with serve(read_scenario(file)) as simulator:
        body = {"model": "Qwen/Qwen2.5-Coder-7B", "prompt": "first = 1\nsec"}
        answer = await post(f"{simulator.base('vllm')}/completions", body)
        assert answer.json()["choices"][0]["text"] == "ond = 2"


async def test_many_at_once_on_kept_connections():
    async with serve(read_scenario("instant")) as simulator, httpx.AsyncClient(verify=False) as client:
        url = f"{simulator.base('codestral')}/chat/completions"
        for _ in range(50):
            assert (await client.post(url, json=chat("codestral-latest", stream=True))).status_code == 200
        assert len(simulator.log) == 50
        assert (await get(f"{simulator.url}/_log")).json()[49]["number"] == 50
        await happens(lambda: all(entry.finished for entry in simulator.log))
