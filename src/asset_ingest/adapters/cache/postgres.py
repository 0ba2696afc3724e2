"""A cache of all processes that share a PostgreSQL, in a table that a crash of the database may empty."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

import asyncpg

from asset_ingest.core.errors import DatabaseUnavailable
from asset_ingest.core.ports.cache import Cache
from asset_ingest.core.ports.clock import Clock

_PATIENCE: Final = 10.0  # seconds for any wait on the database

RECALL = "SELECT value::text FROM cache WHERE name = $1 AND kept_until > $2"
KEEP = """
INSERT INTO cache (name, value, kept_until) VALUES ($1, $2::text::jsonb, $3)
ON CONFLICT (name) DO UPDATE SET value = excluded.value, kept_until = excluded.kept_until"""
FORGET_SOME = """
DELETE FROM cache WHERE name IN (SELECT name FROM cache WHERE kept_until <= $1 ORDER BY kept_until LIMIT 100)"""


class PostgresCache(Cache):
    """Each value that comes in makes room for itself: some of those whose time is over go."""

    def __init__(self, pool: asyncpg.Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock

    async def recall(self, name: str) -> object | None:
        with _our_errors():
            async with self._pool.acquire(timeout=_PATIENCE) as connection:
                text = await connection.fetchval(RECALL, name, self._clock.now())
        value: object = json.loads(text) if text is not None else None
        return value

    async def keep(self, name: str, value: object, until: datetime) -> None:
        with _our_errors():
            async with self._pool.acquire(timeout=_PATIENCE) as connection:
                await connection.execute(FORGET_SOME, self._clock.now())
                await connection.execute(KEEP, name, json.dumps(value), until)


@contextmanager
def _our_errors() -> Iterator[None]:
    try:
        yield
    except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError) as error:
        raise DatabaseUnavailable("the database that holds our cache does not answer") from error
