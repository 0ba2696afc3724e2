"""The relay's numbers: per studio, in order, without gaps."""

from __future__ import annotations

import asyncpg

from asset_ingest.adapters.repos.postgres.sql import transaction
from asset_ingest.core.model.ids import StudioId
from asset_ingest.core.ports.system_records import RelayRecords

MY_TURN = "SELECT task FROM upkeep WHERE task = 'number' FOR UPDATE SKIP LOCKED"
NUMBER = """
WITH batch AS MATERIALIZED (
    SELECT id, studio_id, position FROM fact WHERE seq IS NULL ORDER BY position LIMIT $1
), counter AS (
    UPDATE studio SET last_seq = last_seq + fresh.facts
    FROM (SELECT studio_id, count(*) AS facts FROM batch GROUP BY studio_id) AS fresh
    WHERE studio.id = fresh.studio_id RETURNING studio.id, last_seq, last_seq - fresh.facts AS before
), numbered AS (
    UPDATE fact SET seq = counter.before + place
    FROM (
        SELECT id, studio_id, row_number() OVER (PARTITION BY studio_id ORDER BY position) AS place FROM batch
    ) AS placed JOIN counter ON counter.id = placed.studio_id
    WHERE fact.id = placed.id
)
SELECT id, last_seq FROM counter"""


class PostgresRelay(RelayRecords):
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def number(self, limit: int) -> dict[StudioId, int]:
        async with transaction(self._pool) as sql:
            if await sql.value(MY_TURN) is None:
                return {}
            return {record["id"]: record["last_seq"] for record in await sql.records(NUMBER, limit)}
