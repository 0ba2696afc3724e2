"""The statements of one studio: each has the studio as its $1, so that none can forget it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

from asset_ingest.adapters.repos.postgres.rows import Row, Table, Write
from asset_ingest.adapters.repos.postgres.sql import Sql
from asset_ingest.core.errors import Conflict, IngestError, NotFound
from asset_ingest.core.model.ids import StudioId


class OfStudio(Protocol):
    """A row that says whose it is."""

    @property
    def studio_id(self) -> StudioId: ...


Owned = TypeVar("Owned", bound=OfStudio)


class StudioSql:
    """One studio's statements in one transaction."""

    def __init__(self, sql: Sql, studio_id: StudioId) -> None:
        self._sql = sql
        self._studio_id = studio_id

    async def get(self, table: Table[Row], sql: str, what: str, ident: object) -> Row:
        """Return the row whose id is $2, or raise NotFound."""
        row = await self.one(table, sql, ident)
        if row is None:
            raise NotFound(what, ident)
        return row

    async def one(self, table: Table[Row], sql: str, *args: object) -> Row | None:
        return await self._sql.one(table, sql, self._studio_id, *args)

    async def many(self, table: Table[Row], sql: str, *args: object) -> list[Row]:
        return await self._sql.many(table, sql, self._studio_id, *args)

    async def records(self, sql: str, *args: object) -> list[Any]:
        return await self._sql.records(sql, self._studio_id, *args)

    async def value(self, sql: str, *args: object) -> Any:
        return await self._sql.value(sql, self._studio_id, *args)

    async def run(self, sql: str, *args: object) -> int:
        return await self._sql.run(sql, self._studio_id, *args)

    async def write(self, statement: Write[Owned], row: Owned, *more: object) -> Any:
        """Write a row of this studio; return what the statement returns first, if anything."""
        self.own(row)
        return await self._sql.value(statement.sql, *statement.values(row), *more)

    async def add(self, statement: Write[Owned], rows: Sequence[Owned]) -> None:
        """Add rows of this studio, all in one go."""
        for row in rows:
            self.own(row)
        await self._sql.write_each(statement, rows)

    async def save(self, statement: Write[Owned], row: Owned, *more: object) -> None:
        """Write over the state that the row was read in, or raise Conflict."""
        self.own(row)
        if not await self._sql.run(statement.sql, *statement.values(row), *more):
            raise Conflict("somebody changed this first")

    def own(self, row: OfStudio) -> None:
        """Refuse another studio's row: nothing above should ever bring one here."""
        if row.studio_id != self._studio_id:
            raise IngestError("a row of another studio cannot be written here")
