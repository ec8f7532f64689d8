"""How each provider words a failure: its status, its envelope, its message, type and code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from foredraft.replay.simulator.dialects import Dialect, Endpoint
from foredraft.replay.simulator.limits import Refusal
from foredraft.replay.simulator.stated import go_duration


class Words(NamedTuple):
    message: str
    type: str
    code: str | None


@dataclass(eq=False)
class Refused(Exception):
    """A request that is answered with a failure. What is not given is in the provider's own words for the status."""

    status: int
    message: str | None = None
    type: str | None = None
    code: str | None = None
    more: Mapping[str, object] = field(default_factory=dict)
    headers: tuple[tuple[str, str], ...] = ()


_COMMON = {
    400: Words("The request is not valid.", "invalid_request_error", "invalid_request"),
    401: Words("Invalid API Key", "invalid_request_error", "invalid_api_key"),
    402: Words("Insufficient credit.", "insufficient_quota", "insufficient_quota"),
    403: Words("You have no permission for this resource.", "permissions_error", "forbidden"),
    404: Words("The model does not exist or you do not have access to it.", "invalid_request_error", "model_not_found"),
    408: Words("The request timed out.", "timeout", "timeout"),
    413: Words("The request is too large.", "invalid_request_error", "request_too_large"),
    422: Words("The request cannot be processed.", "invalid_request_error", "unprocessable"),
    429: Words("Rate limit reached.", "rate_limit_error", "rate_limit_exceeded"),
    498: Words("Flex tier capacity exceeded.", "capacity_error", "capacity_exceeded"),
    500: Words("Internal server error", "internal_server_error", "internal_error"),
    502: Words("Bad gateway", "internal_server_error", "bad_gateway"),
    503: Words("Service unavailable", "service_unavailable", "service_unavailable"),
}
_OWN: Mapping[str, Mapping[int, Words]] = {
    "groq": {
        413: Words("Request too large", "tokens", "rate_limit_exceeded"),
        429: Words("Rate limit reached. Please try again in 7.66s.", "requests", "rate_limit_exceeded"),
        503: Words("Service Unavailable", "internal_server_error", None),
    },
    "cerebras": {
        401: Words("Wrong API Key", "invalid_request_error", "wrong_api_key"),
        402: Words("Payment required", "payment_required_error", "payment_required"),
        404: Words("Model does not exist or you do not have access to it.", "not_found_error", "model_not_found"),
        429: Words(
            "Requests per minute limit exceeded - too many requests sent.", "too_many_requests_error",
            "request_quota_exceeded",
        ),
        503: Words("We're experiencing high traffic right now!", "overloaded_error", "queue_exceeded"),
    },
    "dashscope": {
        400: Words("<400> InternalError.Algo.InvalidParameter", "invalid_request_error", "invalid_parameter_error"),
        401: Words("Incorrect API key provided.", "invalid_request_error", "invalid_api_key"),
        403: Words("Access denied, please make sure your account is in good standing.", "Arrearage", "Arrearage"),
        429: Words("Requests rate limit exceeded, please try again later.", "limit_requests", "limit_requests"),
        500: Words("An internal error has occured, please try again later.", "InternalError", "InternalError"),
        503: Words("Model serving is unavailable, please try again later.", "ModelUnavailable", "ModelUnavailable"),
    },
    "deepseek": {
        401: Words("Authentication Fails (no such user)", "authentication_error", "invalid_request_error"),
        402: Words("Insufficient Balance", "unknown_error", "invalid_request_error"),
        404: Words("Not Found", "invalid_request_error", "invalid_request_error"),
        422: Words("Failed to deserialize the JSON body into the target type", "invalid_request_error", None),
        429: Words("Rate Limit Reached", "rate_limit_error", "rate_limit_exceeded"),
        503: Words("Service is too busy. Please try again later.", "service_unavailable_error", None),
    },
    "together": {
        429: Words("You have reached the rate limit specific to this model.", "model_rate_limit", None),
        503: Words("The server is overloaded or not ready yet.", "service_unavailable", None),
    },
    "sambanova": {429: Words("Request would exceed rate limit", "rate_limit_error", "rate_limit_exceeded")},
    "openrouter": {
        401: Words("No auth credentials found", "", None),
        402: Words("Insufficient credits. Add more using https://openrouter.ai/credits", "", None),
        429: Words("Rate limit exceeded: free-models-per-min.", "", None),
        502: Words("Provider returned error", "", None),
    },
    "mistral": {
        401: Words("Unauthorized", "", None),
        404: Words("Invalid model", "invalid_model", "1500"),
        429: Words("Requests rate limit exceeded", "rate_limited", "1300"),
        503: Words("Service unavailable.", "internal_server_error", "1100"),
    },
    "inception": {
        402: Words("Payment required", "account_error", "account_error"),
        429: Words("Rate limit reached", "rate_limit_error", "rate_limit_reached"),
    },
    "vllm": {
        404: Words("The model does not exist.", "NotFoundError", None),
        503: Words("The server is overloaded.", "ServiceUnavailableError", None),
    },
    "llamacpp": {
        401: Words("Invalid API Key", "authentication_error", None),
        404: Words("File Not Found", "not_found_error", None),
        500: Words("Internal server error", "server_error", None),
        503: Words("Loading model", "unavailable_error", None),
    },
    "ollama": {
        401: Words("unauthorized", "authentication_error", None),
        500: Words("llama runner process has terminated: exit status 2", "api_error", None),
        503: Words("server busy, please try again.  maximum pending requests exceeded", "api_error", None),
    },
}  # fmt: skip


