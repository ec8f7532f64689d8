"""Models on a simulated provider, and what they say: shared by the tests of the wire formats."""

from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass

from foredraft.errors import ModelFailed
from foredraft.models.catalogue import connect, provider
from foredraft.models.client import open_client
from foredraft.models.outgoing import Outgoing, Tier
from foredraft.models.tokens import Tokens
from foredraft.questions.prompt import Chat, Excerpt, Fim, Message, Prompt
from foredraft.replay.simulator import serve

TEXT = "return größe * 名前  # 🚀 done"
GAP = Fim("def f(größe):\n    ", "\n\nprint(f(1))\n", "a.py", "python")
WIDE = Fim("def f(größe):\n    ", "\n", "a.py", "python", (Excerpt("b.py", "x = 1"),), "-old\n+new\n")
TALK = Chat((Message("system", "Complete."), Message("user", "def f(größe):\n    <|cursor|>")))
BEGUN = Chat((*TALK.messages, Message("assistant", "def f(größe):\n    ")))
KEY = "sk-foredraft-secret-key-0123456789"


@dataclass
class Said:
    """All of an answer."""

    text: str
    chunks: list

    @property
    def finish(self):
        return self.chunks[-1].finish

    @property
    def usage(self):
        return self.chunks[-1].usage

    @property
    def limits(self):
        return self.chunks[0].limits


def ask(body=GAP, max_tokens=64, stop=(), tier=Tier.PUBLIC):
    return Outgoing(Prompt(body, max_tokens, stop), tier)


async def said(model, outgoing):
    async with aclosing(model.stream(outgoing)) as chunks:
        found = [chunk async for chunk in chunks]
    assert [chunk.finish is not None for chunk in found] == [False] * (len(found) - 1) + [True]
    assert {chunk.model for chunk in found} == {model.facts.name}
    return Said("".join(chunk.text for chunk in found), found)


async def failure(model, outgoing):
    """What was raised; it holds neither the key nor the prompt."""
    try:
        await said(model, outgoing)
    except ModelFailed as failed:
        assert failed.model == model.facts.name
        for secret in (KEY, "größe", "sk-foredraft"):
            assert secret not in str(failed)
        assert failed.__cause__ is None
        assert failed.__suppress_context__ or failed.__context__ is None
        return failed
    raise AssertionError("it answered")


@asynccontextmanager
async def world(scenario):
    """A simulator and a function that gives a model of it: `model("groq", "openai/gpt-oss-20b", use="chat")`."""
    async with serve({"answers": {"text": TEXT}, **scenario}) as simulator, open_client(10.0) as client:
        yield World(simulator, client)


@dataclass
class World:
    simulator: object
    client: object

    def source(self, name, *models, **options):
        return provider(name, {"url": self.simulator.base(name), "models": models, **options})

    def model(self, name, model_id, key=KEY, source=None, **entry):
        source = source or self.source(name, {"id": model_id, **entry} if entry else model_id)
        found = [each for each in connect(source, key, self.client, Tokens()) if each.facts.id == model_id]
        return found[0]

    @property
    def last(self):
        return self.simulator.log[len(self.simulator.log) - 1]
