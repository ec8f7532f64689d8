"""What providers' own words mean: bodies as they were seen, and none of it in a message."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foredraft.errors import Failure
from foredraft.models.failures import Refusal, refused
from foredraft.models.limits import DEFAULT_WINDOWS

GROQ = {**DEFAULT_WINDOWS, "requests": "day"}
TPD = (
    "Rate limit reached for model `llama-3.3-70b-versatile` in organization `org_x` service tier `on_demand` on tokens "
    "per day (TPD): Limit 100000, Used 97050, Requested 3619. Please try again in 9m38.016s. Need more tokens? Upgrade "
    "to Dev Tier today at https://console.groq.com/settings/billing"
)


def told(status, error, headers=None, **more):
    body = error if isinstance(error, str) else json.dumps(error)
    return refused("p/m", Refusal(status, body, headers or {}, more.pop("optional", False)), 1e9, GROQ, **more)


@pytest.mark.parametrize(
    ("status", "message", "code", "kind"),
    [
        (429, TPD, "rate_limit_exceeded", Failure.QUOTA),
        (429, TPD.replace("per day (TPD)", "per minute (TPM)"), "rate_limit_exceeded", Failure.RATE),
        (429, "You exceeded your current quota, please check your plan and billing details.", "insufficient_quota",
         Failure.QUOTA),
        (429, "Rate limit exceeded: free-models-per-day", 429, Failure.QUOTA),
        (413, "Request too large for model `x` on tokens per minute (TPM): Limit 6000, Requested 14368", "tokens",
         Failure.TOO_LARGE),
        (498, "Flex tier capacity exceeded", "capacity_exceeded", Failure.OVERLOADED),
        (499, "Request cancelled", "cancelled", Failure.OVERLOADED),
        (402, "Insufficient Balance", "invalid_request_error", Failure.QUOTA),
        (400, "Access denied, please make sure your account is in good standing.", "Arrearage", Failure.QUOTA),
        (400, "Model Not Exist", "invalid_request_error", Failure.GONE),
        (400, "The model `llama-3.1-8b-instant` has been decommissioned and is no longer supported.",
         "model_decommissioned", Failure.GONE),
        (404, "The model `x` does not exist or you do not have access to it.", "model_not_found", Failure.GONE),
        (400, "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens", None,
         Failure.TOO_LARGE),
        (400, "request (4400 tokens) exceeds the available context size (2048 tokens)", "exceed_context_size_error",
         Failure.TOO_LARGE),
        (400, "the prompt is longer than the context length currently available to the model", None, Failure.TOO_LARGE),
        (400, "Range of input length should be [1, 129024]", "InvalidParameter", Failure.TOO_LARGE),
        (400, "suffix is not currently supported", "BadRequestError", Failure.UNABLE),
        (400, "registry.ollama.ai/library/x does not support insert", None, Failure.UNABLE),
        (501, "Infill is not supported by this model: prefix token is missing.", "not_supported_error", Failure.UNABLE),
        (400, "Unsupported parameter: 'max_tokens' is not supported with this model.", "unsupported_parameter",
         Failure.BAD_REQUEST),
        (400, "API key not valid. Please pass a valid API key.", None, Failure.KEY),
        (400, "parameter.enable_thinking must be set to false for non-streaming calls", "InvalidParameter",
         Failure.BAD_REQUEST),
        (401, "Incorrect API key provided: sk-abc***xyz", "invalid_api_key", Failure.KEY),
        (405, "Method Not Allowed", None, Failure.UNABLE),
        (500, "model requires more system memory (8.1 GiB) than is available", None, Failure.OVERLOADED),
        (503, "Loading model", "unavailable_error", Failure.OVERLOADED),
        (503, "server busy, please try again.  maximum pending requests exceeded", None, Failure.OVERLOADED),
        (200, "Rate limit reached, please try again in 2s", "rate_limit_exceeded", Failure.RATE),
        (200, "POST predict: Post \"http://127.0.0.1:1/completion\": unexpected EOF", None, Failure.OVERLOADED),
        (529, "Overloaded", None, Failure.OVERLOADED),
        (418, "I'm a teapot", None, Failure.BAD_REQUEST),
    ],
)  # fmt: skip
def test_what_they_say(status, message, code, kind):
    shapes = [{"error": {"message": message, "code": code}}, {"message": message, "code": code}, {"error": message}]
    if code is None:
        shapes.append(message)
    for shape in shapes if code != "insufficient_quota" else shapes[:2]:
        found = told(status, shape)
        assert found.failure is kind, (shape, str(found))
        for word in ("sk-abc", "org_x", "billing details", "system memory (8", "127.0.0.1"):
            assert word not in str(found)


def test_what_dashscope_calls_a_quota_is_a_minutes_limit():
    error = {"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}, "request_id": "1"}
    assert told(429, error, quota_is_rate=True).failure is Failure.RATE
    assert told(429, error).failure is Failure.QUOTA


def test_waits():
    assert told(429, {"error": {"message": TPD}}).wait == pytest.approx(578.016)
    assert told(503, "busy", {"retry-after": "3"}).wait == 3
    assert told(400, "no", {"retry-after": "3"}).wait is None
    spent = {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "2h"}
    found = told(429, "too many", spent)
    assert (found.failure, found.wait) == (Failure.QUOTA, 7200)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, Failure.GARBLED), (301, Failure.GARBLED), (403, Failure.GARBLED), (404, Failure.GARBLED),
        (401, Failure.KEY), (407, Failure.UNREACHABLE), (413, Failure.TOO_LARGE), (429, Failure.RATE),
        (502, Failure.OVERLOADED),
    ],
)  # fmt: skip
def test_web_pages(status, kind):
    assert told(status, "<!DOCTYPE html><h1>Sign in, größe</h1>").failure is kind
    assert told(status, "Sign in", {"content-type": "text/html; charset=utf-8"}).failure is kind


def test_an_endpoint_that_not_every_provider_has():
    assert told(404, {"detail": "Not Found"}, optional=True).failure is Failure.UNABLE
    assert told(404, {"error": {"message": "model 'x' not found"}}, optional=True).failure is Failure.GONE
    assert told(404, {"detail": "Not Found"}).failure is Failure.GONE


def test_what_was_sent_is_no_reason_when_it_comes_back():
    """FastAPI repeats the input, which may speak of anything."""
    detail = [{"loc": ["body", "stop"], "msg": "Input should be a string", "type": "string_type",
               "input": "raise ContextError('maximum context length'); api key; arrearage"}]  # fmt: skip
    found = told(422, {"detail": detail})
    assert found.failure is Failure.BAD_REQUEST
    assert "ContextError" not in str(found)


@given(st.integers(100, 599), st.text(max_size=200) | st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["error", "message", "code", "detail", "x"]), inner, max_size=3),
))  # fmt: skip
def test_any_body_is_a_failure_that_quotes_nothing(status, body):
    marked = json.dumps(body) if not isinstance(body, str) else body
    found = told(status, marked + "\nsecret-prompt")
    assert found.failure in set(Failure)
    assert "secret-prompt" not in str(found)
    assert told(status, body).failure in set(Failure)
