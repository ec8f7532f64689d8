"""What is kept of what models wrote, and where."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, Field

from foredraft.config.providers import TierName, is_loopback
from foredraft.config.section import Section

URL_VARIABLE = "FOREDRAFT_MEMORY__URL"
"""Sets `memory.url`. It may hold a password, so it leaves the environment with the keys."""

_REDIS = re.compile(r"rediss?://([^@/?#\s]*@)?([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?(/\d{0,4})?")


def _redis(text: str) -> str:
    """Never with the text in the message: it may hold a password."""
    if not _REDIS.fullmatch(text):
        raise ValueError("this is no address; write for example rediss://cache.example.com:6379/0")
    if not text.startswith("rediss:") and not is_loopback(text):
        raise ValueError(
            "plain redis:// to another machine lets everybody on the way read your code; write rediss://, with TLS"
        )
    _, password = credentials(text)
    if password is not None and not re.fullmatch("[!-~]+", password):
        raise ValueError("a password is one word of printable ASCII characters")
    return text.rstrip("/")


def credentials(url: str) -> tuple[str | None, str | None]:
    """The user and the password in an address that was checked."""
    parts = urlsplit(url)
    return unquote(parts.username or "") or None, unquote(parts.password or "") or None


def without_credentials(url: str) -> str:
    """The address as it may be shown."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"


RedisAddress = Annotated[str, AfterValidator(_redis)]


class MemoryConfig(Section):
    """What models wrote is kept, so that it is there at once the next time, also after a restart. A mistake in this
    group switches it off until it is mended."""

    enabled: bool = Field(
        default=True, description="Switch it off to keep nothing, and to use nothing of what was kept."
    )
    max_mb: int = Field(
        default=500,
        ge=10,
        le=100_000,
        description="How large it may grow on disk, for all workspaces; then what was not used for longest goes. "
        "500 MB are about a million places.",
    )
    url: RedisAddress | None = Field(
        default=None,
        description="A Redis or Valkey that keeps what models wrote instead of the disk, for a team or for several "
        "machines: rediss://user:password@host:6379/0, or redis:// on this machine. Use a variable of the environment, "
        f"{URL_VARIABLE}, where the file is seen by others.",
    )
    tier: TierName | None = Field(
        default=None,
        description="How far that Redis is trusted with code, as a model would be: what may not go to models of this "
        "tier is not kept there. null: local on this machine, else public.",
    )
