"""What the excerpts of other places are worth: how often they hold the words of a line that its file does not.

`python -m benchmarks.related REPO…`: lines drawn at random from a checkout's files are taken out; the words of each
that its file, or a lean prompt of it, lacks are looked for in the excerpts and in as much of them as such a prompt has
room for.
"""

from __future__ import annotations

import random
import re
import sys
import time
from pathlib import Path

from foredraft.questions.excerpt import Budget, excerpt
from foredraft.questions.snapshot import Snapshot
from foredraft.text.document import Document, Position
from foredraft.workspace.ranking import Known, Opened, defined_in, ranked
from foredraft.workspace.readable import Readable

LINES = 250
_WORD = re.compile(r"[A-Za-z_]\w+")
_LANGUAGES = {".py": "python", ".go": "go", ".ts": "typescript", ".rs": "rust", ".java": "java", ".js": "javascript"}


def main(repositories: list[str]) -> None:
    print(
        f"{'':24}{'ms a place':>12}  not in the file: words, in excerpts, in the prompt    not in the prompt: the same"
    )
    for repository in repositories:
        print(f"{Path(repository).name:24}{measure(Path(repository).resolve())}")


def measure(root: Path) -> str:
    """One line of figures."""
    readable, rng = Readable([root]), random.Random(3)
    readable.look(lambda: None)
    paths = [path for path in readable.paths if "test" not in path and Path(path).suffix in _LANGUAGES]
    counts, times, left = [0] * 6, [], LINES
    while left:
        path = rng.choice(paths)
        lines = Path(path).read_text(errors="replace").split("\n")
        number = rng.randrange(10, len(lines) - 2) if len(lines) >= 20 else 0
        line = lines[number]
        left -= 1
        if not number or not _WORD.search(line) or line.lstrip().startswith(("#", "//", "import", "from")):
            continue
        lines[number] = line[: len(line) - len(line.lstrip())]
        snapshot = _snapshot(path, lines, number)
        began = time.perf_counter()
        found = ranked(Opened(path, lines, defined_in(path, lines)), number, (), known(readable), 6, lambda: None)
        times.append(time.perf_counter() - began)
        fim = excerpt(snapshot, path, found, Budget.of(), lambda text: -(-len(text) // 4))
        excerpts, told = (set(_WORD.findall("\n".join(one.text for one in files))) for files in (found, fim.files))
        wanted = set(_WORD.findall(line))
        for at, seen in ((0, "\n".join(lines)), (3, fim.prefix + fim.suffix)):
            lacking = wanted - set(_WORD.findall(seen))
            for further, words in enumerate((lacking, lacking & excerpts, lacking & told)):
                counts[at + further] += len(words)
    times.sort()
    shares = [
        f"{counts[at]:8}{_share(counts[at + 1 :], counts[at])}{_share(counts[at + 2 :], counts[at])}" for at in (0, 3)
    ]
    return f"{1000 * times[len(times) // 2]:12.1f}{shares[0]:>40}{shares[1]:>40}"


def known(readable: Readable) -> Known:
    """What the walk of `readable` found."""
    return Known(readable.find, readable.beside, readable.lines, readable.name)


def _snapshot(path: str, lines: list[str], number: int) -> Snapshot:
    document = Document.of(Path(path).as_uri(), _LANGUAGES[Path(path).suffix], 1, "\n".join(lines))
    return Snapshot(document, Position(number, len(lines[number])))


def _share(counts: list[int], of: int) -> str:
    return f"{100 * counts[0] / max(1, of):6.0f} %"


if __name__ == "__main__":
    main(sys.argv[1:] or ["."])
