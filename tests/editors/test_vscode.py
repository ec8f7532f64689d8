"""A real VS Code with our packaged extension and our server, in a headless browser: ghost text, and Tab puts it in."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest
from editor_world import installed_server, make_workspace

pytestmark = pytest.mark.editor

ROOT = Path(__file__).parents[2]
CODE = ROOT / ".cache" / "code-server"
EXTENSION = ROOT / "editors" / "vscode"
USER_SETTINGS = {
    "chat.disableAIFeatures": True,
    "workbench.startupEditor": "none",
    "telemetry.telemetryLevel": "off",
    "editor.wordBasedSuggestions": "off",
    "editor.quickSuggestions": {"other": "off", "comments": "off", "strings": "off"},
}


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return make_workspace(tmp_path / "workspace")


@pytest.fixture
def vsix(tmp_path: Path) -> Path:
    path = tmp_path / "foredraft.vsix"
    assert (EXTENSION / "dist" / "extension.js").exists(), "`make vscode` bundles the extension"
    vsce = EXTENSION / "node_modules" / ".bin" / "vsce"
    subprocess.run([vsce, "package", "--no-dependencies", "-o", path], cwd=EXTENSION, check=True, capture_output=True)
    return path


@pytest.fixture
def vscode(vsix, private_env, workspace, tmp_path):
    """The address of a running VS Code with the extension installed and told where the server is."""
    assert (CODE / ".complete").exists(), "`make test-vscode` fetches a VS Code"
    user = tmp_path / "user"
    (user / "User").mkdir(parents=True)
    (user / "User" / "settings.json").write_text(json.dumps({**USER_SETTINGS, "foredraft.path": installed_server()}))
    command = [CODE / "bin" / "node", CODE / "package" / "out" / "node" / "entry.js", "--user-data-dir", user]
    command += ["--extensions-dir", tmp_path / "extensions"]
    subprocess.run([*command, "--install-extension", vsix], check=True, capture_output=True, env=private_env)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    quiet = ["--disable-telemetry", "--disable-update-check", "--disable-workspace-trust"]
    quiet += ["--disable-getting-started-override", "--auth", "none", "--bind-addr", f"127.0.0.1:{port}"]
    log = (tmp_path / "code-server.log").open("wb")
    process = subprocess.Popen(
        [*command, *quiet, workspace], stdout=log, stderr=log, env=private_env, start_new_session=True
    )
    base = f"http://127.0.0.1:{port}"
    try:
        _wait_until_it_answers(f"{base}/healthz", process)
        yield base
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)
        log.close()


def test_ghost_text_and_tab(vscode, workspace, tmp_path):
    chromium = shutil.which(os.environ.get("CHROMIUM", "chromium"))
    assert chromium, "no Chromium: apt-get install chromium"
    typed = "    parameters = req"
    driven = subprocess.run(
        ["node", Path(__file__).with_name("vscode_drive.mjs"), vscode, workspace, "third.py", typed, tmp_path],
        capture_output=True,
        text=True,
        timeout=400,
        env=os.environ | {"CHROMIUM": chromium},
    )
    assert driven.returncode == 0, driven.stderr
    told = json.loads(driven.stdout)
    assert told["ghost"].startswith("uest.read_parameters(")
    assert f"{typed}uest.read_parameters(" in (workspace / "third.py").read_text()


def _wait_until_it_answers(address: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(address):
            return
        time.sleep(0.1)
    pytest.fail("VS Code did not start")
