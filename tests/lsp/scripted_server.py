"""The real edge over an app that answers by rule, so that what the edge does can be told from what is predicted.

A line that ends in `draft` gets ` done`; `two` a text of two lines; `😀` astral text; `fail` raises; `slow` waits for
the file `slow.end`, or says that it was cancelled; `busy` and `child` run jobs in threads (`lsp_jobs.py`). What the app
is told goes to the file that FOREDRAFT_TOLD names, as lines of JSON; all other files are beside it. With
FOREDRAFT_SLOW_START it waits for `start.end`, with FOREDRAFT_SLOW_LEARNING for `learning.end`.
"""

import asyncio
import json
import os
from pathlib import Path

from lsp_jobs import FOLDER, JOBS

import foredraft.app as app_module
from foredraft.app import Answer, Progress, Status
from foredraft.lsp.serve import serve
from foredraft.questions.suggestion import Source, Stage, Suggestion
from foredraft.session import Session
from foredraft.text.edit import Edit

TEXTS = {"draft": " done", "two": "(a,\n    b)", "slow": " at last", "😀": "😀😀 astral"}


def tell(*what):
    with Path(os.environ["FOREDRAFT_TOLD"]).open("a", encoding="utf-8") as file:
        file.write(json.dumps(what) + "\n")


async def until(name):
    while not (FOLDER / name).exists():
        await asyncio.sleep(0.02)


class Scripted:
    def __init__(self, session):
        self.session = session
        self.asked = 0

    @classmethod
    async def start(cls, config, folders, on_status, on_progress=None, session=None):
        if os.environ.get("FOREDRAFT_SLOW_START"):
            tell("starting")
            await until("start.end")
        if os.environ.get("FOREDRAFT_NO_START"):
            raise RuntimeError("secret_of_the_user")
        tell("started", [str(folder) for folder in folders])
        app = cls(session or Session())
        on_status(Status("indexing", "indexing"))
        app.work = asyncio.ensure_future(app.index(on_status, on_progress))
        return app

    async def index(self, on_status, on_progress):
        for done in range(4):
            on_progress(Progress(done, 3, done * 10))
            await asyncio.sleep(0.1)
            while done == 2 and os.environ.get("FOREDRAFT_SLOW_LEARNING") and not (FOLDER / "learning.end").exists():
                on_progress(Progress(2, 3, 20))
                await asyncio.sleep(0.02)
        on_status(Status("ready", "ready", 3, 30))

    async def inline(self, snapshot):
        self.asked += 1
        line = snapshot.document.line(snapshot.cursor.line)[: snapshot.cursor.column]
        word = next((word for word in TEXTS if line.endswith(word)), None)
        if line in JOBS:
            await asyncio.get_running_loop().run_in_executor(None, JOBS[line], snapshot.document.uri)
        if line.endswith("fail"):
            raise ValueError("secret_of_the_user")
        if word == "slow":
            try:
                await until("slow.end")
            except asyncio.CancelledError:
                tell("cancelled")
                raise
        if word is None:
            live = [one for one in snapshot.live if one.edits[0].start == snapshot.document.offset(snapshot.cursor)]
            return Answer(tuple(live), {})
        at = snapshot.document.offset(snapshot.cursor)
        edit = Edit(at, at, TEXTS[word])
        return Answer((Suggestion(f"s{self.asked}", (edit,), "", Stage.DRAFT, Source.PREDICTOR, 0.9),), {})

    def changed(self, uri):
        tell("changed", uri)

    def outcome(self, suggestion_id, what, length=None):
        tell("outcome", suggestion_id, what, length)

    def folders_changed(self, added, removed):
        tell("folders", [str(path) for path in added], [str(path) for path in removed])

    def files_changed(self, paths):
        tell("files", [str(path) for path in paths])

    def configure(self, settings):
        tell("settings", settings)
        return [f"no option {name}" for name in settings if name != "predictor"]

    async def close(self):
        tell("closed")


if __name__ == "__main__":
    app_module.App = Scripted
    serve()
