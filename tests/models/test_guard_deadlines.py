"""A model under deadlines answers in time, or fails as stalled with its stream closed."""

import asyncio

import pytest
from guard_worlds import Scripted, asked, failure, now, simulate, texts

from foredraft.errors import Failure, ModelFailed
from foredraft.models.deadlines import Deadlines, Timely
from foredraft.models.model import Chunk, Limit

HEADERS = Chunk(limits=(Limit("requests", "minute", 30, 29, 2.0),))


def test_who_is_in_time_is_not_disturbed():
    async def main():
        model = Scripted([0.9, "a", 3.0, "b"])
        assert await texts(Timely(model, Deadlines(1.0, 5.0))) == ("ab", None)
        assert (model.ended, model.closed) == (1, 1)

    simulate(main())


@pytest.mark.parametrize("script", [[9.0, "late"], [HEADERS, 9.0, "late"]])
def test_no_text_in_time_is_a_stall_and_headers_are_no_text(script):
    async def main():
        model = Scripted(script)
        begun = now()
        text, failed = await texts(Timely(model, Deadlines(1.0, 5.0)))
        assert (text, failed.failure, now() - begun) == ("", Failure.STALLED, 1.0)
        assert (model.ended, model.closed) == (0, 1)

    simulate(main())


def test_what_came_before_the_hard_deadline_is_kept():
    async def main():
        model = Scripted(["a", 2.0, "b", 2.0, "c", 2.0, "d"])
        begun = now()
        text, failed = await texts(Timely(model, Deadlines(1.0, 5.0)))
        assert (text, failed.failure, now() - begun, model.closed) == ("abc", Failure.STALLED, 5.0, 1)

    simulate(main())


def test_the_models_own_failures_and_timeouts_are_its_own():
    async def main():
        assert (await texts(Timely(Scripted([failure(Failure.GONE)]), Deadlines())))[1].failure is Failure.GONE
        with pytest.raises(TimeoutError):
            await texts(Timely(Scripted([TimeoutError()]), Deadlines()))

    simulate(main())


def test_closing_and_cancelling_close_the_stream():
    async def main():
        left = Scripted(["a", 1.0, "b"])
        stream = Timely(left, Deadlines()).stream(asked())
        assert (await anext(stream)).text == "a"
        await stream.aclose()
        assert (left.closed, left.ended) == (1, 0)

        waiting = Scripted([5.0, "a"])
        task = asyncio.create_task(texts(Timely(waiting, Deadlines())))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert waiting.closed == 1

    simulate(main())


def test_the_message_says_which():
    async def main():
        with pytest.raises(ModelFailed, match="no text within 1 s"):
            await anext(Timely(Scripted([9.0]), Deadlines(1.0, 5.0)).stream(asked()))
        with pytest.raises(ModelFailed, match=r"longer than 0\.5 s"):
            await anext(Timely(Scripted([9.0]), Deadlines(1.0, 0.5)).stream(asked()))

    simulate(main())
