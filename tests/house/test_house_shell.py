"""What stands around the code is true: the example config, the README's commands, the lock, the scripts."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from foredraft import __version__
from foredraft.cli.example import example
from foredraft.config import Config, load

ROOT = Path(__file__).parents[2]
ADDRESS = re.compile(r"https?://|--(?:extra-)?index-url|--find-links|\bgit\+")


def test_the_example_config_is_made_from_the_options():
    written = (ROOT / "config.example.yml").read_text()
    assert written == example(), "run: .venv/bin/foredraft config --example > config.example.yml"


def test_the_example_config_changes_nothing():
    config, problems = load([ROOT / "config.example.yml"], {})
    assert problems == []
    assert config == Config()
    assert yaml.safe_load(example()) == json.loads(Config().model_dump_json())


@pytest.mark.parametrize("command", ["make try", "make test"])
def test_the_readme_names_the_commands(command: str):
    assert f"`{command}`" in (ROOT / "README.md").read_text()


def test_the_makefile_has_every_target_the_readme_names():
    makefile = (ROOT / "Makefile").read_text()
    named = set(re.findall(r"`make ([a-z-]+)", (ROOT / "README.md").read_text()))
    assert {target for target in named if f"\n{target}:" not in makefile} == set()


def test_the_map_names_every_room():
    rooms = {p.name for p in (ROOT / "server" / "foredraft").iterdir() if (p / "__init__.py").exists()}
    map_ = (ROOT / "server" / "README.md").read_text()
    assert {room for room in rooms if f"{room}/" not in map_} == set()


def test_the_locks_hold_no_address():
    assert not ADDRESS.search((ROOT / "requirements.lock").read_text())
    packages = json.loads((ROOT / "editors" / "vscode" / "package-lock.json").read_text())["packages"]
    assert {name for name, package in packages.items() if name and "integrity" not in package} == set()
    assert {name for name, package in packages.items() if "resolved" in package} == set()


def test_every_dependency_in_the_lock_is_pinned_by_hash():
    blocks = re.split(r"\n(?=\S)", (ROOT / "requirements.lock").read_text().strip())
    assert len(blocks) > 20
    assert [b.splitlines()[0] for b in blocks if not re.match(r"[\w.-]+==\S+", b) or "--hash=sha256:" not in b] == []


def test_the_changelog_knows_this_version():
    assert f"## [{__version__}]" in (ROOT / "CHANGELOG.md").read_text()


@pytest.mark.parametrize(
    "script", sorted(p.relative_to(ROOT) for p in [ROOT / ".ci/run", *ROOT.glob("tools/*.sh")]), ids=str
)
def test_scripts_are_runnable_and_strict(script: Path):
    path = ROOT / script
    assert path.stat().st_mode & 0o111
    assert "set -euo pipefail" in path.read_text()
    subprocess.run(["bash", "-n", path], check=True)
