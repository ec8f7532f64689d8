"""The edge in the test's own process: messages go in one by one, and what it sends is kept."""

import asyncio
import json

from foredraft.app import Answer
from foredraft.lsp.protocol import State
from foredraft.lsp.server import build


class App:
    """Answers every ask with `suggestions`; keeps what it was asked and told."""

    def __init__(self, session, suggestions=()):
        self.session = session
        self.suggestions = suggestions
        self.asked = []
        self.outcomes = []

    async def inline(self, snapshot):
        self.asked.append(snapshot)
        return Answer(tuple(self.suggestions), {})

    def changed(self, uri):
        pass

    def outcome(self, *what):
        self.outcomes.append(what)

    async def close(self):
        pass


class Inside:
    """A server that is initialized and has an app. Takes the place of its own pipe."""

    def __init__(self, *suggestions):
        self.server = build()
        self.protocol = self.server.protocol
        self.protocol.state = State.OPEN
        self.protocol.pipe = self
        self.app = self.server.app = App(self.server.session, suggestions)
        self.sent = []

    def write(self, data):
        self.sent.append(json.loads(data.partition(b"\r\n\r\n")[2]))

    def send(self, method, params=None, **ident):
        message = {"jsonrpc": "2.0", "method": method, "params": params, **ident}
        self.protocol.receive(json.dumps(message).encode())

    def open(self, uri, text):
        item = {"uri": uri, "languageId": "python", "version": 1, "text": text}
        self.send("textDocument/didOpen", {"textDocument": item})

    async def call(self, method, params=None):
        """The answer message."""
        count = len(self.sent)
        self.send(method, params, id=f"call {count}")
        await settled()
        (answer,) = self.sent[count:]
        return answer

    def ends(self):
        """How each request was answered, in order: with null, a result, or an error's code."""
        return [
            (one["id"], one["error"]["code"] if "error" in one else one["result"] and "result") for one in self.sent
        ]


async def settled():
    """Let everything on the loop run that waits for nothing."""
    for _ in range(10):
        await asyncio.sleep(0)
