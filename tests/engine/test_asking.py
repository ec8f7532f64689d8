"""Predictor and models behind one ask: what fits already, what is waited for, what flies on, what is closed."""

import asyncio

import pytest
from asking_desk import URI, AskingDesk, Says, eventually

from foredraft.errors import Failure
from foredraft.orchestra.route import Allowed
from foredraft.questions.snapshot import Trigger
from foredraft.questions.suggestion import Outcome, Source, Stage

LINE = "return total + tax"


async def cancelled(task):
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_silent_predictor_lets_a_model_answer_and_typing_on_needs_no_other_request():
    model = Says([LINE])
    desk = AskingDesk(draft=[model])
    answer = await desk.ask()
    assert (
        answer.why["answered"].startswith("c") and answer.why["gate"] and answer.why["stages"][0]["outcome"] == "done"
    )
    shown = ""
    for key in LINE[:14]:
        desk.type(key)
        (suggestion, *_) = (await desk.ask()).suggestions or (None,)
        if suggestion is not None:
            shown = suggestion.edits[0].text
            assert suggestion.source in (Source.MODEL, Source.LIVE)
    assert LINE.endswith(shown) and shown and len(model.asked) == 1


async def test_keys_that_agree_with_what_streamed_keep_the_flight():
    go = asyncio.Event()
    model = Says(["return ", "total + tax"], go=go)
    desk = AskingDesk(draft=[model])
    first = await desk.asking()
    for key in "ret":
        await cancelled(first)
        desk.type(key)
        first = await desk.asking()
    go.set()
    answer = await first
    assert answer.suggestions[0].edits[0].text == "urn total + tax"
    assert len(model.asked) == 1 and not model.open


async def test_a_key_that_contradicts_closes_it_at_once():
    model = Says(["return ", "total"], pause=0.01)
    desk = AskingDesk(draft=[model])
    model.go = asyncio.Event()
    model.go.set()
    task = await desk.asking(lambda: desk.flight().draft.startswith("return") or desk.flight().drafted)
    if not desk.flight().ended:
        await cancelled(task)
    desk.type("x")
    await eventually(lambda: not model.open)
    assert desk.flight().closed == "the typing contradicts it" or desk.flight().ended


async def test_a_cursor_elsewhere_closes_it():
    model = Says(["return"], go=asyncio.Event())
    desk = AskingDesk(draft=[model])
    task = await desk.asking()
    await cancelled(task)
    flight = desk.flight()
    other = asyncio.create_task(desk.answers.inline(desk.snapshot(line=0, column=3)))
    await eventually(lambda: flight.ended)
    assert flight.closed == "the user is elsewhere" and (not model.open or len(model.asked) > 1)
    await cancelled(other)


async def test_a_change_elsewhere_closes_it():
    model = Says(["return"], go=asyncio.Event())
    desk = AskingDesk(draft=[model])
    await cancelled(await desk.asking())
    desk.change(0, 0, 0, "async ")
    await eventually(lambda: not model.open)
    assert desk.flight().closed == "the user is elsewhere"


async def test_nobody_waiting_it_lives_its_grace_and_no_longer():
    model = Says(["return"], go=asyncio.Event())
    desk = AskingDesk(draft=[model])
    await cancelled(await desk.asking())
    await asyncio.sleep(0.1)
    assert model.open and not desk.flight().closed
    await eventually(lambda: not model.open)
    assert desk.flight().closed == "nobody waits for it"


async def test_at_the_soft_deadline_the_answer_is_what_there_is_and_a_better_one_is_told():
    model = Says([" total + tax"], go=asyncio.Event())
    desk = AskingDesk(draft=[model])
    desk.answers.soft_deadline = 0.05
    desk.type("return")
    answer = await desk.ask(Trigger.INVOKED)
    assert answer.suggestions == () and not desk.better and model.open
    model.go.set()
    await eventually(lambda: desk.better)
    (better,) = desk.better
    assert better.document is desk.session.documents[URI] and better.cursor == (1, 10)
    again = await desk.ask(Trigger.INVOKED)
    assert again.suggestions[0].id == better.id and " total + tax".startswith(again.suggestions[0].edits[0].text)
    assert len(model.asked) == 1


async def test_for_a_version_that_is_not_current_nothing_is_told():
    model = Says([LINE], go=asyncio.Event())
    desk = AskingDesk(draft=[model])
    desk.answers.soft_deadline = 0.02
    await desk.ask()
    desk.type("ret")
    model.go.set()
    await eventually(lambda: desk.flight().drafted)
    assert not desk.better
    assert (await desk.texts())[0] == "urn total + tax", "but it is there when asked for"


