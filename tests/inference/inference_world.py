"""A real Ollama and real llama-servers, each in a session and a home of its own, for tests of the models."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]
PLACE = Path(os.environ.get("FOREDRAFT_INFERENCE", ROOT / ".cache" / "inference"))
BIN, WEIGHTS, STORE = PLACE / "bin", PLACE / "gguf", PLACE / "models"


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Server:
    """A process and all that it starts."""

    def __init__(self, command, home, ready, **environment):
        home.mkdir(exist_ok=True)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("OLLAMA_", "LLAMA_"))}
        self._command, self._ready, self._home = command, ready, home
        self._environment = {**kept, "HOME": str(home), **environment}
        self.start()

    def start(self):
        self._log = (self._home / "log").open("ab")
        self.process = subprocess.Popen(
            self._command, env=self._environment, start_new_session=True, stdout=self._log, stderr=self._log
        )
        end = time.monotonic() + 120
        while True:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(self._ready, timeout=2, trust_env=False).status_code == 200:
                    return
            assert self.process.poll() is None, self.log()
            assert time.monotonic() < end, self.log()
            time.sleep(0.05)

    def log(self):
        return (self._home / "log").read_text(errors="replace")[-3000:]

    def stop(self, how=signal.SIGTERM):
        """End it and what it has started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, how)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(20)
        with contextlib.suppress(ProcessLookupError):  # what it left behind
            os.killpg(self.process.pid, signal.SIGKILL)
        self._log.close()

    def runners(self):
        """(process id, seconds of CPU) of each llama-server below it."""
        found = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                _, _, rest = stat.read_text().rpartition(")")
                fields = rest.split()
                if int(fields[3]) == self.process.pid and int(stat.parent.name) != self.process.pid:
                    ticks = int(fields[11]) + int(fields[12])
                    found.append((int(stat.parent.name), ticks / os.sysconf("SC_CLK_TCK")))
        return found

    def cpu_seconds(self):
        """Of all llama-servers below it."""
        return sum(seconds for _, seconds in self.runners())


def ollama(home, **environment):
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    server = Server(
        [BIN / "ollama", "serve"], home, f"{url}/api/version",
        OLLAMA_HOST=f"127.0.0.1:{port}", OLLAMA_MODELS=str(STORE), OLLAMA_NO_CLOUD="1", OMP_WAIT_POLICY="passive",
        **environment,
    )  # fmt: skip
    server.url = url
    return server


def llama_server(home, weights="smollm2-fim.gguf", context=1024):
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    options = ["--host", "127.0.0.1", "--port", str(port), "-c", str(context), "-b", "512", "-np", "1", "--slots"]
    server = Server([BIN / "llama-server", "-m", WEIGHTS / weights, *options], home, f"{url}/health")
    server.url = url
    return server
