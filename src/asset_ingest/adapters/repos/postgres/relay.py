"""The relay's numbers: per studio, in order, without gaps."""

from __future__ import annotations

import asyncpg

from asset_ingest.adapters.repos.postgres.events import FACTS
from asset_ingest.adapters.repos.postgres.sql import transaction
from asset_ingest.core.model.events import Fact
from asset_ingest.core.ports.system_records import RelayRecords

MY_TURN = "SELECT task FROM upkeep WHERE task = 'number' FOR UPDATE SKIP LOCKED"
NUMBER = """
WITH batch AS MATERIALIZED (
    SELECT id, studio_id, position FROM fact WHERE seq IS NULL ORDER BY position LIMIT $1
), counter AS (
    UPDATE studio SET last_seq = last_seq + fresh.facts
    FROM (SELECT studio_id, count(*) AS facts FROM batch GROUP BY studio_id) AS fresh
    WHERE studio.id = fresh.studio_id RETURNING studio.id, last_seq, last_seq - fresh.facts AS before
)
UPDATE fact SET seq = counter.before + place
FROM (
    SELECT id, studio_id, row_number() OVER (PARTITION BY studio_id ORDER BY position) AS place FROM batch
) AS placed JOIN counter ON counter.id = placed.studio_id
WHERE fact.id = placed.id RETURNING fact.*"""


class PostgresRelay(RelayRecords):
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def number(self, limit: int) -> list[Fact]:
        async with transaction(self._pool) as sql:
            if await sql.value(MY_TURN) is None:
                return []
            numbered = await sql.many(FACTS, NUMBER, limit)
        return sorted(numbered, key=lambda fact: fact.seq or 0)  # as they were updated is no order
