"""Every provider's wire format, against the simulator: text whole, limits, usage, finish, thinking off."""

import pytest
from wire_world import BEGUN, GAP, TALK, TEXT, WIDE, ask, said, world

from foredraft.models.families import Thinks, family_of
from foredraft.models.model import Finish, Use
from foredraft.questions.prompt import Chat, Message

CHATS = [
    ("groq", "openai/gpt-oss-20b"), ("groq", "qwen/qwen3.8-27b"), ("dashscope", "qwen3-coder-flash"),
    ("dashscope", "qwen3.8-flash"), ("deepseek", "deepseek-flash"), ("together", "Qwen/Qwen3.8-Flash"),
    ("cerebras", "gpt-oss-120b"), ("cerebras", "qwen-3.8-27b"), ("sambanova", "Meta-Llama-3.3-70B-Instruct"),
    ("openrouter", "qwen/qwen3.8-27b"), ("codestral", "codestral-latest"), ("inception", "mercury-2.5"),
    ("vllm", "qwen3-8b"), ("lmstudio", "qwen3-8b"), ("llamacpp", "qwen3-8b"), ("ollama", "qwen3-8b"), ("openai", "m"),
]  # fmt: skip
FILLS = [
    ("deepseek", "deepseek-flash", None, "completions"), ("codestral", "codestral-latest", None, "fim"),
    ("inception", "mercury-edit-2", None, "fim"), ("dashscope", "qwen2.5-coder-32b-instruct", "tokens", "completions"),
    ("vllm", "Qwen/Qwen2.5-Coder-7B", "fim", "completions"), ("lmstudio", "starcoder2-3b", "fim", "completions"),
    ("together", "Qwen/Qwen3-Coder-Next-FP8", "tokens", "completions"), ("llamacpp", "qwen2.5-coder", "fim", "infill"),
    ("llamacpp", "codellama-7b", "tokens", "completions"), ("ollama", "qwen2.5-coder:1.5b-base", "suffix", "generate"),
    ("ollama", "starcoder2:3b", "fim", "generate"),
]  # fmt: skip


LONG = Chat((*TALK.messages[:1], Message("user", "x = compute(größe)\n" * 200)))


def having(name, model_id, **more):
    thinks = 3 if family_of(model_id).thinks is not Thinks.NEVER else 0
    return {"providers": {name: {"models": [{"id": model_id, "fim": True, "thinks": thinks, **more}]}}}


@pytest.mark.parametrize(("name", "model_id"), CHATS)
async def test_chat(name, model_id):
    always = "gpt-oss" in model_id
    async with world(having(name, model_id, always_thinks=always)) as here:
        model = here.model(name, model_id, context=8192)
        answer = await said(model, ask(LONG))
        assert (answer.text, answer.finish) == (TEXT, Finish.STOP)
        assert answer.usage is not None
        assert answer.usage.prompt > 100
        assert answer.usage.completion > 0
        assert here.last.endpoint == "chat"
        assert here.last.finished
        assert here.last.closed_at is None
        if not always and name != "lmstudio":  # which has no switch that is documented
            assert here.last.thought == 0
        again = await said(model, ask(LONG))
        assert again.text == TEXT
        if name not in ("together", "ollama"):  # these do not say
            assert again.usage.cached > 0


@pytest.mark.parametrize(("name", "model_id", "use", "endpoint"), FILLS)
async def test_filling(name, model_id, use, endpoint):
    async with world(having(name, model_id)) as here:
        model = here.model(name, model_id, **({"use": use} if use else {}))
        answer = await said(model, ask(GAP))
        assert (answer.text, answer.finish) == (TEXT, Finish.STOP)
        assert here.last.endpoint == endpoint
        assert here.last.said == "text"
        wide = await said(model, ask(WIDE))
        assert wide.text == TEXT
        assert "x = 1" in str(here.last.body)
        assert "+new" in str(here.last.body)


