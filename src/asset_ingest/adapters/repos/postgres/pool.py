"""Connections to PostgreSQL, on which every wait is bounded."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID

import anyio
import asyncpg

from asset_ingest.adapters.repos.json_values import dumps, loads
from asset_ingest.adapters.repos.postgres.failures import our_errors

PATIENCE: Final = 10.0
"""Seconds to wait for a connection, for a lock, for a clean end."""

_SESSION: Final = {
    "application_name": "asset_ingest",
    "timezone": "UTC",
    "role": "ingest_system",  # of what is no studio's; their transactions take the narrower one
    "statement_timeout": "30s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",
}


class Reader(asyncpg.Connection):  # type: ignore[misc]  # asyncpg has no types
    """A connection that can only read, and of one studio, which stays until another one is read.

    So a question needs no transaction around it: of three round trips there is left one.
    """

    _studio: UUID | None = None

    async def see(self, studio_id: UUID) -> None:
        """Have the walls stand around this studio from now on."""
        if self._studio != studio_id:
            self._studio = None  # whatever becomes of the next line
            await self.execute(f"SET ingest.studio = '{UUID(bytes=studio_id.bytes)}'")
            self._studio = studio_id


@asynccontextmanager
async def open_pool(dsn: str, *, max_size: int) -> AsyncIterator[asyncpg.Pool]:
    """Connect to the database; close all connections at the end, by force those that do not come back in time."""
    async with _open(dsn, max_size, _SESSION, asyncpg.Connection) as pool:
        yield pool


@asynccontextmanager
async def open_readers(dsn: str, *, max_size: int) -> AsyncIterator[asyncpg.Pool]:
    """Connect as `open_pool` does, for reading what one studio may see: nobody here can step out of the walls."""
    read_only = {"role": "ingest_app", "default_transaction_read_only": "on"}
    async with _open(dsn, max_size, _SESSION | read_only, Reader) as pool:
        yield pool


@asynccontextmanager
async def _open(
    dsn: str, max_size: int, session: dict[str, str], kind: type[asyncpg.Connection]
) -> AsyncIterator[asyncpg.Pool]:
    logging.getLogger("asyncpg.pool").setLevel(logging.CRITICAL)  # whoever needs a connection says that there is none
    with our_errors():
        pool = await asyncpg.create_pool(
            dsn,
            min_size=0 if kind is Reader else 1,
            max_size=max_size,
            init=_teach,
            reset=_nothing_to_reset,
            timeout=PATIENCE,
            command_timeout=35,  # the server's own limits come first and leave the connection usable
            server_settings=session,
            connection_class=kind,
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


async def _teach(connection: asyncpg.Connection) -> None:
    await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=dumps, decoder=loads)
    await connection.set_type_codec(
        "uuid", schema="pg_catalog", format="binary", encoder=_uuid_bytes, decoder=_plain_uuid
    )


def _uuid_bytes(value: UUID) -> bytes:
    return value.bytes


def _plain_uuid(value: bytes) -> UUID:
    return UUID(bytes=value)


async def _nothing_to_reset(_connection: asyncpg.Connection) -> None:
    """Save a round trip: nobody here changes a session beyond its transaction, but readers, who know what they see."""
