"""Each provider's wire format, as its own clients know it."""

import json

import pytest
from simulator_client import chat, events, get, lines, post, said

from foredraft.replay.simulator import read_scenario, serve

TEXT = "return 42"
CHATS = {
    "groq": "qwen/qwen3.8-27b",
    "dashscope": "qwen3.7-plus",
    "deepseek": "deepseek-flash",
    "together": "Qwen/Qwen3.8-Flash",
    "cerebras": "qwen-3.8-27b",
    "sambanova": "Meta-Llama-3.3-70B-Instruct",
    "openrouter": "deepseek/deepseek-flash",
    "codestral": "codestral-latest",
    "inception": "mercury-2",
    "vllm": "Qwen/Qwen2.5-Coder-7B",
    "lmstudio": "qwen2.5-coder-7b",
    "llamacpp": "whatever",
    "ollama": "qwen3:4b",
}
OFF = {
    "groq": {"reasoning_effort": "none"},
    "dashscope": {"enable_thinking": False},
    "deepseek": {"thinking": {"type": "disabled"}},
    "together": {"reasoning": {"enabled": False}},
    "cerebras": {"reasoning_effort": "none"},
    "openrouter": {"reasoning": {"effort": "none"}},
    "ollama": {"reasoning_effort": "none"},
}


@pytest.fixture
async def simulator():
    async with serve(read_scenario("instant")) as running:
        yield running


def path(simulator, name):
    """The address of the chat endpoint's folder."""
    return simulator.base(name) + ("/v1" if name in {"ollama", "llamacpp"} else "")


@pytest.mark.parametrize("name", CHATS)
async def test_chat_streams(simulator, name):
    body = chat(CHATS[name], stream=True, stream_options={"include_usage": True}, **OFF.get(name, {}))
    answer = await post(f"{path(simulator, name)}/chat/completions", body)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
    chunks = events(answer.text)
    assert chunks[-1] == "[DONE]"
    assert said(chunks) == TEXT
    assert chunks[0]["object"] == "chat.completion.chunk"
    assert chunks[0]["choices"][0]["delta"]["role"] == "assistant"
    usages = [chunk["usage"] for chunk in chunks[:-1] if chunk.get("usage")]
    assert [usage["completion_tokens"] for usage in usages] == [3]
    finishes = [choice["finish_reason"] for chunk in chunks[:-1] for choice in chunk["choices"]]
    assert finishes[-1] == "stop"
    assert set(finishes[:-1]) == {None}
    (entry,) = simulator.log
    assert (entry.provider, entry.endpoint, entry.status, entry.tokens) == (name, "chat", 200, 3)
    assert entry.finished
    assert entry.closed_at is None


@pytest.mark.parametrize("name", OFF)
async def test_a_model_thinks_if_it_is_not_told_not_to(simulator, name):
    body = chat(CHATS[name], stream=True, max_tokens=20)
    answer = await post(f"{path(simulator, name)}/chat/completions", body)
    chunks = events(answer.text)
    assert said(chunks) == ""
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks[:-1] if chunk["choices"]]
    field = "reasoning_content" if name in {"dashscope", "deepseek"} else "reasoning"
    assert "".join(delta.get(field) or "" for delta in deltas)
    assert chunks[-2]["choices"][0]["finish_reason"] == "length"
    (entry,) = simulator.log
    assert entry.thought == 20


async def test_gpt_oss_thinks_less_but_not_nothing(simulator):
    url = f"{simulator.base('groq')}/chat/completions"
    low = await post(url, chat("openai/gpt-oss-20b", stream=True, reasoning_effort="low", include_reasoning=False))
    assert said(events(low.text)) == TEXT
    assert "reasoning" not in low.text.replace("reasoning_tokens", "")
    assert simulator.log[0].thought == 12
    none = await post(url, chat("openai/gpt-oss-20b", reasoning_effort="none"))
    assert none.status_code == 400
    both = await post(url, chat("openai/gpt-oss-20b", include_reasoning=False, reasoning_format="hidden"))
    assert both.status_code == 400


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("groq", lambda whole: whole["x_groq"]["usage"]["queue_time"] + 1),
        ("cerebras", lambda whole: whole["usage"]["prompt_tokens_details"]["cached_tokens"] + 1),
        ("deepseek", lambda whole: whole["usage"]["prompt_cache_miss_tokens"]),
        ("together", lambda whole: len(whole["usage"]) == 3),
        ("inception", lambda whole: "cached_input_tokens" in whole["usage"]),
        ("llamacpp", lambda whole: whole["timings"]["predicted_n"]),
    ],
)
async def test_chat_in_one_piece_has_each_providers_own_fields(simulator, name, field):
    body = chat(CHATS[name], **OFF.get(name, {}))
    answer = await post(f"{path(simulator, name)}/chat/completions", body)
    whole = answer.json()
    assert whole["choices"][0]["message"]["content"] == TEXT
    assert field(whole)


