"""A mistake lets out less than was meant, never more: a privacy rule that cannot be read blocks what would be sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from foredraft.config import load


def loaded(tmp_path: Path, text: str, **env: str):
    path = tmp_path / "config.yml"
    path.write_text(text, encoding="utf-8")
    return load([path], env)[0]


@pytest.mark.parametrize(
    "text",
    [
        "privacy: {deny: '*.key'}",
        "privacy: {deny: [1]}",
        "privacy: {denny: ['*.key']}",
        "privacy: {tier: lokal}",
        "privacy: {rules: [{paths: [a]}]}",
        "privacy: {rules: [{paths: [a], tier: nobody}]}",
        "privacy: {rules: {paths: [a], tier: local}}",
        "privacy: {secrets: mask}",
        "privacy: {secrets: {public: hide}}",
        "privacy: [a]",
        "privacy: {deny: [a], deny: [b]}",
        "privcy: {deny: ['*.key']}",
        "privacy: {unreadable: ''}",
        "- privacy",
        "privacy: [",
        "predictor: {threshold: 0.8}\n\tprivacy: 1",
    ],
)
def test_a_privacy_rule_that_cannot_be_read_blocks_everything(tmp_path, text: str):
    unreadable = loaded(tmp_path, text).privacy.unreadable
    assert unreadable.startswith(f"{tmp_path / 'config.yml'}:")
    assert "\n" not in unreadable


def test_a_file_that_cannot_be_read_blocks_everything(tmp_path):
    (tmp_path / "bytes.yml").write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "none.yml", tmp_path, tmp_path / "bytes.yml"):
        assert load([path], {})[0].privacy.unreadable
        assert load(None, {"FOREDRAFT_CONFIG": str(path)})[0].privacy.unreadable


def test_a_variable_that_cannot_be_read_blocks_everything(tmp_path):
    assert loaded(tmp_path, "", FOREDRAFT_PRIVACY__TIER="lokal").privacy.unreadable.startswith(
        "FOREDRAFT_PRIVACY__TIER:"
    )
    assert loaded(tmp_path, "", FOREDRAFT_PRIVACY__DENY="[a").privacy.unreadable
    assert not loaded(tmp_path, "", FOREDRAFT_INDEX__MAX_FILES="[a").privacy.unreadable


@pytest.mark.parametrize(
    "text", ["", "privacy:", "privacy: {deny: [a]}", "predictor: {threshold: 7}", "roles: {x: []}"]
)
def test_other_mistakes_and_right_rules_block_nothing(tmp_path, text: str):
    assert loaded(tmp_path, text).privacy.unreadable == ""


@pytest.mark.parametrize(
    "text", ["budget: {usd_per_day: 0,10}", "budget: {usd: 0.1}", "budgte: {usd_per_day: 0.1}", "budget: 1"]
)
def test_a_budget_that_cannot_be_read_allows_no_money(tmp_path, text: str):
    assert loaded(tmp_path, text).budget.usd_per_day == 0


@pytest.mark.parametrize("text", ["providers: [groq]", "provider: {groq: {enabled: false}}"])
def test_providers_that_cannot_be_read_leave_only_this_machine(tmp_path, text: str):
    assert loaded(tmp_path, f"privacy: {{deny: [a]}}\n{text}").privacy.tier == "local"
    assert loaded(tmp_path, f"privacy: {{deny: [a]}}\n{text}").privacy.deny == ("a",)


def test_values_without_end_are_a_problem_and_not_an_endless_loop(tmp_path):
    laughs = "a: &a [x, x]\n" + "".join(
        f"{name}: &{name} [*{before}, *{before}]\n"
        for before, name in zip("abcdefghijklmnopqrst", "bcdefghijklmnopqrstu", strict=True)
    )
    assert loaded(tmp_path, laughs).privacy.unreadable
    assert loaded(tmp_path, "x: &a {y: *a}").privacy.unreadable
