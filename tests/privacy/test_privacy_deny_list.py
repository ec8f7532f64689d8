"""Globs mean for an open document what they mean for the files of its workspace."""

from __future__ import annotations

from pathlib import Path, PurePath

import pytest

from foredraft.privacy.deny_list import DenyList
from foredraft.privacy.ignore import IgnoreRules

ROOT = Path("/code/shop")
GLOBS = ("customers/acme/", "/top.py", "*.tfplan", "drafts/", "!drafts/public.py", "src/**/gen_*.py")


@pytest.mark.parametrize(
    ("name", "is_denied"),
    [
        ("customers/acme/orders.py", True),
        ("customers/other/orders.py", False),
        ("top.py", True),
        ("pkg/top.py", False),
        ("pkg/a.tfplan", True),
        ("pkg/drafts/a.py", True),
        ("drafts/public.py", True),
        ("src/a/b/gen_c.py", True),
        ("src/a/b/c.py", False),
        (".env", True),
    ],
)
def test_a_document_in_a_folder(name: str, is_denied: bool) -> None:
    assert (ROOT / name in DenyList(GLOBS, [Path("/elsewhere"), ROOT])) is is_denied
    if name != ".env":
        assert IgnoreRules(ROOT, GLOBS).ignored(ROOT / name, False) is is_denied


def test_documents_outside_of_all_folders() -> None:
    deny = DenyList(GLOBS, [ROOT])
    assert PurePath("/elsewhere/a.tfplan") in deny and PurePath("Untitled.tfplan") in deny
    assert PurePath("/elsewhere/top.py") not in deny


@pytest.mark.parametrize("glob", ["!", "/", "a\\", "[", "", "# a comment", "//"])
def test_a_glob_that_means_nothing_denies_nothing(glob: str) -> None:
    assert PurePath("/code/a.py") not in DenyList([glob])
