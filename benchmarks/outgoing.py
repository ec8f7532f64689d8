"""How long a prompt of 2,000 tokens takes through `privacy/` when a key changed one line.

`python -m benchmarks.outgoing`: the text is real code (the standard library's) with a secret in it, and excerpts of six
other files. Each key appends a character to the line at the cursor, which looks like ordinary code or like secrets.
Prints one JSON object, in milliseconds of CPU time (`elapsed`: what passed, other processes' time in it).
"""

from __future__ import annotations

import argparse
import json
import sysconfig
import tempfile
import time
from pathlib import Path

from benchmarks.figures import spread
from foredraft.config import PrivacyConfig
from foredraft.models.outgoing import Outgoing, Tier
from foredraft.privacy.outgoing import Clearance
from foredraft.privacy.secrets import mask
from foredraft.questions.prompt import Excerpt, Fim, Prompt

_CHARACTERS = 8_000  # about 2,000 tokens of code
_LINES = (
    "response = client.request(method, url, timeout=timeout)",
    "api_key = os.environ['SERVICE_API_KEY']",
    "password_hash = compute_digest(password, salt)",
    "for token in tokenize(text): yield token.strip()",
    "if not secrets.compare_digest(expected, received): raise Refused(name)",
)
_SECRET = "db_password = 'hunter22trombone'\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keys", type=int, default=5_000)
    keys = parser.parse_args().keys
    mask("password = 'warm'")
    texts = [
        path.read_text("utf-8", "replace") for path in sorted(Path(sysconfig.get_paths()["stdlib"]).glob("[a-d]*.py"))
    ]
    with tempfile.TemporaryDirectory() as folder:
        times, seen = _typed([text for text in texts if len(text) > _CHARACTERS], Path(folder), keys)
    work, elapsed = ([one[at] for one in times] for at in (0, 1))
    told = {"prompt_characters": seen, "keys": keys, **spread(work), "worst": round(max(work) * 1e3, 3)}
    print(json.dumps({**told, "elapsed": spread(elapsed), "nothing_seen_before": round(_cold(texts) * 1e3, 3)}))


def _typed(texts: list[str], root: Path, keys: int) -> tuple[list[tuple[float, float]], int]:
    """Seconds for each key, of CPU time and elapsed, and how long a prompt was."""
    clearance, document = Clearance(PrivacyConfig(), [root]), root / "typed.py"
    times: list[tuple[float, float]] = []
    seen = 0
    for at in range(10**9):
        text = texts[at % len(texts)]
        files = tuple(
            Excerpt(f"other{number}.py", texts[(at + number) % len(texts)][: _CHARACTERS // 12])
            for number in range(1, 7)
        )
        before, after = (
            text[: _CHARACTERS // 4] + "\n" + _SECRET + "    ",
            "\n" + text[_CHARACTERS // 4 : _CHARACTERS // 2],
        )
        line = _LINES[at % len(_LINES)]
        for typed in range(len(line) + 1):
            edits = f"@@ -9,1 +9,1 @@\n-\n+    {line[:typed]}\n"
            prompt = Prompt(Fim(before + line[:typed], after, "typed.py", "python", files, edits), 64)
            begin, at_work = time.perf_counter(), time.thread_time()
            outgoing = clearance.clear(prompt, document, Tier.PUBLIC)
            if typed:  # the first one at a place is no key: its lines are new
                times.append((time.thread_time() - at_work, time.perf_counter() - begin))
            if isinstance(outgoing, Outgoing):
                assert "hunter22" not in repr(outgoing)
            seen = sum(map(len, (prompt.body.prefix, prompt.body.suffix, edits, *(one.text for one in files))))  # type: ignore[union-attr]
            if len(times) >= keys:
                return times, seen
    raise AssertionError


def _cold(texts: list[str]) -> float:
    """Seconds for a prompt of which nothing was seen before."""
    clearance = Clearance(PrivacyConfig())
    prompt = Prompt(Fim("\n".join(texts)[-_CHARACTERS:], "", "a.py", "python"), 64)
    begin = time.thread_time()
    clearance.clear(prompt, Path("a.py"), Tier.PUBLIC)
    return time.thread_time() - begin


if __name__ == "__main__":
    main()
