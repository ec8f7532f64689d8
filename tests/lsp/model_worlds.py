"""A simulated provider and a server that is configured with it, for tests over stdio."""

import contextlib
import json
import subprocess
import sys
import time
import urllib.request

REFRESHING = {
    "experimental": {"foredraft": {"refresh": True, "status": True}},
    "textDocument": {"inlineCompletion": {}},
}
KEYS = {"GROQ_API_KEY": "gsk-test-of-nobody", "DEEPSEEK_API_KEY": "sk-test-of-nobody"}


class Provider:
    """One simulator process."""

    def __init__(self, folder, scenario):
        path = folder / "scenario.json"
        path.write_text(json.dumps({"seed": 1, **scenario}))
        command = [sys.executable, "-m", "foredraft.replay.simulator", "--scenario", str(path), "--port", "0"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.url = json.loads(self.process.stdout.readline())["url"]

    def log(self, body=False):
        with urllib.request.urlopen(f"{self.url}/_log{'?body=1' if body else ''}") as reply:
            entries = json.load(reply)
        return entries if isinstance(entries, list) else entries["log"]

    def wait(self, condition, seconds=20):
        """The log once `condition(log)` holds."""
        end = time.monotonic() + seconds
        while not condition(log := self.log()):
            assert time.monotonic() < end, f"did not happen: {log}"
            time.sleep(0.02)
        return log

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


@contextlib.contextmanager
def simulated(folder, **scenario):
    provider = Provider(folder, scenario)
    try:
        yield provider
    finally:
        provider.close()


def configured(folder, provider, roles=None, **more):
    """A config file that knows the provider's addresses, as JSON, which is YAML."""
    roles = {"draft": ["groq/openai/gpt-oss-20b"], "refine": []} if roles is None else roles
    providers = {
        "groq": {"url": f"{provider.url}/groq/openai/v1"},
        "deepseek": {"url": f"{provider.url}/deepseek"},
    }
    path = folder / "config.yml"
    path.write_text(json.dumps({"providers": providers, "roles": roles, **more}))
    return path


def speaking(text, first_ms=0, per_second=0, **more):
    """The scenario's part for a model that always says `text`."""
    return {
        "latency": {"first_token_ms": first_ms, "tokens_per_second": per_second},
        "answers": {"text": text},
        **more,
    }
