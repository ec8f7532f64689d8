"""The editors' settings follow the server's options: what an editor may say is what restricts, and nothing else."""

from __future__ import annotations

import json
import re
from pathlib import Path

from foredraft.config import Config, restrict
from foredraft.config.options import sections
from foredraft.config.section import allowed_values, options

VSCODE = Path(__file__).parents[2] / "editors" / "vscode"
SETTINGS = json.loads((VSCODE / "package.json").read_text())["contributes"]["configuration"]["properties"]
STRICTEST = {
    "enabled": False,
    "packages": False,
    "standard_libraries": False,
    "threshold": 0.95,
    "deny": ["*.secret"],
    "soft_deadline_ms": 20,
    "tier": "local",
    "usd_per_day": 0.0,
    "tokens_per_day": 0,
}


def test_vscode_offers_what_restricts_and_the_servers_place():
    restricting = set()
    for section, model in sections():
        for key, _ in options(model):
            config, problems = restrict(Config(), {section: {key: STRICTEST.get(key, 1)}})
            if config != Config() and not problems:
                restricting.add(f"foredraft.{section}.{key}")
    assert set(SETTINGS) == restricting | {"foredraft.path"}


def test_vscode_sends_every_one_of_them():
    sent = re.search(r"RESTRICTIONS = \[([^\]]*)\]", (VSCODE / "src" / "settings.ts").read_text())
    assert sent
    assert {f"foredraft.{name}" for name in re.findall(r'"([^"]+)"', sent[1])} == set(SETTINGS) - {"foredraft.path"}


def test_a_workspace_cannot_choose_what_vscode_runs():
    assert SETTINGS["foredraft.path"]["scope"] == "machine"


def test_vscode_sends_nothing_that_the_user_did_not_set():
    assert {name: setting["default"] for name, setting in SETTINGS.items() if setting["default"]} == {}


def test_vscode_knows_the_bounds():
    fields = {f"foredraft.{section}.{key}": field for section, model in sections() for key, field in options(model)}
    for name, setting in SETTINGS.items():
        if "minimum" in setting:
            words = allowed_values(fields[name])
            high = setting.get("maximum")
            bounds = f"from {setting['minimum']} to {high}" if high else f"of at least {setting['minimum']}"
            assert bounds in words, name
