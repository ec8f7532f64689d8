"""The tree of options: what there is to set, why one would, and the default."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo


class Section(BaseModel):
    """A group of options, one level deep; its docstring is its description."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


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


class PrivacyConfig(Section):
    """What is never read, on top of ignore files and the built-in list (.env, private keys, credentials)."""

    deny: tuple[str, ...] = Field(
        default=(),
        description="More globs, as in a .gitignore, of files that are never read, learned or completed; "
        'for example ["*.tfvars", "customers/"].',
    )


class Config(Section):
    """The whole tree. Every option has a default."""

    predictor: PredictorConfig = PredictorConfig()
    inline: InlineConfig = InlineConfig()
    index: IndexConfig = IndexConfig()
    privacy: PrivacyConfig = PrivacyConfig()


def sections() -> Iterator[tuple[str, type[Section]]]:
    """The sections by name, in the order of the tree."""
    for name, field in Config.model_fields.items():
        assert isinstance(field.annotation, type) and issubclass(field.annotation, Section)
        yield name, field.annotation


def allowed_values(field: FieldInfo) -> str:
    """What an option may be, in words: "a number from 0.3 to 0.95"."""
    if field.annotation is bool:
        return "true or false"
    if field.annotation not in (int, float):
        return "a list of strings"
    low, high = (next(getattr(m, end) for m in field.metadata if hasattr(m, end)) for end in ("ge", "le"))
    return f"{'a whole number' if field.annotation is int else 'a number'} from {low} to {high}"
