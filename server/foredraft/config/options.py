"""The tree of options: what there is to set, why one would, and the default."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from foredraft.config.memory import MemoryConfig
from foredraft.config.providers import BudgetConfig, Pipelines, Providers, Roles, Text, TierName
from foredraft.config.section import Section, as_section, options

SecretsRule = Literal["keep", "mask", "refuse"]


class PredictorConfig(Section):
    """The embedded model that learns the open workspace."""

    enabled: bool = Field(
        default=True,
        description="Switch it off to get no suggestions from the embedded model; nothing is learned from typing then.",
    )
    threshold: float = Field(
        default=0.55,
        ge=0.3,
        le=0.95,
        description="How sure it must be before it shows something; 0.55 makes about 7 of 10 shown texts right. It "
        "moves a little with what you accept. Raise it if wrong suggestions disturb you, lower it to see more of them.",
    )


class InlineConfig(Section):
    """Ghost text at the cursor."""

    enabled: bool = Field(
        default=True,
        description="Switch it off to keep the server running and learning without any ghost text.",
    )
    soft_deadline_ms: int = Field(
        default=300,
        ge=20,
        le=5000,
        description="How long an answer may wait for a model, in milliseconds; then the best so far is shown. Raise it "
        "for a slow model that is worth waiting for.",
    )


class IndexConfig(Section):
    """What is read of the workspace in the background, and kept on disk for the next start."""

    enabled: bool = Field(
        default=True,
        description="Switch it off to learn from the documents open in the editor only; no other file is read then.",
    )
    max_file_kb: int = Field(
        default=1000,
        ge=1,
        le=100_000,
        description="Larger files are not read. Lower it if big generated files slow the first start down.",
    )
    max_files: int = Field(
        default=50_000,
        ge=1,
        le=1_000_000,
        description="Reading stops after so many files. Lower it on a small machine, raise it for a huge repository.",
    )
    packages: bool = Field(
        default=True,
        description="Switch it off to read nothing of what is installed for the workspace (its virtual environment, "
        "node_modules, the modules of its go.mod and Cargo.lock); that saves 40 MB of disk and half a minute of work "
        "for each workspace.",
    )
    standard_libraries: bool = Field(
        default=True,
        description="Switch it off to read nothing of the standard libraries of the workspace's languages; "
        "that saves 40 MB of disk and half a minute of work, once for the whole machine.",
    )


class PathRule(Section):
    """Which files, and the most open tier their text may go to."""

    paths: tuple[Text, ...] = Field(description="Globs, as in a .gitignore.")
    tier: TierName = Field(description="The most open tier of models that may see them.")


class SecretsConfig(Section):
    """What becomes of a request in whose text a secret is found, by the tier of the model: keep sends it as it is, mask
    replaces the secret, refuse does not send the request."""

    local: SecretsRule = Field(
        default="mask", description="A model on this machine. keep it where it may complete lines with secrets in them."
    )
    trusted: SecretsRule = Field(default="mask", description="A provider you trust. refuse where policy demands it.")
    public: SecretsRule = Field(default="mask", description="Any other provider.")


class PrivacyConfig(Section):
    """What is never read, on top of ignore files and the built-in list (.env, private keys, credentials), and which
    models may see what. A mistake in this group blocks everything that would go to a model until it is mended."""

    deny: tuple[Text, ...] = Field(
        default=(),
        description="More globs, as in a .gitignore, of files that are never read, learned or completed; "
        'for example ["*.tfvars", "customers/"].',
    )
    tier: TierName = Field(
        default="public",
        description="The most open tier that may be asked at all: local sends nothing to any cloud, trusted only to "
        "providers of that tier.",
    )
    rules: tuple[PathRule, ...] = Field(
        default=(),
        description="Files that may only go to models of a tier; where several rules speak of one, the strictest "
        'counts. For example [{paths: ["billing/"], tier: local}]. What git ignores is always local.',
    )
    secrets: SecretsConfig = Field(default=SecretsConfig(), description=SecretsConfig.__doc__)
    unreadable: str = Field(default="", exclude=True)
    """What is wrong with these rules, in one line; empty if nothing is. While it is not empty, nothing may be sent."""


class Config(Section):
    """The whole tree. Every option has a default."""

    predictor: PredictorConfig = Field(default=PredictorConfig(), description=PredictorConfig.__doc__)
    inline: InlineConfig = Field(default=InlineConfig(), description=InlineConfig.__doc__)
    index: IndexConfig = Field(default=IndexConfig(), description=IndexConfig.__doc__)
    privacy: PrivacyConfig = Field(default=PrivacyConfig(), description=PrivacyConfig.__doc__)
    providers: Providers = Field(
        default={},
        description="Where models are asked. A known provider needs only its key, in its usual environment variable or "
        "in the keyring (`foredraft key set NAME`); here stands what differs, and providers of your own. A mistake in "
        "a provider switches it off until it is mended.",
    )
    roles: Roles = Field(
        default={},
        description="Which models are asked for what, in order of preference, each as provider/model id. What is not "
        "said here is chosen among the models there are. For example {draft: [groq/openai/gpt-oss-20b, "
        "local/qwen2.5-coder:1.5b-base], refine: [deepseek/deepseek-flash]}.",
    )
    budget: BudgetConfig = Field(default=BudgetConfig(), description=BudgetConfig.__doc__)
    memory: MemoryConfig = Field(default=MemoryConfig(), description=MemoryConfig.__doc__)
    pipelines: Pipelines = Field(
        default={},
        description="The steps from a draft to the best answer, instead of those that ship. For example "
        "{speed_quality: [{role: draft, deadline_ms: 300}, {role: refine, optional: true}]}.",
    )


def sections() -> Iterator[tuple[str, type[Section]]]:
    """The sections whose options have fixed names, by name, in the order of the tree."""
    for name, field in options(Config):
        if section := as_section(field.annotation):
            yield name, section
