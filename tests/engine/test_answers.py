"""One question, one answer: the suggestion at the cursor, or why there is none."""

import pytest

from foredraft.engine.answers import Answers
from foredraft.engine.learning import Learning
from foredraft.questions.snapshot import Trigger
from foredraft.questions.suggestion import Outcome, Reject, Source
from foredraft.session import Session
from foredraft.text.document import Position

URI = "file:///code/a.py"
BODY = "    items.append(make_item(name, size))\n"
TEXT = ("def build(items):\n" + BODY * 3 + "\n") * 5 + "def build(items):\n" + "    \n"
LINE = TEXT.count("\n") - 1


class Desk:
    """A session, its learning and its answers; everything told is learned at once."""

    def __init__(self, text=TEXT, threshold=0.5):
        self.session, self.learning = Session(), Learning()
        self.answers = Answers(self.learning)
        self.answers.threshold = threshold
        self.version = 1
        self.session.open(URI, "python", 1, text)
        self.told(LINE)

    def told(self, line):
        self.learning.change(self.session.documents[URI], "a.py", line)
        for _ in self.learning.file(URI, line).work(self.learning.predictor, line):
            pass

    def write(self, line, text):
        """Line `line` is `text` now, the cursor behind it; where it went on so far, only the rest is typed."""
        self.version += 1
        old = self.session.documents[URI].line(line)
        start = len(old) if text.startswith(old) else 0
        change = Position(line, start), Position(line, len(old)), text[start:]
        self.session.change(URI, self.version, [change], self.version / 10)
        self.learning.change(self.session.documents[URI], "a.py", line)
        return self.ask(line, len(text))

    def ask(self, line, column, trigger=Trigger.INVOKED):
        answer = self.answers.now(self.session.snapshot(URI, Position(line, column), trigger))
        for suggestion in answer.suggestions:
            self.session.offered(URI, suggestion)
        return answer


@pytest.fixture(scope="module")
def desk():
    return Desk()


def text_of(answer):
    (suggestion,) = answer.suggestions
    (edit,) = suggestion.edits
    return edit.text


def test_a_line_that_stands_there_often_is_completed(desk):
    answer = desk.write(LINE, "    items.ap")
    (suggestion,) = answer.suggestions
    (edit,) = suggestion.edits
    document = desk.session.documents[URI]
    assert edit.start == edit.end == document.offset(Position(LINE, 12))
    assert "items.ap" + edit.text == (BODY * 3).strip(), "the line, and those of the block that it is a copy of"
    assert suggestion.source is Source.PREDICTOR and 0 < suggestion.confidence <= 1


def test_the_way_to_the_answer_is_told(desk):
    why = desk.write(LINE, "    items.").why
    assert why["source"] == "predictor" and why["threshold"] < 0.5
    assert why["cuts"] and all(set(cut) == {"text", "odds", "confidence"} for cut in why["cuts"])
    assert why["rejected"] == [] and why["ms"] >= 0


def test_typed_along_it_is_the_same_suggestion():
    desk = Desk()
    first = desk.write(LINE, "    items.ap")
    whole = "    items.ap" + text_of(first)
    for end in range(13, len(BODY) - 1):
        answer = desk.write(LINE, whole[:end])
        assert (whole[:end] + text_of(answer)).startswith(whole), "what was shown stays"
        if whole[:end] + text_of(answer) == whole:
            assert answer.suggestions[0].id == first.suggestions[0].id
            assert answer.suggestions[0].source is Source.LIVE


def test_switched_off_it_says_so():
    desk = Desk()
    desk.answers.enabled = False
    answer = desk.write(LINE, "    items.ap")
    assert answer.suggestions == () and answer.why["rejected"] == [str(Reject.OFF)]


def test_a_denied_document_gets_no_answer():
    answer = Desk().answers.denied()
    assert answer.suggestions == () and answer.why["rejected"] == [str(Reject.DENIED)]


def test_a_document_nothing_was_learned_of_gets_none():
    desk = Desk()
    desk.learning.close(URI)
    answer = desk.ask(LINE, 4)
    assert answer.suggestions == () and answer.why["rejected"] == [str(Reject.EMPTY)]


def test_below_the_threshold_it_stays_silent_and_says_so():
    desk = Desk(threshold=1.0)
    answer = desk.write(LINE, "    it")
    assert desk.answers.threshold == 1.0
    for answer in (desk.ask(LINE, 6, Trigger.AUTOMATIC),):
        assert answer.suggestions or answer.why["rejected"] == [str(Reject.UNSURE)]


def test_asked_by_a_key_it_need_not_be_as_sure(desk):
    desk.write(LINE, "    items.ap")
    automatic, invoked = (desk.ask(LINE, 12, trigger).why["threshold"] for trigger in Trigger)
    assert invoked < automatic == desk.answers.threshold


def test_the_line_of_the_cursor_is_not_its_own_example():
    desk = Desk("x = 1\n" * 3 + "unheard(of=this)\n" + "x = 1\n" * 3)
    assert desk.ask(3, 3).suggestions == () or text_of(desk.ask(3, 3)) != "eard(of=this)"
    assert "unheard" not in desk.learning.file(URI, 3).near.uses


def test_asking_again_is_the_same_answer(desk):
    answers = [desk.write(LINE, "    items.ap"), desk.ask(LINE, 12), desk.ask(LINE, 12)]
    assert len({text_of(answer) for answer in answers}) == 1
    assert len({answer.suggestions[0].id for answer in answers}) == 1


def test_accepted_it_is_off_the_screen():
    desk = Desk()
    first = desk.write(LINE, "    items.ap")
    for outcome in (Outcome.SHOWN, Outcome.ACCEPTED):
        desk.answers.outcome(first.suggestions[0].id, outcome)
    line = "    items.ap" + text_of(first)
    answer = desk.write(LINE, line)
    assert not answer.suggestions or text_of(answer)
    desk.answers.outcome("unknown", Outcome.ACCEPTED)


def test_a_closed_document_leaves_nothing_behind():
    desk = Desk()
    desk.write(LINE, "    items.ap")
    desk.answers.close(URI)
    desk.answers.close("file:///never/opened.py")
    assert not desk.answers._predictions._places and not desk.answers._showings and not desk.answers._shown._shown
    assert desk.ask(LINE, 12).suggestions


def test_a_snapshot_of_any_place_is_answered(desk):
    document = desk.session.documents[URI]
    for line in range(document.line_count + 2):
        for column in (0, 1, 5, 1000):
            assert desk.ask(line, column, Trigger.AUTOMATIC).why


@pytest.mark.parametrize("text", ["", "\n", "\r\n\r\n", "\t", "\ud800", "\x00", "é" * 300, "((((((", "\u2028"])
def test_odd_documents_are_answered(text):
    desk = Desk(text)
    for line in range(text.count("\n") + 1):
        assert desk.ask(line, 10_000).suggestions == ()
