"""The one HTTP client that all providers share: its pool, its timeouts, and what goes through a proxy."""

from __future__ import annotations

import logging

import httpx

from foredraft.models import http2

LOOPBACK = ("localhost", "*.localhost", "127.0.0.1", "[::1]", "0.0.0.0")
CONNECT_SECONDS, WRITE_SECONDS, POOL_SECONDS = 3.0, 10.0, 5.0
_KEPT_SECONDS = 90.0
"""Providers close idle connections after 60 to 100 s; one that is just being closed costs a failed request."""
_WARM_SECONDS = 3.0


def open_client(read: float | None = None, http1: bool = True) -> httpx.AsyncClient:
    """A client to be closed by its owner. Nothing is retried, no redirect is followed; proxies come from the
    environment (`HTTPS_PROXY`, `NO_PROXY`), but never for this machine itself.

    `read`: seconds without a byte after which a reply counts as stalled; None leaves deadlines to the caller.
    Without `http1` plain `http://` speaks HTTP/2 at once.
    """
    for name in ("httpx", "httpcore", "hpack"):
        logging.getLogger(name).setLevel(logging.WARNING)  # hpack's debug lines hold the key
    return httpx.AsyncClient(
        http1=http1,
        http2=http2.install(),
        mounts=dict.fromkeys((f"all://{host}" for host in LOOPBACK), None),
        timeout=httpx.Timeout(read, connect=CONNECT_SECONDS, write=WRITE_SECONDS, pool=POOL_SECONDS),
        limits=httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=_KEPT_SECONDS),
        follow_redirects=False,
        headers={"user-agent": "foredraft"},
    )


async def warm(client: httpx.AsyncClient, url: str) -> bool:
    """Opens a connection to the host of `url`, so that the next request there finds name, TCP and TLS done; whether
    the host answered. No key is sent. Cancelling ends it."""
    try:
        origin = httpx.URL(url).copy_with(path="/", query=None, fragment=None)
        await client.head(origin, timeout=httpx.Timeout(_WARM_SECONDS))
    except (httpx.HTTPError, httpx.InvalidURL):
        return False
    return True
