"""What models wrote before, for the asks of one workspace: looked up at each ask, kept when a stage is whole.

Imported only where providers are configured: the predictor alone needs no memory.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from secrets import token_hex

import platformdirs

from foredraft.config import Config
from foredraft.config.providers import is_loopback
from foredraft.engine.flight import Flight
from foredraft.memory.disk import Disk
from foredraft.memory.redis import Redis
from foredraft.memory.store import BackEnd, Store
from foredraft.memory.suggestions import Suggestions
from foredraft.models.outgoing import Tier
from foredraft.orchestra.perform import Performance
from foredraft.orchestra.question import Written
from foredraft.privacy.outgoing import Clearance
from foredraft.questions.fit import fit
from foredraft.questions.place import workspace_of
from foredraft.questions.snapshot import Snapshot
from foredraft.questions.suggestion import Outcome, Reject, Stage
from foredraft.workspace.names import path_of

_OPENED_WITHIN = 1.0
_MOST_EARLY = 64


class Recall:
    """The memory of one workspace, in one back end, which is opened behind. One event loop uses it.

    It holds what may go to models of `tier`, as the `clearance` judges paths. `on_change` is told when `trouble` may be
    another.
    """

    def __init__(
        self, back_end: BackEnd, workspace: str, clearance: Clearance, tier: Tier, on_change: Callable[[], None]
    ) -> None:
        self._clearance, self._tier, self._on_change = clearance, tier, on_change
        self._said = ""
        self._store = Store(back_end, self._tell)
        self._suggestions = Suggestions(self._store, workspace)
        self._server = token_hex(4)
        self._early: dict[str, tuple[Outcome, str]] = {}

    @property
    def trouble(self) -> str:
        """What is wrong with it, in one line for the status; "" if all is well."""
        return self._store.trouble or self._said

    async def opened(self) -> bool:
        """Wait a second at most until it can be read; whether it can."""
        return await self._store.ready(_OPENED_WITHIN)

    async def find(self, snapshot: Snapshot) -> tuple[Snapshot, int]:
        """The snapshot with what was kept for its place, as older than all that it holds already; and how many texts
        that is. A disk is read without waiting, what is behind a network is waited for 5 ms."""
        if not self._holds(snapshot):
            return snapshot, 0
        found = await self._suggestions.find(snapshot)
        # what does not fit here would keep a model from being asked, and show nothing
        fitting = [
            one for one in found if not isinstance(fit(one.edit.text, snapshot.document, snapshot.cursor), Reject)
        ]
        known = {one.edit for one in snapshot.kept}
        older = [one for one in reversed(fitting) if one.edit not in known]
        return replace(snapshot, kept=(*older, *snapshot.kept)), len(fitting)

    def keep(self, flight: Flight) -> None:
        """Keep what became whole of it since it was last kept; written behind."""
        route = flight.performance.route.pipeline if isinstance(flight.performance, Performance) else ""
        while flight.unkept:
            written = flight.unkept.pop(0)
            ident = flight.id if written.stage is Stage.DRAFT else f"{flight.id}r"
            early = self._early.pop(ident, None)
            if not self._holds(flight.snapshot):
                continue
            text = _whole_lines(written)
            self._suggestions.remember(flight.snapshot, text, written.stage, written.model, route, known_as=ident)
            if early is not None:
                self._suggestions.outcome(ident, *early)

    def outcome(self, kept: Sequence[str], what: Outcome, suggestion: str) -> None:
        """What became of a suggestion that these kept texts say, by their ids."""
        event = f"{self._server}.{suggestion}.{what.value}"
        for ident in kept:
            if not self._suggestions.outcome(ident, what, event) and what is not Outcome.SHOWN:
                self._early[ident] = what, event  # its flight still writes it
        while len(self._early) > _MOST_EARLY:
            del self._early[next(iter(self._early))]

    def files_changed(self) -> None:
        """Files of the workspace changed on disk, ignore files perhaps among them."""
        self._clearance.forget()

    async def close(self) -> None:
        """Write what is not written, in about a second at most, and let go of the back end. Cancelled, it may be called
        again."""
        await self._store.close()

    def _holds(self, snapshot: Snapshot) -> bool:
        most_open = self._clearance.most_open(Path(path_of(snapshot.document.uri)))
        return most_open is not None and most_open.allows(self._tier)

    def _tell(self, message: str) -> None:
        if self._store.trouble is None:
            self._said = message
        self._on_change()


def open_recall(config: Config, folders: Sequence[Path], on_change: Callable[[], None]) -> Recall | None:
    """The memory that a config asks for; None where it is switched off. To be called on the loop."""
    memory = config.memory
    if not memory.enabled:
        return None
    back_end: BackEnd
    if memory.url is None:
        data = Path(platformdirs.user_data_dir("foredraft", appauthor=False))
        back_end, tier = Disk(data / "memory", memory.max_mb), Tier.LOCAL
    else:
        back_end, tier = Redis.at(memory.url), Tier.LOCAL if is_loopback(memory.url) else Tier.PUBLIC
        if memory.tier is not None:
            tier = Tier(memory.tier)
    workspace = workspace_of("\0".join(sorted(map(str, folders))))
    return Recall(back_end, workspace, Clearance(config.privacy, folders), tier, on_change)


def _whole_lines(written: Written) -> str:
    """Without the last line of what was broken off."""
    return written.text.rpartition("\n")[0] if written.cut else written.text
