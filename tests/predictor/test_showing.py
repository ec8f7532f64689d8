"""What stays on screen: scenes of typing, `|` the cursor, told step by step."""

import pytest

from foredraft.predictor.rollout import Cut
from foredraft.predictor.showing import LEAST_TEXT, Showing

THRESHOLD = 0.7
SURE, UNSURE, HOPELESS = 0.99, 0.72, 0.2

SCENES = {
    "typed along, what is shown stays": [
        ("|", [("items.append", SURE)], "items.append"),
        ("i|", [], "tems.append"),
        ("item|", [], "s.append"),
    ],
    "typed along, it stays although only its beginning is sure now": [
        ("|", [("items.append", SURE)], "items.append"),
        ("i|", [("tems", SURE)], "tems.append"),
    ],
    "typed along, it stays although another text is about as sure": [
        ("|", [("items.append", SURE)], "items.append"),
        ("i|", [("terator", SURE)], "tems.append"),
    ],
    "typed along, it grows": [
        ("|", [("items", SURE)], "items"),
        ("i|", [("tems", SURE), ("tems.append(x)", SURE)], "tems.append(x)"),
        ("it|", [], "ems.append(x)"),
    ],
    "typed to its end, something new may follow": [
        ("|", [("items", SURE)], "items"),
        ("items|", [], None),
        ("items|", [(".append", SURE)], ".append"),
    ],
    "contradicted it goes": [
        ("|", [("items", SURE)], "items"),
        ("x|", [], None),
    ],
    "contradicted within a word, only what is much surer is shown": [
        ("i|", [("tems", SURE)], "tems"),
        ("ix|", [("yz", SURE)], "yz"),
        ("ixa|", [("kk", SURE)], "kk"),
        ("ixab|", [("de", SURE)], "de"),
        ("ixabc|", [("fg", UNSURE)], None),
        ("ixabc|", [("fg", SURE)], "fg"),
    ],
    "the next word begins without a grudge": [
        ("i|", [("tems", SURE)], "tems"),
        ("ix|", [("yz", SURE)], "yz"),
        ("ixa|", [("kk", SURE)], "kk"),
        ("ixab|", [("de", SURE)], "de"),
        ("ixabc|", [], None),
        ("ixabc |", [("= 1", UNSURE)], "= 1"),
    ],
    "the surest long text wins over the surest short one": [
        ("|", [("items", SURE), ("items.append(x)", SURE)], "items.append(x)"),
        ("|", [("items", SURE), ("items.append(x)", SURE), ("items.append(x) or y", HOPELESS)], "items.append(x)"),
    ],
    "nothing hopeless, nothing too short": [
        ("|", [("items", HOPELESS)], None),
        ("|", [("items" * 20, HOPELESS)], None),
        ("|", [("i", SURE)], None),
        ("|", [("", SURE)], None),
    ],
}


def rated(texts):
    return [(Cut(text, rate, number + 1, 1), rate) for number, (text, rate) in enumerate(texts)]


def check(showing, marked, texts, expected, line=0):
    before = marked.removesuffix("|")
    found = showing.choose(line, before, rated(texts), THRESHOLD)
    assert (found and found[0]) == expected, f"at {marked!r}"
    assert found is None or (len(found[0]) >= 1 and 0 < found[1] <= 1)


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_scenes(scene):
    showing = Showing()
    for step in scene:
        check(showing, *step)


def test_another_line_begins_anew():
    showing = Showing()
    check(showing, "|", [("items", SURE)], "items", line=3)
    check(showing, "it|", [], None, line=4)
    check(showing, "it|", [], None, line=3)


def test_what_was_accepted_is_off_the_screen_and_was_no_miss():
    showing = Showing()
    for line in ("|", "x|", "xy|", "xyz|"):
        check(showing, line, [("items", SURE)], "items")
    showing.settled()
    check(showing, "xyzi|", [], None)
    check(showing, "xyzi|", [("tems", UNSURE)], "tems")


@pytest.mark.parametrize("threshold", [0.3, 0.6, 0.9])
def test_what_is_shown_is_near_the_threshold_or_above(threshold):
    for rate in (number / 20 for number in range(21)):
        found = Showing().choose(0, "", rated([("items.append(everything)", rate)]), threshold)
        assert found is None or found[1] >= threshold - 0.25
        assert found is not None or rate < 0.95


def test_no_cuts_no_text():
    assert Showing().choose(0, "x = ", [], THRESHOLD) is None and LEAST_TEXT >= 1