async def test_usage_in_a_stream_only_where_it_is_asked_for_or_always(simulator):
    for name, always in {"deepseek": False, "vllm": False, "together": True, "codestral": True}.items():
        body = chat(CHATS[name], stream=True, **OFF.get(name, {}))
        answer = await post(f"{path(simulator, name)}/chat/completions", body)
        assert ('"usage"' in answer.text) is always, name
    groq = await post(f"{path(simulator, 'groq')}/chat/completions", chat(CHATS["groq"], stream=True))
    assert events(groq.text)[-2]["x_groq"]["usage"]["completion_tokens"] == 67


async def test_openrouter_says_that_it_is_still_there(simulator):
    body = chat(CHATS["openrouter"], stream=True)
    answer = await post(f"{simulator.base('openrouter')}/chat/completions", body)
    assert answer.text.startswith(": OPENROUTER PROCESSING\n\n")


async def test_fim_of_deepseek_codestral_and_inception(simulator):
    fim = {"prompt": "def f(", "suffix": "    return x", "stream": True, "max_tokens": 2}
    for url, model in (
        (f"{simulator.base('deepseek')}/beta/completions", "deepseek-flash"),
        (f"{simulator.base('codestral')}/fim/completions", "codestral-latest"),
        (f"{simulator.base('inception')}/fim/completions", "mercury-edit-2"),
    ):
        answer = await post(url, fim | {"model": model})
        chunks = events(answer.text)
        assert said(chunks) == TEXT[:8]
        assert chunks[-2]["choices"][0]["finish_reason"] == "length"
        assert ("delta" in chunks[0]["choices"][0]) is ("codestral" in model)
    whole = await post(f"{simulator.base('codestral')}/fim/completions", {"model": "codestral-2508", "prompt": "a"})
    assert whole.json()["choices"][0]["message"]["content"] == TEXT


async def test_mercurys_edits_never_stream(simulator):
    answer = await post(f"{simulator.base('inception')}/edit/completions", chat("mercury-edit-2", stream=True))
    assert answer.json()["choices"][0]["message"]["content"] == TEXT


async def test_a_suffix_where_it_is_not_taken(simulator):
    fim = {"prompt": "a", "suffix": "b", "stream": True}
    vllm = await post(f"{simulator.base('vllm')}/completions", fim | {"model": CHATS["vllm"]})
    assert (vllm.status_code, vllm.json()["error"]["message"]) == (400, "suffix is not currently supported")
    assert vllm.json()["error"]["code"] == 400
    ollama = await post(f"{simulator.base('ollama')}/api/generate", fim | {"model": "smollm2"})
    assert ollama.status_code == 400
    assert ollama.json()["error"].endswith("does not support insert")
    raw = await post(f"{simulator.base('ollama')}/api/generate", fim | {"model": "smollm2", "raw": True})
    assert raw.status_code == 200
    groq = await post(f"{simulator.base('groq')}/completions", fim | {"model": CHATS["groq"]})
    assert groq.status_code == 404


async def test_llama_server(simulator):
    base = simulator.base("llamacpp")
    body = {"input_prefix": "def f(", "input_suffix": "", "prompt": "a", "stream": True, "n_predict": 8}
    answer = await post(f"{base}/infill", body)
    chunks = events(answer.text)
    assert "".join(chunk["content"] for chunk in chunks) == TEXT
    assert [chunk["stop"] for chunk in chunks] == [False, False, False, True]
    assert chunks[-1]["stop_type"] == "eos"
    assert chunks[-1]["timings"]["predicted_n"] == 3
    whole = await post(f"{base}/completion", {"prompt": "a", "n_predict": 1})
    assert (whole.json()["content"], whole.json()["stop_type"]) == (TEXT[:4], "limit")
    missing = await post(f"{base}/infill", {"input_prefix": "a"})
    assert (missing.status_code, missing.json()["error"]["code"]) == (400, 400)
    assert (await get(f"{base}/health")).json() == {"status": "ok"}
    assert (await get(f"{base}/props")).json()["default_generation_settings"]["n_ctx"] == 8192
    assert (await get(f"{base}/v1/models")).json()["data"][0]["meta"]["n_ctx_train"] == 8192


