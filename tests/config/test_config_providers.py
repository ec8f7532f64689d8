"""Providers and roles: what is right counts, and no message repeats what may be a key in the wrong place."""

from __future__ import annotations

from pathlib import Path

import pytest

from foredraft.config import Config, ModelConfig, load, provider_and_id

EXAMPLE = """\
providers:
  groq: {style: openai, url: https://api.groq.com/openai/v1, key_env: GROQ_API_KEY, tier: public, models: [gpt, {id: openai/gpt-oss-20b, family: qwen-coder, use: fim, context: 32768}]}
  local: {style: ollama, urls: [http://127.0.0.1:11434], tier: local}
  deepseek:
roles:
  draft: [groq/openai/gpt-oss-20b, local/smollm2]
  refine: [dashscope/qwen3-coder-flash, deepseek/deepseek-flash]
budget: {usd_per_day: 1.00}
pipelines:
  speed_quality: [{role: draft, deadline_ms: 300}, {role: refine, count: 2, optional: true}]
"""  # noqa: E501 - as the README has it


@pytest.fixture
def loaded(tmp_path: Path):
    """`loaded(text, **environment)` -> (config, problems as text)."""

    def load_(text: str, **env: str) -> tuple[Config, list[str]]:
        path = tmp_path / "config.yml"
        path.write_text(text, encoding="utf-8")
        config, problems = load([path], env)
        return config, [str(problem).removeprefix(f"{path}") for problem in problems]

    return load_


def test_the_form_that_the_readme_shows(loaded):
    config, problems = loaded(EXAMPLE)
    assert problems == []
    groq, local = config.providers["groq"], config.providers["local"]
    assert (groq.style, groq.addresses, groq.key_env) == ("openai", ("https://api.groq.com/openai/v1",), "GROQ_API_KEY")
    assert groq.models == (
        ModelConfig(id="gpt"),
        ModelConfig(id="openai/gpt-oss-20b", family="qwen-coder", use="fim", context=32768),
    )
    assert (local.addresses, local.tier, local.enabled) == (("http://127.0.0.1:11434",), "local", True)
    assert config.providers["deepseek"].addresses == ()
    assert provider_and_id(config.roles["draft"][0]) == ("groq", "openai/gpt-oss-20b")
    assert [
        (stage.role, stage.count, stage.deadline_ms, stage.optional) for stage in config.pipelines["speed_quality"]
    ] == [
        ("draft", 1, 300, False),
        ("refine", 2, None, True),
    ]


def test_the_environment_reaches_any_depth(loaded):
    config, problems = loaded(
        EXAMPLE,
        FOREDRAFT_PROVIDERS__GROQ__URL="https://proxy.example.com",
        FOREDRAFT_PROVIDERS__MINE="{url: 'https://mine.example.com', models: [a]}",
        FOREDRAFT_PROVIDERS__MINE__TIER="trusted",
        FOREDRAFT_PROVIDERS__LOCAL__LIMITS__REQUESTS_PER_MINUTE="3",
        FOREDRAFT_ROLES__DRAFT="[mine/a]",
        FOREDRAFT_PRIVACY__SECRETS__PUBLIC="refuse",
    )
    assert problems == []
    assert config.providers["groq"].url == "https://proxy.example.com"
    assert config.providers["groq"].key_env == "GROQ_API_KEY"
    assert (config.providers["mine"].tier, config.providers["mine"].models) == ("trusted", (ModelConfig(id="a"),))
    assert config.providers["local"].limits.requests_per_minute == 3
    assert config.roles == {"draft": ("mine/a",), "refine": ("dashscope/qwen3-coder-flash", "deepseek/deepseek-flash")}
    assert (config.privacy.secrets.public, config.privacy.secrets.trusted) == ("refuse", "mask")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("groq: {tiers: local}", ":2: providers.groq.tiers is no option; did you mean providers.groq.tier?"),
        ("groq: {style: opanai}", ":2: providers.groq.style: this is not allowed; give openai, ollama or null"),
        ("groq: https://x.example.com", ":2: providers.groq is a group, not this; its options: enabled, style, url"),
        ("groq: {url: ftp://x}", ":2: providers.groq.url: this is no address; write for example https://"),
        ("groq: {url: 'https://x/ y'}", "this is no address"),
        ("groq: {url: 'https://\\evil.com'}", "this is no address"),
        ("groq: {url: https://me:secret-word@x.example.com/v1}", "an address must not hold a user, password or query"),
        (
            "groq: {url: 'https://x.example.com/v1?key=secret-word'}",
            "an address must not hold a user, password or query",
        ),
        ("groq: {key_env: secret-word}", ":2: providers.groq.key_env: give the name of an environment variable"),
        ("groq: {key: secret-word}", "providers.groq.key is no option; did you mean providers.groq.key_env?"),
        ("groq: {url: http://10.0.0.7:8000/v1}", ":2: providers.groq.url: plain http to another machine"),
        ("groq: {urls: [http://127.0.0.1:1, http://0.0.0.0:1]}", ":2: providers.groq.urls: plain http to another"),
        ("groq: {url: http://127.0.0.1.evil.com}", "plain http to another machine"),
        ("groq: {url: https://a.b, urls: [https://a.c]}", "providers.groq has url and urls; keep one of them"),
        ("groq: {usd_per_day: .inf}", "providers.groq.usd_per_day: this is not allowed; give a number from 0 to 10000"),
        ("groq: {tier: [local]}", "providers.groq.tier: this is not allowed; give local, trusted, public or null"),
        ("Groq: {tier: public}", ":2: providers.Groq: a provider's name is made of small letters"),
    ],
)
def test_a_provider_with_a_mistake_is_named_and_not_used(loaded, text: str, said: str):
    config, problems = loaded(f"providers:\n  {text}\n  other: {{url: https://other.example.com}}\n")
    assert len(problems) == 1, problems
    assert said in problems[0]
    assert "secret-word" not in problems[0]
    assert config.providers["groq"].enabled is False
    assert config.providers["groq"].addresses == ()
    assert config.providers["other"].url == "https://other.example.com"
    assert config.privacy.unreadable == ""


