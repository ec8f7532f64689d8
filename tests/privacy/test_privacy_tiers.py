"""Which models may see a file: the strictest of all that is said about its path."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from foredraft.models.outgoing import Tier
from foredraft.privacy.tiers import Tiers


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository: `scratch/` is ignored by git, `drafts/` by our own file, `nested/` has its own rules."""
    root = tmp_path / "shop"
    for name in (".git", "scratch", "drafts", "nested", "billing/deep", "src"):
        (root / name).mkdir(parents=True)
    (root / ".gitignore").write_text("scratch/\n*.log\n")
    (root / ".foredraftignore").write_text("drafts/\n")
    (root / "nested/.gitignore").write_text("secret_plan.py\n")
    for name in (
        "scratch/a.py",
        "drafts/a.py",
        "nested/secret_plan.py",
        "nested/b.py",
        "billing/deep/a.py",
        "src/a.py",
    ):
        (root / name).touch()
    return root


RULES = [(("billing/",), Tier.TRUSTED), (("deep/", "*.sql"), Tier.LOCAL)]


@pytest.mark.parametrize(
    ("name", "most_open"),
    [
        ("src/a.py", Tier.PUBLIC),
        ("nested/b.py", Tier.PUBLIC),
        ("billing/b.py", Tier.TRUSTED),
        ("billing/deep/a.py", Tier.LOCAL),
        ("src/schema.sql", Tier.LOCAL),
        ("scratch/a.py", Tier.LOCAL),
        ("nested/secret_plan.py", Tier.LOCAL),
        ("drafts/a.py", Tier.LOCAL),
        ("src/new.log", Tier.LOCAL),
        ("customers/acme.py", None),
        ("scratch/customers/acme.py", None),
        (".env", None),
        ("src/.ssh/config.py", None),
    ],
)
def test_a_file_of_the_workspace(root: Path, name: str, most_open: Tier | None) -> None:
    assert Tiers([root], ["customers/"], RULES).of(root / name) is most_open


@pytest.mark.parametrize("limit", list(Tier))
def test_the_most_open_tier_bounds_all(root: Path, limit: Tier) -> None:
    tiers = Tiers([root], (), RULES, limit)
    assert tiers.of(root / "src/a.py") is limit
    assert tiers.of(root / "scratch/a.py") is Tier.LOCAL
    assert tiers.of(root / "billing/b.py") is min(limit, Tier.TRUSTED, key=list(Tier).index)


def test_a_link_is_judged_by_both_its_ends(root: Path, tmp_path: Path) -> None:
    (root / "src/link.py").symlink_to(root / "scratch/a.py")
    (root / "src/key.py").symlink_to(tmp_path / "id_rsa")
    (root / "scratch/link.py").symlink_to(root / "src/a.py")
    tiers = Tiers([root])
    assert tiers.of(root / "src/link.py") is Tier.LOCAL
    assert tiers.of(root / "src/key.py") is None
    assert tiers.of(root / "scratch/link.py") is Tier.LOCAL


def test_a_workspace_behind_a_link(root: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(root)
    tiers = Tiers([tmp_path / "link"], ["/src/a.py"], [(["/billing"], Tier.TRUSTED)])
    assert tiers.of(tmp_path / "link/src/a.py") is None
    assert tiers.of(root / "src/a.py") is None
    assert tiers.of(root / "billing/b.py") is Tier.TRUSTED
    assert tiers.of(root / "scratch/a.py") is Tier.LOCAL


def test_a_file_outside_of_all_folders_is_judged_by_its_own_repository(root: Path, tmp_path: Path) -> None:
    tiers = Tiers([tmp_path / "other"], (), RULES)
    assert tiers.of(root / "src/a.py") is Tier.PUBLIC
    assert tiers.of(root / "scratch/a.py") is Tier.LOCAL
    assert tiers.of(root / "drafts/a.py") is Tier.LOCAL
    assert tiers.of(tmp_path / "alone.py") is Tier.PUBLIC


def test_a_document_that_was_never_saved(root: Path) -> None:
    tiers = Tiers([root], ["*.tfplan"], RULES)
    assert tiers.of(Path("Untitled-1")) is Tier.PUBLIC
    assert tiers.of(Path("Untitled.sql")) is Tier.LOCAL
    assert tiers.of(Path("Untitled.tfplan")) is None


def test_a_changed_ignore_file_counts_once_it_is_forgotten(root: Path) -> None:
    tiers = Tiers([root])
    assert tiers.of(root / "src/a.py") is Tier.PUBLIC
    (root / ".gitignore").write_text("src/\n")
    tiers.forget()
    assert tiers.of(root / "src/a.py") is Tier.LOCAL


def test_an_ignore_file_that_cannot_be_read_is_told(root: Path) -> None:
    os.mkfifo(root / "src/.gitignore")
    tiers = Tiers([root])
    assert tiers.of(root / "nested/b.py") is Tier.PUBLIC
    assert tiers.unreadable == []
    assert tiers.of(root / "src/a.py") is Tier.LOCAL
    assert tiers.unreadable == [root / "src/.gitignore"]
