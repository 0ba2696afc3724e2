"""One connection, one transaction: statements whose failures are ours."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

import anyio
import asyncpg

from asset_ingest.adapters.repos.postgres.failures import LOST, our_errors
from asset_ingest.adapters.repos.postgres.pool import PATIENCE
from asset_ingest.adapters.repos.postgres.rows import ManyRows, Row, Table, Write
from asset_ingest.core.errors import Conflict

MANY: Final = 4
_OF_MANY: Final[dict[str, ManyRows[Any]]] = {}
"""By the statement for one row: worked out once, since the database knows the types."""


class Sql:
    """The statements of one transaction."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def one(self, table: Table[Row], sql: str, *args: object) -> Row | None:
        record = await self.record(sql, *args)
        return None if record is None else table.read(record)

    async def many(self, table: Table[Row], sql: str, *args: object) -> list[Row]:
        return [table.read(record) for record in await self.records(sql, *args)]

    async def write(self, statement: Write[Row], row: Row) -> int:
        """Return how many rows it wrote."""
        return await self.run(statement.sql, *statement.values(row))

    async def write_each(self, statement: Write[Row], rows: Sequence[Row]) -> None:
        """Write rows in one round trip, and many by one statement, which looks up once what each would look up."""
        if len(rows) == 1:
            await self.write(statement, rows[0])
        elif len(rows) >= MANY and statement.head:
            many = _OF_MANY.get(statement.sql) or await self._of_many(statement)
            await self.run(many.sql, *many.columns(rows))
        elif rows:
            with our_errors():
                await self._connection.executemany(statement.sql, [statement.values(row) for row in rows])

    async def _of_many(self, statement: Write[Row]) -> ManyRows[Row]:
        with our_errors():
            types = (await self._connection.prepare(statement.sql)).get_parameters()
        many = _OF_MANY[statement.sql] = statement.of_many([each.name for each in types])
        return many

    async def run(self, sql: str, *args: object) -> int:
        """Return how many rows it touched."""
        with our_errors():
            tag: str = await self._connection.execute(sql, *args)
        return int(tag.rpartition(" ")[2])

    async def records(self, sql: str, *args: object) -> list[Any]:
        with our_errors():
            found: list[Any] = await self._connection.fetch(sql, *args)
        return found

    async def record(self, sql: str, *args: object) -> Any:
        with our_errors():
            return await self._connection.fetchrow(sql, *args)

    async def value(self, sql: str, *args: object) -> Any:
        with our_errors():
            return await self._connection.fetchval(sql, *args)


@asynccontextmanager
async def transaction(pool: asyncpg.Pool, begin: str = "BEGIN") -> AsyncIterator[Sql]:
    """Commit when the block ends well; roll back when it raises or is cancelled."""
    async with _borrowed(pool) as connection:
        try:
            with our_errors():
                await connection.execute(begin)
            yield Sql(connection)
            with anyio.CancelScope(shield=True):  # a commit under way cannot be called back
                await _commit(connection)
        except BaseException:
            with anyio.CancelScope(shield=True):
                await _roll_back(connection)
            raise


@asynccontextmanager
async def statement(pool: asyncpg.Pool) -> AsyncIterator[Sql]:
    """Run one statement, which is a transaction by itself and so costs one round trip instead of three."""
    async with _borrowed(pool) as connection:
        yield Sql(connection)


@asynccontextmanager
async def _borrowed(pool: asyncpg.Pool) -> AsyncIterator[asyncpg.Connection]:
    # A timer is a task of its own to asyncpg, and none is needed where nobody waits: to connect has its own patience.
    patience = None if pool.get_idle_size() else PATIENCE
    with our_errors():
        connection = await pool.acquire(timeout=patience)
    try:
        yield connection
    finally:
        # What goes wrong here is no news to the caller, whose work is done; the pool cuts such a connection.
        with anyio.CancelScope(shield=True), suppress(*LOST):
            await pool.release(connection, timeout=PATIENCE)


async def _commit(connection: asyncpg.Connection) -> None:
    with our_errors():
        done = await connection.execute("COMMIT")
    if done != "COMMIT":  # the server rolls back without an error where the block has passed over one of a statement
        raise Conflict("a statement of this transaction had failed, so nothing of it was kept")


async def _roll_back(connection: asyncpg.Connection) -> None:
    try:
        await connection.execute("ROLLBACK", timeout=PATIENCE)
    except LOST:
        # Then the server rolls back. The error that brought us here is the one to tell, not that the pool was faster.
        with suppress(asyncpg.InterfaceError):
            connection.terminate()
