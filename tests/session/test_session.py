"""The session follows the editor: texts, versions, histories, and what is on offer."""

from foredraft.questions.kept import Kept
from foredraft.questions.snapshot import Trigger
from foredraft.questions.suggestion import Source, Stage, Suggestion
from foredraft.session import Session
from foredraft.text.document import Position
from foredraft.text.edit import Edit

URI = "file:///a.py"


def opened(text="one\ntwo\n"):
    session = Session()
    session.open(URI, "python", 1, text)
    return session


def typed(session, line, column, text, version, at=0.0):
    return session.change(URI, version, [(Position(line, column), Position(line, column), text)], at)


def draft(start, text, ident="s1"):
    return Suggestion(ident, (Edit(start, start, text),), "", Stage.DRAFT, Source.PREDICTOR, 0.9)


def test_changes_of_one_notification_apply_in_order_and_are_drawn_one_at_a_time():
    session = opened("abc\n")

    def changes():
        yield Position(0, 3), Position(0, 3), "\nd"
        assert session.documents[URI].text == "abc\nd\n"
        yield "whole\n"
        assert session.documents[URI].text == "whole\n"
        yield Position(0, 0), Position(0, 1), "W"

    assert session.change(URI, 2, changes(), 0.0)
    assert (session.documents[URI].text, session.documents[URI].version) == ("Whole\n", 2)


def test_what_is_not_open_is_no_disaster():
    session = Session()
    assert not session.change(URI, 2, ["x"], 0.0)
    assert not session.close(URI)
    assert session.snapshot(URI, Position(0, 0)) is None
    assert not session.documents


def test_a_snapshot_is_a_value_of_its_moment():
    session = opened()
    before = session.snapshot(URI, Position(99, 99), Trigger.INVOKED)
    typed(session, 0, 3, "!", 2)
    assert before.document.text == "one\ntwo\n" and before.cursor == Position(2, 0)
    assert session.snapshot(URI, Position(0, 99)).cursor == Position(0, 4)


def test_typing_on_shortens_what_is_on_offer_and_typing_it_out_ends_it():
    session = opened("x = \n")
    session.offered(URI, draft(4, "foo"))
    typed(session, 0, 4, "f", 2)
    (live,) = session.snapshot(URI, Position(0, 5)).live
    assert live.edits == (Edit(5, 5, "oo"),)
    typed(session, 0, 5, "oo", 3)
    assert session.snapshot(URI, Position(0, 7)).live == ()


def test_a_contradiction_ends_what_is_on_offer():
    session = opened("x = \n")
    session.offered(URI, draft(4, "foo"))
    typed(session, 0, 4, "q", 2)
    assert session.snapshot(URI, Position(0, 5)).live == ()


def test_an_offer_for_a_version_that_is_gone_is_forgotten():
    session = opened("x = \n")
    old = session.documents[URI]
    typed(session, 0, 4, "f", 2)
    session.offered(URI, draft(4, "foo"), old)
    assert session.snapshot(URI, Position(0, 5)).live == ()


def test_settled_takes_it_off():
    session = opened("x = \n")
    session.offered(URI, draft(4, "foo"))
    assert session.settled("s1").id == "s1"
    assert session.settled("s1") is None and session.snapshot(URI, Position(0, 4)).live == ()


def test_an_older_version_is_applied_but_nothing_stays_on_offer():
    session = opened("x = \n")
    typed(session, 0, 0, "y", 7)
    session.offered(URI, draft(5, "foo"))
    typed(session, 0, 0, "z", 3)
    assert (session.documents[URI].text, session.documents[URI].version) == ("zyx = \n", 3)
    assert session.snapshot(URI, Position(0, 6)).live == ()


def test_a_whole_new_text_keeps_the_lines_that_stayed():
    session = opened("one\ntwo\nthree\n")
    before = session.documents[URI]
    lines = before.lines()
    session.change(URI, 2, ["one\nTWO\nthree\n"], 0.0)
    assert session.documents[URI].lines()[2] is lines[2]
    session.change(URI, 3, ["one\nTWO\nthree\n"], 0.0)
    assert session.documents[URI].version == 3


def test_a_whole_new_text_that_differs_inside_a_line_end():
    session = opened("a\r\nb")
    session.change(URI, 2, ["a\rb"], 0.0)
    assert session.documents[URI].text == "a\rb"
    session.change(URI, 3, ["a\r\nb"], 0.0)
    assert (session.documents[URI].text, session.documents[URI].line_count) == ("a\r\nb", 2)


def test_the_history_tells_what_was_typed():
    session = opened()
    typed(session, 1, 3, " three", 2, at=5.0)
    session.change(URI, 3, [(Position(0, 0), Position(1, 0), "")], 9.0)
    history = session.snapshot(URI, Position(0, 0)).history
    assert [(c.removed, c.inserted, c.old, c.new) for c in history.changes] == [
        ("", " three", ("two",), ("two three",)),
        ("one\n", "", ("one", "two three"), ("two three",)),
    ]


def kept(start, text, ident="m1"):
    return Kept(ident, Edit(start, start, text), Stage.DRAFT, "test/model")


def test_what_models_wrote_follows_the_text_until_it_is_contradicted_or_typed():
    session = opened("x = \n")
    session.keep(URI, kept(4, "foo"), session.documents[URI])
    typed(session, 0, 4, "f", 2)
    (one,) = session.snapshot(URI, Position(0, 5)).kept
    assert one.edit == Edit(5, 5, "oo") and one.typed == 1
    session.keep(URI, kept(5, "oobar"), session.documents[URI])
    assert [one.edit.text for one in session.snapshot(URI, Position(0, 5)).kept] == ["oobar"], "in its own place"
    typed(session, 0, 5, "x", 3)
    assert not session.snapshot(URI, Position(0, 6)).kept


def test_what_was_written_for_an_older_version_is_kept_as_the_changes_since_have_left_it():
    session = opened("x = \n")
    old = session.documents[URI]
    typed(session, 0, 4, "f", 2)
    session.keep(URI, kept(4, "foo"), old)
    session.keep(URI, kept(4, "bar", "m2"), old)
    assert [one.edit.text for one in session.snapshot(URI, Position(0, 5)).kept] == ["oo"]
    session.change(URI, 1, ["y"], 0.0)
    session.keep(URI, kept(4, "foo", "m3"), old)
    assert not session.snapshot(URI, Position(0, 0)).kept, "nobody knows what became of that version"


def test_the_edits_that_lead_to_the_current_version_are_known():
    session = opened("ab\n")
    first = session.documents[URI]
    assert session.edits_since(URI, first) == ()
    typed(session, 0, 2, "c", 2)
    session.change(URI, 3, [], 0.0)
    session.change(URI, 4, ["abcd\n"], 0.0)
    text = first.text
    for edit in session.edits_since(URI, first):
        text = edit.apply(text)
    assert text == session.documents[URI].text == "abcd\n"
    assert session.edits_since("file:///other", first) is None
