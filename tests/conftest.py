"""A language client without pygls, for tests of the server as editors see it: over stdio, one process a test."""

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")  # no test fails because the machine is busy

FOREDRAFT = [sys.executable, "-m", "foredraft"]
SCRIPTED = [sys.executable, str(Path(__file__).with_name("lsp") / "scripted_server.py")]
PRIVATE = ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")


class RawClient:
    """One server process and what it said. Every wait has a limit and ends as soon as it can."""

    def __init__(self, command, env):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0, env=env
        )
        self.answers = {}
        self.notes = []
        self.asked = []
        self.errors = b""
        self.configuration = None
        self.refused = set()
        self._id = 0
        self._changed = threading.Condition()
        self._reading = threading.Event()
        self._reading.set()
        self._threads = [threading.Thread(target=target, daemon=True) for target in (self._read, self._read_errors)]
        for thread in self._threads:
            thread.start()

    # what is sent

    def raw(self, body):
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def send(self, message):
        self.raw(json.dumps(message).encode())

    def notify(self, method, params=None):
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def ask(self, method, params=None):
        self._id += 1
        self.send({"jsonrpc": "2.0", "id": self._id, "method": method, "params": params})
        return self._id

    def call(self, method, params=None, timeout=20):
        """The whole answer message."""
        return self.answer(self.ask(method, params), timeout)

    def start(self, capabilities=None, **more):
        """`initialize` and `initialized`; the initialize result."""
        params = {"processId": os.getpid(), "rootUri": None, "capabilities": capabilities or {}, **more}
        answer = self.call("initialize", params, 60)
        assert "result" in answer, answer
        self.notify("initialized", {})
        return answer["result"]

    def open(self, uri, text, language="python", version=1):
        item = {"uri": uri, "languageId": language, "version": version, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})

    def change(self, uri, version, *changes):
        """Each change is the whole text, or (line, character, end line, end character, text)."""
        wire = [one if isinstance(one, dict) else content(one) for one in changes]
        self.notify(
            "textDocument/didChange", {"textDocument": {"uri": uri, "version": version}, "contentChanges": wire}
        )

    def inline(self, uri, line, character, kind=2):
        """The result of an inline completion request."""
        answer = self.call("textDocument/inlineCompletion", place(uri, line, character, kind))
        assert "result" in answer, answer
        return answer["result"]

    def document(self, uri):
        return self.call("foredraft/document", {"uri": uri})["result"]

    def command(self, name, *arguments):
        return self.call("workspace/executeCommand", {"command": name, "arguments": list(arguments)})

    def end(self):
        """`shutdown` and `exit`; the exit code."""
        self.call("shutdown")
        self.notify("exit")
        return self.process.wait(20)

    # what came

    def answer(self, ident, timeout=20):
        with self._changed:
            found = self._changed.wait_for(lambda: ident in self.answers, timeout)
            assert found, f"request {ident} was not answered; stderr: {self.errors.decode(errors='replace')[-800:]}"
            return self.answers[ident][0]

    def answered(self, ident, timeout):
        """Whether an answer comes within `timeout` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: ident in self.answers, timeout)

    def wait_for(self, condition, timeout=20):
        """Wait until `condition()`; it is looked at again whenever a message comes."""
        with self._changed:
            assert self._changed.wait_for(condition, timeout), f"did not happen; stderr: {self.errors.decode()[-800:]}"

    def note(self, method, count=1, timeout=20):
        """The params of the notifications `method`, once there are `count`."""
        self.wait_for(lambda: len(self.noted(method)) >= count, timeout)
        return self.noted(method)

    def noted(self, method):
        return [note["params"] for note in self.notes if note["method"] == method]

    def pop_ups(self):
        return [note for note in self.noted("window/showMessage") if note["type"] <= 2]

    def hold(self):
        """Stop reading what the server writes."""
        self._reading.clear()

    def close(self):
        self._reading.set()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for thread in self._threads:
            thread.join(10)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            with contextlib.suppress(BrokenPipeError):
                pipe.close()

    def _read_errors(self):
        while chunk := self.process.stderr.read(4096):
            self.errors += chunk

    def _read(self):
        with os.fdopen(os.dup(self.process.stdout.fileno()), "rb", buffering=1 << 20) as stream:
            while True:
                self._reading.wait()
                length = None
                while (header := stream.readline()) not in (b"\r\n", b""):
                    if header.lower().startswith(b"content-length:"):
                        length = int(header.split(b":")[1])
                if length is None:
                    return
                self._take(json.loads(stream.read(length)))

    def _take(self, message):
        with self._changed:
            if "method" in message and "id" in message:
                self.asked.append(message)
                answer = {"result": self.configuration if message["method"] == "workspace/configuration" else None}
                if message["method"] in self.refused:
                    answer = {"error": {"code": -32601, "message": "refused"}}
                with contextlib.suppress(BrokenPipeError):
                    self.send({"jsonrpc": "2.0", "id": message["id"], **answer})
            elif "method" in message:
                self.notes.append(message)
            else:
                self.answers.setdefault(message.get("id"), []).append(message)
            self._changed.notify_all()


class Told:
    """What the app of a scripted server was told, as it wrote it down."""

    def __init__(self, path):
        self.path = path

    def all(self, kind):
        lines = self.path.read_text().splitlines() if self.path.exists() else []
        return [told[1:] for line in lines if (told := json.loads(line))[0] == kind]

    def wait(self, kind, count=1):
        eventually(lambda: len(self.all(kind)) >= count)
        return self.all(kind)

    def end(self, work):
        """Let the app's `work` end, which waits for this."""
        self.path.with_name(f"{work}.end").touch()


