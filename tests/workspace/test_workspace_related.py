"""What of a workspace a model is told about a place: the definitions in reach, similar code, and nothing forbidden."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading
import time
from array import array

import pytest

from foredraft.questions.snapshot import Snapshot
from foredraft.text.document import Document, Position
from foredraft.workspace.definitions import Table, body, definitions, entry, outline
from foredraft.workspace.likeness import alike, words
from foredraft.workspace.readable import Readable, resting
from foredraft.workspace.related import Related

DEFINED = [
    (
        "a.py",
        "X_Y = 1\nclass Aa:\n    async def bb(self):\n        cc = 1\n\ndef dd(): ...\n",
        ["X_Y", "Aa", "bb", "dd"],
    ),
    (
        "a.ts",
        "export class Aa {\n  async bb(x: number) {\n    if (x) {\n    }\n  }\n}\nexport const cc = 1;\n",
        ["Aa", "bb", "cc"],
    ),
    ("a.go", "package a\n\ntype Aa struct {\n}\n\nfunc (a *Aa) Bb() int {\n}\nfunc Cc() {}\n", ["Aa", "Bb", "Cc"]),
    ("a.rs", "pub struct Aa;\nimpl Aa {\n    pub(crate) async fn bb() {}\n}\n", ["Aa", "bb"]),
    ("A.java", "public class Aa {\n  private static int bb(int c) {\n    foo(c);\n  }\n}\n", ["Aa", "bb"]),
    (
        "a.cpp",
        "#define AA 1\nstruct Bb {\n};\nstatic int cc(int d) {\n  ee(d);\n}\nvoid Bb::ff() {\n}\n",
        ["AA", "Bb", "cc", "ff"],
    ),
    ("a.rb", "class Aa\n  def self.bb\n  end\nend\n", ["Aa", "bb"]),
    ("a.txt", "def aa(): ...\n", []),
]
CLIENT = """class HttpClient:
    \"\"\"Sends requests.\"\"\"

    def fetch_page(self, address, retries):
        return self.transport.open(address, retries)

    def close_all(self):
        self.transport.close()


def unrelated_thing(one, two):
    return one + two
