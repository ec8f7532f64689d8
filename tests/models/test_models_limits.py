"""What providers say of their limits, in each dialect, and for how long they ask to be left alone."""

import math
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foredraft.models.limits import DEFAULT_WINDOWS, limits, seconds, stated_wait
from foredraft.models.model import Limit

NOW = 1_790_000_000.0
GROQ = {**DEFAULT_WINDOWS, "requests": "day"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2m59.56s", 179.56), ("7.66s", 7.66), ("9m38.016s", 578.016), ("644ms", 0.644),
        ("1m0.363142857s", 60.363142857),
        ("11.382867097854614", 11.382867097854614), ("0", 0), ("1h2m3s", 3723), ("1d", 86400), ("24h0m0s", 86400),
        ("1m500ms", 60.5), (" 5s ", 5), (str(NOW + 30), 30), (str(int((NOW + 30) * 1000)), 30), ("-3", 0),
        (formatdate(NOW + 90, usegmt=True), 90), (formatdate(NOW - 90, usegmt=True), 0),
        ("", None), ("soon", None), ("nan", None), ("inf", None), ("1e999", None), ("5 parsecs", None), ("m", None),
    ],
)  # fmt: skip
def test_stated_times(text, expected):
    found = seconds(text, NOW)
    assert found is None if expected is None else found == pytest.approx(expected, abs=0.01)


@given(st.text(max_size=30) | st.text("0123456789.hmsd-e", max_size=12))
def test_any_text_is_a_time_or_nothing(text):
    found = seconds(text, NOW)
    assert found is None or (math.isfinite(found) and found >= 0)


@given(st.integers(0, 99), st.integers(0, 59), st.floats(0, 59.999).map(lambda each: round(each, 3)))
def test_go_durations(hours, minutes, secs):
    assert seconds(f"{hours}h{minutes}m{secs}s", NOW) == pytest.approx(hours * 3600 + minutes * 60 + secs)


def test_groq():
    headers = {
        "x-ratelimit-limit-requests": "14400", "x-ratelimit-limit-tokens": "18000",
        "x-ratelimit-remaining-requests": "14370", "x-ratelimit-remaining-tokens": "17997",
        "x-ratelimit-reset-requests": "2m59.56s", "x-ratelimit-reset-tokens": "7.66s",
    }  # fmt: skip
    assert set(limits(headers, NOW, GROQ)) == {
        Limit("requests", "day", 14400, 14370, 179.56),
        Limit("tokens", "minute", 18000, 17997, 7.66),
    }


def test_cerebras():
    headers = {
        f"X-RateLimit-{field}-{what}-{window}": value
        for field, value in (("Limit", "30"), ("Remaining", "29"), ("Reset", "11.382867097854614"))
        for what, window in (("Requests", "Day"), ("Tokens", "Minute"), ("Requests", "Hour"))
    }
    assert set(limits(headers, NOW)) == {
        Limit("requests", "day", 30, 29, 11.382867097854614),
        Limit("tokens", "minute", 30, 29, 11.382867097854614),
        Limit("requests", "hour", 30, 29, 11.382867097854614),
    }


def test_together():
    headers = {"x-ratelimit-limit": "10", "x-ratelimit-remaining": "9", "x-ratelimit-reset": "1",
               "x-tokenlimit-limit": "3000", "x-tokenlimit-remaining": "2000"}  # fmt: skip
    assert set(limits(headers, NOW, {**DEFAULT_WINDOWS, "": "second"})) == {
        Limit("requests", "second", 10, 9, 1),
        Limit("tokens", "second", 3000, 2000),
    }


def test_mistral():
    headers = {"x-ratelimit-limit-req-minute": "60", "x-ratelimit-remaining-req-minute": "59",
               "x-ratelimit-limit-tokens-minute": "500000", "x-ratelimit-tokens-query-cost": "31"}  # fmt: skip
    assert set(limits(headers, NOW)) == {Limit("requests", "minute", 60, 59), Limit("tokens", "minute", 500000)}


def test_the_internet_draft_and_what_cannot_be_read():
    headers = {"ratelimit-limit": "100, 100;w=60", "ratelimit-remaining": "many", "ratelimit-reset": "?", "etag": "1"}
    assert limits(headers, NOW) == (Limit("requests", "minute", 100),)


NAMES = [f"x-{kind}limit-{field}{what}" for kind in ("rate", "token") for field in ("limit", "reset", "remaining")
         for what in ("", "-requests", "-tokens-day", "-req-minute")]  # fmt: skip


@given(st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=20), st.text(max_size=10) | st.floats().map(str)))
def test_any_headers_are_limits_or_nothing(headers):
    for each in limits(headers, NOW):
        stated = [number for number in (each.limit, each.remaining, each.reset) if number is not None]
        assert stated
        assert all(math.isfinite(number) and number >= 0 for number in stated)
    wait = stated_wait(headers, "", NOW)
    assert wait is None or (math.isfinite(wait) and wait >= 0)


@pytest.mark.parametrize(
    ("headers", "message", "wait"),
    [
        ({"retry-after": "12"}, "Please try again in 9m38.016s.", 12),
        ({"retry-after": "1.5", "retry-after-ms": "250"}, "", 0.25),
        ({"retry-after": formatdate(NOW + 3620, usegmt=True), "date": formatdate(NOW + 3600, usegmt=True)}, "", 20),
        ({}, "Limit 100000, Used 97050, Requested 3619. Please try again in 9m38.016s. Need more?", 578.016),
        ({}, "Please try again in 644ms.", 0.644),
        ({}, "retry after 20 seconds", 20),
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "7s", "x-ratelimit-reset-requests": "90s",
          "x-ratelimit-remaining-requests": "5"}, "", 7),
        ({"x-ratelimit-remaining-tokens-minute": "0", "x-ratelimit-reset-tokens-minute": "7",
          "x-ratelimit-remaining-requests-day": "0", "x-ratelimit-reset-requests-day": "700"}, "", 700),
        ({}, "Too many requests", None),
        ({"retry-after": "soon"}, "", None),
    ],
)  # fmt: skip
def test_stated_waits(headers, message, wait):
    found = stated_wait(headers, message, NOW, GROQ)
    assert found is None if wait is None else found == pytest.approx(wait, abs=0.01)