@pytest.mark.parametrize(("name", "model_id"), CHATS)
async def test_an_answer_is_bounded(name, model_id):
    text = "word " * 300
    async with world({**having(name, model_id, thinks=0), "answers": {"text": text}}) as here:
        answer = await said(here.model(name, model_id, context=8192), ask(TALK, max_tokens=8))
        assert answer.finish is Finish.LENGTH
        assert 0 < len(answer.text) < len(text)


@pytest.mark.parametrize(("name", "model_id"), CHATS)
async def test_more_stop_texts_than_a_provider_takes(name, model_id):
    stops = ("<a>", "<b>", "<c>", "<d>", "<e>", "# ")
    async with world(having(name, model_id, thinks=0)) as here:
        answer = await said(here.model(name, model_id, context=8192), ask(TALK, stop=stops))
        assert (answer.text, answer.finish) == (TEXT[: TEXT.index("# ")], Finish.STOP)


@pytest.mark.parametrize(
    ("name", "model_id"),
    [("deepseek", "deepseek-flash"), ("dashscope", "qwen3-coder-flash"), ("vllm", "m"), ("llamacpp", "m")],
)
async def test_going_on_from_what_was_begun(name, model_id):
    rules = [{"after": "def f(größe):\n    ", "text": TEXT}]
    async with world({**having(name, model_id), "answers": {"rules": rules, "text": "begun anew"}}) as here:
        model = here.model(name, model_id, context=8192)
        assert model.facts.continues
        assert (await said(model, ask(BEGUN))).text == TEXT
        assert here.last.body["messages"][-1]["role"] == "assistant"


@pytest.mark.parametrize("name", ["groq", "cerebras", "ollama"])
async def test_who_cannot_go_on_is_not_given_a_beginning(name):
    async with world(having(name, "m")) as here:
        model = here.model(name, "m", context=8192)
        assert not model.facts.continues
        await said(model, ask(BEGUN))
        assert [each["role"] for each in here.last.body["messages"]] == ["system", "user"]


LIMITED = {"requests": {"minute": 30, "day": 1000, "hour": 900, "second": 10}, "tokens": {"minute": 8000, "day": 9e5}}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("groq", {("requests", "day"), ("tokens", "minute")}),
        ("cerebras", {("requests", "minute"), ("requests", "day"), ("tokens", "minute")}),
        ("together", {("requests", "second"), ("tokens", "second")}),
        ("codestral", {("requests", "minute"), ("tokens", "minute")}),
    ],
)
async def test_limits_of_an_answer_that_succeeded(name, expected):
    async with world({"providers": {name: {"models": [{"id": "m"}], "limits": LIMITED}}}) as here:
        answer = await said(here.model(name, "m"), ask(TALK))
        found = {(each.what, each.window) for each in answer.limits}
        assert found >= expected
        assert all(each.limit and each.remaining is not None for each in answer.limits)
        assert answer.text == TEXT


async def test_a_conversation_of_a_model_that_fills():
    async with world(having("llamacpp", "m")) as here:
        model = here.model("llamacpp", "m", use="infill")
        assert model.facts.use is Use.INFILL
        assert (await said(model, ask(TALK))).text == TEXT
        assert here.last.endpoint == "chat"


async def test_a_connection_is_used_again():
    async with world(having("groq", "m")) as here:
        model = here.model("groq", "m")
        for _ in range(5):
            await said(model, ask(TALK))
        pool = here.client._transport._pool
        assert len(pool.connections) == 1


@pytest.mark.parametrize("use", ["infill", "chat"])
async def test_on_this_machine_each_connection_is_used_once(use):
    """A request on one that the server is just closing would fail."""
    async with world(having("llamacpp", "m")) as here:
        model = here.model("llamacpp", "m", use=use)
        for _ in range(3):
            await said(model, ask(GAP if use == "infill" else TALK))
        assert here.client._transport._pool.connections == []
