"""`foredraft doctor`, the real command against simulated providers."""

from __future__ import annotations

import asyncio
import json
import os
import sys

import pytest

from foredraft.replay.simulator import serve

KEY = "sk-doctor-0123456789abcdef"


async def run(folder, config, *options, **env):
    """The command's exit code, and what it printed."""
    file = folder / "config.yml"
    file.write_text(json.dumps(config))
    private = {name: str(folder) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "foredraft", "--config", str(file), "doctor", *options),
        env={"PATH": os.environ["PATH"], **private, **env},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert b"Traceback" not in err, err
    return process.returncode, out.decode()


def world(**settings):
    return serve({"answers": {"text": "left + right\n"}, "providers": {"cloud": {"style": "openai", **settings}}})


def configured(simulator):
    provider = {"style": "openai", "url": simulator.base("cloud"), "key_env": "CLOUD_KEY", "models": ["one", "two"]}
    return {"providers": {"cloud": provider}, "roles": {"draft": ["cloud/one"], "refine": ["cloud/two"]}}


async def test_all_is_well(tmp_path):
    async with world(models=[{"id": "one"}, {"id": "two"}], key=KEY) as simulator:
        code, out = await run(tmp_path, configured(simulator), "--json", CLOUD_KEY=KEY)
        asked = [entry.model for entry in simulator.log]
    told = json.loads(out)
    assert code == 0 and told["well"] and told["problems"] == []
    (provider,) = told["providers"]
    assert provider["reached"] and provider["listed"] == 2 and provider["tier"] == "public"
    assert [(one["name"], one["roles"], one["state"]) for one in provider["models"]] == [
        ("cloud/one", ["draft"], "answers"),
        ("cloud/two", ["refine"], "answers"),
    ]
    assert all(one["first_ms"] > 0 for one in provider["models"]) and sorted(asked) == ["one", "two"]
    assert told["budget"]["tokens_today"] > 0


async def test_nothing_is_asked_if_not_wanted(tmp_path):
    async with world(models=[{"id": "one"}, {"id": "two"}], key=KEY) as simulator:
        code, out = await run(tmp_path, configured(simulator), "--no-ask", "--json", CLOUD_KEY=KEY)
        assert not list(simulator.log)
    assert code == 0 and {one["state"] for one in json.loads(out)["providers"][0]["models"]} == {"not asked"}


async def test_a_wrong_key_is_said_and_never_shown(tmp_path):
    async with world(models=[{"id": "one"}, {"id": "two"}], key=KEY) as simulator:
        wrong = "sk-wrong-0123456789abcdef"
        code, out = await run(tmp_path, configured(simulator), CLOUD_KEY=wrong)
    assert code == 1 and "!! cloud" in out and "key" in out and wrong not in out


async def test_a_model_that_is_gone(tmp_path):
    async with world(models=[{"id": "one"}], key=KEY) as simulator:
        code, out = await run(tmp_path, configured(simulator), "--json", CLOUD_KEY=KEY)
    states = {one["name"]: one["state"] for one in json.loads(out)["providers"][0]["models"]}
    assert code == 1 and states == {"cloud/one": "answers", "cloud/two": "gone"}


@pytest.mark.parametrize("fault", [{"do": "status", "status": 402}, {"do": "html", "status": 200}])
async def test_what_fails_is_told_with_what_to_do(tmp_path, fault):
    faults = [{**fault, "endpoint": "chat"}]
    async with world(models=[{"id": "one"}, {"id": "two"}], key=KEY, faults=faults) as simulator:
        code, out = await run(tmp_path, configured(simulator), "--json", CLOUD_KEY=KEY)
    models = json.loads(out)["providers"][0]["models"]
    assert code == 1 and {one["state"] for one in models} == {"fails"} and all(one["detail"] for one in models)


async def test_nobody_is_there(tmp_path):
    provider = {"style": "openai", "url": "http://127.0.0.1:9/v1", "models": ["one"]}
    code, out = await run(tmp_path, {"providers": {"cloud": provider}})
    assert code == 1 and "!! cloud" in out and "no connection" in out


async def test_no_model_is_configured(tmp_path):
    code, out = await run(tmp_path, {})
    assert code == 0 and "predictor answers alone" in out
