"""Settings over the protocol may come from a cloned repository: they narrow what the user allows, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foredraft.config import Config, PredictorConfig, PrivacyConfig, restrict
from foredraft.config.options import sections
from foredraft.config.section import options

STRICT = Config(predictor=PredictorConfig(enabled=False, threshold=0.9), privacy=PrivacyConfig(deny=("mine",)))


@pytest.mark.parametrize("section", ["predictor", "inline", "index", "memory"])
def test_everything_can_be_switched_off(section: str):
    config, problems = restrict(Config(), {section: {"enabled": False}})
    assert problems == []
    assert getattr(config, section).enabled is False


def test_the_threshold_can_be_raised():
    assert restrict(Config(), {"predictor": {"threshold": 0.9}})[0].predictor.threshold == 0.9


def test_globs_are_added_to_the_users_own():
    config, problems = restrict(STRICT, {"privacy": {"deny": ["theirs", "mine"]}})
    assert problems == []
    assert config.privacy.deny == ("mine", "theirs")


def test_a_client_may_wrap_them_in_our_name():
    assert restrict(Config(), {"foredraft": {"inline": {"enabled": False}}})[0].inline.enabled is False


def test_saying_what_is_so_already_is_no_problem():
    assert restrict(Config(), {"predictor": {"enabled": True, "threshold": 0.55}, "index": {"max_files": 50_000}}) == (
        Config(),
        [],
    )


@pytest.mark.parametrize(
    "settings",
    [
        {"predictor": {"enabled": True}},
        {"predictor": {"threshold": 0.5}},
        {"index": {"max_files": 10}},
        {"index": {"max_file_kb": 100_000}},
    ],
)
def test_what_widens_is_refused_and_told(settings):
    config, problems = restrict(STRICT, settings)
    assert config == STRICT
    assert len(problems) == 1
    assert "belongs in your own config file" in str(problems[0])


@pytest.mark.parametrize(
    "settings",
    [
        {"path": "/bin/sh"},
        {"predictor": {"threshold": 7}},
        {"predictor": "off"},
        {"predictor": {"model": "http://elsewhere"}},
    ],
)
def test_what_is_wrong_is_told_and_changes_nothing(settings):
    config, problems = restrict(Config(), settings)
    assert config == Config()
    assert len(problems) == 1


@pytest.mark.parametrize(
    ("settings", "narrowed"),
    [
        ({"inline": {"soft_deadline_ms": 100}}, {"inline": {"soft_deadline_ms": 100}}),
        ({"privacy": {"tier": "local"}}, {"privacy": {"tier": "local"}}),
        ({"budget": {"usd_per_day": 0.1}}, {"budget": {"usd_per_day": 0.1}}),
        ({"budget": {"tokens_per_day": 5000}}, {"budget": {"tokens_per_day": 5000}}),
    ],
)
def test_what_goes_to_models_can_be_narrowed(settings, narrowed):
    config, problems = restrict(Config(), settings)
    assert problems == []
    assert config == Config.model_validate(narrowed)


@pytest.mark.parametrize(
    "settings",
    [
        {"providers": {"groq": {"url": "https://elsewhere.example.com/secret-word"}}},
        {"providers": {}},
        {"roles": {"draft": ["elsewhere/model"]}},
        {"pipelines": {"speed_quality": [{"role": "draft"}]}},
        {"privacy": {"rules": [{"paths": ["a"], "tier": "local"}]}},
        {"privacy": {"secrets": {"public": "keep"}}},
        {"privacy": {"tier": "public"}},
        {"budget": {"usd_per_day": None}},
        {"budget": {"usd_per_day": 5}},
        {"inline": {"soft_deadline_ms": 5000}},
    ],
)
def test_where_code_goes_and_what_it_may_cost_is_the_users_own(settings):
    mine = Config.model_validate({"privacy": {"tier": "trusted"}, "providers": {"groq": {"tier": "public"}}})
    config, problems = restrict(mine, settings)
    assert config == mine
    assert len(problems) == 1
    assert "may only restrict" in str(problems[0]) and "secret-word" not in str(problems[0])


@pytest.mark.parametrize("settings", [{"privacy": {"deny": "all"}}, {"privacy": {"tier": "lokal"}}, {"foredraft": [1]}])
def test_a_rule_that_cannot_be_read_blocks_until_it_can(settings):
    config, problems = restrict(Config(), settings)
    assert config.privacy.unreadable == str(problems[0])
    assert restrict(Config(), {})[0] == Config()


def test_what_blocks_already_stays():
    blocked = Config.model_validate({"privacy": {"unreadable": "mine.yml:3: a mistake"}})
    assert restrict(blocked, {"privacy": {"tier": "local"}})[0].privacy.unreadable == "mine.yml:3: a mistake"


def test_no_settings_at_all():
    assert restrict(Config(), {"foredraft": None}) == (Config(), [])


TIERS = ["local", "trusted", "public"]
LEAVES = st.one_of(
    st.booleans(), st.integers(), st.floats(), st.text(), st.none(), st.lists(st.text()), st.sampled_from(TIERS)
)
KEYS = st.sampled_from([*sorted({key for _, model in sections() for key in model.model_fields}), "other"])
GROUPS = st.sampled_from([*(name for name, _ in options(Config)), "other"])
VALUES = st.recursive(LEAVES, lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)), max_leaves=5)
TREES = st.dictionaries(GROUPS, st.one_of(st.dictionaries(KEYS, VALUES), VALUES))
RIGHT = st.fixed_dictionaries(
    {},
    optional={
        "predictor": st.fixed_dictionaries({"enabled": st.booleans(), "threshold": st.floats(0.3, 0.95)}),
        "inline": st.fixed_dictionaries({"enabled": st.booleans(), "soft_deadline_ms": st.integers(20, 5000)}),
        "privacy": st.fixed_dictionaries(
            {"tier": st.sampled_from(TIERS), "deny": st.lists(st.text("ab*/", min_size=1))}
        ),
        "budget": st.fixed_dictionaries(
            {"usd_per_day": st.none() | st.floats(0, 100), "tokens_per_day": st.none() | st.integers(0, 10**6)}
        ),
    },
)
MINE = RIGHT.map(lambda tree: Config.model_validate(_as_tuples(tree)))


def _as_tuples(tree):
    """Lists as the config keeps them."""
    if isinstance(tree, dict):
        return {key: _as_tuples(value) for key, value in tree.items()}
    return tuple(tree) if isinstance(tree, list) else tree


def _cap(value: float | None) -> float:
    return float("inf") if value is None else value


@given(MINE, st.one_of(TREES, RIGHT))
def test_no_settings_ever_widen_anything(mine: Config, settings):
    config, _ = restrict(mine, settings)
    assert config.predictor.enabled <= mine.predictor.enabled
    assert config.predictor.threshold >= mine.predictor.threshold
    assert config.inline.enabled <= mine.inline.enabled
    assert config.inline.soft_deadline_ms <= mine.inline.soft_deadline_ms
    for key in ("enabled", "packages", "standard_libraries"):
        assert getattr(config.index, key) <= getattr(mine.index, key)
    assert (config.index.max_files, config.index.max_file_kb) == (mine.index.max_files, mine.index.max_file_kb)
    assert set(config.privacy.deny) >= set(mine.privacy.deny)
    assert TIERS.index(config.privacy.tier) <= TIERS.index(mine.privacy.tier)
    assert (config.privacy.rules, config.privacy.secrets) == (mine.privacy.rules, mine.privacy.secrets)
    assert config.privacy.unreadable or not mine.privacy.unreadable
    assert _cap(config.budget.usd_per_day) <= _cap(mine.budget.usd_per_day)
    assert _cap(config.budget.tokens_per_day) <= _cap(mine.budget.tokens_per_day)
    assert (config.providers, config.roles, config.pipelines) == (mine.providers, mine.roles, mine.pipelines)
    assert restrict(config, settings)[0] == config