async def test_llama_server_without_fim_tokens_and_beyond_its_context():
    models = [{"id": "chat.gguf", "context": 32}]
    async with serve({"providers": {"llamacpp": {"models": models}}}) as simulator:
        base = simulator.base("llamacpp")
        infill = await post(f"{base}/infill", {"input_prefix": "", "input_suffix": "", "n_predict": 0})
        assert (infill.status_code, infill.json()["error"]["type"]) == (501, "not_supported_error")
        long = await post(f"{base}/completion", {"prompt": "word " * 100})
        error = long.json()["error"]
        assert (long.status_code, error["type"], error["n_ctx"]) == (400, "exceed_context_size_error", 32)
        assert error["n_prompt_tokens"] == 125


async def test_ollama_generates_line_by_line(simulator):
    base = simulator.base("ollama")
    answer = await post(f"{base}/api/generate", {"model": "qwen2.5-coder:1.5b-base", "prompt": "a", "suffix": "b"})
    assert answer.headers["content-type"] == "application/x-ndjson"
    *first, last = lines(answer.text)
    assert "".join(one["response"] for one in first) == TEXT
    assert (last["done"], last["done_reason"], last["eval_count"]) == (True, "stop", 3)
    answer = await post(f"{base}/api/chat", chat("qwen3:4b"))
    *first, last = lines(answer.text)
    assert "".join(one["message"]["content"] for one in first) == TEXT
    assert "".join(one["message"].get("thinking", "") for one in first)
    quiet = await post(f"{base}/api/chat", chat("qwen3:4b", think=False, stream=False))
    assert quiet.json()["message"] == {"role": "assistant", "content": TEXT}
    refused = await post(f"{base}/api/chat", chat("smollm2", think=True))
    assert (refused.status_code, refused.json()) == (400, {"error": '"smollm2:latest" does not support thinking'})
    gone = await post(f"{base}/api/generate", {"model": "nope", "prompt": "a"})
    assert (gone.status_code, gone.json()) == (404, {"error": "model 'nope' not found"})


async def test_ollama_loads_keeps_and_unloads(simulator):
    base = simulator.base("ollama")
    loaded = await post(f"{base}/api/generate", {"model": "smollm2", "keep_alive": "10m"})
    assert (loaded.json()["response"], loaded.json()["done_reason"]) == ("", "load")
    (running,) = (await get(f"{base}/api/ps")).json()["models"]
    assert (running["name"], running["context_length"]) == ("smollm2:latest", 4096)
    for model in ("qwen3:4b", "qwen2.5-coder:1.5b-base"):
        await post(f"{base}/api/generate", {"model": model})
    gone = await post(f"{base}/api/chat", {"model": "smollm2", "messages": [], "keep_alive": 0})
    assert gone.json()["done_reason"] == "unload"
    names = [one["name"] for one in (await get(f"{base}/api/ps")).json()["models"]]
    assert names == ["qwen3:4b", "qwen2.5-coder:1.5b-base"]


async def test_ollama_evicts_what_was_used_longest_ago():
    models = [{"id": "a", "fim": True}, {"id": "b"}]
    async with serve({"providers": {"ollama": {"models": models, "max_loaded": 1}}}) as simulator:
        for model in "ab":
            await post(f"{simulator.base('ollama')}/api/generate", {"model": model})
        loaded = (await get(f"{simulator.base('ollama')}/api/ps")).json()["models"]
        assert [one["name"] for one in loaded] == ["b"]


