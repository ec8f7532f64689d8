"""How much of a model's text is shown: agreement makes it longer, contradiction shorter, and finished lines teach."""

from model_stand_ins import Says  # noqa: F401 - the folder is on the path by it

from foredraft.orchestra.choose import Truths, standing, weigh
from foredraft.orchestra.evidence import Evidence, Judge
from foredraft.predictor.calibration import Cut
from foredraft.questions.fit import fit
from foredraft.questions.kept import Kept
from foredraft.questions.suggestion import Reject, Stage
from foredraft.text.document import Document, Position
from foredraft.text.edit import Edit

TEXT = "compute(total, tax)"


def kept(text=TEXT, ident="m1", stage=Stage.DRAFT, typed=0, at=4):
    return Kept(ident, Edit(at, at, text), stage, "test/says", typed)


def weighed(*here, predicted=(), before="x = ", after="", judge=None):
    document = Document.of("file:///a.py", "python", 1, f"{before}{after}\n")
    fitting = lambda text, cut: fit(text, document, Position(0, len(before)), None, cut)  # noqa: E731
    return weigh(judge or Judge(), predicted, here, 0, before, fitting)


def rate(found, text):
    return next(rate for cut, rate in found.rated if cut.text == text)


def predicted(*rated):
    return [(Cut(text, odds, 1, 1), odds) for text, odds in rated]


def test_without_a_model_the_predictor_is_as_it_was():
    mine = predicted(("comp", 0.7))
    assert weighed(predicted=mine).rated == mine


def test_every_border_is_a_cut():
    texts = [cut.text for cut, _ in weighed(kept("a.b(c)\n    d()\n    e()")).rated]
    assert texts == ["a", "a.", "a.b", "a.b(", "a.b(c", "a.b(c)", "a.b(c)\n    d()", "a.b(c)\n    d()\n    e()"]


def test_what_was_typed_along_makes_it_surer():
    rates = [rate(weighed(kept(typed=typed)), TEXT) for typed in (0, 1, 3, 6)]
    assert rates == sorted(rates) and rates[0] < 0.6 < 0.75 < rates[-1]


def test_agreeing_the_two_show_more_and_disagreeing_less():
    alone = rate(weighed(kept()), TEXT)
    agreeing = weighed(kept(), predicted=predicted(("compute", 0.6), (TEXT, 0.5)))
    against = weighed(kept(), predicted=predicted(("render", 0.6)))
    assert rate(against, TEXT) < alone < rate(agreeing, TEXT)
    assert rate(against, "render") < 0.6, "the draft speaks against the predictor too"


def test_a_refinement_that_says_the_same_makes_it_surer_and_another_less_sure():
    same = weighed(kept(), kept(ident="m1r", stage=Stage.REFINED))
    other = weighed(kept(), kept("compute(net)", "m1r", Stage.REFINED))
    assert rate(other, TEXT) < rate(weighed(kept()), TEXT) < rate(same, TEXT)
    assert rate(other, "compute(") > rate(other, TEXT), "what both begin with is surer"


def test_what_does_not_fit_its_place_is_no_candidate():
    found = weighed(kept("tax)"), before="f(", after="tax)")
    assert not found.texts and found.rejected == (Reject.REPEATS_SUFFIX,)
    assert [text for _, text in weighed(kept("tax)\nmore"), before="f(", after=")").texts] == ["tax"]


def test_only_what_stands_at_the_cursor_counts():
    there = kept(ident="m2")
    assert standing([kept(at=9), kept(), there], 4) == [there, kept()]


def test_finished_lines_teach_what_was_right():
    judge, truths = Judge(), Truths()
    before = rate(weighed(kept(), judge=judge), TEXT)
    for _ in range(30):
        truths.looked(weighed(kept(), judge=judge).looks)
        seen = judge.seen
        truths.finished(["x = render()", ""], 0, judge)
        assert judge.seen == seen, "the user is still in that line"
        truths.finished(["x = render()", ""], 1, judge)
    assert judge.seen and rate(weighed(kept(), judge=judge), TEXT) < before / 2


def test_a_line_that_is_another_now_teaches_nothing():
    judge, truths = Judge(), Truths()
    truths.looked(weighed(kept()).looks)
    truths.finished(["y = 1", ""], 1, judge)
    assert judge.seen == 0


def test_several_lines_wait_for_their_last_one():
    judge, truths = Judge(), Truths()
    truths.looked(weighed(kept("a()\nb()")).looks)
    truths.finished(["x = a()", "b"], 1, judge)
    first = judge.seen
    truths.finished(["x = a()", "b()", ""], 2, judge)
    assert 0 < first < judge.seen


def test_evidence_of_the_predictor_starts_at_its_own_rate():
    against = Evidence("predictor", "m", predicted=0.8)
    assert Judge().rate(against) < 0.8
