"""Which of two texts parses worse in its place."""

from __future__ import annotations

import subprocess
import sys

import pytest

from foredraft.orchestra.syntax import worse
from foredraft.text.document import Document, Position

PAIRS = [
    # (language, document with a cursor, a text that parses, one that does not)
    ("python", "def f(a):\n    |\n\nx = 1\n", "return a", "return (a"),
    ("python", "x = |\n", "call(1)", "call(1))"),
    ("javascript", "function f(a) {\n  |\n}\n", "return a;", "return a;\n}}"),
    ("javascriptreact", "const a = |;\n", "<b>{c}</b>", "<b>{c}"),
    ("typescript", "function f(a: number): number {\n  |\n}\n", "return a as number;", "return a as;"),
    ("typescriptreact", "const a = |;\n", "<B c={1}/>", "<B c={1}"),
    ("tsx", "const a = |;\n", "<B c={1}/>", "<B c={1}"),
    ("go", "package a\n\nfunc f(a int) int {\n\t|\n}\n", "return a", "if a {\n\t\treturn a"),
    ("rust", "fn f(a: i32) -> i32 {\n    |\n}\n", "a + 1", "let = ;"),
    ("java", "class A {\n  int f(int a) {\n    |\n  }\n}\n", "return a;", "return a; }"),
    ("c", "int f(int a) {\n  |\n}\n", "return a;", "return (a;"),
    ("cpp", "int f(int a) {\n  |\n}\n", "auto b = a; return b;", "auto b = [a; return b;"),
]


@pytest.mark.parametrize(("language", "marked", "good", "bad"), PAIRS)
def test_what_does_not_parse_is_worse(language, marked, good, bad):
    assert is_worse(language, marked, good, bad)
    assert not is_worse(language, marked, bad, good)
    assert not is_worse(language, marked, good, good)
    assert not is_worse(language, marked, bad, bad)


@pytest.mark.parametrize(("language", "marked", "good", "bad"), PAIRS)
def test_so_it_is_in_the_middle_of_a_large_file(language, marked, good, bad):
    begin = "package a\n" if language == "go" else ""
    filler = {
        "python": "def g(a):\n    if a:\n        return [\n            a,\n        ]\n    return g(a)\n",
        "go": "func g(a int) int {\n\tif a > 1 {\n\t\treturn a\n\t}\n\treturn g(a)\n}\n",
        "rust": "fn g(a: i32) -> i32 {\n    if a > 1 {\n        return a;\n    }\n    g(a)\n}\n",
        "java": "class G {\n  int g(int a) {\n    if (a > 1) {\n      return a;\n    }\n    return g(a);\n  }\n}\n",
        "c": "int g(int a) {\n  if (a > 1) {\n    return a;\n  }\n  return g(a);\n}\n",
    }
    text = filler.get(
        language, filler["c"] if language == "cpp" else "function g(a) {\n  if (a) {\n    return a;\n  }\n}\n"
    )
    large = begin + text * 300 + marked.removeprefix("package a\n\n") + text * 300
    assert is_worse(language, large, good, bad)
    assert not is_worse(language, large, bad, good)


def test_a_class_that_fills_the_file_is_cut_and_still_read():
    method = "    def f(self, a):\n        if a:\n            return [\n                a,\n            ]\n"
    marked = "class A:\n" + method * 200 + "    def g(self):\n        |\n" + method * 200
    assert is_worse("python", marked, "return self.f(1)", "return self.f(1")
    assert not is_worse("python", marked, "return self.f(1", "return self.f(1)")
    assert not is_worse("python", marked, "x = 1\n        return x", "x = 2\n        return x")


def test_of_unknown_languages_nothing_is_worse():
    assert not is_worse("cobol", "x = |\n", "1", "((((")
    assert not is_worse("", "|", "1", "((((")


def test_letters_outside_of_ascii_and_lone_surrogates_do_no_harm():
    assert is_worse("python", "x = 'ä𝄞' + |\n", "'ö'", "('ö'")
    assert not is_worse("python", "x = '\ud800' + |\n", "1", "2")


def test_a_grammar_is_loaded_when_it_is_needed():
    code = "import sys, foredraft.orchestra.syntax; print([name for name in sys.modules if 'tree_sitter' in name])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def is_worse(language, marked, draft, refined):
    before, after = marked.split("|")
    document = Document.of("file:///a", language, 1, before + after)
    cursor = Position(before.count("\n"), len(before.rpartition("\n")[2]))
    return worse(document, cursor, draft, refined)
