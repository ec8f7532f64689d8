"""What simulated models say: by rule, by what they know of files, dressed as chat models do."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulator_client import chat, events, post, said

from foredraft.questions.prompt import Excerpt, Fim
from foredraft.replay.simulator import serve
from foredraft.replay.simulator.gaps import Gap, chat_gaps, raw_gap
from foredraft.replay.simulator.knowledge import Knowledge

CODE = """\
import math


def area(radius):
    squared = radius * radius
    return math.pi * squared


def circumference(radius):
    double = 2 * radius
    return math.pi * double


def show(values):
    for value in values:
        print(area(value))
        print(circumference(value))
"""
OTHER = CODE.replace("radius", "side").replace("def show(values)", "def show_all(values)")


def knowing(share=1.0, lines=1, **more):
    return {"knows": {"files": {"a.py": CODE, "b.py": OTHER}, "share": share, "lines": lines}, **more}


def world(**answers):
    return {"answers": answers, "providers": {"vllm": None, "groq": {"models": [{"id": "m", "fim": True}]}}}


async def complete(simulator, prompt, **more):
    body = {"model": "Qwen/Qwen2.5-Coder-7B", "prompt": prompt, "max_tokens": 400, **more}
    answer = await post(f"{simulator.base('vllm')}/completions", body)
    return answer.json()["choices"][0]["text"]


async def talk(simulator, *messages, **more):
    roles = ["user", "assistant"]
    body = {"model": "m", "messages": [{"role": roles[at], "content": one} for at, one in enumerate(messages)], **more}
    answer = await post(f"{simulator.base('groq')}/chat/completions", body)
    return answer.json()["choices"][0]["message"]["content"]


def cut(piece, code=CODE):
    """The code up to the end of `piece`, and the rest of it."""
    at = code.index(piece) + len(piece)
    return code[:at], code[at:]


async def test_a_rule_by_what_the_prefix_ends_with():
    async with serve(world(text="nothing", rules=[{"after": "def f(", "text": "a, b):"}])) as simulator:
        assert await complete(simulator, "x = 1\ndef f(") == "a, b):"
        assert await complete(simulator, "x = 1\ndef g(") == "nothing"
        assert await talk(simulator, "Fill in: def f({{FILL_HERE}}\n") == "a, b):"
        assert [entry.said for entry in simulator.log] == ["rule", "text", "rule"]


async def test_the_rest_of_the_line_is_known():
    async with serve(world(**knowing())) as simulator:
        assert await complete(simulator, cut("    double = ")[0]) == "2 * radius"
        assert await complete(simulator, cut("def circumference(radius):\n")[0]) == "    double = 2 * radius"
        assert await complete(simulator, cut("double = ", OTHER)[0]) == "2 * side"
        assert await complete(simulator, cut("math.pi * squared\n")[0]) == "\n\ndef circumference(radius):"
        assert {entry.said for entry in simulator.log} == {"known"}


async def test_as_many_lines_as_are_set():
    async with serve(world(**knowing(lines=3))) as simulator:
        text = await complete(simulator, cut("squared = ")[0])
        assert text == "radius * radius\n    return math.pi * squared\n\n\ndef circumference(radius):"
        assert await complete(simulator, cut("        print(circ")[0]) == "umference(value))"


async def test_tokens_of_a_family_show_where_the_gap_is():
    prefix, rest = cut("    return math.pi * d")
    suffix = rest.removeprefix("ouble")
    async with serve(world(**knowing())) as simulator:
        qwen = f"<|fim_prefix|>{prefix}<|fim_suffix|>{suffix}<|fim_middle|>"
        seed = f"<[fim-suffix]>{suffix}<[fim-prefix]>{prefix}<[fim-middle]>"
        for prompt in (qwen, seed, f"[SUFFIX]{suffix}[PREFIX]{prefix}", f"<PRE> {prefix} <SUF>{suffix} <MID>"):
            assert await complete(simulator, prompt) == "ouble"


async def test_a_model_without_fim_finds_nothing_between_tokens_it_does_not_know():
    scenario = world(**knowing(), text="?")
    scenario["providers"]["vllm"] = {"models": [{"id": "Qwen/Qwen2.5-Coder-7B"}]}
    async with serve(scenario) as simulator:
        prefix, suffix = cut("    double = ")
        prompt = f"<|fim_prefix|>{prefix}<|fim_suffix|>{suffix}<|fim_middle|>"
        assert await complete(simulator, prompt) == "?"
        assert simulator.log[0].said == "lost"


@pytest.mark.parametrize(
    "prompt",
    [
        "Insert at <|cursor|>.\n<file path='a.py'>\n{prefix}<|cursor|>{suffix}\n</file>\nInsert at <|cursor|>:",
        "```python\n{prefix}{{{{FILL_HERE}}}}{suffix}\n```",
        "# language: python\n<contextBeforeCursor>\n{prefix}<cursorPosition>\n<contextAfterCursor>\n{suffix}",
        "<prefix>\n{prefix}\n</prefix>\n<suffix>{suffix}</suffix>",
        "no mark at all:\n{prefix}§§§{suffix}\nGo on at the paragraphs.",
        "{prefix}[HOLE]{suffix}",
    ],
)
async def test_a_conversation_shows_where_the_gap_is(prompt):
    prefix, suffix = cut("    double = 2 * ")
    suffix = suffix.partition("\n")[1] + suffix.partition("\n")[2]
    async with serve(world(**knowing())) as simulator:
        assert await talk(simulator, prompt.format(prefix=prefix, suffix=suffix)) == "radius"


async def test_a_mark_of_ones_own():
    prefix, suffix = cut("    double = ")
    async with serve(world(**knowing(), marker="~~~HERE~~~")) as simulator:
        assert await talk(simulator, f"{prefix}~~~HERE~~~\n{suffix.partition(chr(10))[2]}") == "2 * radius"


async def test_an_answer_begun_is_gone_on_with():
    prefix, suffix = cut("    double = ")
    rest = suffix.partition("\n")[2]
    question = f"{prefix}<|cursor|>\n{rest}"
    async with serve(world(**knowing(), dress="chatter")) as simulator:
        assert await talk(simulator, question, "2 *") == " radius"
        assert await talk(simulator, question, "```python\n    double = ") == "2 * radius\n```"


async def test_chat_answers_are_dressed():
    prefix, suffix = cut("    double = ")
    question = f"{prefix}<|cursor|>\n{suffix.partition(chr(10))[2]}"
    dressed = {
        "fences": "```\n2 * radius\n```",
        "echo": "def circumference(radius):\n    double = 2 * radius",
        "think": "<think>\nThe cursor is at the end of a line.\n</think>\n\n2 * radius",
    }
    for dress, text in dressed.items():
        async with serve(world(**knowing(), dress=dress)) as simulator:
            assert await talk(simulator, question) == text
    async with serve(world(**knowing(), dress=["chatter", "think"])) as simulator:
        text = await talk(simulator, question)
        assert text.startswith("<think>")
        assert "```\n2 * radius\n```" in text
        assert await complete(simulator, prefix) == "2 * radius"


async def test_drafts_are_improved_and_chosen_from():
    prefix, suffix = cut("    double = ")
    head = f"{prefix}<|cursor|>\n{suffix.partition(chr(10))[2]}\n"
    one = head + "Proposed insertion at <|cursor|>:\n<insertion>\n3 * radius\n</insertion>\n"
    many = head + "<insertion 1>\nradius\n</insertion>\n<insertion 2>\n2 * radius\n</insertion>\n"
    async with serve(world(**knowing())) as simulator:
        assert await talk(simulator, one) == "2 * radius"
        assert await talk(simulator, many) == "2"
    async with serve(world(**knowing(share=0.0))) as simulator:
        assert await talk(simulator, one) == "3 * radius"
        assert await talk(simulator, many) in {"1", "2"}
        assert [entry.said for entry in simulator.log] == ["kept", "wrong"]


async def test_a_mid_line_gap_is_filled_up_to_what_follows():
    prefix, _, after = CODE.partition("radius * radius\n")
    async with serve(world(**knowing())) as simulator:
        scenario = {"model": "m", "messages": [{"role": "user", "content": f"{prefix}<|cursor|>radius\n{after}"}]}
        answer = await post(f"{simulator.base('groq')}/chat/completions", scenario | {"stream": True})
        assert said(events(answer.text)) == "radius * "


def test_a_line_that_is_not_known_is_always_the_same_wrong_one():
    prefix, _ = cut("    double")
    knowledge = Knowledge({"a.py": CODE}, 0.0, 7)
    texts = {}
    for length in range(len("    "), len("    double") + 1):
        place = knowledge.find([Gap(prefix[: len(prefix) - len("    double") + length])])
        text, true = knowledge.go_on(place, 1)
        assert not true
        assert text != CODE.splitlines()[place.row][length:]
        texts[length] = text
    assert all(texts.values())


def test_a_greater_share_knows_what_a_smaller_one_knows_and_more():
    lines = [f"value_{number} = {number * 7}" for number in range(400)]
    text = "\n".join(lines)

    def known(share, seed=1):
        knowledge = Knowledge({"a.py": text}, share, seed)
        gaps = ["\n".join(lines[:row]) + "\n" + lines[row][:4] for row in range(1, 400)]
        return {row for row, gap in enumerate(gaps) if knowledge.go_on(knowledge.find([Gap(gap)]), 1)[1]}

    half, most = known(0.5), known(0.8)
    assert half < most
    assert 150 < len(half) < 250
    assert known(0.5) == half
    assert known(0.5, seed=2) != half


def test_the_likeliest_of_several_places_is_found():
    knowledge = Knowledge({"a.py": "x()\nb()\nend()\n\ny()\nb()\nlast()\n"}, 1.0, 1)
    assert knowledge.go_on(knowledge.find([Gap("x()\nb()\n")]), 1) == ("end()", True)
    assert knowledge.go_on(knowledge.find([Gap("y()\nb()\n")]), 1) == ("last()", True)
    assert knowledge.go_on(knowledge.find([Gap("b()\n", "\n\ny()\n")]), 1) == ("end()", True)
    assert knowledge.find([Gap("unknown()\n")]) is None
    assert knowledge.go_on(knowledge.find([Gap("<file>\n", "\nb()\nend()\n")]), 1) == ("x()", True)
    assert knowledge.go_on(knowledge.find([Gap("x()\n", "\nb()\nend()\n")]), 1) == ("", True)
    assert knowledge.go_on(knowledge.find([Gap("unknown()\nlast")]), 1) == ("()", True)


@given(st.integers(0, len(CODE) - 1))
def test_every_place_of_a_file_is_found_in_its_own_text(at):
    prefix, suffix = CODE[:at], CODE[at:]
    knowledge = Knowledge({"a.py": CODE}, 1.0, 1)
    place = knowledge.find([Gap(prefix, "\n" + suffix.partition("\n")[2])])
    text, true = knowledge.go_on(place, 1)
    assert true
    assert text or not prefix.rpartition("\n")[2].strip() or suffix.startswith("\n")
    assert (prefix + text).rstrip() == CODE[: len(prefix + text)].rstrip()


def test_gaps_of_raw_prompts_and_of_conversations():
    assert raw_gap("<fim_prefix>a<fim_suffix>b<fim_middle>") == Gap("a", "b")
    assert raw_gap("<PRE> a <SUF>b <MID>") == Gap("a", "b")
    assert raw_gap("plain") is None
    parts = [{"role": "user", "content": [{"type": "text", "text": "a<cursor>b"}]}]
    assert chat_gaps(parts, None) == [Gap("a", "b")]


async def test_our_own_question_is_understood():
    hole = pytest.importorskip("foredraft.questions.hole")
    prefix, suffix = cut("    double = ")
    fim = Fim(prefix, "\n" + suffix.partition("\n")[2], "a.py", "python", (Excerpt("b.py", OTHER),))
    async with serve(world(**knowing())) as simulator:
        for prefill in (False, True):
            messages = [{"role": one.role, "content": one.text} for one in hole.hole(fim, prefill).messages]
            answer = await post(f"{simulator.base('groq')}/chat/completions", chat("m") | {"messages": messages})
            assert answer.json()["choices"][0]["message"]["content"].startswith("2 * radius")


async def test_the_same_asked_in_the_same_order_is_answered_the_same():
    latency = {"first_token_ms": 2, "sigma": 0.8, "tokens_per_second": 5000, "tail": {"share": 0.2, "times": 3}}
    scenario = world(**knowing(share=0.5)) | {"latency": latency, "seed": 3}

    async def run():
        async with serve(scenario) as simulator:
            texts = [await complete(simulator, CODE[:at]) for at in range(20, 300, 20)]
            return texts, [entry.said for entry in simulator.log]

    first, second = await run(), await run()
    assert first == second
    assert {"known", "wrong"} <= set(first[1])


async def test_latency_is_kept():
    latency = {"first_token_ms": 100, "tokens_per_second": 50}
    async with serve(world(text="x" * 40) | {"latency": latency}) as simulator:
        start = asyncio.get_running_loop().time()
        await complete(simulator, "a", stream=False)
        assert asyncio.get_running_loop().time() - start >= 0.1 + 9 / 50
        await post(f"{simulator.base('groq')}/chat/completions", chat("m", stream=True))
        entry = simulator.log[1]
        assert entry.first_token_at - entry.at >= 0.1
        assert entry.last_byte_at - entry.first_token_at >= 9 / 50 - 0.02
