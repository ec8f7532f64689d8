"""The user's own settings: what is right counts, what is wrong is named with its line and what would be right."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foredraft.config import Config, load, user_file


@pytest.fixture
def written(tmp_path: Path):
    def write(text: str) -> Path:
        path = tmp_path / "config.yml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def check(path: Path, *messages: str, **values: object) -> None:
    """Loading `path` gives these values (`section__key=`), and problems that contain these words, in order."""
    config, problems = load([path], {})
    assert len(problems) == len(messages), problems
    for problem, words in zip(problems, messages, strict=True):
        assert words in str(problem)
        assert str(problem).startswith(str(path))
    for name, value in values.items():
        section, key = name.split("__", 1)
        assert getattr(getattr(config, section), key) == value


def test_an_empty_file_changes_nothing(written):
    path = written("# nothing yet\n")
    check(path)
    assert load([path], {}) == (Config(), [])


def test_no_file_is_no_problem(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert load(None, {}) == (Config(), [])


def test_the_users_own_file_is_found(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    file = user_file({})
    file.parent.mkdir(parents=True)
    file.write_text("predictor: {threshold: 0.9}\n")
    assert load(None, {})[0].predictor.threshold == 0.9


def test_the_environment_names_another_file(written):
    path = written("index:\n  max_files: 12\n")
    assert load(None, {"FOREDRAFT_CONFIG": str(path)})[0].index.max_files == 12


def test_a_named_file_that_is_not_there_is_a_problem(tmp_path):
    check(tmp_path / "none.yml", "there is no such file")
    assert load(None, {"FOREDRAFT_CONFIG": str(tmp_path / "none.yml")})[1]


def test_values_count(written):
    check(
        written("predictor:\n  enabled: false\nprivacy:\n  deny: ['*.tfvars', customers/]\nindex:\n  max_file_kb: 5\n"),
        predictor__enabled=False,
        privacy__deny=("*.tfvars", "customers/"),
        index__max_file_kb=5,
    )


def test_a_group_whose_options_are_commented_out_is_fine(written):
    check(written("predictor:\n  # threshold: 0.8\ninline:\n  enabled: false\n"), inline__enabled=False)


def test_a_typo_is_named_with_its_line_and_the_nearest_option(written):
    check(
        written("index:\n  max_files: 10\n\n  max_file_bk: 5\n"),
        ":4: index.max_file_bk is no option; did you mean index.max_file_kb? Possible here: enabled, max_file_kb",
        index__max_files=10,
        index__max_file_kb=1000,
    )


def test_an_unknown_group_names_the_groups(written):
    check(written("\nprediktor:\n  enabled: false\n"), ":2: prediktor is no option; did you mean predictor?")
    check(written("zzz: 1\n"), ":1: zzz is no option. Possible here: predictor, inline, index, privacy, providers")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("predictor: {threshold: 2}", "predictor.threshold: 2 is not allowed; give a number from 0.3 to 0.95"),
        ("predictor: {threshold: high}", "predictor.threshold: high is not allowed"),
        ("predictor: {threshold: .nan}", "predictor.threshold: NaN is not allowed"),
        ("predictor: {enabled: perhaps}", "predictor.enabled: perhaps is not allowed; give true or false"),
        ("index: {max_files: 0}", "index.max_files: 0 is not allowed; give a whole number from 1 to 1000000"),
        ("index: {max_files: 1.5}", "index.max_files: 1.5 is not allowed"),
        ("privacy: {deny: '*.key'}", "privacy.deny: *.key is not allowed; give a list of strings"),
        ("privacy: {deny: [1]}", "privacy.deny[0]: 1 is not allowed; give text"),
        ("inline: true", "inline is a group, not true; its options: enabled"),
        ("inline: !!python/name:os.system ''", "inline is a group, not tag:yaml.org,2002:python/name:os.system"),
        ("index: {max_files: 2024-02-31}", "index.max_files: "),
        ("- predictor", '["predictor"] is no group of settings'),
        ("? [a]\n: 1", "? is no option"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(written, text: str, said: str):
    check(written(text), said)
    assert counted(load([written(text)], {})[0]) == Config()


def counted(config: Config) -> Config:
    """Without the fact that something in it blocks what would be sent; `test_config_careful.py` is about that."""
    return config.model_copy(update={"privacy": config.privacy.model_copy(update={"unreadable": ""})})


def test_the_rest_of_a_file_with_something_wrong_still_counts(written):
    check(
        written("predictor:\n  threshold: 7\n  enabled: false\nnonsense: 1\ninline:\n  enabled: false\n"),
        ":2: predictor.threshold",
        ":4: nonsense",
        predictor__threshold=0.55,
        predictor__enabled=False,
        inline__enabled=False,
    )


def test_set_twice_the_last_counts_and_it_is_said(written):
    check(
        written("predictor:\n  threshold: 0.8\n  threshold: 0.9\n"),
        ":3: predictor.threshold is set twice; the last one counts",
        predictor__threshold=0.9,
    )


@pytest.mark.parametrize("text", ["predictor: [", "a: b: c", "\tpredictor: 1", "x: &a [*b]", "\x00", "[" * 3000])
def test_what_is_no_yaml_is_one_problem(written, text: str):
    path = written("\n" + text)
    config, problems = load([path], {})
    assert counted(config) == Config()
    assert len(problems) == 1
    assert "not YAML" in str(problems[0])


def test_what_is_no_text_is_one_problem(tmp_path):
    (tmp_path / "bytes.yml").write_bytes(b"\xff\xfe\x00predictor")
    check(tmp_path / "bytes.yml", "it is not UTF-8 text")
    check(tmp_path, "it cannot be read")


def test_the_environment_counts_more_than_the_file(written):
    path = written("predictor:\n  threshold: 0.8\n  enabled: false\n")
    config, problems = load([path], {"FOREDRAFT_PREDICTOR__THRESHOLD": "0.9", "FOREDRAFT_PRIVACY__DENY": "[a, b]"})
    assert problems == []
    assert (config.predictor.threshold, config.predictor.enabled) == (0.9, False)
    assert config.privacy.deny == ("a", "b")


def test_a_wrong_variable_is_named_and_the_file_counts(written):
    path = written("predictor:\n  threshold: 0.8\n")
    config, problems = load([path], {"FOREDRAFT_PREDICTOR__THRESHOLD": "9", "FOREDRAFT_INLINE__ON": "1", "HOME": "/"})
    assert config.predictor.threshold == 0.8
    assert [str(problem).split(" ")[0] for problem in problems] == [
        "FOREDRAFT_INLINE__ON:",
        "FOREDRAFT_PREDICTOR__THRESHOLD:",
    ]


def test_a_later_file_counts_more(tmp_path):
    first, second = tmp_path / "1.yml", tmp_path / "2.yml"
    first.write_text("predictor: {threshold: 0.8}\nindex: {max_files: 3}\n")
    second.write_text("predictor: {threshold: 0.9}\n")
    config, _ = load([first, second], {})
    assert (config.predictor.threshold, config.index.max_files) == (0.9, 3)


@given(st.text(), st.dictionaries(st.sampled_from(["FOREDRAFT_PREDICTOR__THRESHOLD", "FOREDRAFT_A__B__C"]), st.text()))
def test_nothing_a_user_writes_raises(tmp_path_factory, text: str, env: dict[str, str]):
    path = tmp_path_factory.mktemp("any") / "config.yml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    config, problems = load([path], env)
    assert isinstance(config, Config)
    assert all(str(problem) for problem in problems)
