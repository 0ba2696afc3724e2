"""Facts: the outbox and, once numbered, the audit trail."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from asset_ingest.adapters.repos.postgres.rows import Table
from asset_ingest.adapters.repos.postgres.studio import StudioSql
from asset_ingest.core.model.events import Fact
from asset_ingest.core.ports.repos import EventRepo

FACTS: Final = Table("fact", Fact)

ADD = FACTS.insert(without={"seq"})  # numbers are the relay's to give
AFTER = FACTS.select("WHERE studio_id = $1 AND seq > $2 ORDER BY seq LIMIT $3")
OF_KIND = "AND ($4 = '' OR split_part(type, '.', 1) = $4)"
BEFORE = FACTS.select(f"WHERE studio_id = $1 AND seq < $2 {OF_KIND} ORDER BY seq DESC LIMIT $3")
BEFORE_OF = FACTS.select(f"WHERE studio_id = $1 AND subject_id = $5 AND seq < $2 {OF_KIND} ORDER BY seq DESC LIMIT $3")
WATERMARK = "SELECT last_seq FROM studio WHERE id = $1"


class PostgresEvents(EventRepo):
    def __init__(self, sql: StudioSql) -> None:
        self._sql = sql

    async def add(self, *facts: Fact) -> None:
        await self._sql.add(ADD, facts)

    async def after(self, seq: int, limit: int) -> list[Fact]:
        return await self._sql.many(FACTS, AFTER, seq, limit)

    async def before(self, seq: int, limit: int, subject: UUID | None = None, kind: str = "") -> list[Fact]:
        if subject is None:
            return await self._sql.many(FACTS, BEFORE, seq, limit, kind)
        return await self._sql.many(FACTS, BEFORE_OF, seq, limit, kind, subject)

    async def watermark(self) -> int:
        return await self._sql.value(WATERMARK) or 0
