"""Workspaces and documents that are strange or damaged: learned where they can be, and no harm done."""

import asyncio
import os
import unicodedata

import pytest

from foredraft.app import App
from foredraft.config import Config
from foredraft.questions.snapshot import Trigger

GOOD = "registry.register(omega, source=omega)\n" * 8


@pytest.fixture(autouse=True)
def private_cache(tmp_path, monkeypatch):
    for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))


@pytest.fixture
def work(tmp_path):
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


async def until(condition, seconds=120):
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


async def learned(*folders, config=None):
    """A running app that learned the folders, and all it told."""
    statuses = []
    app = await App.start(config or Config(), folders, statuses.append)
    try:
        await until(lambda: app.status.state == "ready" and app.idle)
    except BaseException:
        await app.close()
        raise
    return app, statuses


def using(word):
    return f"registry.register({word}, source={word})\n" * 8


async def offered(app, path, text):
    app.session.open(path.as_uri(), "python", 1, text)
    app.changed(path.as_uri())
    await until(lambda: app.idle)
    document = app.session.documents[path.as_uri()]
    snapshot = app.session.snapshot(path.as_uri(), document.position(document.length), Trigger.INVOKED)
    suggestions = (await app.inline(snapshot)).suggestions
    app.session.close(path.as_uri())
    app.changed(path.as_uri())
    return [edit.text for suggestion in suggestions for edit in suggestion.edits]


CONTENTS = {
    "good.py": GOOD.encode(),
    "utf16_le.py": b"\xff\xfe" + using("small_end").encode("utf-16-le"),
    "utf16_be.py": b"\xfe\xff" + using("big_end").encode("utf-16-be"),
    "utf32.py": b"\xff\xfe\x00\x00" + using("four_bytes").encode("utf-32-le"),
    "bom.py": b"\xef\xbb\xbf" + using("with_mark").encode(),
    "latin.py": using("größe").encode("latin-1"),
    "crlf.py": using("carriage").replace("\n", "\r\n").encode(),
    "cr.py": using("old_mac").replace("\n", "\r").encode(),
    "mixed.py": (using("mixed_one") + using("mixed_two").replace("\n", "\r\n")).encode(),
    "lone.py": using("lone").encode() + b"x = '\xed\xa0\x80'\n",
    "form_feed.py": using("fed").replace("\n", "\x0c\n").encode(),
    "no_end.py": using("endless").encode().rstrip(),
    "empty.py": b"",
    "blank.py": b"\n" * 5_000,
    os.fsdecode(b"bytes-\xff\xfe.py"): using("strange_name").encode(),
    "new\nline.py": using("two_lines").encode(),
    "-rf.py": using("a_flag").encode(),
}
LEFT_OUT = {
    "nul.py": using("nul_byte").encode() + b"\x00",
    "utf16_bare.py": using("no_mark").encode("utf-16-le"),
    "cut.py": b"\xff\xfe" + using("cut_off").encode("utf-16-le")[:-1],
    "random.py": bytes(range(256)) * 40,
    "line.py": b"x = [" + b"wide, " * 170_000 + b"]\n",
    "bundle.js": b"var packed=function(b){return b+1};" * 3_000,
    "million.py": b"m = 1\n" * 1_000_000,
}
KNOWN = (
    *("omega", "small_end", "big_end", "four_bytes", "with_mark", "größe", "carriage", "old_mac", "mixed_one"),
    *("mixed_two", "lone", "fed", "endless", "strange_name", "two_lines", "a_flag"),
)


async def test_of_a_workspace_full_of_strange_files_all_that_is_text_is_learned(work):
    for name, content in (CONTENTS | LEFT_OUT).items():
        (work / name).write_bytes(content)
    app, statuses = await learned(work, config=Config.model_validate({"index": {"max_file_kb": 2_000}}))
    try:
        assert app.status.files == len(CONTENTS)
        assert app._index.skipped == {"binary": 4, "minified": 2, "too large": 1}
        far = app._learning.predictor.far
        assert {word: far.uses(word) for word in KNOWN} == dict.fromkeys(KNOWN, 16)
        for word in ("nul_byte", "no_mark", "wide", "packed"):
            assert far.uses(word) == 0
        (shown,) = await offered(app, work / "new.py", "registry.register(omega, sou")
        assert shown.startswith("rce=")
        assert {status.state for status in statuses} <= {"indexing", "ready"}
    finally:
        await app.close()


async def test_a_file_is_read_up_to_the_limit_and_a_larger_one_not_at_all(work):
    (work / "within.py").write_bytes(b"within\n" * 1_428 + b"last")
    (work / "beyond.py").write_bytes(b"beyond\n" * 1_428 + b"and 1")
    assert [(work / f"{name}.py").stat().st_size for name in ("within", "beyond")] == [10_000, 10_001]
    app, _ = await learned(work, config=Config.model_validate({"index": {"max_file_kb": 10}}))
    try:
        far = app._learning.predictor.far
        assert (far.uses("within"), far.uses("last"), far.uses("beyond")) == (1_428, 1, 0)
        assert app._index.skipped == {"too large": 1}
    finally:
        await app.close()


