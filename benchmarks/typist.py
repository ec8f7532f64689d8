"""A scripted user at a real server: types added lines key by key in real time, accepts only what is wholly right."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from benchmarks.editor import Editor, Json
from benchmarks.git_history import Change

LOOK = 0.4
"""Seconds from a right text on the screen to its acceptance."""
GAP, SPREAD = 0.18, 0.5
"""Seconds between two keys: lognormal, its median and its sigma."""
LEAST = 3
"""Characters a text must have to be accepted."""
_POLL = 0.5


@dataclass
class Told:
    """What one session came to. Times in seconds."""

    lines: int = 0
    keys: int = 0
    """Characters typed or accepted, indentation and line ends not counted: an editor gives those."""
    pressed: int = 0
    """Keys that were pressed for them; accepting is one."""
    shown: int = 0
    accepted: int = 0
    waits: list[float] = field(default_factory=list)
    """From the key to the text, of each text that was shown."""
    took: float = 0.0

    @property
    def saved(self) -> float:
        """The share of keys that was not pressed."""
        return 1 - self.pressed / max(1, self.keys)


class Typist:
    """Types into one server. The same `seed` gives the same rhythm."""

    def __init__(self, editor: Editor, language: str, seed: int = 1) -> None:
        self._editor, self._language = editor, language
        self._random = random.Random(seed)
        self._ids: set[int] = set()
        self._version = 0
        self._visible = ""
        self.told = Told()

    def type(self, uri: str, change: Change, most: int) -> None:
        """Open the file without its added lines, type those (`most` lines at most), close it."""
        began = time.perf_counter()
        added = set(change.added)
        lines = [line for number, line in enumerate(change.after) if number not in added]
        self._version = 1
        self._editor.open(uri, "\n".join(lines), self._language)
        for first, block in _blocks(change):
            if self.told.lines < most:
                self._block(uri, first, block[: most - self.told.lines], first >= len(lines))
        self._editor.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
        self.told.took += time.perf_counter() - began

    def _block(self, uri: str, first: int, block: list[str], at_end: bool) -> None:
        """Type lines that stand below each other, from line `first` on."""
        text = "\n".join(block)
        start = len(block[0]) - len(block[0].lstrip())
        if at_end:
            self._put(uri, first, 0, "\n" + text[:start]) if first else self._put(uri, 0, 0, text[:start])
        else:
            self._put(uri, first, 0, text[:start] + "\n")
        line, column, done = first, start, start
        self._visible = ""
        while done < len(text):
            item = self._watch(uri, line, column, text[done:])
            if item is not None:
                taken = item["insertText"]
                self._put(uri, line, column, taken)
                self._editor.run(item["command"])
                self.told.accepted += 1
            else:
                taken = text[done] if text[done] != "\n" else _line_end(text, done)
                self._put(uri, line, column, taken)
            self.told.pressed += item is not None or taken[0] != "\n"
            self.told.keys += sum(
                len(part.lstrip()) if number else len(part) for number, part in enumerate(taken.split("\n"))
            )
            done += len(taken)
            line += taken.count("\n")
            column = len(taken) - taken.rfind("\n") - 1 if "\n" in taken else column + len(taken)
            kept = self._visible.startswith(taken) and item is None
            self._visible = self._visible[len(taken) :] if kept else ""
        self.told.lines += len(block)

    def _watch(self, uri: str, line: int, column: int, rest: str) -> Json | None:
        """Ask, then wait for the next key's time; an item that is wholly right, after a look at it."""
        asked = time.perf_counter()
        gap = GAP * math.exp(SPREAD * self._random.gauss(0, 1))
        until, right = asked + gap, None
        self._ask(uri, line, column)
        while (left := until - time.perf_counter()) > 0:
            message = self._editor.next(min(left, _POLL))
            if message is None:
                continue
            if message.get("method") == "foredraft/refresh":
                told = message["params"] or {}
                if told.get("textDocument", {}).get("version") == self._version:
                    self._ask(uri, line, column)
            elif message.get("id") in self._ids and "method" not in message:
                item = self._item(message, line, column)
                if item is not None and right is None:
                    if item["insertText"] != self._visible:
                        self.told.shown += 1
                        self.told.waits.append(time.perf_counter() - asked)
                        self._visible = item["insertText"]
                    if len(item["insertText"]) >= LEAST and rest.startswith(item["insertText"]):
                        right, until = item, time.perf_counter() + LOOK
        return right

    def _item(self, message: Json, line: int, column: int) -> Json | None:
        items = (message.get("result") or {}).get("items") or []
        at = {"line": line, "character": column}
        fitting = (item for item in items if item.get("range") in (None, {"start": at, "end": at}))
        return next(fitting, None)

    def _ask(self, uri: str, line: int, column: int) -> None:
        self._ids = {self._editor.ask("textDocument/inlineCompletion", self._editor.inline(uri, line, column))}

    def _put(self, uri: str, line: int, column: int, text: str) -> None:
        self._version += 1
        self._editor.change(uri, self._version, line, column, line, column, text)


def _blocks(change: Change) -> Iterator[tuple[int, list[str]]]:
    """Added lines that stand together, each with the number of the first; those without any character of ASCII code
    or with none to type are left to the block as they are."""
    start = 0
    while start < len(change.added):
        end = start + 1
        while end < len(change.added) and change.added[end] == change.added[end - 1] + 1:
            end += 1
        lines = [change.after[number] for number in change.added[start:end]]
        while lines and not lines[-1].strip():
            lines.pop()
        if lines and lines[0].strip() and all(line.isascii() for line in lines):
            yield change.added[start], lines
        start = end


def _line_end(text: str, at: int) -> str:
    """A line end with the blank lines and the indentation behind it."""
    end = at
    while end < len(text) and text[end] in "\n \t":
        end += 1
    return text[at:end]