def envelope(name: str, dialect: Dialect, endpoint: Endpoint | None, refused: Refused) -> object:
    """The JSON body of a failure at provider `name`."""
    words = _words(dialect, refused)
    if dialect.envelope == "ollama" and endpoint in {Endpoint.GENERATE, Endpoint.OLLAMA_CHAT, None}:
        return {"error": words.message}
    shape = _SHAPES.get(dialect.envelope)
    body = shape(refused.status, words) if shape else _openai(refused.status, words)
    if refused.more and isinstance(body.get("error"), dict):
        body["error"].update(refused.more)
    return body


def in_stream(dialect: Dialect, endpoint: Endpoint, message: str) -> dict[str, Any]:
    """What a provider sends in a stream that began with 200 and went wrong."""
    if endpoint in {Endpoint.GENERATE, Endpoint.OLLAMA_CHAT}:
        return {"error": message}
    if dialect.envelope == "openrouter":
        choice = {"index": 0, "delta": {"content": ""}, "finish_reason": "error"}
        return {"error": {"code": 502, "message": message}, "choices": [choice]}
    if dialect.envelope == "cerebras":
        error = {"message": message, "type": "server_error", "param": "", "code": "", "id": ""}
        return {"error": error, "status_code": 500}
    if dialect.envelope == "llamacpp":
        return {"error": {"code": 500, "message": message, "type": "server_error"}}
    return {"error": {"message": message, "type": "internal_server_error", "param": None, "code": None}}


