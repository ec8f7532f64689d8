"""What may be sent to a model: the only place that makes an `Outgoing`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from foredraft.config import PrivacyConfig
from foredraft.models.outgoing import Outgoing, Tier
from foredraft.privacy.scan import Scan, sections
from foredraft.privacy.secrets import PLACEHOLDER, is_plain
from foredraft.privacy.tiers import Tiers
from foredraft.questions.prompt import Chat, Excerpt, Fim, Message, Prompt
from foredraft.questions.suggestion import Reject


def repeats_mask(reply: str) -> bool:
    """Whether a model's reply holds what stands for a masked secret: it must never get into a document."""
    return PLACEHOLDER in reply


class Clearance:
    """Lets prompts out, or says why not. Paths decide which texts may go to a tier; in what may go, secrets are masked,
    or the prompt is refused, as the user set for the tier.

    While a privacy rule cannot be read nothing is let out; where it is an ignore file, which says nothing to models of
    the local tier, nothing to other tiers. No absolute path is told to a model.
    """

    def __init__(self, privacy: PrivacyConfig, folders: Sequence[Path] = ()) -> None:
        self._unreadable = privacy.unreadable
        self._folders = folders
        rules = [(rule.paths, Tier(rule.tier)) for rule in privacy.rules]
        self._tiers = Tiers(folders, privacy.deny, rules, Tier(privacy.tier))
        self._secrets: Mapping[Tier, str] = {tier: getattr(privacy.secrets, tier.value) for tier in Tier}
        self._scan = Scan()

    @property
    def blocked(self) -> str:
        """Why nothing is let out, in one line for a status; empty if something may be."""
        if self._unreadable:
            return f"Nothing is sent to any model until this is mended: {self._unreadable}"
        files = self._tiers.unreadable
        return f"Nothing is sent off this machine until {files[0]} can be read" if files else ""

    def forget(self) -> None:
        """Ignore files changed on disk: read them again."""
        self._tiers.forget()

    def most_open(self, document: Path) -> Tier | None:
        """The most open tier that may be asked about a document; None: none. A path that is not absolute is a document
        that was never saved."""
        tier = None if self._unreadable else self._tiers.of(document)
        return Tier.LOCAL if tier is not None and self._tiers.unreadable else tier

    def clear(self, prompt: Prompt, document: Path, tier: Tier, sources: Iterable[str] = ()) -> Outgoing | Reject:
        """The prompt as it may be sent to models of `tier`, or why nothing may be.

        `document` is the open one. Excerpts and edits of files that may not go there are left out of a `Fim`. A `Chat`
        cannot be taken apart: `sources` names the other files that its messages tell of, and it is refused if one of
        them may not go. Names of files are absolute, or relative to a folder of the workspace.
        """
        refused = self._refused(document, tier)
        if refused is not None:
            return refused
        if isinstance(prompt.body, Fim):
            body: Fim | Chat | None = self._cleared_gap(self._allowed(prompt.body, document, tier), document, tier)
        elif all(self._allows(source, document, tier) for source in sources):
            body = self._cleared_chat(prompt.body, document, tier)
        else:
            return Reject.REFUSED
        if self._is_blocked(tier):  # by an ignore file that only one of the other files led to
            return Reject.BLOCKED
        return Outgoing(replace(prompt, body=body), tier) if body is not None else Reject.SECRET

    def _refused(self, document: Path, tier: Tier) -> Reject | None:
        most_open = self._tiers.of(document)
        if self._is_blocked(tier):
            return Reject.BLOCKED
        if most_open is None:
            return Reject.DENIED
        return None if most_open.allows(tier) else Reject.REFUSED

    def _is_blocked(self, tier: Tier) -> bool:
        return bool(self._unreadable or (self._tiers.unreadable and tier is not Tier.LOCAL))

    def _allows(self, name: str, document: Path, tier: Tier) -> bool:
        """Whether the text of a file may go to `tier`: in each folder that the name may be meant in."""
        path = Path(name)
        below = [folder.parent for folder in self._folders if path.parts[:1] == (folder.name,)]
        paths = [path] if path.is_absolute() else [top / path for top in (*self._folders, *below)] or [path]
        judged = [self._tiers.of(one) for one in paths if one != document]
        return all(most_open is not None and most_open.allows(tier) for most_open in judged)

    def _allowed(self, gap: Fim, document: Path, tier: Tier) -> Fim:
        files = [Excerpt(self._told(one.path), one.text) for one in gap.files if self._allows(one.path, document, tier)]
        parts = [
            text.replace(path, self._told(path)) if path else text
            for path, text in sections(gap.edits)
            if not path or self._allows(path, document, tier)
        ]
        return replace(gap, path=self._told(gap.path), files=tuple(files), edits="\n".join(parts))

    def _told(self, name: str) -> str:
        """A file's name as a model is told it: without the folders above the workspace."""
        path = Path(name)
        if not path.is_absolute():
            return name
        below = [path.relative_to(folder).as_posix() for folder in self._folders if path.is_relative_to(folder)]
        return min(below, key=len, default=path.name)

    def _cleared_gap(self, gap: Fim, document: Path, tier: Tier) -> Fim | None:
        rule, plain = self._secrets[tier], is_plain(document.name)
        if rule == "keep":
            return gap
        around = self._scan.gap(gap.prefix, gap.suffix, plain)
        if around is None:
            return None
        files = tuple(Excerpt(one.path, self._scan.text(one.text, is_plain(one.path))) for one in gap.files)
        edits = self._scan.diff(gap.edits, plain) if gap.edits else ""
        masked = replace(gap, prefix=around[0], suffix=around[1], files=files, edits=edits)
        return None if rule == "refuse" and masked != gap else masked

    def _cleared_chat(self, chat: Chat, document: Path, tier: Tier) -> Chat | None:
        rule, plain = self._secrets[tier], is_plain(document.name)
        if rule == "keep":
            return chat
        masked = Chat(tuple(Message(one.role, self._scan.text(one.text, plain)) for one in chat.messages))
        return None if rule == "refuse" and masked != chat else masked
