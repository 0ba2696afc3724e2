"""Locks between processes that share a PostgreSQL: advisory locks, which end with their holder's connection."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

import anyio
import asyncpg

from asset_ingest.core.errors import DatabaseUnavailable, ServiceUnavailable
from asset_ingest.core.ports.locks import Locks

_PATIENCE: Final = 10.0  # seconds for any wait on the database but that for the lock
_NAMESPACE: Final = b"asset_ingest:"  # advisory locks are shared by everything in one database


class PostgresLocks(Locks):
    """One connection for each name held or awaited, beside the pool: a holder may be long with a call outside.

    The lock belongs to a transaction, so that it also works behind a pooler that shares connections between
    transactions. Who waits longer than `longest_wait` seconds gets ServiceUnavailable.
    """

    def __init__(self, dsn: str, *, longest_wait: float = 120.0) -> None:
        self._dsn = dsn
        self._longest_wait = longest_wait

    @asynccontextmanager
    async def hold(self, name: str) -> AsyncIterator[None]:
        with _our_errors():
            connection = await asyncpg.connect(self._dsn, timeout=_PATIENCE)
        try:
            await self._lock(connection, name)
            yield
        finally:
            with anyio.CancelScope(shield=True):
                await _leave(connection)

    async def _lock(self, connection: asyncpg.Connection, name: str) -> None:
        try:
            with _our_errors():
                await connection.execute("BEGIN", timeout=_PATIENCE)
                await connection.execute(
                    f"SELECT pg_advisory_xact_lock({_number(name)})",  # a number of ours
                    timeout=self._longest_wait,
                )
        except TimeoutError:
            raise ServiceUnavailable("another worker is busy with the same thing for too long") from None


async def _leave(connection: asyncpg.Connection) -> None:
    try:
        await connection.close(timeout=_PATIENCE)  # ends the transaction and with it the lock
    except (TimeoutError, *_LOST):  # then the server finds out by itself; what was done under the lock is done
        connection.terminate()


def _number(name: str) -> int:
    """Return the name as PostgreSQL wants it: 64 bits, signed."""
    return int.from_bytes(hashlib.sha256(_NAMESPACE + name.encode()).digest()[:8], "big", signed=True)


_LOST: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)


@contextmanager
def _our_errors() -> Iterator[None]:
    try:
        yield
    except TimeoutError:  # an OSError too, and each caller's own to judge
        raise
    except _LOST as error:
        raise DatabaseUnavailable("the database that holds our locks does not answer") from error
