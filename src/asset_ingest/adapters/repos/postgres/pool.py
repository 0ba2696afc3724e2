"""Connections to PostgreSQL, on which every wait is bounded."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Final
from uuid import UUID

import anyio
import asyncpg

from asset_ingest.adapters.repos.json_values import dumps, loads
from asset_ingest.adapters.repos.postgres.failures import our_errors

PATIENCE: Final = 10.0
"""Seconds to wait for a connection, for a lock, for a clean end."""
COMMAND_TIMEOUT: Final = 35
"""Seconds for a statement; the server's own limits come first and leave the connection usable."""

SESSION: Final = {
    "application_name": "asset_ingest",
    "timezone": "UTC",
    "role": "ingest_system",  # of what is no studio's; their transactions take the narrower one
    "statement_timeout": "30s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",
}


@asynccontextmanager
async def open_pool(dsn: str, *, max_size: int) -> AsyncIterator[asyncpg.Pool]:
    """Connect to the database; close all connections at the end, by force those that do not come back in time."""
    logging.getLogger("asyncpg.pool").setLevel(logging.CRITICAL)  # whoever needs a connection says that there is none
    with our_errors():
        pool = await asyncpg.create_pool(
            dsn,
            min_size=1,
            max_size=max_size,
            init=teach,
            reset=_nothing_to_reset,
            timeout=PATIENCE,
            command_timeout=COMMAND_TIMEOUT,
            server_settings=SESSION,
        )
    try:
        yield pool
    finally:
        await _close(pool)


async def _close(pool: asyncpg.Pool) -> None:
    with anyio.CancelScope(shield=True), anyio.move_on_after(PATIENCE):
        await pool.close()
        return
    pool.terminate()


async def teach(connection: asyncpg.Connection) -> None:
    await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=dumps, decoder=loads)
    await connection.set_type_codec(
        "uuid", schema="pg_catalog", format="binary", encoder=_uuid_bytes, decoder=_plain_uuid
    )


def _uuid_bytes(value: UUID) -> bytes:
    return value.bytes


@lru_cache(maxsize=1024)  # the same studio, members and publishers stand in nearly every row
def _plain_uuid(value: bytes) -> UUID:
    return UUID(bytes=value)


async def _nothing_to_reset(_connection: asyncpg.Connection) -> None:
    """Save a round trip: nobody here changes a session beyond its transaction, but readers, who know what they see."""