async def test_a_refinement_extends_or_waits_for_its_turn():
    other = Says(["return net(total)"], "better", go=asyncio.Event())
    desk = AskingDesk(draft=[Says(["return total"], "fast")], refine=[other])
    await desk.ask()
    desk.type("return")
    shown = (await desk.texts())[0]
    other.go.set()
    await eventually(lambda: desk.flight().ended)
    assert (await desk.texts())[0] == shown, "what is on screen stays"
    invoked = await desk.ask(Trigger.INVOKED)
    texts = [one.edits[0].text for one in invoked.suggestions]
    assert texts[0] == shown and " net(total)" in texts
    assert invoked.suggestions[1].stage is Stage.REFINED


async def test_later_stages_need_nobody_and_end_when_contradicted():
    refine = Says(["return total * tax"], "better", go=asyncio.Event())
    desk = AskingDesk(draft=[Says([LINE], "fast")], refine=[refine])
    await desk.ask()
    await eventually(lambda: refine.open)
    await asyncio.sleep(0.6)
    assert refine.open, "no grace: it has answered"
    desk.type("x")
    await eventually(lambda: not refine.open)


async def test_a_line_that_was_typed_along_needs_no_second_text():
    desk = AskingDesk(draft=[Says([LINE], "fast")], refine=[Says(["return net"], "better")])
    worth = desk.answers.drafting._worth_refining
    await desk.ask()
    desk.type("return")
    assert "typing agrees" in worth(URI, LINE)
    assert worth(URI, LINE + "\n    more()") is None, "of further lines that says little"
    assert "too short" in worth(URI, "x")


async def test_typed_to_its_end_it_needs_no_second_text():
    refine = Says(["return net"], "better", go=asyncio.Event())
    desk = AskingDesk(draft=[Says([LINE], "fast")], refine=[refine])
    await desk.ask()
    await eventually(lambda: refine.open)
    desk.type(LINE)
    await eventually(lambda: not refine.open)
    assert desk.flight().closed == "all of it is typed"


async def test_the_rest_of_a_text_is_there_for_the_lines_that_follow():
    desk = AskingDesk(draft=[Says(["a = total\n    return a + tax"])])
    await desk.ask()
    await eventually(lambda: desk.flight().drafted)
    for key in "a = total":
        desk.type(key)
    desk.type("\n    ")
    desk.change(2, 4, 4, "ret")
    answer = await desk.answers.inline(desk.snapshot(line=2, column=7))
    assert answer.suggestions[0].edits[0].text == "urn a + tax" and answer.why["answered"].startswith("a")


async def test_the_gate_says_why_it_asks_nobody():
    model = Says([LINE])
    desk = AskingDesk(draft=[model])
    desk.answers.drafting.models.saving = "only the predictor: $1.00 of $1.00 spent today"
    assert "$1.00" in (await desk.ask()).why["gate"]
    desk.answers.drafting.models.saving = ""
    desk.answers.drafting.models.allowed = Allowed(None)
    assert "may not see" in (await desk.ask()).why["gate"]
    assert not model.asked


async def test_sent_away_nobody_is_asked_in_this_line_again():
    model = Says(["return x"])
    desk = AskingDesk(draft=[model])
    desk.type("r")
    desk.type("e")
    answer = await desk.ask()
    desk.answers.outcome(answer.suggestions[0].id, Outcome.REJECTED)
    desk.type("q ")
    assert "sent away" in (await desk.ask()).why["gate"] and len(model.asked) == 1


async def test_a_failing_model_costs_an_empty_answer():
    desk = AskingDesk(draft=[Says([], fails=Failure.OVERLOADED)])
    answer = await desk.ask()
    assert answer.suggestions == () and "as the test wants" in answer.why["stages"][0]["failed"][0]


async def test_who_does_not_ask_again_waits_for_all_of_it():
    desk = AskingDesk(draft=[Says([LINE])], refine=[Says([LINE], "better")])
    answer = await desk.ask(patient=True)
    assert [stage["role"] for stage in answer.why["stages"]][:2] == ["draft", "refine"]
    assert answer.suggestions[0].edits[0].text == LINE
    assert answer.why["cost"]["prompt_tokens"] > 0 and answer.why["route"]["pipeline"] == "speed_quality"


async def test_a_closed_document_and_the_end_leave_nothing_open():
    model = Says(["return"], go=asyncio.Event())
    desk = AskingDesk(draft=[model])
    await cancelled(await desk.asking())
    desk.answers.close(URI)
    await desk.answers.drafting.inflight.close()
    assert not model.open and desk.flight() is None


async def test_line_ends_are_those_of_the_document():
    desk = AskingDesk("def f(total, tax):\r\n    \r\n", draft=[Says(["a = total\n    return a"])])
    await desk.ask()
    await eventually(lambda: desk.flight().drafted)
    desk.type("a = total")
    desk.type("\r\n    r")
    answer = await desk.answers.inline(desk.snapshot(line=2, column=5))
    assert answer.suggestions and answer.suggestions[0].edits[0].text == "eturn a"


async def test_without_models_the_ask_waits_for_nothing():
    desk = AskingDesk()
    answer = await desk.ask()
    assert answer.why["gate"] == "no model is configured" and answer.why["stages"] == []
