"""How an answer came about, step by step, as plain values for `--why`. No code but what was offered."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict

from foredraft.engine.flight import Flight
from foredraft.orchestra.choose import Weighed
from foredraft.orchestra.perform import Performance
from foredraft.questions.suggestion import Reject, Source

_FITS = "a: something fits already"
_SURE = "b: the predictor is sure enough"
_SILENT = "nothing is sure enough"
_SOURCES = {Source.LIVE: _FITS, Source.MODEL: _FITS, Source.PREDICTOR: _SURE}


class Walk:
    """One answer on its way."""

    def __init__(self) -> None:
        self.gate = "no model is configured"
        self.answered_by = ""
        self.flight: Flight | None = None
        self.recalled: int | None = None
        """How many texts the memory had for the place; None: it was not asked."""
        self._began = time.perf_counter()
        self._waiting_since: float | None = None

    def waited(self, flight: Flight) -> None:
        """From now on the answer waits for `flight`."""
        self._waiting_since = time.perf_counter()
        self.flight = flight

    def silent(self, reason: Reject) -> dict[str, object]:
        """The walk of an answer that ends before it begins."""
        return {"source": "none", "rejected": [str(reason)], "ms": self._ms(self._began), **self._models((), 0)}

    def told(
        self,
        weighed: Weighed,
        chosen: tuple[str, float] | None,
        source: Source,
        threshold: float,
        rejected: Sequence[Reject],
        levels: Sequence[str],
    ) -> dict[str, object]:
        """All of it."""
        reasons = [str(reject) for reject in (*rejected, *weighed.rejected)]
        answered = self.answered_by or (_SILENT if chosen is None else _SOURCES[source])
        return {
            "source": "model" if chosen is not None and chosen[0] in weighed.kept else "predictor",
            "answered": answered,
            "levels": levels,
            "threshold": round(threshold, 3),
            "cuts": [
                {"text": cut.text, "odds": round(cut.odds, 3), "confidence": round(rate, 3)}
                for cut, rate in weighed.rated
            ],
            "rejected": reasons or ([] if chosen or not weighed.rated else [str(Reject.UNSURE)]),
            **self._models(weighed.rejected, len(weighed.texts)),
            "ms": self._ms(self._began),
        }

    def _models(self, rejected: Sequence[Reject], kept: int) -> dict[str, object]:
        flight = self.flight
        performance = flight.performance if flight is not None else None
        filters = [str(reject) for reject in rejected]
        stages: list[dict[str, object]] = []
        route: dict[str, object] = {}
        if isinstance(performance, Performance):
            filters += performance.filters
            stages = [asdict(told) for told in performance.told]
            route = performance.route.explained()
        return {
            "gate": self.gate,
            "memory": {"answer": self._memory(), "found": self.recalled or 0, "kept texts here": kept},
            "route": route,
            "stages": stages,
            "filters": filters,
            "cost": _cost(performance),
            "waits": self._waits(),
        }

    def _memory(self) -> str:
        return "not asked" if self.recalled is None else "hit" if self.recalled else "miss"

    def _waits(self) -> dict[str, float]:
        if self._waiting_since is None or self.flight is None:
            return {}
        delay = self.flight.delay
        waited = self._ms(self._waiting_since)
        return {"delay_ms": round(1000 * delay, 1), "model_ms": round(max(0.0, waited - 1000 * delay), 1)}

    @staticmethod
    def _ms(since: float) -> float:
        return round((time.perf_counter() - since) * 1000, 2)


def _cost(performance: object) -> dict[str, float]:
    told = performance.told if isinstance(performance, Performance) else []
    return {
        "prompt_tokens": sum(one.prompt_tokens for one in told),
        "answer_tokens": sum(one.answer_tokens for one in told),
        "cached_tokens": sum(one.cached_tokens for one in told),
        "usd": round(sum(one.usd for one in told), 8),
    }