"""
USES = "from client import HttpClient\n\n\ndef main():\n    client = HttpClient()\n    page = \n"


@pytest.mark.parametrize(("path", "text", "names"), DEFINED)
def test_definitions(path, text, names):
    found = list(definitions(path, text))
    assert [name for name, _ in found] == names
    assert all(name in text.split("\n")[line] for name, line in found)


def test_a_table_finds_what_was_put_in():
    names = [f"name_{number}" for number in range(500)]
    table = Table(array("Q", [entry(name, number % 7, 3 * number) for number, name in enumerate(names)]))
    assert len(table) == 500
    assert all(table.find(name, 6) == [(number % 7, 3 * number)] for number, name in enumerate(names))
    assert table.find("other", 6) == []
    many = Table(array("Q", [entry("get", number, 0) for number in range(7)]))
    assert many.find("get", 6) == []
    assert len(many.find("get", 7)) == 7
    assert Table().find("get", 6) == []


def test_a_definition_ends_with_its_block():
    lines = ["def f(", "    a,", "):", "    return a", "", "", "def g(): ..."]
    assert body(lines, 0) == range(4)
    assert body(["func f() {", "\treturn", "}", "func g() {"], 0) == range(3)
    long = [
        "class A:",
        *(f"    def m{number}(self):\n        x = 1".split("\n")[part] for number in range(30) for part in (0, 1)),
    ]
    shown = [long[number] for number in outline("a.py", long, 0)]
    assert len(shown) == 20
    assert all("def" in line for line in shown[1:])


def test_code_that_shares_words_is_alike():
    lines = (
        ["nothing here"] * 10 + ["total = price * amount + shipping_costs", "send(invoice, total)"] * 5 + ["x = 1"] * 10
    )
    wanted = words(["total = price * amount", "invoice = shipping_costs"])
    best = max(alike(wanted, lines))
    assert best[1] in (10, 15) and best[0] > 0.5


async def test_the_definition_of_what_is_used_is_told(tmp_path):
    place = at_end(write(tmp_path, "main.py", USES))
    write(tmp_path, "client.py", CLIENT)
    write(tmp_path, "other.py", "def something_else(): ...\n")
    found = await told(related(tmp_path), place)
    assert found[0].path == "client.py"
    assert "def fetch_page(self, address, retries):" in found[0].text
    assert not any("something_else" in one.text for one in found)


async def test_of_several_folders_names_tell_which(tmp_path):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
    place = at_end(write(tmp_path / "one", "main.py", USES))
    write(tmp_path / "two", "client.py", CLIENT)
    found = await told(Related(Readable([tmp_path / "one", tmp_path / "two"])), place)
    assert [one.path for one in found] == ["two/client.py"]


async def test_an_open_document_counts_as_it_is_in_the_editor(tmp_path):
    place = at_end(write(tmp_path, "main.py", USES))
    path = write(tmp_path, "client.py", "class HttpClient:\n    def old(self): ...\n")
    helper = related(tmp_path)
    helper.visited(Document.of(path.as_uri(), "python", 1, CLIENT), 3, 1.0)
    found = await told(helper, place)
    assert any("fetch_page" in one.text for one in found)
    assert not any("def old" in one.text for one in found)


async def test_a_place_just_edited_is_told(tmp_path):
    place = at_end(write(tmp_path, "main.py", "x = 1\ny = 2\nz = "))
    path = write(tmp_path, "other.py", "")
    helper = related(tmp_path)
    text = "\n".join(f"line_{number} = {number}" for number in range(90))
    helper.visited(Document.of(path.as_uri(), "python", 1, text), 50, 1.0)
    found = await told(helper, place)
    assert [one.path for one in found] == ["other.py"]
    assert "line_50 = 50" in found[0].text and "line_80" not in found[0].text
    helper.close(path.as_uri())
    assert await told(helper, at_end(write(tmp_path, "main2.py", "xx = 11\nyy = 22\n"))) == ()


async def test_what_is_far_off_in_the_same_file_is_told(tmp_path):
    text = CLIENT + "\n".join(f"line_{number} = {number}" for number in range(90)) + "\nHttpClient().fetch_page()\n"
    found = await told(related(tmp_path), at_end(write(tmp_path, "main.py", text)))
    assert found[0].path == "main.py"
    assert "def fetch_page(self, address, retries):" in found[0].text


@pytest.mark.parametrize(
    ("name", "rules", "deny"),
    [
        ("client.py", {".gitignore": "client.py\n"}, ()),
        ("client.py", {".foredraftignore": "cli*\n"}, ()),
        ("client.py", {}, ("client.py",)),
        ("secrets.py", {}, ()),
        ("node_modules/client.py", {}, ()),
        (".aws/client.py", {}, ()),
        ("generated/client.py", {"generated/.gitignore": "*\n"}, ()),
    ],
)
@pytest.mark.parametrize("opened", [False, True])
async def test_nothing_is_told_of_a_file_that_must_not_be_read(tmp_path, name, rules, deny, opened):
    place = at_end(write(tmp_path, "main.py", USES))
    path = write(tmp_path, name, CLIENT)
    for rule, text in rules.items():
        write(tmp_path, rule, text)
    helper = Related(Readable([tmp_path], deny))
    if opened:
        helper.visited(Document.of(path.as_uri(), "python", 1, CLIENT), 3, 1.0)
    assert await told(helper, place) == ()


async def test_links_and_files_elsewhere_are_not_told(tmp_path):
    workspace, outside = tmp_path / "workspace", tmp_path / "outside"
    workspace.mkdir(), outside.mkdir()
    path = write(outside, "client.py", CLIENT)
    place = at_end(write(workspace, "main.py", USES))
    (workspace / "client.py").symlink_to(path)
    helper = related(workspace)
    helper.visited(Document.of(path.as_uri(), "python", 1, CLIENT), 3, 1.0)
    helper.visited(Document.of((workspace / "client.py").as_uri(), "python", 1, CLIENT), 3, 1.0)
    assert await told(helper, place) == ()


async def test_about_a_document_that_must_not_be_read_nothing_is_told(tmp_path):
    write(tmp_path, "client.py", CLIENT)
    assert await told(related(tmp_path), at_end(write(tmp_path, "secrets.py", USES))) == ()


async def test_an_excerpt_with_a_secret_is_not_told(tmp_path):
    place = at_end(write(tmp_path, "main.py", USES))
    secret = "AKIA" + "Q3ZX7RT5WPLM2KVB"
    write(tmp_path, "client.py", CLIENT.replace('"""Sends requests."""', f'key = "{secret}"'))
    found = await told(related(tmp_path), place)
    assert not any(secret in one.text or "masked" in one.text for one in found)


async def test_a_file_that_changed_since_is_read_anew(tmp_path):
    place = at_end(write(tmp_path, "main.py", USES))
    path = write(tmp_path, "client.py", CLIENT)
    readable = Readable([tmp_path])
    readable.look(lambda: None)
    path.write_text("# a new line\n" * 7 + CLIENT)
    os.utime(path, ns=(1, 1))
    found = await told(Related(readable), place)
    assert found[0].text.startswith("class HttpClient:")
    path.write_text("nothing = 1\n")
    os.utime(path, ns=(2, 2))
    assert not any("HttpClient" in one.text for one in await told(Related(readable), place))


async def test_it_answers_at_once_and_finds_anew_when_the_neighbourhood_changes(tmp_path):
    write(tmp_path, "client.py", CLIENT)
    path = write(tmp_path, "main.py", USES)
    helper = related(tmp_path)
    place = at_end(path)
    assert helper.at(place) == ()
    found = await told(helper, place)
    assert found
    typed = Document.of(path.as_uri(), "python", 2, USES.replace("page = \n", "page = client.\n"))
    assert helper.at(Snapshot(typed, Position(5, 18))) == found
    assert helper.idle
    other = Document.of(path.as_uri(), "python", 3, "def unrelated():\n    a = unrelated_thing\n    b = 1\n")
    assert helper.at(Snapshot(other, Position(2, 4))) == found
    assert not helper.idle


async def test_cancelling_stops_it(tmp_path):
    for number in range(400):
        write(tmp_path, f"file_{number}.py", CLIENT * 20)
    readable = Readable([tmp_path])
    helper = Related(readable)
    running = asyncio.create_task(helper.run())
    helper.at(at_end(write(tmp_path, "main.py", USES)))
    while not looking():
        await asyncio.sleep(0.001)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    async with asyncio.timeout(20):
        while looking():
            await asyncio.sleep(0.001)
    assert readable.paths == []


def test_resting_pauses_and_stops():
    stopped = threading.Event()
    rest = resting(0.001, 0.002, stopped.is_set)
    began = time.perf_counter()
    for _ in range(3):
        time.sleep(0.0015)
        rest()
    assert time.perf_counter() - began >= 0.009
    stopped.set()
    with pytest.raises(InterruptedError):
        rest()


def looking():
    """Whether a thread is looking through folders."""
    frames = list(sys._current_frames().values())
    while frames:
        frame = frames.pop()
        if frame.f_code.co_qualname == "Readable.look":
            return True
        if frame.f_back is not None:
            frames.append(frame.f_back)
    return False


def related(folder):
    return Related(Readable([folder]))


def write(folder, name, text):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def at_end(path):
    """The cursor at the end of the last line of the file that is not blank."""
    text = path.read_text()
    lines = text.rstrip("\n").split("\n")
    return Snapshot(Document.of(path.as_uri(), "python", 1, text), Position(len(lines) - 1, len(lines[-1])))


async def told(helper, place):
    """What is told once everything is found."""
    running = asyncio.create_task(helper.run())
    helper.at(place)
    async with asyncio.timeout(20):
        while not helper.idle:
            await asyncio.sleep(0.005)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    return helper.at(place)
