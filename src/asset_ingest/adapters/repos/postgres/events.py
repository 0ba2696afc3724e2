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
BEFORE = FACTS.select("WHERE studio_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3")
BEFORE_OF = FACTS.select("WHERE studio_id = $1 AND subject_id = $4 AND seq < $2 ORDER BY seq DESC LIMIT $3")
WATERMARK = "SELECT last_seq FROM studio WHERE id = $1"


class PostgresEvents(EventRepo):
    def __init__(self, sql: StudioSql) -> None:
        self._sql = sql

    async def add(self, *facts: Fact) -> None:
        await self._sql.add(ADD, facts)

    async def after(self, seq: int, limit: int) -> list[Fact]:
        return await self._sql.many(FACTS, AFTER, seq, limit)

    async def before(self, seq: int, limit: int, subject: UUID | None = None) -> list[Fact]:
        if subject is None:
            return await self._sql.many(FACTS, BEFORE, seq, limit)
        return await self._sql.many(FACTS, BEFORE_OF, seq, limit, subject)

    async def watermark(self) -> int:
        return await self._sql.value(WATERMARK) or 0