async def test_ollama_tells_what_it_has(simulator):
    base = simulator.base("ollama")
    assert (await get(base)).text == "Ollama is running"
    assert (await get(f"{base}/api/version")).json() == {"version": "0.34.4"}
    tags = {one["name"]: one["capabilities"] for one in (await get(f"{base}/api/tags")).json()["models"]}
    assert tags["qwen2.5-coder:1.5b-base"] == ["completion", "insert"]
    assert tags["qwen3:4b"] == ["completion", "thinking"]
    shown = (await post(f"{base}/api/show", {"model": "qwen2.5-coder:1.5b-base"})).json()
    assert ".Suffix" in shown["template"]
    assert shown["model_info"]["llama.context_length"] == 32768
    foreign = await get(f"{base}/api/tags", origin="https://example.org")
    assert (foreign.status_code, foreign.text) == (403, "")


async def test_ollama_cuts_what_is_too_long_without_a_word(simulator):
    base = simulator.base("ollama")
    body = {"model": "smollm2", "prompt": "x" * 4000, "options": {"num_ctx": 512}, "stream": False}
    answer = await post(f"{base}/api/generate", body)
    assert (answer.status_code, answer.json()["prompt_eval_count"]) == (200, 256)
    assert simulator.log[0].prompt_tokens == 256
    kept = await post(f"{base}/api/generate", body | {"shift": False})
    assert kept.status_code == 400


async def test_others_refuse_what_is_too_long():
    models = [{"id": "small", "context": 64}]
    async with serve(
        {"providers": {"together": {"models": models}, "mine": {"style": "openai", "models": models}}}
    ) as s:
        for name in ("together", "mine"):
            answer = await post(f"{s.base(name)}/completions", {"model": "small", "prompt": "x" * 400})
            assert (answer.status_code, answer.json()["error"]["code"]) == (400, "context_length_exceeded")


async def test_model_lists(simulator):
    for name, model in CHATS.items():
        answer = await get(f"{path(simulator, name)}/models")
        ids = [one["id"] for one in answer.json()["data"]]
        assert model in ids or name == "llamacpp"
        one = await get(f"{path(simulator, name)}/models/{ids[0]}")
        assert one.json()["id"] == ids[0]
    assert (await get(f"{simulator.base('vllm')}/models")).json()["data"][0]["max_model_len"] == 32768
    assert (await get(f"{simulator.base('deepseek')}/user/balance")).json()["is_available"]


async def test_stop_and_length(simulator):
    url = f"{simulator.base('vllm')}/completions"
    stopped = await post(url, {"model": CHATS["vllm"], "prompt": "a", "stop": [" 4"]})
    assert stopped.json()["choices"][0] | {"logprobs": None} == {
        "index": 0, "text": "return", "finish_reason": "stop", "logprobs": None,
    }  # fmt: skip
    groq = await post(f"{simulator.base('groq')}/chat/completions", chat(CHATS["groq"], stop=list("abcde")))
    assert groq.status_code == 400


async def test_what_was_sent_before_is_cached(simulator):
    body = {"model": "deepseek-flash", "prompt": "x" * 2000, "suffix": "y", "stream": False}
    url = f"{simulator.base('deepseek')}/beta/completions"
    first, second = [(await post(url, body)).json()["usage"] for _ in range(2)]
    assert first["prompt_cache_hit_tokens"] == 0
    assert second["prompt_cache_hit_tokens"] == 448
    assert second["prompt_cache_hit_tokens"] + second["prompt_cache_miss_tokens"] == second["prompt_tokens"]


async def test_what_is_no_request(simulator):
    nobody = await get(f"{simulator.url}/nobody/v1/models")
    assert nobody.status_code == 404
    assert "groq" in nobody.json()["error"]
    broken = await post(f"{simulator.base('groq')}/chat/completions", [])
    assert broken.status_code == 400
    empty = await post(f"{simulator.base('groq')}/chat/completions", {"model": CHATS["groq"], "messages": []})
    assert empty.status_code == 400
    assert json.loads(empty.text)["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize(
    "odd", [{"stop": 5}, {"stream_options": "x"}, {"chat_template_kwargs": 1}, {"max_tokens": "7"}]
)
@pytest.mark.parametrize("name", ["groq", "ollama"])
async def test_fields_of_odd_types_drop_no_connection(simulator, name, odd):
    answer = await post(f"{path(simulator, name)}/chat/completions", chat(CHATS[name], **odd))
    assert answer.status_code in {200, 400}
