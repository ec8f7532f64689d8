"""Changes are told in groups, near in place and time, and the groups are true to the text."""

from hypothesis import given
from hypothesis import strategies as st

from foredraft.text.document import Document, Position
from foredraft.text.history import LINES, Change, History


def change(at, line, old, new):
    return Change(at, Position(line, 0), "", "", tuple(old), tuple(new))


def test_keys_typed_in_a_row_are_one_group():
    history = History()
    for key in range(5):
        history = history.add(change(key * 0.3, 7, ["x" * key], ["x" * (key + 1)]))
    (group,) = history.groups
    assert (group.line, group.old, group.new, len(group.changes)) == (7, ("",), ("xxxxx",), 5)
    assert history.as_diff() == "@@ -8,1 +8,1 @@\n-\n+xxxxx\n"


def test_a_pause_and_a_distance_begin_a_new_group():
    history = History().add(change(0, 1, ["a"], ["b"]))
    assert len(history.add(change(2.5, 1, ["b"], ["c"])).groups) == 2
    assert len(history.add(change(0.1, 9, ["b"], ["c"])).groups) == 2


def test_what_undid_itself_is_not_told():
    history = History().add(change(0, 1, ["a"], ["b"])).add(change(0.1, 1, ["b"], ["a"]))
    assert history.as_diff() == ""


def test_it_is_bounded():
    history = History()
    for number in range(1000):
        history = history.add(change(number * 10.0, number, ["a"] * 500, ["b" * 9]))
    assert len(history.groups) <= 32 and max(len(group.old) for group in history.groups) <= LINES
    for _ in range(1000):
        history = history.add(change(1e6, 3, ["a"], ["b"]))
    assert len(history.groups[-1].changes) <= 64


def test_of_the_lines_of_a_minified_file_little_is_kept():
    """Each key in a line of a million characters kept two million."""
    (kept,) = History().add(change(0, 3, ["a" * 1_000_000], ["b" * 1_000_000, "c"])).changes
    assert sum(map(len, (*kept.old, *kept.new))) <= 4_001


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2), st.lists(st.sampled_from("abc"), max_size=3)), max_size=8)
)
def test_a_group_holds_the_lines_before_and_after(steps):
    first = now = Document.of("u", "python", 1, "a\nb\nc\nd\ne\nf")
    history = History()
    for line, more, new in steps:
        line = min(line, now.line_count - 1)
        last = min(line + more, now.line_count - 1)
        fresh = new or [""]
        after = now.replaced(Position(line, 0), Position(last, 999), "\n".join(fresh), 2)
        history = history.add(change(0.0, line, now.lines()[line : last + 1], fresh))
        now = after
    if len(history.groups) == 1:
        group = history.groups[0]
        assert tuple(first.lines()[group.line : group.line + len(group.old)]) == group.old
        assert tuple(now.lines()[group.line : group.line + len(group.new)]) == group.new
