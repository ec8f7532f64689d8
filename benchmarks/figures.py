"""How times are taken and summed up, the same in every benchmark of the server."""

from __future__ import annotations

import statistics
import time
from typing import Any

from benchmarks.editor import Editor

Figures = dict[str, Any]


def probe(editor: Editor, seconds: float) -> list[float]:
    """Round trips of a small request, one every 5 ms; the first is sent at once. `file:///probe.py` must be open."""
    times, begin = [], time.perf_counter()
    while (now := time.perf_counter()) - begin < seconds:
        editor.call("foredraft/document", {"uri": "file:///probe.py"})
        times.append(time.perf_counter() - now)
        time.sleep(max(0.0, 0.005 - times[-1]))
    return times


def spread(times: list[float]) -> Figures:
    """{p50, p99} in milliseconds."""
    if len(times) < 2:
        return {"p50": None, "p99": None}
    return {"p50": round(statistics.median(times) * 1e3, 3), "p99": round(_part(times, 0.99) * 1e3, 3)}


def above(times: list[float], base: float) -> Figures:
    """{p99, worst} in milliseconds above `base`, and how many there were."""
    p99, worst = _part(times, 0.99), max(times)
    return {"p99": round((p99 - base) * 1e3, 2), "worst": round((worst - base) * 1e3, 2), "probes": len(times)}


def _part(times: list[float], part: float) -> float:
    return sorted(times)[min(len(times) - 1, int(part * len(times)))]
