"""What once went wrong between learning and answering, each as its user met it."""

import asyncio
from pathlib import Path

import pytest

from foredraft.app import App
from foredraft.config import Config
from foredraft.engine.answers import Answers
from foredraft.engine.learning import Learning
from foredraft.predictor import opened
from foredraft.predictor.build import Builder
from foredraft.predictor.far import Far
from foredraft.predictor.opened import OpenFile
from foredraft.predictor.predictor import Predictor
from foredraft.questions.snapshot import Snapshot, Trigger
from foredraft.questions.suggestion import Reject
from foredraft.questions.tidy import fitted, reverts
from foredraft.session import Session
from foredraft.text.document import Document, Position

A, B = "file:///code/a.py", "file:///code/b.py"


def doc(text, uri=A, version=1, language="python"):
    return Document.of(uri, language, version, text)


def work(learning, uri, cursor):
    for _ in learning._files[uri].work(learning.predictor, cursor):
        pass


# 1 a call inside brackets that the editor closed loses its own closing bracket
@pytest.mark.parametrize(
    ("marked", "text", "expected"),
    [
        ("call(|)", "other(a)", "other(a)"),
        ("call(|)", "other(a))", "other(a)"),
        ("call(|):", "other(a)):", "other(a)"),
        ("x = [|]", "a[1]]", "a[1]"),
    ],
)
def test_overlap_keeps_brackets_whole(marked, text, expected):
    before, after = marked.split("|")
    assert fitted(text, before, after) == expected


# 3 deleting forwards
def test_what_was_deleted_forwards_is_not_put_back():
    session = Session()
    session.open("a", "python", 1, "x = abc")
    for version in (2, 3, 4):
        session.change("a", version, [(Position(0, 4), Position(0, 5), "")], version / 10)
    assert reverts("abc", 0, 4, session.history("a"))


# 4 privacy: open documents are masked by other rules than files on disk
def test_plain_values_of_a_settings_file_are_masked_when_it_is_open():
    learning = Learning()
    uri = "file:///code/config.yml"
    learning.change(doc("password: correcthorsebattery\nx: 1\n", uri, language="yaml"), "config.yml", 2)
    work(learning, uri, 2)
    assert "correcthorsebattery" not in learning._files[uri].near.uses


def test_a_putty_key_is_masked_when_it_is_open():
    learning = Learning()
    body = "AAAAB3NzaCyceEAAAADAQABAAABAQC"
    text = f"PuTTY-User-Key-File-PRIVATE: ssh-rsa\nPrivate-Lines: 2\n{body}\nx: 1\n".replace("-PRIVATE", "-2")
    learning.change(doc(text), "notes.txt", 9)
    work(learning, A, 9)
    assert body not in learning._files[A].near.uses


# 5 the mask of the workspace level belongs to the document asked last
def two_files():
    builder = Builder()
    builder.add("a.py", ["alpha(beta)"] * 3)
    builder.add("b.py", ["gamma(delta)"] * 3)
    learning = Learning()
    learning.adopt_index(Far(builder.arrays(), builder.names))
    answers = Answers(learning)
    answers.threshold = 0.5
    documents = {A: doc("alpha(beta)\n\n"), B: doc("gamma(delta)\n\n", B)}
    for uri, document in documents.items():
        learning.change(document, uri[-4:], 1)
        work(learning, uri, 1)
    return learning, answers, documents


def masks_during(learning, act):
    seen, far = set(), learning.predictor.far
    plain = far.look_up

    def look_up(context, key):
        seen.add(far.masked)
        return plain(context, key)

    far.look_up = look_up
    act()
    return seen


def test_each_document_is_predicted_without_its_own_file():
    learning, answers, documents = two_files()
    learning.file(A, 1), learning.file(B, 1)
    answers.now(Snapshot(documents[A], Position(1, 0)))
    answers.now(Snapshot(documents[B], Position(1, 0)))
    longer = documents[A].replaced(Position(1, 0), Position(1, 0), "alpha(", 2)
    learning.change(longer, "a.py", 1)
    assert masks_during(learning, lambda: answers.now(Snapshot(longer, Position(1, 6)))) == {0}


def test_each_line_is_trained_on_without_its_own_file():
    learning, answers, documents = two_files()
    learning.change(documents[A].replaced(Position(1, 0), Position(1, 0), "alpha(beta)", 2), "a.py", 1)
    answers.now(Snapshot(documents[B], Position(1, 0)))
    assert masks_during(learning, lambda: work(learning, A, 2)) == {0}


# 6 a snapshot, or a document, that is longer than what was learned of it
def test_a_snapshot_of_an_older_longer_text_is_answered():
    learning = Learning()
    answers = Answers(learning)
    old = doc("x = 1\n" * 50)
    learning.change(old, "a.py", 0)
    learning.change(doc("x\n", version=2), "a.py", 0)
    assert answers.now(Snapshot(old, Position(40, 0))).suggestions == ()


async def test_switched_off_and_on_again_the_document_of_now_is_answered(tmp_path):
    app = await App.start(Config(), [], lambda status: None)
    uri = (tmp_path / "a.py").as_uri()
    app.session.open(uri, "python", 1, "x = 1\n")
    app.changed(uri)
    app.configure({"predictor": {"enabled": False}})
    app.session.change(uri, 2, ["x = 1\n" * 50], 1.0)
    app.changed(uri)
    app.configure({})
    try:
        assert (await app.inline(app.session.snapshot(uri, Position(40, 0)))).why["rejected"] != [str(Reject.OFF)]
    finally:
        await app.close()


