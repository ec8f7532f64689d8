"""Entries in a Redis or Valkey, for a team or several machines: asked over the network, and never waited for long.

A `BackEnd`: an outgoing connection, so what is kept there has passed the same rules as what a model is sent.
Entries nobody writes again are gone after a month; how much memory there is in all is that server's own setting.
"""

from __future__ import annotations

import asyncio
import importlib
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from foredraft.config.keys import Key
from foredraft.config.memory import credentials, without_credentials
from foredraft.memory.sealed import seal, unseal
from foredraft.memory.store import Change, Size, Unavailable

_PREFIX = "foredraft:1:"
"""The number is that of the format: entries of others are not read, and expire."""
_KEPT = 30 * 24 * 3600
_PATIENCE = 0.005
_TIMEOUT = 2.0
_PAGE = 1_000
_TRIES = 12
_LONGEST_VALUE = 4_000_000
_SPECIAL = str.maketrans({one: f"\\{one}" for one in "*?[]^-\\"})


class Redis:
    """A `BackEnd`. `url` is one that `config` has checked; without credentials, which are given apart: see `at`."""

    fresh = 5.0
    patience: float | None = _PATIENCE

    def __init__(self, url: str, user: str | None = None, password: Key | None = None) -> None:
        self._url, self._user, self._password = url, user, password
        self._client: Any = None
        self._errors: Any = None

    @classmethod
    def at(cls, url: str) -> Redis:
        """The one at an address that `config` has checked, with the user and password in it."""
        user, password = credentials(url)
        return cls(without_credentials(url), user, None if password is None else Key(password))

    async def open(self) -> str | None:
        """See `BackEnd`. The client is imported in a thread, which takes a tenth of a second."""
        if self._client is None:
            redis = await asyncio.to_thread(importlib.import_module, "redis.asyncio")
            self._errors = await asyncio.to_thread(importlib.import_module, "redis.exceptions")
            at_once = importlib.import_module("redis.backoff").NoBackoff()
            broken = (self._errors.ConnectionError,)  # as one that was left open is when the server was restarted
            retry = importlib.import_module("redis.asyncio.retry").Retry(at_once, 1, broken)
            self._client = await asyncio.to_thread(self._made, redis, retry)
        await self._safely(self._client.ping())
        return None

    async def read(self, keys: Sequence[str]) -> dict[str, bytes]:
        """One request for all of them."""
        values = await self._safely(self._client.mget([f"{_PREFIX}{key}" for key in keys]))
        found = {key: unseal(key, value) for key, value in zip(keys, values, strict=True)}
        return {key: value for key, value in found.items() if value is not None and len(value) <= _LONGEST_VALUE}

    async def write(self, changes: Mapping[str, Change]) -> dict[str, bytes | None]:
        """One transaction for all of them, tried again where others write the same at the same time: ever fewer."""
        written: dict[str, bytes | None] = await self._safely(self._written(changes, _TRIES))
        return written

    async def keys(self, prefix: str) -> AsyncIterator[str]:
        """See `BackEnd`."""
        pattern = f"{_PREFIX}{prefix}".translate(_SPECIAL) + "*"
        cursor, seen = 0, set[bytes]()
        while True:
            cursor, page = await self._safely(self._client.scan(cursor, match=pattern, count=_PAGE))
            for key in page:
                if key not in seen:
                    seen.add(key)
                    yield key.decode("utf-8", "replace").removeprefix(_PREFIX)
            if not cursor:
                return

    async def size(self) -> Size:
        """See `BackEnd`; its bytes are not known."""
        return Size(len([key async for key in self.keys("")]), None)

    async def close(self) -> None:
        """See `BackEnd`."""
        client, self._client = self._client, None
        if client is not None:
            try:
                async with asyncio.timeout(_TIMEOUT):
                    await client.aclose()
            except (self._errors.RedisError, OSError, TimeoutError):
                pass  # it is gone anyway

    def _made(self, redis: Any, retry: Any) -> Any:
        """In a thread: with TLS this reads the system's certificates."""
        return redis.Redis.from_url(
            self._url,
            username=self._user,
            password=self._password.reveal() if self._password is not None else None,
            socket_timeout=_TIMEOUT,
            socket_connect_timeout=_TIMEOUT,
            retry=retry,
            max_connections=16,
        )

    async def _written(self, changes: Mapping[str, Change], tries: int) -> dict[str, bytes | None]:
        names = {key: f"{_PREFIX}{key}" for key in changes}
        async with self._client.pipeline(transaction=True) as pipe:
            try:
                await pipe.watch(*names.values())
                known = await pipe.mget(list(names.values()))
                values = {
                    key: change(unseal(key, value)) for (key, change), value in zip(changes.items(), known, strict=True)
                }
                pipe.multi()
                for key, value in values.items():
                    if value is None:
                        pipe.delete(names[key])
                    else:
                        pipe.set(names[key], seal(key, value), ex=_KEPT)
                await pipe.execute()
                return values
            except self._errors.WatchError:
                pass
        if not tries:
            raise Unavailable("The memory in Redis is busy.", passing=True)
        await asyncio.sleep(random.uniform(0.0, 0.01))
        keys = list(changes)
        halves = (keys[: len(keys) // 2], keys[len(keys) // 2 :])
        written: dict[str, bytes | None] = {}
        for half in halves:
            if half:
                written |= await self._written({key: changes[key] for key in half}, tries - 1)
        return written

    async def _safely(self, work: Any) -> Any:
        """The result; what goes wrong is said in our own words, since those of the library may name more."""
        try:
            return await work
        except Unavailable:
            raise
        except (self._errors.RedisError, OSError, TimeoutError) as error:
            raise Unavailable(
                f"The memory in Redis cannot be used ({self._why(error)}). Foredraft goes on without it."
            ) from None

    def _why(self, error: Exception) -> str:
        errors = self._errors
        for kinds, why in (
            (
                (errors.AuthenticationError, errors.AuthorizationError, errors.NoPermissionError),
                "user or password is wrong",
            ),
            ((errors.OutOfMemoryError,), "it is full"),
            ((errors.ReadOnlyError,), "it takes no writes"),
            ((errors.BusyLoadingError,), "it is starting"),
            ((errors.TimeoutError, TimeoutError), "it does not answer in time"),
            ((errors.ConnectionError, OSError), "there is no connection"),
        ):
            if isinstance(error, kinds):
                return why
        return "it answers with an error"