def place(uri, line, character, kind=2):
    """The params of an inline completion request."""
    where = {"textDocument": {"uri": uri}, "position": {"line": line, "character": character}}
    return {**where, "context": {"triggerKind": kind}}


def content(change):
    if isinstance(change, str):
        return {"text": change}
    line, character, end_line, end_character, text = change
    start, end = {"line": line, "character": character}, {"line": end_line, "character": end_character}
    return {"range": {"start": start, "end": end}, "text": text}


@pytest.fixture
def private_env(tmp_path):
    """An environment in which a server keeps its files, and finds its config, in a folder of this test."""
    return at_home(tmp_path / "home")


@pytest.fixture
def launch(private_env):
    """Starts servers: `launch()` is Foredraft, `launch(command)` another one; they end with the test."""
    with launching(private_env) as start:
        yield start


@pytest.fixture(scope="module")
def launch_shared(tmp_path_factory):
    """Starts servers that end with the module, for tests that leave them as they were."""
    with launching(at_home(tmp_path_factory.mktemp("shared") / "home")) as start:
        yield start


@pytest.fixture(scope="module")
def client(launch_shared):
    """A Foredraft that is initialized, with no workspace; the module's tests share it."""
    client = launch_shared()
    client.start()
    return client


@pytest.fixture
def told(tmp_path):
    return Told(tmp_path / "told")


@pytest.fixture
def scripted(launch, told):
    """Starts the edge over an app that answers by rule, which is there then: `scripted(capabilities, **initialize)`."""

    def start(capabilities=None, env=None, refused=(), **more):
        return script(launch, told, capabilities, env, refused, **more)

    return start


@pytest.fixture(scope="module")
def shared(launch_shared, tmp_path_factory):
    """One such server with its `told`; the module's tests share it."""
    return script(launch_shared, Told(tmp_path_factory.mktemp("shared") / "told"))


def script(launch, told, capabilities=None, env=None, refused=(), **more):
    count = len(told.all("started"))
    client = launch(SCRIPTED, FOREDRAFT_TOLD=str(told.path), **(env or {}))
    client.told = told
    client.refused.update(refused)
    client.result = client.start(capabilities, **more)
    if not env:
        told.wait("started", count + 1)
    return client


def at_home(home):
    """The environment with `home`, which is made, for a home."""
    home.mkdir(mode=0o700)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FOREDRAFT_")}
    return {**kept, **dict.fromkeys(PRIVATE, str(home)), "PYTHONUNBUFFERED": "1"}


@contextlib.contextmanager
def launching(environment):
    running = []

    def start(command=None, **env):
        client = RawClient(command or FOREDRAFT, {**environment, **env})
        running.append(client)
        return client

    yield start
    for client in running:
        client.close()


def eventually(condition, seconds=20):
    """Wait until `condition()`, for what no message tells."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "did not happen"
        time.sleep(0.02)
