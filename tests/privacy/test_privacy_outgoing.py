"""What leaves: what the rules allow to the tier, without secrets, or nothing at all and the reason."""

from __future__ import annotations

import os
import random
import string
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foredraft.config import PathRule, PrivacyConfig, SecretsConfig, load
from foredraft.models.outgoing import Outgoing, Tier
from foredraft.privacy.outgoing import Clearance, repeats_mask
from foredraft.privacy.secrets import PLACEHOLDER
from foredraft.questions.prompt import Chat, Excerpt, Fim, Message, Prompt
from foredraft.questions.suggestion import Reject

TOKEN = "ghp_" + "".join(random.Random(3).choices(string.ascii_letters + string.digits, k=36))
LEAK = f"token = '{TOKEN}'"
OFF = (Tier.TRUSTED, Tier.PUBLIC)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "shop"
    for name in (".git", "scratch", "src"):
        (root / name).mkdir(parents=True)
    (root / ".gitignore").write_text("scratch/\n")
    return root


@pytest.fixture
def cleared(root: Path) -> Callable[..., Outgoing | Reject]:
    def clear(
        name: str, to: Tier, body: Fim | Chat | None = None, sources: tuple[str, ...] = (), **privacy: object
    ) -> Outgoing | Reject:
        clearance = Clearance(PrivacyConfig.model_validate(privacy), [root])
        return clearance.clear(Prompt(body or gap(), 64, ("\n\n",)), root / name, to, sources)

    return clear


def gap(**changes: object) -> Fim:
    return replace(Fim("import os\n\ndef f():\n    ", "\n", "src/a.py", "python"), **changes)


@pytest.mark.parametrize("tier", list(Tier))
def test_ordinary_code_goes_as_it_is(cleared, tier: Tier) -> None:
    body = gap(files=(Excerpt("src/b.py", "def g(): ..."),), edits="@@ -1 +1 @@\n-a\n+b\n")
    assert cleared("src/a.py", tier, body) == Outgoing(Prompt(body, 64, ("\n\n",)), tier)


def test_the_open_document_decides(cleared) -> None:
    rules = (PathRule(paths=("src/",), tier="trusted"),)
    assert cleared("src/a.py", Tier.PUBLIC, rules=rules) is Reject.REFUSED
    assert isinstance(cleared("src/a.py", Tier.TRUSTED, rules=rules), Outgoing)
    assert cleared("src/a.py", Tier.TRUSTED, tier="local") is Reject.REFUSED
    assert cleared("scratch/a.py", Tier.TRUSTED) is Reject.REFUSED
    assert isinstance(cleared("scratch/a.py", Tier.LOCAL), Outgoing)
    for tier in Tier:
        assert cleared(".env", tier) is Reject.DENIED
        assert cleared("src/a.py", tier, deny=("*.py",)) is Reject.DENIED


@pytest.mark.parametrize("tier", OFF)
def test_excerpts_and_edits_of_files_that_may_not_go_are_left_out(cleared, root: Path, tier: Tier) -> None:
    hunk = "@@ -1 +1 @@\n-a\n+{}\n"
    edits = "".join(
        f"--- a/{name}\n+++ b/{name}\n{hunk.format(word)}"
        for name, word in (("src/b.py", "kept"), ("scratch/c.py", "gone"))
    )
    names = (
        "src/b.py",
        "scratch/b.py",
        "shop/scratch/b.py",
        str(root / "scratch/b.py"),
        ".env",
        "billing/x.py",
        "src/a.py",
    )
    body = gap(files=tuple(Excerpt(name, f"text of {name}") for name in names), edits=edits)
    rules = (PathRule(paths=("billing/",), tier="local"),)
    outgoing = cleared("src/a.py", tier, body, rules=rules)
    assert [one.path for one in outgoing.prompt.body.files] == ["src/b.py", "src/a.py"]
    assert "kept" in outgoing.prompt.body.edits and "gone" not in outgoing.prompt.body.edits
    local = cleared("src/a.py", Tier.LOCAL, body, rules=rules)
    assert [one.text for one in local.prompt.body.files] == [f"text of {name}" for name in names if name != ".env"]
    assert "gone" in local.prompt.body.edits


def test_no_absolute_path_is_told(cleared, root: Path) -> None:
    edits = f"--- {root}/src/b.py\n+++ {root}/src/b.py\n@@ -1 +1 @@\n-a\n+b\n"
    files = (Excerpt(str(root / "src/b.py"), "b = 1"), Excerpt("/usr/lib/python3/ast.py", "c = 1"))
    body = cleared("src/a.py", Tier.PUBLIC, gap(path=str(root / "src/a.py"), files=files, edits=edits)).prompt.body
    assert (body.path, [one.path for one in body.files]) == ("src/a.py", ["src/b.py", "ast.py"])
    assert str(root) not in body.edits


def test_a_conversation_is_refused_where_one_of_its_sources_may_not_go(cleared) -> None:
    chat = Chat((Message("system", "You complete code."), Message("user", f"x = 1\n{LEAK}\n")))
    outgoing = cleared("src/a.py", Tier.PUBLIC, chat, ("src/b.py",))
    assert outgoing.prompt.body.messages[1].text == f"x = 1\ntoken = '{PLACEHOLDER}'\n"
    assert cleared("src/a.py", Tier.PUBLIC, chat, ("src/b.py", "scratch/c.py")) is Reject.REFUSED
    assert isinstance(cleared("src/a.py", Tier.LOCAL, chat, ("scratch/c.py",)), Outgoing)