def over_limit(dialect: Dialect, model: str, refusal: Refusal) -> Refused:
    """The refusal of a request that a window has no room for."""
    window, kind = refusal.window, refusal.window.what
    unit = f"{'R' if kind == 'requests' else 'T'}P{window.name[0].upper()}"
    used = round(window.limit if refusal.never else max(0.0, window.limit - refusal.asked + 1))
    numbers = f"Limit {window.limit:.0f}, Used {used}, Requested {refusal.asked:.0f}"
    if dialect.envelope == "groq" and refusal.never:
        text = f"Request too large for model `{model}` in organization `org_01` service tier `on_demand` on {kind} per "
        text += f"{window.name} ({unit}): Limit {window.limit:.0f}, Requested {refusal.asked:.0f}, please reduce your "
        return Refused(413, text + "message size and try again.", kind, "rate_limit_exceeded")
    if dialect.envelope == "groq":
        text = (
            f"Rate limit reached for model `{model}` in organization `org_01` service tier `on_demand` on {kind} per "
        )
        text += f"{window.name} ({unit}): {numbers}. Please try again in {go_duration(refusal.wait)}."
        return Refused(429, text, kind, "rate_limit_exceeded")
    if dialect.envelope == "cerebras":
        many = "requests sent" if kind == "requests" else "tokens processed"
        text = f"{kind.capitalize()} per {window.name} limit exceeded - too many {many}."
        return Refused(429, text, f"too_many_{kind}_error", f"{kind.removesuffix('s')}_quota_exceeded")
    if dialect.envelope == "dashscope" and kind == "tokens":
        text = "Allocated quota exceeded, please increase your quota limit."
        return Refused(429, text, "insufficient_quota", "insufficient_quota")
    if dialect.envelope == "openrouter":
        return Refused(429, f"Rate limit exceeded: free-models-per-{window.name[:3]}.")
    return Refused(429)


def _words(dialect: Dialect, refused: Refused) -> Words:
    nearest = _COMMON[500 if refused.status >= 500 else 400]
    usual = _OWN.get(dialect.envelope, {}).get(refused.status) or _COMMON.get(refused.status) or nearest
    code = refused.code if refused.code or refused.message else usual.code
    return Words(refused.message or usual.message, refused.type or usual.type, code)


def _openai(status: int, words: Words) -> dict[str, Any]:
    return {"error": {"message": words.message, "type": words.type, "param": None, "code": words.code}}


def _groq(status: int, words: Words) -> dict[str, Any]:
    code = {"code": words.code} if words.code else {}
    return {"error": {"message": words.message, "type": words.type} | code}


def _cerebras(status: int, words: Words) -> dict[str, Any]:
    """No envelope around it, as its own client's errors show."""
    param = "quota" if status == 429 else None
    return {"message": words.message, "type": words.type, "param": param, "code": words.code}


def _dashscope(status: int, words: Words) -> dict[str, Any]:
    return {**_openai(status, words), "request_id": "5a2c4b1e-9d3f-9e61-b7a0-3f1d2c4b5a69"}


def _mistral(status: int, words: Words) -> dict[str, Any]:
    if status == 401:
        return {"detail": words.message}
    if status == 422:
        return {"detail": [{"loc": ["body"], "msg": words.message, "type": "value_error"}]}
    return {"object": "error", "message": words.message, "type": words.type, "param": None, "code": words.code}


def _openrouter(status: int, words: Words) -> dict[str, Any]:
    return {"error": {"message": words.message, "code": status}, "user_id": "user_2f9c"}


def _vllm(status: int, words: Words) -> dict[str, Any]:
    if status == 401:
        return {"error": "Unauthorized"}
    kind = words.type if words.type[:1].isupper() else "BadRequestError" if status < 500 else "InternalServerError"
    return {"error": {"message": words.message, "type": kind, "param": None, "code": status}}


def _llamacpp(status: int, words: Words) -> dict[str, Any]:
    return {"error": {"code": status, "message": words.message, "type": words.type}}


def _ollama(status: int, words: Words) -> dict[str, Any]:
    kind = {400: "invalid_request_error", 404: "not_found_error"}.get(status, words.type)
    return {"error": {"message": words.message, "type": kind, "param": None, "code": None}}


_SHAPES: Mapping[str, Callable[[int, Words], dict[str, Any]]] = {
    "groq": _groq,
    "cerebras": _cerebras,
    "dashscope": _dashscope,
    "mistral": _mistral,
    "openrouter": _openrouter,
    "vllm": _vllm,
    "llamacpp": _llamacpp,
    "ollama": _ollama,
}
