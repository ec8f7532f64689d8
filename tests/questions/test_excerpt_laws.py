"""Laws of the excerpt: within its budget, exact at the cursor, cut between lines, and stable while the user types."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from foredraft.questions.excerpt import Budget, excerpt
from foredraft.questions.prompt import Excerpt
from foredraft.questions.snapshot import Snapshot
from foredraft.session import Session
from foredraft.text.document import Document, Position

LINES = st.sampled_from(
    [
        *("", "", "import os", "from a import b", "def f(a, b):", "class A:", "    def g(self):", "        return 1"),
        *(
            "    x = call(one, two, three)",
            "    if x:",
            "        y = [",
            "        ]",
            "}",
            "    }",
            "func main() {",
            "\tif x {",
        ),
        *("# a note", "x" * 300, "    " + "long_name + " * 40),
    ]
)
TEXTS = st.lists(LINES, min_size=1, max_size=120).map("\n".join)
RELATED = st.lists(st.builds(Excerpt, st.sampled_from(["a.py", "b/c.py"]), TEXTS), max_size=4)
BUDGETS = st.sampled_from([60, 200, 600, 3000]).map(Budget.of)


def count(text: str) -> int:
    return -(-len(text.encode()) // 4)


def places(draw):
    text = draw(TEXTS)
    document = Document.of("file:///w/a.py", "python", 1, text)
    line = draw(st.integers(0, document.line_count - 1))
    return Snapshot(document, Position(line, draw(st.integers(0, len(document.line(line))))))


SNAPSHOTS = st.composite(places)()


@settings(deadline=None)
@given(SNAPSHOTS, RELATED, BUDGETS)
def test_every_part_keeps_to_its_budget(snapshot, related, budget):
    fim = excerpt(snapshot, "a.py", related, budget, count)
    assert count(fim.prefix) <= budget.prefix
    assert count(fim.suffix) <= budget.suffix
    assert sum(count(f"{one.path}\n{one.text}") for one in fim.files) <= budget.files
    assert count(fim.edits) <= budget.edits


@settings(deadline=None)
@given(SNAPSHOTS, BUDGETS)
def test_prefix_and_suffix_are_the_text_around_the_cursor_cut_between_lines(snapshot, budget):
    fim = excerpt(snapshot, "a.py", (), budget, count)
    document = snapshot.document
    at = document.offset(snapshot.cursor)
    before, after = document.text[:at], document.text[at:]
    assert after.startswith(fim.suffix)
    assert after == fim.suffix or after[len(fim.suffix)] == "\n" or "\n" not in fim.suffix
    lines, shown = before.split("\n"), fim.prefix.split("\n")
    assert lines[-1].endswith(shown[-1])
    if len(shown) > 1:
        assert shown[-1] == lines[-1]
    kept = 1
    while kept < len(shown) and shown[-kept - 1] == lines[-kept - 1]:
        kept += 1
    head = shown[: len(shown) - kept]
    rest = iter(lines[: len(lines) - kept])
    assert all(line in rest for line in head), "the head is made of whole lines from above, in their order"


@settings(deadline=None, max_examples=50)
@given(SNAPSHOTS, RELATED, BUDGETS, st.text("ab (\n", max_size=60))
def test_typing_changes_the_end_of_the_prefix_only(snapshot, related, budget, typed):
    session = Session()
    session.open("a", "python", 1, snapshot.document.text)
    cursor = snapshot.cursor
    fims, moved = [], 0
    for version, key in enumerate(typed, 2):
        session.change("a", version, [(cursor, cursor, key)], version * 0.2)
        cursor = Position(cursor.line + 1, 0) if key == "\n" else Position(cursor.line, cursor.column + 1)
        fim = excerpt(session.snapshot("a", cursor), "a.py", related, budget, count)
        if fims:
            assert (fim.suffix, fim.files) == (fims[-1].suffix, fims[-1].files)
            moved += not fim.prefix.startswith(fims[-1].prefix)
        fims.append(fim)
    room = max(1, budget.prefix // 30)
    assert moved <= 2 + len(typed) // room


def test_a_cut_prefix_begins_with_imports_and_the_headers_around_it():
    lines = ["import os", "from json import (", "    dumps,", ")", "", "class A(Base):", "    def f(", "        self,"]
    lines += ["    ) -> int:", "        x = 0", *(f"        x += call({number})" for number in range(90))]
    document = Document.of("a", "python", 1, "\n".join(lines))
    fim = excerpt(Snapshot(document, Position(99, 9)), "a.py", (), Budget.of(600), count)
    assert fim.prefix.startswith("\n".join((*lines[:4], *lines[5:9])) + "\n        x += call(")
    assert fim.prefix.endswith("\n".join(lines[90:99]) + "\n        x")
    assert count(fim.prefix) > 0.6 * Budget.of(600).prefix


def test_the_cut_moves_seldom_and_by_many_lines():
    session = Session()
    session.open("a", "python", 1, "\n".join(f"value_{number} = call({number})" for number in range(300)))
    cursor, heads = Position(200, 0), []
    for version in range(2, 42):
        session.change("a", version, [(cursor, cursor, "x = call(1)\n")], float(version))
        cursor = Position(cursor.line + 1, 0)
        fim = excerpt(session.snapshot("a", cursor), "a.py", (), Budget.of(600), count)
        heads.append(fim.prefix.split("\n")[0])
    assert len(set(heads)) <= 4


def test_edits_elsewhere_are_told_those_near_the_cursor_are_seen():
    session = Session()
    session.open("a", "python", 1, "\n".join(f"value_{number} = call({number})" for number in range(300)))
    session.change("a", 2, [(Position(10, 0), Position(10, 5), "other")], 1.0)
    session.change("a", 3, [(Position(195, 0), Position(195, 0), "new = 1\n")], 5.0)
    session.change("a", 4, [(Position(197, 0), Position(197, 5), "name")], 9.0)
    session.change("a", 5, [(Position(200, 0), Position(200, 0), "typed")], 13.0)
    fim = excerpt(session.snapshot("a", Position(200, 5)), "a.py", (), Budget.of(900), count)
    assert fim.edits == (
        "@@ -11,1 +11,1 @@\n-value_10 = call(10)\n+other_10 = call(10)\n"
        "@@ -198,1 +198,1 @@\n-value_196 = call(196)\n+name_196 = call(196)\n"
    )


def test_carriage_returns_are_not_sent():
    document = Document.of("a", "python", 1, "a = 1\r\nb = 2\r\nc = 3\r\n")
    fim = excerpt(Snapshot(document, Position(1, 2)), "a.py", (), Budget.of(600), count)
    assert (fim.prefix, fim.suffix) == ("a = 1\nb ", "= 2\nc = 3\n")


def test_the_most_relevant_excerpts_come_in_the_order_of_their_paths():
    document = Document.of("a", "python", 1, "x")
    related = [
        Excerpt("z.py", "def z():\n    pass"),
        Excerpt("b.py", "def b():\n    pass"),
        Excerpt("c.py", "x\n" * 500),
    ]
    fim = excerpt(Snapshot(document, Position(0, 1)), "a.py", related, Budget.of(600), count)
    assert [one.path for one in fim.files] == ["b.py", "c.py", "z.py"]
    assert fim.files[1].text == "x\n" * (fim.files[1].text.count("\n")) + "x"
