"""What stays on screen: scenes of typing, `|` the cursor, told step by step."""

import pytest

from foredraft.predictor.calibration import Cut
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


class Screen:
    """A cursor and the text on its screen, which follows the typing as the session makes it."""

    def __init__(self):
        self.showing, self.shown, self.rate = Showing(), "", 0.0

    def check(self, marked, texts, expected, line=0):
        before = marked.removesuffix("|")
        left = self.shown.removeprefix(before) if self.shown.startswith(before) else ""
        found = self.showing.choose(line, before, rated(texts), THRESHOLD, (left, self.rate) if left else None)
        assert (found and found[0]) == expected, f"at {marked!r}"
        assert found is None or (len(found[0]) >= 1 and 0 < found[1] <= 1)
        self.shown, self.rate = (before + found[0], found[1]) if found else ("", 0.0)


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_scenes(scene):
    screen = Screen()
    for step in scene:
        screen.check(*step)


def test_another_line_begins_anew():
    screen = Screen()
    screen.check("|", [("items", SURE)], "items", line=3)
    screen.shown = ""
    screen.check("it|", [], None, line=4)
    screen.check("it|", [], None, line=3)


def test_what_was_accepted_is_off_the_screen_and_was_no_miss():
    screen = Screen()
    for line in ("|", "x|", "xy|", "xyz|"):
        screen.check(line, [("items", SURE)], "items")
    screen.showing.settled()
    screen.shown = ""
    screen.check("xyzi|", [], None)
    screen.check("xyzi|", [("tems", UNSURE)], "tems")


def test_what_was_sent_away_does_not_come_back_in_this_line():
    screen = Screen()
    screen.check("|", [("items", SURE)], "items")
    screen.showing.refused()
    screen.shown = ""
    screen.check("|", [("items", SURE), ("items.append", SURE)], None)
    screen.check("i|", [("tems", SURE)], None)
    screen.check("i|", [("nput", SURE)], "nput")
    screen.shown = ""
    screen.check("|", [("items", SURE)], "items", line=1)


@pytest.mark.parametrize("threshold", [0.3, 0.6, 0.9])
def test_what_is_shown_is_near_the_threshold_or_above(threshold):
    for rate in (number / 20 for number in range(21)):
        found = Showing().choose(0, "", rated([("items.append(everything)", rate)]), threshold)
        assert found is None or found[1] >= threshold - 0.25
        assert found is not None or rate < 0.95


def test_no_cuts_no_text():
    assert Showing().choose(0, "x = ", [], THRESHOLD) is None and LEAST_TEXT >= 1
