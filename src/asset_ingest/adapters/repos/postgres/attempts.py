"""How often something was tried lately."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import asyncpg

from asset_ingest.adapters.repos.postgres.sql import transaction
from asset_ingest.core.model.sign_in import Attempts
from asset_ingest.core.ports.system_records import AttemptRecords

LONGEST_WINDOW: Final = timedelta(days=1)

COUNT = """
INSERT INTO attempt AS held (key, count, since) VALUES ($1, 1, $3)
ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN held.since <= $3 - $2::interval THEN 1 ELSE least(held.count + 1, 1000000) END,
    since = CASE WHEN held.since <= $3 - $2::interval THEN $3 ELSE held.since END
RETURNING count, since"""
UNCOUNT = "UPDATE attempt SET count = count - 1 WHERE key = $1 AND count > 0"
FORGET = "DELETE FROM attempt WHERE key = $1"
SWEEP = "DELETE FROM attempt WHERE since < $1"


class PostgresAttempts(AttemptRecords):
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def count(self, key: str, window: timedelta, now: datetime) -> Attempts:
        async with transaction(self._pool) as sql:
            found = await sql.record(COUNT, key, window, now)
        counted = Attempts(found["count"], found["since"])
        if counted.count == 1:  # each window leaves a row behind, so each takes the dead ones along
            async with transaction(self._pool) as sql:
                await sql.run(SWEEP, now - LONGEST_WINDOW)
        return counted

    async def uncount(self, key: str) -> None:
        async with transaction(self._pool) as sql:
            await sql.run(UNCOUNT, key)

    async def forget(self, key: str) -> None:
        async with transaction(self._pool) as sql:
            await sql.run(FORGET, key)