async def test_a_repository_of_minified_code_is_ready_and_empty(work):
    for number in range(50):
        (work / f"part{number}.js").write_text("var packed=function(b){return b+1};" * 300)
        (work / f"lib{number}.min.js").write_text("x")
    app, _ = await learned(work)
    try:
        assert app.status.files == 0 and app._index.skipped == {"generated": 50, "minified": 50}
        assert await offered(app, work / "new.js", "var packed=fun") == []
    finally:
        await app.close()


TINY_FOLDERS = 500 if os.environ.get("SOAK") else 30
"""Of 200 files each."""


async def test_a_great_many_tiny_files(work):
    for folder in range(TINY_FOLDERS):
        (work / f"d{folder}").mkdir()
        for number in range(200):
            (work / f"d{folder}" / f"{number}.py").write_text(f"n{number}\n")
    (work / "good.py").write_text(GOOD)
    app, _ = await learned(work, config=Config.model_validate({"index": {"max_files": 200_000}}))
    try:
        assert app.status.files == 200 * TINY_FOLDERS + 1 and app._index.skipped == {}
        far = app._learning.predictor.far
        assert far.uses("n7") == TINY_FOLDERS and far.uses("omega") == 16
        (shown,) = await offered(app, work / "new.py", "registry.register(omega, sou")
        assert shown.startswith("rce=")
    finally:
        await app.close()


async def test_more_files_than_are_read_are_said(work):
    for number in range(30):
        (work / f"{number:02}.py").write_text(f"n{number}\n")
    app, _ = await learned(work, config=Config.model_validate({"index": {"max_files": 20}}))
    try:
        assert app.status.files == 20 and app._index.skipped == {"too many": 10}
        assert app.status.message == "20 files learned, 10 more left out (index.max_files)"
    finally:
        await app.close()


SCRIPTS = {
    "greek": "αριθμός_τιμών",
    "cyrillic": "счётчик_строк",
    "han": "变量名称",
    "arabic": "متغير_جديد",
    "hebrew": "משתנה_חדש",
    "hangul": "변수이름",
    "jamo": unicodedata.normalize("NFD", "변수"),
    "kana": "カウンター",
    "georgian": "ცვლადი",
    "armenian": "փոփոխական",
    "ethiopic": "ተለዋዋጭ",
    "beyond the first plane": "𠀀𠀁𠀂𠀃",
    "letters of mathematics": "𝒙𝒚𝒛",
    "deseret": "𐐀𐐨𐐩𐐪",
}


@pytest.mark.parametrize("script", SCRIPTS)
async def test_names_in_any_script_are_offered_as_whole_words(work, script):
    name = SCRIPTS[script]
    (work / "a.py").write_text(using(name))
    app, _ = await learned(work)
    try:
        assert app._learning.predictor.far.uses(name) == 16
        assert await offered(app, work / "new.py", "registry.register(" + name[:-1]) == [name[-1] + f", source={name})"]
    finally:
        await app.close()


DOCUMENTS = {
    "million_lines.py": "value = compute(value)\n" * 1_000_000 + "value = comp",
    "blank_lines.py": "\n" * 200_000 + "va",
    "long_line.py": "x = [" + "alpha, " * 150_000 + "al",
    "long_word.py": "x" * 1_000_000,
    "minified.js": "var a=function(b){return b+1};" * 30_000 + "va",
    "lone.py": "a\ud800b = f(a\ud800b)\n" * 10 + "a\ud800",
    "nul.py": "a\x00b = f(a\x00b)\n" * 10 + "a\x00",
    "controls.py": "alpha = beta(gamma)\u2028\x0b\x0c\x85\ufeff\n" * 10 + "alp",
    "brackets.py": "(" * 100_000,
    "marks.py": "e" + "\u0301" * 100_000,
    "right_to_left.py": "\u202e\u2066x = y\u2069\n" * 100 + "\u202e",
}


@pytest.mark.parametrize("name", DOCUMENTS)
async def test_a_strange_document_is_answered_and_so_is_the_one_beside_it(work, name):
    (work / "good.py").write_text(GOOD)
    app, statuses = await learned(work)
    try:
        await offered(app, work / name, DOCUMENTS[name])
        (shown,) = await offered(app, work / "new.py", "registry.register(omega, sou")
        assert shown.startswith("rce=")
        assert app.status.state == "ready" and {status.state for status in statuses} <= {"indexing", "ready"}
    finally:
        await app.close()


def test_over_the_protocol_strange_documents_are_answered_once_and_without_a_pop_up(launch, work):
    (work / "good.py").write_text(GOOD)
    client = launch()
    client.start(rootUri=work.as_uri())
    for name, text in DOCUMENTS.items():
        uri = (work / name).as_uri()
        client.open(uri, text)
        lines = text.split("\n")
        client.inline(uri, len(lines) - 1, len(lines[-1].encode("utf-16-le", "surrogatepass")) // 2, 1)
        client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
    uri = (work / "new.py").as_uri()
    client.open(uri, "registry.register(omega, sou")
    assert client.inline(uri, 0, 28, 1) is not None
    assert client.pop_ups() == [] and client.end() == 0
