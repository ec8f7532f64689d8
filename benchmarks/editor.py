"""A client that measures: one thread, one server over stdio, as little of its own time as can be."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

FOREDRAFT = [sys.executable, "-m", "foredraft"]
STOCK = [sys.executable, "-P", str(Path(__file__).with_name("stock_server.py"))]  # -P: typing.py is beside it
_PRIVATE = ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")
Json = dict[str, Any]


class Editor:
    """One server process, ended with the `with` block. Times are seconds of `time.perf_counter`."""

    def __init__(self, command: list[str], home: Path, settings: Mapping[str, str] | None = None) -> None:
        """`settings`: more environment variables for the server."""
        env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        env = {name: value for name, value in env.items() if not name.startswith("FOREDRAFT_")}
        home.mkdir(parents=True, exist_ok=True)
        self.born = time.perf_counter()
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env={**env, **dict.fromkeys(_PRIVATE, str(home)), **(settings or {})},
        )
        assert self.process.stdin is not None and self.process.stdout is not None
        self._in, self._out = self.process.stdin.fileno(), self.process.stdout.fileno()
        self._rest = b""
        self._id = 0
        self.status: list[Json] = []

    def __enter__(self) -> Editor:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()

    def start(self, folder: Path | None = None) -> float:
        """`initialize` and `initialized`; seconds from the process's birth until the answer."""
        announced = {"experimental": {"foredraft": {"status": True, "refresh": True}}}
        folders = [{"uri": folder.as_uri(), "name": folder.name}] if folder else None
        root = folder.as_uri() if folder else None
        params = {"processId": os.getpid(), "rootUri": root, "workspaceFolders": folders, "capabilities": announced}
        self.call("initialize", params)
        took = time.perf_counter() - self.born
        self.notify("initialized", {})
        return took

    def notify(self, method: str, params: Any) -> None:
        self._send({"jsonrpc": "2.0", "method": method, "params": params})

    def ask(self, method: str, params: Any) -> int:
        self._id += 1
        self._send({"jsonrpc": "2.0", "id": self._id, "method": method, "params": params})
        return self._id

    def answer(self, ident: int, timeout: float = 120) -> Any:
        """The result of a request; other messages that come meanwhile are dealt with."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            message = self._message(end - time.monotonic())
            if message is None:
                break
            if message.get("id") == ident and "method" not in message:
                return message.get("result")
            self._other(message)
        raise TimeoutError(f"request {ident} was not answered")

    def call(self, method: str, params: Any, timeout: float = 120) -> Any:
        return self.answer(self.ask(method, params), timeout)

    def timed(self, method: str, params: Any) -> tuple[float, Any]:
        """Seconds of a round trip, and the result."""
        begin = time.perf_counter()
        result = self.call(method, params)
        return time.perf_counter() - begin, result

    def open(self, uri: str, text: str, language: str = "python") -> None:
        item = {"uri": uri, "languageId": language, "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})

    def change(self, uri: str, version: int, line: int, column: int, end_line: int, end_column: int, text: str) -> None:
        at = {"start": {"line": line, "character": column}, "end": {"line": end_line, "character": end_column}}
        content = {"range": at, "text": text}
        params = {"textDocument": {"uri": uri, "version": version}, "contentChanges": [content]}
        self.notify("textDocument/didChange", params)

    def inline(self, uri: str, line: int, column: int) -> Json:
        """Params of an inline completion request."""
        place = {"textDocument": {"uri": uri}, "position": {"line": line, "character": column}}
        return {**place, "context": {"triggerKind": 2}}

    def next(self, timeout: float) -> Json | None:
        """The next message that the server sent; None if none comes in time."""
        message = self._message(timeout)
        if message is not None and ("id" in message) == ("method" in message):
            self._other(message)
        return message

    def run(self, command: Json) -> None:
        """Run a command of the server; its answer is nobody's."""
        self.ask("workspace/executeCommand", {"command": command["command"], "arguments": command.get("arguments")})

    def drain(self) -> None:
        """Take what came unasked."""
        while (message := self._message(0)) is not None:
            self._other(message)

    def _other(self, message: Json) -> None:
        if "method" in message and "id" in message:
            self._send({"jsonrpc": "2.0", "id": message["id"], "result": None})
        elif message.get("method") == "foredraft/status":
            self.status.append(message["params"])

    def _send(self, message: Json) -> None:
        body = json.dumps(message).encode()
        data = memoryview(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        while data:
            data = data[os.write(self._in, data) :]

    def _message(self, timeout: float) -> Json | None:
        """The next message; None if none comes in time or ever."""
        while True:
            head, found, rest = self._rest.partition(b"\r\n\r\n")
            if found:
                length = next(
                    int(line.split(b":")[1]) for line in head.split(b"\r\n") if line[:14].lower() == b"content-length"
                )
                if len(rest) >= length:
                    self._rest = rest[length:]
                    message: Json = json.loads(rest[:length])
                    return message
            if not select.select([self._out], [], [], max(0, timeout))[0]:
                return None
            chunk = os.read(self._out, 1 << 16)
            if not chunk:
                return None
            self._rest += chunk