# 7 in a file over the limit nothing new is ever learned
def test_in_a_huge_file_the_lines_near_the_user_are_learned_wherever_he_goes(monkeypatch):
    monkeypatch.setattr(opened, "MOST_TOKENS", 100)
    predictor, file = Predictor(), OpenFile("a.py")
    document = doc("\n".join(f"line{number} = value{number}" for number in range(400)))
    file.change(document, document.lines(), 10)
    for cursor in (10, 300, 150):
        for _ in file.work(predictor, cursor):
            pass
        assert {f"line{cursor - 1}", f"line{cursor + 1}"} <= file.near.uses.keys()
        assert sum(file.near.uses.values()) <= 110


# 8 a very long line costs seconds a key (15 s at a million characters, all in questions/tidy.py)
def test_of_a_very_long_line_little_is_looked_at(monkeypatch):
    from foredraft.questions import tidy

    looked, plain = [], tidy.brackets
    monkeypatch.setattr(tidy, "brackets", lambda text: looked.append(len(text)) or plain(text))
    learning = Learning()
    answers = Answers(learning)
    answers.threshold = 0.3
    line = "a(b, c); " * 5_000
    document = doc("a(b, c); a(b, c);\n" * 20 + line)
    learning.change(document, "a.py", 20)
    work(learning, A, 20)
    answers.now(Snapshot(document, Position(20, len(line)), Trigger.INVOKED))
    assert sum(looked) < 50_000


# 9 folders
async def test_a_folder_inside_one_that_goes_stays(tmp_path):
    (tmp_path / "inner").mkdir()
    app = await App.start(Config(), [tmp_path, tmp_path / "inner"], lambda status: None)
    try:
        app.folders_changed([], [tmp_path])
        assert app._folders == (tmp_path / "inner",)
    finally:
        await app.close()


async def test_closed_after_two_changes_at_once_nothing_is_left_running(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    work_ = tmp_path / "work"
    work_.mkdir()
    app = await App.start(Config(), [work_], lambda status: None)
    await asyncio.sleep(0)
    app.folders_changed([], [work_])
    app.folders_changed([work_], [])
    await app.close()
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    if left:
        await asyncio.wait(left, timeout=3)
    assert not left


# 10 settings that switch the predictor off leave its worker at work
async def test_switched_off_by_settings_the_worker_ends(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    (tmp_path / "work").mkdir()
    app = await App.start(Config(), [tmp_path / "work"], lambda status: None)
    try:
        app.configure({"predictor": {"enabled": False}})
        async with asyncio.timeout(5):
            while app._index is not None:
                await asyncio.sleep(0.01)
    finally:
        await app.close()


# 11 globs that come later
async def test_a_document_denied_later_is_forgotten(tmp_path):
    app = await App.start(Config(), [], lambda status: None)
    uri = Path(tmp_path / "customers.py").as_uri()
    app.session.open(uri, "python", 1, "x = 1\n")
    app.changed(uri)
    try:
        app.configure({"privacy": {"deny": ["customers.py"]}})
        for _ in range(50):
            await asyncio.sleep(0.01)
        assert app._learning.file(uri, 0) is None
    finally:
        await app.close()


# 12 half adopted
def test_weights_are_adopted_with_their_calibration_or_not_at_all():
    predictor = Predictor()
    mixer = predictor.mixer
    with pytest.raises(ValueError, match="calibration"):
        predictor.adopt(mixer.saved(), [0.0])
    assert predictor.mixer is mixer


# 13 arrays cut short
def test_short_arrays_are_turned_down():
    builder = Builder()
    builder.add("a.py", ["alpha(beta)"] * 3)
    arrays = builder.arrays()
    for name in ("keys", "tokens", "counts", "files"):
        with pytest.raises(ValueError):
            Far(arrays | {name: arrays[name][:-1]}, builder.names)


# 14 a warm start says so
async def test_a_warm_start_tells_how_much_is_known(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "a.py").write_text("alpha(beta)\n" * 10)
    for start in range(2):
        app = await App.start(Config(), [tmp_path / "work"], lambda status: None)
        try:
            if start:
                assert app.status.files == 1
            async with asyncio.timeout(20):
                while app.status.state != "ready":
                    await asyncio.sleep(0.01)
        finally:
            await app.close()


# 15 a failure while learning one document must not end all learning, nor make `close` raise
async def test_learning_survives_a_document_that_fails(monkeypatch):
    learning = Learning()
    plain = OpenFile.work

    def failing(self, predictor, cursor):
        if self.name == "a.py":
            raise RuntimeError("x")
        return plain(self, predictor, cursor)

    monkeypatch.setattr(OpenFile, "work", failing)
    learning.change(doc("gamma(delta)\n", B), "b.py", 1)
    learning.change(doc("alpha(beta)\n"), "a.py", 1)
    task = asyncio.create_task(learning.run())
    try:
        async with asyncio.timeout(5):
            while not learning.idle and not task.done():
                await asyncio.sleep(0.01)
        assert not task.done() and learning.idle
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