@pytest.mark.parametrize(
    "changes",
    [
        {"prefix": f"{LEAK}\nx = "},
        {"suffix": f"\n{LEAK}"},
        {"files": (Excerpt("src/b.py", LEAK),)},
        {"edits": f"@@ -1 +1 @@\n-{LEAK}\n+\n"},
    ],
)
def test_a_secret_is_masked_or_the_prompt_refused_or_it_is_kept_as_the_tier_says(cleared, changes) -> None:
    body = gap(**changes)
    for tier in Tier:
        masked = cleared("src/a.py", tier, body)
        assert TOKEN not in repr(masked) and PLACEHOLDER in repr(masked.prompt.body)
        assert cleared("src/a.py", tier, body, secrets=SecretsConfig(**{tier.value: "refuse"})) is Reject.SECRET
        kept = cleared("src/a.py", tier, body, secrets=SecretsConfig(**{tier.value: "keep"}))
        assert kept.prompt.body == body
    clean = cleared("src/a.py", Tier.PUBLIC, secrets=SecretsConfig(public="refuse"))
    assert isinstance(clean, Outgoing)


def test_within_a_secret_nothing_is_asked(cleared) -> None:
    body = gap(prefix="password = 'hun", suffix="ter22'\n")
    assert cleared("src/a.py", Tier.PUBLIC, body) is Reject.SECRET
    assert isinstance(cleared("src/a.py", Tier.LOCAL, body, secrets=SecretsConfig(local="keep")), Outgoing)


def test_a_reply_with_the_mark_is_known() -> None:
    assert repeats_mask(f"connect('{PLACEHOLDER}')")
    assert not repeats_mask("connect('masked')")


def test_while_a_rule_cannot_be_read_nothing_is_let_out(root: Path, tmp_path: Path) -> None:
    (tmp_path / "config.yml").write_text("privacy: {tier: lokal}\n")
    config, _ = load([tmp_path / "config.yml"], {})
    clearance = Clearance(config.privacy, [root])
    for tier in Tier:
        assert clearance.clear(Prompt(gap(), 64), root / "src/a.py", tier) is Reject.BLOCKED
    assert clearance.most_open(root / "src/a.py") is None
    assert clearance.blocked.startswith("Nothing is sent to any model until this is mended: ")
    assert "config.yml:1: privacy.tier: lokal is not allowed" in clearance.blocked and "\n" not in clearance.blocked


def test_an_ignore_file_that_cannot_be_read_leaves_only_this_machine(root: Path) -> None:
    os.mkfifo(root / "src/.foredraftignore")
    clearance = Clearance(PrivacyConfig(), [root])
    assert clearance.blocked == ""
    for tier in OFF:
        assert clearance.clear(Prompt(gap(), 64), root / "src/a.py", tier) is Reject.BLOCKED
        assert clearance.clear(Prompt(gap(), 64), root / "b.py", tier) is Reject.BLOCKED
    assert isinstance(clearance.clear(Prompt(gap(), 64), root / "src/a.py", Tier.LOCAL), Outgoing)
    assert clearance.most_open(root / "b.py") is Tier.LOCAL
    assert clearance.blocked == f"Nothing is sent off this machine until {root / 'src/.foredraftignore'} can be read"
    (root / "src/.foredraftignore").unlink()
    clearance.forget()
    assert clearance.blocked == ""
    assert isinstance(clearance.clear(Prompt(gap(), 64), root / "src/a.py", Tier.PUBLIC), Outgoing)


def test_an_excerpts_unreadable_ignore_file_is_noticed_before_anything_leaves(root: Path) -> None:
    os.mkfifo(root / "src/.gitignore")
    clearance = Clearance(PrivacyConfig(), [root])
    body = gap(files=(Excerpt("src/b.py", "b"),))
    assert clearance.clear(Prompt(body, 64), root / "top.py", Tier.PUBLIC) is Reject.BLOCKED


PATHS = st.sampled_from(["src/a.py", "scratch/a.py", "billing/a.py", ".env", "top.py"])
TEXTS = st.lists(st.sampled_from([LEAK, "x = 1", f"curl {TOKEN}", "", "call("])).map("\n".join)


@given(PATHS, PATHS, TEXTS, TEXTS, TEXTS, TEXTS, st.sampled_from(OFF))
def test_whatever_is_asked_no_secret_and_no_forbidden_text_leaves(
    tmp_path_factory, name: str, other: str, prefix: str, suffix: str, text: str, edits: str, tier: Tier
) -> None:
    root = tmp_path_factory.getbasetemp() / "shop"
    (root / ".git").mkdir(parents=True, exist_ok=True)
    (root / ".gitignore").write_text("scratch/\n")
    clearance = Clearance(PrivacyConfig(rules=(PathRule(paths=("billing/",), tier="local"),)), [root])
    body = Fim(prefix, suffix, name, "python", (Excerpt(other, f"{text}\nfrom the excerpt"),), edits)
    outgoing = clearance.clear(Prompt(body, 64), root / name, tier)
    open_to_all = {"src/a.py", "top.py"}
    if isinstance(outgoing, Outgoing):
        assert name in open_to_all
        assert TOKEN not in repr(outgoing)
        assert ("from the excerpt" in repr(outgoing)) is (other in open_to_all or other == name)
    else:
        assert name not in open_to_all or outgoing is Reject.SECRET
