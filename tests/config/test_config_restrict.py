"""Settings over the protocol may come from a cloned repository: they narrow what the user allows, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foredraft.config import Config, PredictorConfig, PrivacyConfig, restrict
from foredraft.config.options import sections

STRICT = Config(predictor=PredictorConfig(enabled=False, threshold=0.9), privacy=PrivacyConfig(deny=("mine",)))


@pytest.mark.parametrize("section", ["predictor", "inline", "index"])
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


LEAVES = st.one_of(st.booleans(), st.integers(), st.floats(), st.text(), st.none(), st.lists(st.text()))
KEYS = st.sampled_from([*sorted({key for _, model in sections() for key in model.model_fields}), "other"])
TREES = st.dictionaries(st.sampled_from([name for name, _ in sections()]), st.dictionaries(KEYS, LEAVES))


@given(TREES)
def test_no_settings_ever_widen_anything(settings):
    config, _ = restrict(STRICT, settings)
    assert not config.predictor.enabled
    assert config.predictor.threshold >= STRICT.predictor.threshold
    assert config.inline.enabled <= STRICT.inline.enabled
    assert set(config.privacy.deny) >= {"mine"}
    assert (config.index.max_files, config.index.max_file_kb) == (STRICT.index.max_files, STRICT.index.max_file_kb)
    assert restrict(config, settings)[0] == config
