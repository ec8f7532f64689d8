"""Where models are asked, which of them for what, and what that may cost."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from foredraft.config.section import Section

TierName = Literal["local", "trusted", "public"]
Role = Literal[
    "draft", "refine", "explore", "review", "validate", "optimize", "implement", "design", "select", "synthesize"
]

_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]|_(?!_))*")
_ADDRESS = re.compile(r"(https?)://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?(/[A-Za-z0-9._~!$&'()*+,;=:/%-]*)?")


def is_loopback(address: str) -> bool:
    """Whether an address that was checked leads to this machine."""
    host = urlsplit(address).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_provider(name: str) -> bool:
    """Whether a provider may be called so."""
    return _NAME.fullmatch(name) is not None


def provider_and_id(model: str) -> tuple[str, str]:
    """The parts of a model's name in a role: ("groq", "openai/gpt-oss-20b") of "groq/openai/gpt-oss-20b"."""
    provider, _, ident = model.partition("/")
    return provider, ident


def _address(text: str) -> str:
    """Never with the text in the message: it may hold a password."""
    if "@" in text or "?" in text or "#" in text:
        raise ValueError("an address must not hold a user, password or query; a key is given by key_env or the keyring")
    if not _ADDRESS.fullmatch(text):
        raise ValueError("this is no address; write for example https://api.groq.com/openai/v1")
    return text.rstrip("/")


def _variable(text: str) -> str:
    if not re.fullmatch(r"[A-Z_][A-Z0-9_]{0,79}", text):
        raise ValueError("give the name of an environment variable, such as GROQ_API_KEY; the key itself stays outside")
    return text


def _provider(text: str) -> str:
    if not is_provider(text):
        raise ValueError("a provider's name is made of small letters, digits, `.`, `-` and single `_`")
    return text


def _model(text: str) -> str:
    provider, ident = provider_and_id(text)
    if not ident:
        raise ValueError("write it as provider/model id, for example groq/openai/gpt-oss-20b")
    _provider(provider)
    return text


def _not_empty(text: str) -> str:
    if not text.strip():
        raise ValueError("give text")
    return text


Address = Annotated[str, AfterValidator(_address)]
Variable = Annotated[str, AfterValidator(_variable)]
ProviderName = Annotated[str, AfterValidator(_provider)]
ModelName = Annotated[str, AfterValidator(_model)]
Text = Annotated[str, AfterValidator(_not_empty)]
Dollars = Annotated[float, Field(ge=0, le=10_000, allow_inf_nan=False)]
Tokens = Annotated[int, Field(ge=0)]


class PriceConfig(Section):
    """US dollars per million tokens."""

    input: Dollars = Field(default=0.0, description="For tokens of the prompt.")
    cached: Dollars | None = Field(default=None, description="For those that the provider had already; null: as input.")
    output: Dollars = Field(default=0.0, description="For tokens of the answer.")


class LimitsConfig(Section):
    """What the provider allows its models, each. What its replies say counts more."""

    requests_per_minute: Tokens | None = Field(default=None, description="null: as known, or as replies say.")
    requests_per_day: Tokens | None = Field(default=None, description="The same for a day.")
    tokens_per_minute: Tokens | None = Field(default=None, description="Tokens of prompts and answers.")
    tokens_per_day: Tokens | None = Field(default=None, description="The same for a day.")


class ModelConfig(Section):
    """One model; just its id is enough."""

    shorthand: ClassVar[str] = "id"

    id: Text = Field(description="As the provider calls it.")
    family: Text | None = Field(
        default=None, description="Whose markers and stop words it knows, such as qwen-coder; null: told from the id."
    )
    use: Literal["chat", "fim", "tokens", "suffix", "infill"] | None = Field(
        default=None,
        description="How it fills the gap at the cursor: by a chat, or by fill-in-the-middle (fim: in the way the "
        "provider offers; or say which: tokens of its family, a suffix beside the prompt, llama-server's infill). "
        "null: as known of this id; chat for an unknown one.",
    )
    context: Annotated[int, Field(ge=256, le=10_000_000)] | None = Field(
        default=None, description="How many tokens it takes, prompt and answer; null: as known of this id."
    )
    price: PriceConfig | None = Field(default=None, description="What it costs; null: as known of this id.")
    limits: LimitsConfig | None = Field(
        default=None, description="Where they differ from the provider's; a group alike."
    )


class ProviderConfig(Section):
    """One provider. Of a known one nothing needs to be said: its key in the environment is enough."""

    sample: ClassVar[str] = """\
groq: {usd_per_day: 0.50}
deepseek: {enabled: false}
local: {style: ollama, urls: [http://127.0.0.1:11434], tier: local}
office:
  url: https://llm.example.com/v1
  key_env: OFFICE_LLM_KEY
  tier: trusted
  models: [some-chat-model, {id: some/coder, family: qwen-coder, use: fim, context: 32768}]"""

    enabled: bool = Field(
        default=True, description="Switch a known provider off whose key is in the environment for other reasons."
    )
    style: Literal["openai", "ollama"] | None = Field(
        default=None, description="The protocol it speaks; null: as known of it, else openai."
    )
    url: Address | None = Field(
        default=None, description="Where it is; null: as known of it. Plain http only to this machine."
    )
    urls: tuple[Address, ...] = Field(default=(), description="Several of the same kind, instead of url.")
    insecure: bool = Field(
        default=False, description="Insist on plain http to another machine: everybody on the way can read your code."
    )
    key_env: Variable | None = Field(
        default=None,
        description="Which environment variable holds its key; it is removed there once it is read. null: as known.",
    )
    tier: TierName | None = Field(
        default=None,
        description="How far it is trusted with code. null: as known of it; of another, local for Ollama on this "
        "machine, else public.",
    )
    models: tuple[ModelConfig, ...] = Field(
        default=(), description="Its models beyond the known ones: an id, or a group with what differs."
    )
    limits: LimitsConfig = Field(default=LimitsConfig(), description=LimitsConfig.__doc__)
    usd_per_day: Dollars | None = Field(default=None, description="Not asked any more today when it cost this much.")
    tokens_per_day: Tokens | None = Field(default=None, description="The same in tokens, prompts and answers.")

    @property
    def addresses(self) -> tuple[str, ...]:
        """All of its addresses, in order; none: as known of it."""
        return (self.url,) if self.url else self.urls


class BudgetConfig(Section):
    """What all providers together may use in a day. When it runs low: no refinement, then fewer drafts, then only
    models on this machine, then the predictor alone. A mistake in this group allows no money until it is mended."""

    usd_per_day: Dollars | None = Field(default=1.0, description="In US dollars; null: no cap.")
    tokens_per_day: Tokens | None = Field(default=None, description="In tokens of prompts and answers; null: no cap.")


class StageConfig(Section):
    """One step of a pipeline."""

    role: Role = Field(description="What its models are asked to be.")
    count: Annotated[int, Field(ge=1, le=8)] = Field(default=1, description="How many are asked at once.")
    deadline_ms: Annotated[int, Field(ge=10, le=600_000)] | None = Field(
        default=None, description="The step ends then; null: with the pipeline."
    )
    optional: bool = Field(default=False, description="Left out where no model is there or the budget runs low.")


Providers = Mapping[ProviderName, ProviderConfig]
Roles = Mapping[Role, tuple[ModelName, ...]]
Pipelines = Mapping[Text, tuple[StageConfig, ...]]
