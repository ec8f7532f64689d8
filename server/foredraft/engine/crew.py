"""The models there are, ready to be asked: connected, guarded, in their roles, and within the budget.

Imported only where providers are configured: what it needs takes a tenth of a second to import.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

import platformdirs

from foredraft.config import Config
from foredraft.config.keys import Key
from foredraft.engine.plans import budget_of, pipeline_of
from foredraft.engine.providers import limits_for, names_of, sources
from foredraft.errors import ModelFailed
from foredraft.memory.budget import Rung
from foredraft.memory.ledger import Ledger
from foredraft.memory.spending import Spending
from foredraft.memory.sums import Sum
from foredraft.models.catalogue import connect, limits
from foredraft.models.client import open_client, warm
from foredraft.models.guarded import Guarded, GuardOptions, Guards
from foredraft.models.known import Provider
from foredraft.models.listing import Listing, ask_listing
from foredraft.models.metered import Record
from foredraft.models.model import Model
from foredraft.models.outgoing import Tier
from foredraft.models.tokens import Tokens
from foredraft.orchestra.gap import MOST_TOKENS, Gap
from foredraft.orchestra.perform import Performance
from foredraft.orchestra.route import Allowed, Route, route
from foredraft.orchestra.syntax import worse
from foredraft.privacy.outgoing import Clearance
from foredraft.questions.excerpt import Budget as Room
from foredraft.questions.excerpt import excerpt
from foredraft.questions.prompt import Fim
from foredraft.questions.snapshot import Snapshot
from foredraft.text.document import Document
from foredraft.workspace.names import path_of
from foredraft.workspace.readable import Readable
from foredraft.workspace.related import Related

_ROOM = 520
_SHARE = 0.1
_PAUSE = 0.5
"""Seconds between a draft and its refinement: who looks at a text that long may be helped by a better one."""
_ROLES = ("draft", "refine", "explore", "select")


class Crew:
    """Answers who may be asked now, and asks them. One event loop uses it."""

    def __init__(
        self,
        config: Config,
        keys: Mapping[str, Key],
        folders: Sequence[Path],
        ledger: Ledger,
        on_change: Callable[[], None],
    ) -> None:
        """Opens no connection. `on_change` is told when `trouble` may be another."""
        self._config, self._keys, self._on_change = config, keys, on_change
        self.clearance = Clearance(config.privacy, folders)
        limits = config.index.max_file_kb * 1000, config.index.max_files
        self._related = Related(Readable(folders if config.index.enabled else (), config.privacy.deny, *limits))
        self._finding: asyncio.Task[None] | None = None
        self.sources, self._problems = sources(config, list(keys))
        self._gone: dict[str, tuple[str, ...]] = {}
        self._unreached: dict[str, str] = {}
        self._client, self._tokens = open_client(), Tokens()
        self._ledger = ledger
        clouds = [name for name, source in self.sources.items() if source.tier is not Tier.LOCAL]
        local = [name for name in self.sources if name not in clouds]
        self._spending = Spending(ledger, budget_of(config), clouds, local)
        self.guards = Guards(self._tokens.estimate, self._recorded, self._spending.closed)
        self._pipeline = pipeline_of(config)
        self._roles: dict[str, tuple[Guarded, ...]] = {}
        self._listings: dict[str, Listing] = {}
        self._cost = float(_ROOM + 30)
        self._cast()

    async def meet(self) -> None:
        """Ask each provider for its list of models, all at once, which opens the connections too; what is gone leaves
        its role. From then on what other files say is looked for beside the user. Cancelling closes the connections."""
        self._finding = asyncio.create_task(self._related.run())
        await asyncio.gather(*(self._meet(source) for source in self.sources.values()))

    async def close(self) -> None:
        """Close every connection, and look for nothing any more."""
        if self._finding is not None:
            self._finding.cancel()
            await asyncio.wait({self._finding})
        await self._client.aclose()

    def visited(self, document: Document, line: int) -> None:
        """The user opened or edited this line of an open document."""
        self._related.visited(document, line, asyncio.get_running_loop().time())

    def closed(self, uri: str) -> None:
        """The document is not open any more."""
        self._related.close(uri)

    def files_changed(self) -> None:
        """Files of the workspace changed on disk, ignore files perhaps among them."""
        self.clearance.forget()
        self._related.changed()

    @property
    def drafts(self) -> bool:
        """Whether there is anybody to draft."""
        return bool(self._roles.get("draft"))

    @property
    def cost(self) -> float:
        """The tokens that a draft usually takes, prompt and answer."""
        return self._cost

    @property
    def latency(self) -> float:
        """Seconds that the first model which drafts usually takes to its first words."""
        first = self._roles["draft"][0].facts if self.drafts else None
        return 0.3 if first is None else self.guards.latencies.of(first).first_token()

    @property
    def saving(self) -> str:
        """Why nothing may be spent on a draft now; "" if something may."""
        standing = self._spending.standing()
        return standing.why if standing.rung is Rung.PREDICTOR_ONLY else ""

    @property
    def scarce(self) -> bool:
        """Whether so little may be spent that only the best asks are worth it."""
        return self._spending.standing().rung is Rung.FEWER_DRAFTS

    @property
    def roles(self) -> Mapping[str, Sequence[Model]]:
        """Who has which role, in order of preference."""
        return self._roles

    @property
    def problems(self) -> Sequence[str]:
        """What is wrong with providers that are not asked at all, a line each."""
        return self._problems

    def found(self, provider: str) -> tuple[str, int, tuple[str, ...]]:
        """What came of asking a provider for its models: why it did not tell them ("" if it did), how many it has, and
        those with a role that it has no more."""
        count = len(self._listings[provider].models) if provider in self._listings else 0
        return self._unreached.get(provider, ""), count, self._gone.get(provider, ())

    def spent(self) -> tuple[Sum, str]:
        """Today's sum, and what that leaves to do without; "" for nothing."""
        return self._ledger.today().total, self._spending.standing().why

    @property
    def trouble(self) -> str:
        """Who is not asked and why, in one line for the status; "" if all is well."""
        told = list(self._problems)
        if self.clearance.blocked:
            told.insert(0, self.clearance.blocked)
        told += [f"{name}: {', '.join(gone)} is not there any more" for name, gone in self._gone.items() if gone]
        for rest in self.guards.rests.resting():
            told.append(f"{rest.name} rests ({rest.failure})")
        standing = self._spending.standing()
        if standing.why:
            told.append(standing.why)
        if self._ledger.trouble:
            told.append(self._ledger.trouble)
        return "; ".join(told)

    def route(self, snapshot: Snapshot) -> Route:
        """Who would be asked about this place now; from now on it is also looked for what other files say of it."""
        self._related.at(snapshot)
        rung = self._spending.standing().rung
        tier = self.clearance.most_open(Path(path_of(snapshot.document.uri)))
        allowed = Allowed(tier, rung >= Rung.LOCAL_ONLY, rung >= Rung.NO_REFINE)
        return route(self._pipeline, self._roles, allowed, round(self._cost))

    def performance(self, route: Route, snapshot: Snapshot, worth: Callable[[str], str | None]) -> Performance:
        """The route for the gap at the cursor of `snapshot`."""
        path = Path(path_of(snapshot.document.uri))
        family = route.legs[0].models[0].facts.family
        parses_worse = partial(worse, snapshot.document, snapshot.cursor)
        gap = Gap(partial(self._fim, snapshot, path, family), path, self.clearance, parses_worse)
        return Performance(route, gap, self._race, worth, _PAUSE)

    def _fim(self, snapshot: Snapshot, path: Path, family: str) -> Fim:
        count = partial(self._tokens.estimate, family=family)
        return excerpt(snapshot, str(path), self._related.at(snapshot), Room.of(_ROOM), count)

    def _race(self, candidates: Sequence[Model], patience: float) -> Model:
        return self.guards.hedged(candidates, patience)

    def _cast(self) -> None:
        """Give out the roles anew, to those who are there by what is known now."""
        there: dict[str, Model] = {}
        for name, source in self.sources.items():
            key = self._keys.get(name)
            secret = key.reveal() if key is not None else None
            for model in connect(source, secret, self._client, self._tokens, self._listings.get(name)):
                there[model.facts.name] = model
        for role in _ROLES:
            names = names_of(role, self._config, self.sources)
            self._roles[role] = tuple(self._guarded(there[name], role) for name in names if name in there)

    def _guarded(self, model: Model, role: str) -> Guarded:
        facts = model.facts
        known = limits(self.sources[facts.provider], facts.id)
        options = GuardOptions(limits=limits_for(self._config, facts.provider, known))
        return self.guards.around(model, role, options)

    async def _meet(self, source: Provider) -> None:
        key = self._keys.get(source.name)
        try:
            listing = await ask_listing(source, key.reveal() if key is not None else None, self._client)
        except ModelFailed as failed:  # what is known of it stays; asking will tell what is wrong
            self._unreached[source.name] = str(failed).removeprefix(f"{source.name}: ")
            with suppress(Exception):
                await warm(self._client, source.urls[0])
            return
        self._unreached.pop(source.name, None)
        self._listings[source.name] = listing
        named = {name for role in _ROLES for name in names_of(role, self._config, self.sources)}
        gone = listing.gone(source.models)
        self._gone[source.name] = tuple(ident for ident in gone if f"{source.name}/{ident}" in named)
        self._cast()
        self._on_change()

    def _recorded(self, record: Record) -> None:
        self._ledger.record(record)
        if record.role == "draft" and record.prompt:
            self._cost += _SHARE * (record.prompt + min(record.completion, MOST_TOKENS) - self._cost)
        self._on_change()


def hire(
    config: Config,
    keys: Mapping[str, Key],
    folders: Sequence[Path],
    on_change: Callable[[], None],
) -> Crew:
    """The crew of a config, with the user's own ledger, of which today is read. Takes some tens of milliseconds."""
    ledger = Ledger(Path(platformdirs.user_data_dir("foredraft", appauthor=False)) / "ledger")
    ledger.today()
    return Crew(config, keys, folders, ledger, on_change)
