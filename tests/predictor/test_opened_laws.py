"""An open file's level follows the file: whatever is typed, in whatever slices it is learned."""

from itertools import islice

from hypothesis import given
from hypothesis import strategies as st
from predictor_worlds import PIECES, calm, words

from foredraft.predictor.build import Builder
from foredraft.predictor.far import Far
from foredraft.predictor.opened import OpenFile
from foredraft.predictor.predictor import Predictor
from foredraft.text.document import Document, Position

typing = st.lists(st.sampled_from([*PIECES, "\n", "\n    ", "\r\n"]), max_size=6).map("".join)
places = st.tuples(st.integers(0, 12), st.integers(0, 12))
changes = st.lists(st.tuples(places, places, typing, st.integers(0, 12), st.integers(0, 40)), max_size=8)
PATTERN = [f"    self.part{number} = build(part{number}, size={number})" for number in range(60)]


def document(text, version=1):
    return Document.of("file:///a.py", "python", version, text)


class Editor:
    """An open file whose every change is told to the predictor's part, with or without time to learn it."""

    def __init__(self, text=""):
        self.predictor = Predictor()
        self.file = OpenFile("a.py")
        self.document = document(text)
        self.file.change(self.document, self.document.lines(), 0)

    def replace(self, start, end, text, cursor=None):
        self.document = self.document.replaced(Position(*start), Position(*end), text, self.document.version + 1)
        self.file.change(self.document, self.document.lines(), start[0] if cursor is None else cursor)

    def line(self, number, text):
        self.replace((number, 0), (number, 10_000), text)

    def work(self, cursor=None, steps=None):
        """Learn with the cursor in a line, by default below the last one."""
        cursor = self.document.line_count if cursor is None else cursor
        return len(list(islice(self.file.work(self.predictor, cursor), steps)))

    @property
    def weights(self):
        return self.predictor.mixer.saved()


@calm
@given(typing, changes)
def test_all_learned_it_knows_the_words_of_the_file_and_no_others(text, steps):
    editor = Editor(text)
    for start, end, typed, cursor, slices in steps:
        editor.replace(start, end, typed)
        editor.work(cursor, slices)
    editor.work()
    assert not editor.file.pending
    assert editor.file.near.uses == words(editor.document.lines())


@calm
@given(typing, changes, st.data())
def test_the_line_of_the_cursor_is_spared(text, steps, data):
    editor = Editor(text)
    for start, end, typed, cursor, slices in steps:
        editor.file.leave_out(cursor)
        editor.work(cursor, slices)
        editor.replace(start, end, typed)
    cursor = data.draw(st.integers(0, editor.document.line_count - 1))
    editor.file.leave_out(cursor)
    editor.work(cursor)
    lines = list(editor.document.lines())
    assert editor.file.near.uses == words([*lines[:cursor], *lines[cursor + 1 :]])


@calm
@given(typing, changes)
def test_of_an_emptied_file_nothing_is_left(text, steps):
    editor = Editor(text)
    for start, end, typed, cursor, slices in steps:
        editor.replace(start, end, typed)
        editor.file.leave_out(cursor)
        editor.work(cursor, slices)
    editor.replace((0, 0), (1000, 0), "")
    editor.work()
    assert not any(editor.file.near.successors) and not editor.file.near.uses and not editor.file.pending


@calm
@given(typing)
def test_learned_line_by_line_it_is_what_it_is_learned_at_once(text):
    whole, sliced = Editor(text), Editor(text)
    whole.work()
    while sliced.work(steps=1):
        pass
    assert whole.file.near.successors == sliced.file.near.successors


def test_the_nearest_lines_are_learned_first():
    editor = Editor("\n".join(PATTERN))
    editor.work(30, steps=4)
    assert {f"part{number}" for number in (28, 29, 31, 32)} <= editor.file.near.uses.keys()
    assert not {"part30", "part0", "part59"} & editor.file.near.uses.keys()


def test_of_a_huge_file_the_lines_nearest_the_cursor_are_learned(monkeypatch):
    monkeypatch.setattr("foredraft.predictor.opened.MOST_TOKENS", 100)
    editor = Editor("\n".join(PATTERN))
    editor.work(30)
    assert {"part29", "part31"} <= editor.file.near.uses.keys()
    assert not {"part0", "part59"} & editor.file.near.uses.keys()


def test_typing_trains_but_opening_and_pasting_pages_do_not():
    editor = Editor("\n".join(PATTERN))
    untrained = editor.weights
    editor.work(30)
    assert editor.weights == untrained, "opened"
    editor.replace((10, 0), (10, 0), "\n".join(PATTERN))
    editor.work(0)
    assert editor.weights == untrained, "pasted"
    editor.line(20, PATTERN[30])
    editor.work(20)
    assert editor.weights == untrained, "the line is still being written"
    editor.work(21)
    assert editor.weights != untrained, "finished"


