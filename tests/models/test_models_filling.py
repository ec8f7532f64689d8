"""Raw prompts: each family's markers and order, files around the gap, and no user's text that is taken for a marker."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foredraft.models.families import FAMILIES, UNKNOWN, Thinks, family_named, family_of, fills_gaps
from foredraft.models.filling import render, stops, with_files
from foredraft.questions.prompt import Excerpt, Fim

GAP = Fim("P", "S", "cur.py", "python")
WIDE = Fim("P", "S", "cur.py", "python", (Excerpt("one.py", "ONE"), Excerpt("two.py", "TWO")))
MARKED = [family for family in FAMILIES if family.markers is not None]


@pytest.mark.parametrize(
    ("family", "alone", "among"),
    [
        (
            "qwen-coder", "<|fim_prefix|>P<|fim_suffix|>S<|fim_middle|>",
            "<|repo_name|>project\n<|file_sep|>one.py\nONE\n<|file_sep|>two.py\nTWO\n<|file_sep|>cur.py\n"
            "<|fim_prefix|>P<|fim_suffix|>S<|fim_middle|>",
        ),
        (
            "codellama", "<PRE> P <SUF>S <MID>",
            "<PRE> # one.py\nONE\n\n# two.py\nTWO\n\n# cur.py\nP <SUF>S <MID>",
        ),
        (
            "deepseek-coder", "<｜fim▁begin｜>P<｜fim▁hole｜>S<｜fim▁end｜>",
            "<｜fim▁begin｜>#one.py\nONE\n#two.py\nTWO\n#cur.py\nP<｜fim▁hole｜>S<｜fim▁end｜>",
        ),
        (
            "starcoder", "<fim_prefix>P<fim_suffix>S<fim_middle>",
            "<repo_name>project<file_sep>one.py\nONE<file_sep>two.py\nTWO<file_sep><fim_prefix>cur.py\nP<fim_suffix>S"
            "<fim_middle>",
        ),
        (
            "codegemma", "<|fim_prefix|>P<|fim_suffix|>S<|fim_middle|>",
            "one.py\nONE<|file_separator|>two.py\nTWO<|file_separator|>cur.py\n"
            "<|fim_prefix|>P<|fim_suffix|>S<|fim_middle|>",
        ),
        (
            "codestral", "[SUFFIX]S[PREFIX]P",
            "[SUFFIX]S[PREFIX]+++++ one.py\nONE\n\n+++++ two.py\nTWO\n\n+++++ cur.py\nP",
        ),
        ("granite", "<|fim_prefix|>P<|fim_suffix|>S<|fim_middle|>", None),
        (
            "granite-code", "<fim_prefix>P<fim_suffix>S<fim_middle>",
            "<reponame>project<filename>one.py\nONE\n<filename>two.py\nTWO\n<filename>cur.py\n"
            "<fim_prefix>P<fim_suffix>S<fim_middle>",
        ),
        (
            "mellum", "<reponame>project<filename>cur.py\n<fim_suffix>S<fim_prefix>P<fim_middle>",
            "<reponame>project<filename>one.py\nONE\n<filename>two.py\nTWO\n<filename>cur.py\n"
            "<fim_suffix>S<fim_prefix>P<fim_middle>",
        ),
        (
            "seed-coder", "<[fim-suffix]>S<[fim-prefix]>P<[fim-middle]>",
            "<[fim-suffix]>S<[fim-prefix]><filename>one.py\nONE\n<filename>two.py\nTWO\n<filename>cur.py\nP"
            "<[fim-middle]>",
        ),
        ("glm", "<|code_prefix|>P<|code_suffix|>S<|code_middle|>", None),
        (
            "codegeex",
            "<|user|>\n###PATH:cur.py\n###LANGUAGE:python\n###MODE:BLOCK\n<|code_suffix|>S<|code_prefix|>P"
            "<|code_middle|><|assistant|>\n",
            None,
        ),
        ("stable-code", "<fim_prefix>P<fim_suffix>S<fim_middle>", None),
        (
            "codeqwen", "<fim_prefix>P<fim_suffix>S<fim_middle>",
            "<reponame>project\n<file_sep>one.py\nONE\n<file_sep>two.py\nTWO\n<file_sep>cur.py\n"
            "<fim_prefix>P<fim_suffix>S<fim_middle>",
        ),
        ("falcon-coder", "<|prefix|>P<|suffix|>S<|middle|>", None),
    ],
)  # fmt: skip
def test_the_prompt_of_each_family(family, alone, among):
    known = family_named(family)
    assert known.name == family
    assert render(GAP, known).text == alone
    if among:
        assert render(WIDE, known).text == among
    else:
        assert "ONE" in render(WIDE, known).text


def test_no_family_is_left_out():
    tested = test_the_prompt_of_each_family.pytestmark[0].args[1]
    assert {each[0] for each in tested} == {family.name for family in MARKED}


@pytest.mark.parametrize(
    ("model_id", "family", "fills"),
    [
        ("Qwen/Qwen3-Coder-Next-FP8", "qwen-coder", True), ("qwen2.5-coder:1.5b-base", "qwen-coder", True),
        ("qwen3-coder-flash", "qwen-coder", True), ("qwen/qwen3.8-27b", "qwen", False),
        ("codeqwen:7b", "codeqwen", True),
        ("codellama:7b-code", "codellama", True), ("codellama:34b", "codellama", False),
        ("codellama:7b-python", "codellama", False), ("deepseek-coder:6.7b-base", "deepseek-coder", True),
        ("deepseek-coder-v2-lite-base", "deepseek-coder", True), ("deepseek-coder-v2:236b", "deepseek-coder", False),
        ("deepseek-coder:6.7b-instruct", "deepseek-coder", False), ("deepseek-flash", "deepseek", False),
        ("starcoder2:3b", "starcoder", True), ("starcoder2:instruct", "starcoder", False),
        ("codegemma:code", "codegemma", True), ("codegemma:instruct", "codegemma", False),
        ("codestral-latest", "codestral", True), ("granite4:micro", "granite", True),
        ("ibm-granite/granite-8b-code-base", "granite-code", True), ("granite-3.3:8b", "granite-code", False),
        ("JetBrains/Mellum-4b-base", "mellum", True), ("ByteDance-Seed/Seed-Coder-8B-Base", "seed-coder", True),
        ("zed-industries/zeta2", "seed-coder", True), ("zed-industries/zeta", "qwen-coder", True),
        ("glm-4.6", "glm", True), ("codegeex4:9b", "codegeex", True), ("stable-code:3b", "stable-code", True),
        ("tiiuae/Falcon-H1-Tiny-Coder-90M", "falcon-coder", True), ("openai/gpt-oss-20b", "gpt-oss", False),
        ("Meta-Llama-3.3-70B-Instruct", "llama", False), ("mercury-edit-2", "mercury", False),
        ("new", "unknown", False),
    ],
)  # fmt: skip
def test_families_of_model_ids(model_id, family, fills):
    assert (family_of(model_id).name, fills_gaps(model_id)) == (family, fills)


def test_an_unknown_family_is_cautious():
    assert family_named("no such family") is UNKNOWN
    assert UNKNOWN.markers is None
    assert UNKNOWN.context <= min(each.context for each in FAMILIES if each.name not in ("smollm",))
    assert UNKNOWN.thinks is Thinks.NEVER


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_every_row_is_sound(family):
    re.compile(family.ids), re.compile(family.fills)
    assert 2 < family.characters_per_token < 5
    if family.markers:
        own = {family.markers.prefix.strip(), family.markers.suffix.strip(), family.markers.middle.strip()} - {""}
        assert all(any(special in marker for special in family.special) for marker in own)
        assert family.stop


SPECIALS = sorted({text for family in FAMILIES for text in family.special})
TEXT = st.lists(st.sampled_from(SPECIALS) | st.text("ab<>|[]_ \n", max_size=6), max_size=8).map("".join)


@given(st.sampled_from(MARKED), TEXT, TEXT, TEXT, TEXT)
def test_the_users_text_is_never_taken_for_a_marker(family, prefix, suffix, path, other):
    plain = render(Fim("", "", "p", "python", (Excerpt("q", ""),), ""), family).text
    dressed = render(Fim(prefix, suffix, path, "python", (Excerpt(other, other),)), family)
    for special in family.special:
        assert dressed.text.count(special) == plain.count(special)
    own = any(special in text for special in family.special for text in (prefix, suffix, path, other))
    assert dressed.escaped == own


@given(st.sampled_from(MARKED), st.text("ab\u200b", max_size=5))
def test_a_zero_width_space_of_the_users_own_stays(family, text):
    special = family.special[0]
    assert not render(Fim(f"{special}\u200b{text}", "", "p", "python"), family).escaped


@given(st.sampled_from(MARKED), st.text("a\r\n", max_size=9), st.text("a\r\n", max_size=9))
def test_line_feeds_only(family, prefix, suffix):
    prefix, suffix = prefix.replace("\r", "\r\n"), suffix.replace("\r", "\r\n")
    assert "\r\n" not in render(Fim(prefix, suffix, "p", "python", (Excerpt("q", "a\r\nb"),)), family).text
    assert "\r\n" not in with_files(Fim(prefix, suffix, "p", "python", (Excerpt("q", "a\r\nb"),)), family)


def test_a_space_before_the_cursor():
    codellama = family_named("codellama")
    assert render(Fim("x = ", "\n", "p", "python"), codellama).text == "<PRE> x = <SUF>\n <MID>"
    assert render(Fim("x = ", "\n", "p", "python"), codellama).drops_space
    assert not render(Fim("def f():\n    ", "\n", "p", "python"), codellama).drops_space
    assert not render(Fim("x = ", "\n", "p", "python"), family_named("qwen-coder")).drops_space


def test_files_before_a_prefix_are_comments_of_the_language():
    lua = Fim("P", "S", "cur.lua", "lua", (Excerpt("one.lua", "ONE"),), "-a\n+b\n")
    expected = "-- one.lua\nONE\n\n-- recent_edits.diff\n-a\n+b\n\n\n-- cur.lua\nP"
    assert with_files(lua, family_named("deepseek")) == expected
    assert with_files(GAP, family_named("deepseek")) == "P"
    assert with_files(WIDE, family_named("codestral")).startswith("+++++ one.py\nONE\n\n")


def test_plain_text_that_the_file_holds_does_not_end_an_answer():
    stable = family_named("stable-code")
    assert "</code>" in stops(GAP, stable)
    assert "</code>" not in stops(Fim("<code>", "</code>", "p.html", "html"), stable)
    assert "<|endoftext|>" in stops(Fim("<|endoftext|>", "", "p", "python"), stable)
