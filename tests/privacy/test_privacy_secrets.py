"""Secrets are gone from a masked line, ordinary code stays as it is."""

from __future__ import annotations

import random
import string
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foredraft.privacy.secrets import PLACEHOLDER, mask, mask_lines

LETTERS = string.ascii_letters + string.digits
dice = random.Random(7)


def made_up(length: int, alphabet: str = LETTERS) -> str:
    """Never a real key, and never one in this file's text."""
    return "".join(dice.choice(alphabet) for _ in range(length - 4)) + "aZ9x"


SECRETS = {
    "aws id": ("AKIA" + made_up(16, string.ascii_uppercase).upper(), "key = '{}'"),
    "aws secret": (made_up(40), "aws_secret_access_key = '{}'"),
    "github": ("ghp_" + made_up(36), 'TOKEN = "{}"'),
    "github new": ("github_pat_" + made_up(60), "login --with {}"),
    "gitlab": ("glpat-" + made_up(20), "curl -H 'PRIVATE-TOKEN: {}'"),
    "slack": ("xoxb-" + "1234567890-" + made_up(24), "client = Slack('{}')"),
    "stripe": ("sk_live_" + made_up(24), "stripe.api_key = `{}`"),
    "openai": ("sk-proj-" + made_up(48), "openai = {{'key': '{}'}}"),
    "jwt": ("eyJhbGciOiJIUzI1NiJ9." + made_up(30) + "." + made_up(43), "    bearer: {}"),
    "header": (made_up(32), "Authorization: Bearer {}"),
    "password": ("hunter2", 'password = "{}"'),
    "password in json": ("tr0ub4dor", '"db_password": "{}",'),
    "in an address": ("s3cr3tpw", "postgres://me:{}@localhost/db"),
    "in an address beside a telling word": ("s3cr3tpw", "# the key is in postgres://me:{}@localhost/db"),
    "base64": (made_up(44, LETTERS + "+/") + "==", "blob = '{}'"),
    "hex": (made_up(64, "0123456789abcdef").lower(), 'SIGNING = "{}"'),
    "unquoted": (made_up(32), "export SERVICE_TOKEN={}"),
}


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_is_gone_and_the_rest_stays(name: str) -> None:
    secret, shape = SECRETS[name]
    line = shape.format(secret)
    masked = mask(line)
    assert secret not in masked
    assert PLACEHOLDER in masked
    assert masked.startswith(line[: line.index(secret)][:8])
    assert masked.count('"') == line.count('"') and masked.count("'") == line.count("'")
    assert mask(masked) == masked


some_lines = st.lists(
    st.one_of(
        st.sampled_from([shape.format(secret) for secret, shape in SECRETS.values()]),
        st.sampled_from(
            ["", "x = 1", "İ = 'password: hunter2'", "PassWord = 'hunter2x'", "ſecret = 'hunter2x'", "a" * 10_001]
        ),
        st.text(max_size=30).filter(lambda line: "PRIVATE KEY" not in line and "\n" not in line),
    ),
    max_size=12,
)


@given(some_lines)
def test_a_whole_file_is_masked_as_each_of_its_lines(lines: list[str]) -> None:
    assert mask_lines(lines) == [mask(line) for line in lines]


def test_values_without_quotes_in_settings_files() -> None:
    lines = ["db:", "  password: hunter", "  host: localhost", "  secret: ${FROM_OUTSIDE}"]
    assert mask_lines(lines, "a/app.yml") == ["db:", f"  password: {PLACEHOLDER}", *lines[2:]]
    assert mask_lines(["password: str"], "a.py") == ["password: str"]


def test_a_private_key_over_many_lines() -> None:
    body = [made_up(64, LETTERS + "+/") for _ in range(6)] + ["Qw=="]
    lines = [
        *('KEY = """-----BEGIN RSA PRIVATE KEY-----', "Proc-Type: 4,ENCRYPTED", "", *body),
        *('-----END RSA PRIVATE KEY-----"""', "def after(): return 1"),
    ]
    masked = mask_lines(lines, "key.py")
    assert len(masked) == len(lines)
    assert not any(line in "\n".join(masked) for line in body)
    assert masked[0] == lines[0] and masked[-2:] == lines[-2:]


def test_a_private_key_in_pieces_of_a_string_and_in_one_line() -> None:
    body = [made_up(64) for _ in range(4)]
    lines = ["key = (", '  "-----BEGIN PRIVATE KEY-----\\n"', *(f'  "{line}\\n"' for line in body), ")", "x = 1"]
    masked = "\n".join(mask_lines(lines))
    assert not any(line in masked for line in body)
    assert masked.endswith(")\nx = 1")
    single = f'key = "-----BEGIN PRIVATE KEY-----\\n{body[0]}\\n{body[1]}\\n-----END PRIVATE KEY-----\\n"'
    assert not any(line in mask(single) for line in body)


def test_code_that_speaks_of_keys_goes_on() -> None:
    lines = ["if line == '-----BEGIN PRIVATE KEY-----':", "    in_key = True", "    return parse(line)"]
    assert mask_lines(lines) == lines


@pytest.mark.parametrize(
    "line",
    [
        "def test_the_long_name_of_a_function_is_kept_2(self, database_connection):",
        "from package.module_with_long_name3 import SomeVeryLongClassName2, other",
        'parser.add_argument("--token", help="the token to use")',
        "password = getpass.getpass()",
        "token = next(self.tokens)",
        'if kind == "secret":',
        'api_key = os.environ["API_KEY"]',
        "self.assertEqual(response.status_code, 404)  # a comment that goes on",
        'path = "some/path/to_a-file2/in-the-project/index3.html"',
        "key = lambda item: item.name",
        "x = 0.12345678901234567890123",
    ],
)
def test_ordinary_code_is_kept(line: str) -> None:
    assert mask(line) == line


def test_the_standard_library_is_hardly_touched() -> None:
    folder = Path(sysconfig.get_paths()["stdlib"])
    lines = [line for path in sorted(folder.glob("*.py")) for line in path.read_text("utf-8", "replace").splitlines()]
    changed = sum(before != after for before, after in zip(lines, mask_lines(lines, "x.py"), strict=True))
    assert len(lines) > 50_000
    assert changed / len(lines) < 0.001


@given(st.text(st.sampled_from("aB9=:'\"/+-_ ({$}@.keytokensecret"), max_size=120), st.booleans())
def test_masking_never_fails_and_keeps_what_is_outside_of_quotes_short(line: str, plain: bool) -> None:
    masked = mask(line, plain)
    assert "\n" not in masked
    assert masked == line or PLACEHOLDER in masked


def test_a_secret_is_found_anywhere_in_a_long_line() -> None:
    secret = made_up(40)
    for at in range(1_400, 2_600, 29):
        assert secret not in mask("x = " + "a + " * (at // 4) + f"'{secret}'" + " + b" * 500)


def test_nothing_stays_of_a_line_that_nobody_typed() -> None:
    assert mask("a" * 1_000_000) == PLACEHOLDER


def test_detect_secrets_is_imported_for_suspicious_lines_only_and_nothing_is_asked_over_the_network() -> None:
    script = """
import socket, sys
def refuse(*_): raise AssertionError("network")
socket.socket.connect = refuse
socket.getaddrinfo = refuse
from foredraft.privacy.secrets import mask
mask("x = compute(1)")
print("detect_secrets" in sys.modules)
mask("aws_key = 'AKIA" + "ABCDEFGHIJKLMNO7'")
print("detect_secrets" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]
