"""What a model that only converses is asked: the context first and the same for each question, the task last."""

from __future__ import annotations

from dataclasses import replace

from foredraft.questions.hole import ballot, hole, improve, marker
from foredraft.questions.prompt import Excerpt, Fim

FIM = Fim(
    "def f(a):\n    return ",
    "\n\nprint(f(1))",
    "src/f.py",
    "python",
    (Excerpt("g.py", "def g(): ..."),),
    "@@ -1 +1 @@\n",
)


def test_prefix_and_suffix_stand_around_a_mark_of_the_cursor():
    system, user = hole(FIM).messages
    assert system.role == "system" and user.role == "user"
    assert f"{FIM.prefix}<|cursor|>{FIM.suffix}" in user.text
    assert "g.py" in user.text and "def g(): ..." in user.text and "@@ -1 +1 @@" in user.text
    assert user.text.endswith("Insert at <|cursor|>:")


def test_the_mark_stands_nowhere_in_the_files():
    fim = replace(FIM, prefix="x = '<|cursor|>'", files=(Excerpt("g.py", "<|cursor1|>"),))
    assert marker(fim) == "<|cursor2|>"
    assert "x = '<|cursor|>'<|cursor2|>" in hole(fim).messages[1].text
    assert "<|cursor|>" not in hole(fim).messages[0].text


def test_all_questions_about_a_place_begin_with_the_same_bytes():
    questions = [hole(FIM), improve(FIM, "a + {1}"), ballot(FIM, ["a", "b"])]
    same = questions[0].messages[1].text.index("Insert at")
    assert len({chat.messages[0].text for chat in questions}) == 1
    assert len({chat.messages[1].text[:same] for chat in questions}) == 1
    assert "\na + {1}\n" in questions[1].messages[1].text
    assert "<insertion 2>\nb\n" in questions[2].messages[1].text


def test_typing_changes_only_the_end():
    typed = replace(FIM, prefix=FIM.prefix + "a")
    one, other = hole(FIM).messages[1].text, hole(typed).messages[1].text
    at = one.index("<|cursor|>")
    assert other.startswith(one[:at])


def test_an_answer_may_be_begun_with_the_cursors_line():
    assert hole(FIM, prefill=True).messages[-1].role == "assistant"
    assert hole(FIM, prefill=True).messages[-1].text == "```python\n    return "
    assert hole(FIM, prefill=True).messages[:2] == hole(FIM).messages
