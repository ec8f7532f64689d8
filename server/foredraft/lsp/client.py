"""What can the client do? Read once, from what it says of itself at `initialize`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lsprotocol import types
from pygls.capabilities import get_capability


@dataclass(frozen=True, slots=True)
class Client:
    """Whether it understands what we might send. Nobody is sent what they did not announce."""

    inline_completion: bool = False
    progress: bool = False
    configuration: bool = False
    register_configuration: bool = False
    register_watchers: bool = False
    markdown: bool = False
    status: bool = False
    refresh: bool = False

    @classmethod
    def of(cls, capabilities: types.ClientCapabilities) -> Client:
        def can(path: str) -> Any:
            return get_capability(capabilities, path)

        announced = capabilities.experimental
        ours = announced.get("foredraft") if isinstance(announced, dict) else None
        ours = ours if isinstance(ours, dict) else {}
        formats = can("text_document.completion.completion_item.documentation_format") or ()
        return cls(
            inline_completion=can("text_document.inline_completion") is not None,
            progress=bool(can("window.work_done_progress")),
            configuration=bool(can("workspace.configuration")),
            register_configuration=bool(can("workspace.did_change_configuration.dynamic_registration")),
            register_watchers=bool(can("workspace.did_change_watched_files.dynamic_registration")),
            markdown=types.MarkupKind.Markdown in formats,
            status=ours.get("status") is True,
            refresh=ours.get("refresh") is True,
        )
