"""The scenario: which providers there are, how they behave, and what their models say. The README explains it by
examples; every key is a field here, and an unknown one is an error."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, model_validator

from foredraft.replay.simulator.dialects import DIALECTS, USUAL_MODELS, UsualModel
from foredraft.replay.simulator.settings import Answers, Fault, Latency, Limits, Part


class ModelSettings(Part):
    """A model of a provider. `latency`, `limits` and `answers` replace the provider's."""

    id: str = Field(min_length=1)
    context: int = Field(default=32768, ge=16, description="tokens; on Ollama the most that `num_ctx` may ask for")
    fim: bool = Field(
        default=False, description="it fills in the middle: by suffix, FIM endpoint, /infill or its own tokens"
    )
    thinks: int = Field(default=0, ge=0, description="tokens of reasoning before an answer, if it is not told not to")
    always_thinks: bool = Field(default=False, description="it can be told to think less, but not to stop")
    load_seconds: float = Field(default=0.0, ge=0, description="how long Ollama takes to load it")
    latency: Latency | None = None
    limits: Limits | None = None
    answers: Answers | None = None


class Down(Part):
    """When a provider cannot be connected to, in seconds after the start."""

    start: float = Field(default=0.0, ge=0, alias="from")
    to: float | None = Field(default=None, gt=0)


class Provider(Part):
    """A provider below its own path.

    Its name is that of a known provider, or any other with a `style`: the known provider whose manners it has, or
    `openai` for a server of no special kind. `key`: the only one that it takes (not given: any, or none). `models`:
    not given, it has those that such a provider usually has. `down` (true, or from and to): connections are refused
    on the port of its own that `base` and `/_providers` name; on the common port they are reset.
    """

    style: str | None = None
    key: str | None = None
    models: tuple[ModelSettings, ...] = ()
    latency: Latency | None = None
    limits: Limits = Limits()
    faults: tuple[Fault, ...] = ()
    answers: Answers | None = None
    down: bool | Down = False
    max_loaded: int = Field(default=3, ge=1, description="models that Ollama holds at once")

    def down_at(self, seconds: float) -> bool:
        """Whether it is down so many seconds after the start."""
        if isinstance(self.down, bool):
            return self.down
        return self.down.start <= seconds and (self.down.to is None or seconds < self.down.to)


class Scenario(Part):
    """A world of providers. The same one, asked the same in the same order, answers the same.

    `latency` and `answers` are those of every provider that has none of its own. `folder` is what `paths` of known
    files are relative to: the scenario file's own, if not given.
    """

    seed: int = 0
    latency: Latency = Latency()
    answers: Answers = Answers()
    providers: dict[str, Provider] = Field(min_length=1)
    folder: Path = Path()

    @model_validator(mode="before")
    @classmethod
    def _empty_providers(cls, data: object) -> object:
        """`groq:` with nothing below it is a provider with nothing special."""
        if isinstance(data, dict) and isinstance(data.get("providers"), dict):
            providers = {name: {} if value is None else value for name, value in data["providers"].items()}
            return {**data, "providers": providers}
        return data

    @model_validator(mode="after")
    def _known_styles(self) -> Scenario:
        for name, provider in self.providers.items():
            style = provider.style or name
            if not name.replace("-", "").replace("_", "").isalnum():
                raise ValueError(f"providers.{name}: a name has letters, digits, - and _ only, as it is part of a path")
            if style not in DIALECTS:
                known = ", ".join(sorted(DIALECTS))
                raise ValueError(f"providers.{name}: {style!r} is no known provider; give a `style`: {known}")
            ids = [model.id for model in models_of(name, provider)]
            if twice := sorted({one for one in ids if ids.count(one) > 1}):
                raise ValueError(f"providers.{name}.models: {', '.join(twice)} is there twice")
        return self


def models_of(name: str, provider: Provider) -> tuple[ModelSettings, ...]:
    """The models of a provider: its own, else those that one of its style usually has."""
    return provider.models or tuple(_settings(usual) for usual in USUAL_MODELS[provider.style or name])


def _settings(usual: UsualModel) -> ModelSettings:
    thinks = usual.thinks
    return ModelSettings(
        id=usual.id, context=usual.context, fim=usual.fim, thinks=thinks, always_thinks=usual.always_thinks
    )
