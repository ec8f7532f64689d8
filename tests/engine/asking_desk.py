"""A session and its answers with models that say what a test wants; the predictor knows nothing unless told."""

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "orchestra"))
from model_stand_ins import Says, gap, race

from foredraft.engine.answers import Answers
from foredraft.engine.learning import Learning
from foredraft.orchestra.perform import Performance
from foredraft.orchestra.pipelines import SPEED_QUALITY
from foredraft.orchestra.route import Allowed, route
from foredraft.questions.snapshot import Trigger
from foredraft.session import Session
from foredraft.text.document import Position

URI = "file:///code/a.py"
__all__ = ["URI", "AskingDesk", "Says"]


class Staff:
    """Models in roles, without a budget."""

    def __init__(self, **roles):
        self.roles = roles
        self.cost, self.latency, self.saving, self.scarce = 630.0, 0.12, "", False
        self.allowed = Allowed()

    def route(self, snapshot):
        return route(SPEED_QUALITY, self.roles, self.allowed)

    def visited(self, document, line):
        pass

    def closed(self, uri):
        pass

    def performance(self, found, snapshot, worth):
        return Performance(found, gap(), race, worth)


class AskingDesk:
    """One document, its cursor at the end of line 1."""

    def __init__(self, text="def f(total, tax):\n    \n", **roles):
        self.session, self.better = Session(), []
        self.answers = Answers(
            Learning(), lambda kept, document: self.session.keep(URI, kept, document), self.better.append
        )
        self.answers.threshold, self.answers.soft_deadline = 0.55, 5.0
        self.answers.drafting.models = Staff(**roles) if roles else None
        self.session.open(URI, "python", 1, text)
        self.version = 1

    @property
    def column(self):
        return len(self.session.documents[URI].line(1))

    def flight(self):
        return self.answers.drafting.inflight.of(URI)

    def snapshot(self, trigger=Trigger.AUTOMATIC, line=1, column=None):
        return self.session.snapshot(URI, Position(line, self.column if column is None else column), trigger)

    def change(self, line, start, end, text):
        self.version += 1
        self.session.change(URI, self.version, [(Position(line, start), Position(line, end), text)], self.version / 5)
        document = self.session.documents[URI]
        since = lambda old: self.session.edits_since(URI, old)  # noqa: E731
        self.answers.drafting.changed(document, since, line)

    def type(self, text):
        self.change(1, self.column, self.column, text)

    async def ask(self, trigger=Trigger.AUTOMATIC, patient=False):
        snapshot = self.snapshot(trigger)
        answer = await self.answers.inline(snapshot, patient)
        for suggestion in reversed(answer.suggestions):
            self.session.offered(URI, suggestion, snapshot.document)
        return answer

    async def texts(self, **more):
        return [one.edits[0].text for one in (await self.ask(**more)).suggestions]

    async def asking(self, until=lambda: True):
        """An ask under way, once its model was asked and `until` holds."""
        task = asyncio.create_task(self.ask())
        await eventually(lambda: self.flight() is not None and self.flight().sent_at is not None and until())
        return task


async def eventually(condition, seconds=20):
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.001)
