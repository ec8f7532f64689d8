"""Ignore files are read as git reads them, and nothing lifts the deny list."""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Iterable
from pathlib import Path, PurePath

import pytest

from foredraft.privacy.ignore import IgnoreRules, denied

NAMES = ["a", "b", "ab", "abc", "build", "x.py", "x.txt", "a.b", "#c", "!d", "e f", "[g]", "ä"]
PIECES = [
    *NAMES,
    *("*", "**", "*.py", "*.txt", "a*", "?b", "[ab]", "[!a]", "[a-c]*", "a**c", "\\#c", "\\!d", "e\\ f", "\\[g\\]"),
    *("b*d", "[[:alpha:]]", "*.*"),
]


def git(folder: Path, *arguments: str, text: str = "") -> str:
    environment = {"PATH": os.environ["PATH"], "HOME": os.fspath(folder), "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(
        ["git", *arguments], cwd=folder, input=text, capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def says_git(root: Path, paths: Iterable[Path]) -> set[str]:
    names = "\0".join(os.fspath(path.relative_to(root)) for path in paths)
    return set(filter(None, git(root, "check-ignore", "--no-index", "-z", "--stdin", text=names).split("\0")))


def say_we(root: Path, paths: Iterable[Path]) -> set[str]:
    rules = IgnoreRules(root)
    return {os.fspath(path.relative_to(root)) for path in paths if rules.ignored(path, path.is_dir())}


def random_line(dice: random.Random) -> str:
    body = "/".join(dice.choice(PIECES) for _ in range(dice.choice([1, 1, 1, 2, 2, 3])))
    start = dice.choice(["", "", "", "/", "!", "!", "!/", "**/"])
    return start + body + dice.choice(["", "", "", "/", "/**", "  ", "/*"])


def random_tree(dice: random.Random, root: Path) -> list[Path]:
    folders = [root]
    paths: list[Path] = []
    for _ in range(25):
        path = dice.choice(folders) / dice.choice(NAMES)
        if path.exists() or len(path.relative_to(root).parts) > 4:
            continue
        if dice.random() < 0.5:
            path.mkdir()
            folders.append(path)
        else:
            path.touch()
        paths.append(path)
    for folder in {root, *dice.sample(folders, min(3, len(folders)))}:
        lines = [random_line(dice) for _ in range(dice.randint(1, 5))]
        (folder / ".gitignore").write_text("\n".join(lines) + dice.choice(["", "\n"]), "utf-8")
    return paths


@pytest.mark.parametrize("seed", range(120))
def test_agrees_with_git_on_random_trees(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    git(tmp_path, "init", "-q")
    paths = random_tree(dice, tmp_path)
    (tmp_path / ".git/info/exclude").write_text(random_line(dice) + "\n", "utf-8")
    assert say_we(tmp_path, paths) == says_git(tmp_path, paths)


def tree(root: Path, **files: str) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def test_a_line_about_a_folder_says_nothing_about_what_another_file_ignores_in_it(tmp_path: Path) -> None:
    tree(tmp_path, **{".gitignore": "*.txt\n", "sub/.gitignore": "!dir\n", "sub/dir/a.txt": "", "sub/dir/a.py": ""})
    rules = IgnoreRules(tmp_path)
    assert rules.ignored(tmp_path / "sub/dir/a.txt", False)
    assert not rules.ignored(tmp_path / "sub/dir/a.py", False)


def test_rules_above_the_opened_folder_count_up_to_the_repository(tmp_path: Path) -> None:
    tree(tmp_path, **{".gitignore": "top.py\n", "repo/.gitignore": "hidden.py\n/sub/no.py\n", "repo/sub/x.py": ""})
    git(tmp_path / "repo", "init", "-q")
    rules = IgnoreRules(tmp_path / "repo/sub")
    assert rules.ignored(tmp_path / "repo/sub/hidden.py", False)
    assert rules.ignored(tmp_path / "repo/sub/no.py", False)
    assert not rules.ignored(tmp_path / "repo/sub/top.py", False)


def test_an_ignored_folder_that_is_opened_itself_is_read(tmp_path: Path) -> None:
    tree(tmp_path, **{".gitignore": "scratch/\n", "scratch/.gitignore": "b.py", "scratch/a.py": ""})
    git(tmp_path, "init", "-q")
    rules = IgnoreRules(tmp_path / "scratch")
    assert not rules.ignored(tmp_path / "scratch/a.py", False)
    assert rules.ignored(tmp_path / "scratch/b.py", False)


def test_exclude_of_a_worktree_is_the_repositorys(tmp_path: Path) -> None:
    main = tmp_path / "main"
    tree(main, a="")
    git(main, "init", "-q")
    git(main, "add", "a")
    git(main, "-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-qm", "a")
    git(main, "worktree", "add", "-q", "../other")
    (main / ".git/info/exclude").write_text("private.py\n")
    assert IgnoreRules(tmp_path / "other").ignored(tmp_path / "other/private.py", False)


def test_our_own_file_takes_away_and_never_gives_back(tmp_path: Path) -> None:
    tree(tmp_path, **{".gitignore": "*.log\n", ".foredraftignore": "!a.log\ndrafts/\n!.env\n"})
    rules = IgnoreRules(tmp_path, deny=["*.sql"])
    assert rules.ignored(tmp_path / "a.log", False)
    assert rules.ignored(tmp_path / "drafts", True)
    assert rules.ignored(tmp_path / "drafts/deep/x.py", False)
    assert rules.ignored(tmp_path / "db/dump.sql", False)
    assert not rules.ignored(tmp_path / "x.py", False)


def test_what_is_outside_is_ignored(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    rules = IgnoreRules(root)
    assert rules.ignored(tmp_path / "root2/x.py", False)
    assert not rules.ignored(root, True)


def test_a_rule_that_cannot_be_read_blocks_what_it_speaks_of(tmp_path: Path) -> None:
    tree(tmp_path, **{"open/x.py": "", "shut/x.py": ""})
    os.mkfifo(tmp_path / "shut/.gitignore")
    rules = IgnoreRules(tmp_path)
    assert rules.ignored(tmp_path / "shut/x.py", False)
    assert not rules.ignored(tmp_path / "open/x.py", False)
    assert rules.unreadable == [tmp_path / "shut/.gitignore"]


def test_lines_git_would_discard_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_bytes(b"\xef\xbb\xbfa.py\r\n[z-a\n\\\n!\n/\n//\n\xff\xfe\nb.py\x00\n")
    rules = IgnoreRules(tmp_path)
    assert not rules.ignored(tmp_path / "c.py", False)


@pytest.mark.parametrize(
    "name",
    [
        *(".env", ".env.local", ".ENV", "prod.env", ".envrc", "server.pem", "a/b/tls.key", "id_rsa", "id_ed25519.pub"),
        *("keys.p12", "secrets.yml", "Secrets.toml", "credentials", "credentials.json", ".npmrc", ".netrc", ".pypirc"),
        *(".ssh/config", "/home/me/.aws/config", "cert.crt", "app.jks", "terraform.tfstate", "my-secrets.yaml"),
    ],
)
def test_denied(name: str) -> None:
    assert denied(PurePath(name))


@pytest.mark.parametrize(
    "name", ["main.py", "environment.py", "keyboard.ts", "monkey.go", "src/env/settings.py", "key.rs", "README.md"]
)
def test_not_denied(name: str) -> None:
    assert not denied(PurePath(name))