def test_a_line_left_out_to_be_predicted_is_learned_again_but_not_trained_on():
    editor = Editor("\n".join(PATTERN))
    editor.work()
    moved, untrained = editor.file.moved, editor.weights
    editor.file.leave_out(7)
    assert "part7" not in editor.file.near.uses and editor.file.pending and editor.file.moved > moved
    editor.file.leave_out(7)
    editor.file.leave_out(100_000)
    editor.work(7)
    assert "part7" not in editor.file.near.uses
    editor.work(9)
    assert editor.file.near.uses["part7"] == 2 and editor.weights == untrained


def test_a_line_typed_goes_to_the_recent_edits_and_to_other_files():
    editor, other = Editor("\n".join(["", *PATTERN])), OpenFile("b.py")
    lines = ["x = ", ""]
    before = editor.predictor.cuts(other_position(other, lines), "zeta.")
    editor.line(0, "zeta.frobnicate(omega)")
    editor.work(5)
    cuts = editor.predictor.cuts(other_position(other, lines), "zeta.")
    assert not before and cuts and "frobnicate(omega)".startswith(cuts[0].text)


def test_a_line_typed_is_remembered_when_the_next_keys_come_while_it_is_learned():
    editor, other = Editor("\n".join(["", "", *PATTERN])), OpenFile("b.py")
    editor.line(0, "zeta.frobnicate(omega)")
    for typed in "next":
        editor.replace((1, 0), (1, 0), typed)
        editor.work(1, steps=2)
    editor.work(1)
    cuts = editor.predictor.cuts(other_position(other, ["x = ", ""]), "zeta.")
    assert cuts and "frobnicate(omega)".startswith(cuts[0].text)


def test_every_step_of_training_leaves_out_the_file_itself():
    builder = Builder()
    builder.add("a.py", ["alpha(beta)"] * 3)
    builder.add("b.py", ["gamma(delta)"] * 3)
    editor = Editor("\n".join(["", *PATTERN]))
    far = editor.predictor.far = Far(builder.arrays(), builder.names)
    editor.work(0)
    editor.line(0, "alpha(beta)")
    looked_at, plain = set(), far.look_up
    far.look_up = lambda context, key: looked_at.add(far.masked) or plain(context, key)
    for _ in editor.file.work(editor.predictor, 5):
        far.mask("b.py")
    assert looked_at == {0}


def test_glances_in_lines_that_nobody_writes_are_not_kept():
    editor = Editor("\n".join(PATTERN))
    editor.work(20)
    cuts = editor.predictor.cuts(editor.file.position(20, 4), "    self.part3 = ")
    editor.file.glanced("x" * 100_000, cuts)
    editor.file.glanced("nothing was predicted", [])
    assert not editor.file._glances


def other_position(file, lines):
    file.change(document("\n".join(lines)), lines, 1)
    return file.position(1, 0)


def test_what_was_glanced_at_is_judged_by_the_finished_line():
    editor = Editor("\n".join([*PATTERN[:20], ""]))
    editor.work(20)
    before = "    self.part3 = "
    cuts = editor.predictor.cuts(editor.file.position(20, 4), before)
    assert cuts
    rates = [editor.predictor.rate(cut) for cut in cuts]
    editor.file.glanced(before, cuts)
    editor.file.glanced("another beginning", cuts)
    editor.line(20, before + cuts[-1].text)
    editor.work()
    for cut, rate in zip(cuts, rates, strict=True):
        assert editor.predictor.rate(cut) > rate, "all of it was right"
    rates = [editor.predictor.rate(cut) for cut in cuts]
    editor.line(20, before + cuts[-1].text + " # again")
    editor.work()
    assert [editor.predictor.rate(cut) for cut in cuts] == rates, "judged once"


def test_a_change_elsewhere_moves_what_is_known_of_a_place_and_typing_in_it_does_not():
    editor = Editor("\n".join(PATTERN))
    editor.file.leave_out(5)
    editor.work(5)
    moved = editor.file.moved
    editor.line(5, "typed")
    editor.line(5, "typed on")
    assert editor.file.moved == moved
    editor.replace((6, 0), (6, 4), "another", cursor=5)
    assert editor.file.moved > moved


def test_the_same_document_again_is_no_work():
    editor = Editor("\n".join(PATTERN))
    editor.work()
    moved = editor.file.moved
    editor.file.change(editor.document, editor.document.lines(), 3)
    assert not editor.file.pending and editor.work() == 0 and editor.file.moved == moved


def test_what_was_cut_out_may_be_put_in_elsewhere():
    moved = "    charge(customer, invoice.total)"
    editor = Editor("\n".join([*PATTERN[:5], moved, *PATTERN[5:10], "    "]))
    editor.work()
    editor.replace((5, 0), (6, 0), "")
    editor.work()
    assert "charge" not in editor.file.near.uses
    cuts = editor.predictor.cuts(editor.file.position(10, 4), "    charge")
    assert any(f"    charge{cut.text}" == moved for cut in cuts)


def test_what_another_branch_does_not_have_is_not_put_in_elsewhere():
    gone = [f"    charge(customer, invoice{number}.total)" for number in range(60)]
    editor = Editor("\n".join([*PATTERN[:5], *gone, *PATTERN[5:10], "    "]))
    editor.work()
    editor.replace((5, 0), (65, 0), "")
    editor.work()
    assert editor.predictor.cuts(editor.file.position(10, 4), "    charge") == []