@pytest.mark.parametrize(
    "address", ["http://localhost:8080", "http://127.0.0.1:11434/v1", "http://[::1]:8080", "https://10.0.0.7/v1"]
)
def test_addresses_that_may_be_asked(loaded, address: str):
    config, problems = loaded(f"providers: {{mine: {{url: '{address}/'}}}}")
    assert (problems, config.providers["mine"].url) == ([], address)


def test_plain_http_to_another_machine_for_those_who_insist(loaded):
    config, problems = loaded(
        "providers: {mine: {url: http://10.0.0.7:8000}}", FOREDRAFT_PROVIDERS__MINE__INSECURE="true"
    )
    assert (problems, config.providers["mine"].addresses) == ([], ("http://10.0.0.7:8000",))


def test_one_wrong_model_does_not_throw_the_others_away(loaded):
    config, problems = loaded(
        "providers:\n  mine:\n    url: https://mine.example.com\n    models:\n"
        "    - good\n    - {family: starcoder}\n    - {id: best, contxt: 9000}\n    - 7\n"
    )
    assert [problem.split(" is no")[0] for problem in problems] == [
        ":6: providers.mine.models[1] needs id",
        ":7: providers.mine.models[2].contxt",
        ":8: providers.mine.models[3] is a group, not this; its options: id, family, use, context, price, limits",
    ]
    assert [model.id for model in config.providers["mine"].models] == ["good", "best"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "roles: {draft: [groq]}",
            "roles.draft[0]: write it as provider/model id, for example groq/openai/gpt-oss-20b",
        ),
        ("roles: {draft: [Groq/x]}", "roles.draft[0]: a provider's name is made of small letters"),
        ("roles: {draft: groq/x}", "roles.draft: groq/x is not allowed; give a list of strings"),
        (
            "roles: {reveiw: [groq/x]}",
            "roles.reveiw is no option; did you mean roles.review? Possible here: draft, refine",
        ),
        ("roles: [groq/x]", 'roles is a group with names of your own, not ["groq/x"]'),
    ],
)
def test_a_wrong_role_is_named(loaded, text: str, said: str):
    config, problems = loaded(text)
    assert len(problems) == 1
    assert said in problems[0]
    assert not any(config.roles.values())


def test_a_pipeline_with_a_mistake_is_left_out_as_a_whole(loaded):
    config, problems = loaded("pipelines:\n  mine: [{role: draft}, {role: guess}]\n  other: [{role: draft}]\n")
    assert [":2: pipelines.mine[1].role: guess is not allowed" in problem for problem in problems] == [True]
    assert list(config.pipelines) == ["other"]
