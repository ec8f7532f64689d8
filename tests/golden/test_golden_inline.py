"""Whole answers as a user sees them: each file below `inline/` holds documents with what is shown at the cursor marked
as `├shown┤` (`├┤`: nothing), in a workspace of handlers and models that are much alike."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

import pytest

from foredraft.engine.answers import Answers
from foredraft.engine.learning import Learning
from foredraft.predictor.build import Builder
from foredraft.predictor.far import Far
from foredraft.predictor.training import train
from foredraft.questions.snapshot import Snapshot
from foredraft.text.document import Document, Position

GOLDEN = sorted(Path(__file__).with_name("inline").glob("*.toml"))
NAMES = ("login", "logout", "search", "update", "delete", "create", "archive", "restore", "publish", "approve")
WORKSPACE = {
    f"handlers/{name}.py": f"""from http import HTTPStatus
from shop.requests import Request, Response


def handle_{name}(request: Request, response: Response) -> Response:
    parameters = request.read_parameters("{name}")
    if not parameters.are_complete():
        return response.refuse(HTTPStatus.BAD_REQUEST, parameters.missing_names())
    for observer in request.observers:
        observer.notify("{name}", parameters)
    return response.accept(HTTPStatus.OK, parameters.as_dictionary())
""".splitlines()
    for name in NAMES
}


@cache
def workspace():
    builder = Builder()
    for name, lines in WORKSPACE.items():
        builder.add(name, lines)
    arrays = builder.arrays()
    trained = list(train(arrays, builder.names, WORKSPACE.items(), 20_000))[-1]
    return arrays, builder.names, trained


def shown(marked: str, name: str) -> str:
    """What is shown at the mark, in a document that was opened as it stands there."""
    arrays, names, trained = workspace()
    start, end = marked.index("├"), marked.index("┤")
    text = marked[:start] + marked[end + 1 :]
    learning = Learning()
    learning.adopt_index(Far(arrays, names))
    learning.adopt_weights(trained["weights"].tolist(), trained["calibration"].tolist())
    document = Document.of("file:///" + name, "python", 1, text)
    at = document.position(start)
    learning.change(document, name, at.line)
    file = learning.file(document.uri, at.line)
    assert file is not None
    for _ in file.work(learning.predictor, at.line):
        pass
    answers = Answers(learning)
    answers.threshold = 0.7
    answer = answers.now(Snapshot(document, Position(*at)))
    return answer.suggestions[0].edits[0].text if answer.suggestions else ""


CASES = [
    pytest.param(case["document"], id=f"{path.stem}: {name}")
    for path in GOLDEN
    for name, case in tomllib.loads(path.read_text(encoding="utf-8")).items()
]


@pytest.mark.parametrize("marked", CASES)
def test_golden(marked: str):
    start, end = marked.index("├"), marked.index("┤")
    found = shown(marked, "handlers/merge.py")
    assert marked[: start + 1] + found + marked[end:] == marked
