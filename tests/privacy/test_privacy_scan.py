"""No secret of a text that is sent gets through, however the text is cut, and what is no secret stays."""

from __future__ import annotations

import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foredraft.privacy.scan import Scan, sections
from foredraft.privacy.secrets import PLACEHOLDER, mask, mask_lines, spans

LETTERS = string.ascii_letters + string.digits
dice = random.Random(11)


def made_up(length: int, alphabet: str = LETTERS) -> str:
    """Never a real key, and never one in this file's text."""
    return "".join(dice.choice(alphabet) for _ in range(length - 4)) + "aZ9x"


TOKEN = "ghp_" + made_up(36)
BODY = [made_up(64, LETTERS + "+/") for _ in range(6)] + ["Qw=="]
PEM = ["-----BEGIN RSA PRIVATE KEY-----", *BODY, "-----END RSA PRIVATE KEY-----"]
CODE = ["import os", "", "def connect(host, port=5432):", "    return open_socket(host, port)"]
PIECES = st.sampled_from([*CODE, f"token = '{TOKEN}'", 'password = "hunter22"', "x" * 10_001, f"curl {TOKEN}\r", ""])


@given(st.lists(PIECES, max_size=12))
def test_a_text_is_masked_as_its_lines(lines: list[str]) -> None:
    scan = Scan()
    for _ in range(2):
        assert scan.text("\n".join(lines), False).split("\n") == (mask_lines(lines) or [""])


@given(st.lists(PIECES, min_size=1, max_size=8), st.data())
def test_a_gap_is_masked_as_the_text_around_it(lines: list[str], data: st.DataObject) -> None:
    text = "\n".join(lines)
    at = data.draw(st.integers(0, len(text)))
    cleared = Scan().gap(text[:at], text[at:], False)
    if cleared is not None:
        assert "".join(cleared).split("\n") == mask_lines(lines)
        assert cleared[0].count("\n") == text[:at].count("\n")
    else:
        line, column = lines[text[:at].count("\n")], at - (text.rfind("\n", 0, at) + 1)
        quoted = [*spans(line), *(place for quote in "'\"" for place in spans(line[:column] + quote))]
        assert any(start < column <= end for start, end in quoted)


@pytest.mark.parametrize(
    ("before", "after", "asked"),
    [
        ('password = "hun', 'ter22"', False),
        ('password = "hunter22', '"', False),
        ('password = "hunter22', "", False),
        ('password = "hunter22"', "", True),
        ("password = ", '"hunter22"', True),
        ('password = "', 'hunter22"', True),
        (f"curl -H {TOKEN[:20]}", TOKEN[20:], False),
        ("# it doesn't matter, pass", "", True),
        ("value = compute(", ")", True),
    ],
)
def test_within_a_secret_nothing_is_asked(before: str, after: str, asked: bool) -> None:
    cleared = Scan().gap(f"import os\n{before}", f"{after}\nx = 1", False)
    assert (cleared is not None) is asked
    assert "hunter22" not in "".join(cleared or ())


def test_values_without_quotes_in_settings_files() -> None:
    assert Scan().gap("password: hunt", "er", True) is None
    assert Scan().gap("password: hunter22\nhost: ", "", True) == (f"password: {PLACEHOLDER}\nhost: ", "")
    assert Scan().gap("password: hunter22\nhost: ", "", False) == ("password: hunter22\nhost: ", "")


@pytest.mark.parametrize("cut", range(len(PEM)))
def test_a_private_key_that_begins_before_the_text(cut: int) -> None:
    masked = Scan().text("\n".join([*PEM[cut:], *CODE]), False)
    assert not any(line in masked for line in BODY)
    assert masked.endswith("\n".join(CODE))


@pytest.mark.parametrize("cut", range(1, len(PEM)))
def test_a_cursor_in_a_private_key(cut: int) -> None:
    before, after = "\n".join([*CODE, *PEM[:cut], ""]), "\n".join(["", *PEM[cut:], *CODE])
    cleared = Scan().gap(before, after, False)
    assert cleared is None or not any(line in text for text in cleared for line in BODY)
    assert Scan().gap(f"{before}ab", f"cd{after}", False) is None


def test_a_private_key_elsewhere_in_the_document() -> None:
    left, right = Scan().gap("\n".join([*PEM, "x = ("]), "\n".join([")", *PEM]), False) or ("", "")
    assert left.endswith("\nx = (") and right.startswith(")\n")
    assert not any(line in left + right for line in BODY)


def test_a_diff_is_masked_line_by_line_and_keeps_its_form() -> None:
    diff = "\n".join(
        [
            "@@ -1,2 +1,2 @@",
            f"-token = '{TOKEN}'",
            "+token = os.environ['TOKEN']",
            *(f"-{line}" for line in PEM),
            " x = 1",
            "",
        ]
    )
    masked = Scan().diff(diff, False)
    assert TOKEN not in masked and not any(line in masked for line in BODY)
    assert [line[:1] for line in masked.split("\n")] == [line[:1] for line in diff.split("\n")]
    assert masked.endswith("\n x = 1\n")


def test_a_diff_of_a_secret_that_was_being_typed() -> None:
    typed = ['+password = "hunt', '-password = "hunt', '+password = "hunter22', '+password = "hunter22"']
    masked = Scan().diff("\n".join(typed), False)
    assert "hunt" not in masked
    assert masked.split("\n")[0] == f'+password = "{PLACEHOLDER}'


def test_the_parts_of_a_diff() -> None:
    hunk = "@@ -1 +1 @@\n-a\n+b\n"
    assert list(sections(hunk)) == [("", hunk)]
    two = f"{hunk}--- a/x.py\n+++ b/x.py\n{hunk}--- y.py\t2026\n+++ y.py\t2026\n{hunk}"
    assert [path for path, _ in sections(two)] == ["", "x.py", "y.py"]
    assert "\n".join(text for _, text in sections(two)) == two
    assert list(sections("")) == [("", "")]


@given(st.text(st.sampled_from("aB9=:'\"/+-_ ({$}@.keytokensecret"), max_size=120))
def test_the_places_are_those_that_are_masked(line: str) -> None:
    at, parts = 0, []
    for start, end in spans(line):
        parts += line[at:start], PLACEHOLDER
        at = end
    assert "".join(parts) + line[at:] == mask(line)
