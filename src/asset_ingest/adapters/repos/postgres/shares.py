"""Share links."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from asset_ingest.adapters.repos.postgres.rows import Table
from asset_ingest.adapters.repos.postgres.sql import statement
from asset_ingest.adapters.repos.postgres.studio import StudioSql
from asset_ingest.core.model.ids import AssetId, ShareId
from asset_ingest.core.model.shares import Share, ShareVisit
from asset_ingest.core.ports.share_repos import ShareRecords, ShareRepo

SHARES: Final = Table("share", Share)
VISITS: Final = Table("share_visit", ShareVisit)
LAST: Final = UUID(int=2**128 - 1)  # sorts after every id

ADD = SHARES.insert()
GET = SHARES.select("WHERE studio_id = $1 AND id = $2")
OF_ASSET = SHARES.select("WHERE studio_id = $1 AND asset_id = $2 AND id < $3 ORDER BY id DESC LIMIT $4")
COUNT = """
SELECT count(*) FROM share WHERE studio_id = $1 AND asset_id = $2 AND revoked_at IS NULL AND expires_at > $3"""
REVOKE = "UPDATE share SET revoked_at = $3 WHERE studio_id = $1 AND id = $2 AND revoked_at IS NULL"
REVOKE_ALL = """
WITH ended AS (
    UPDATE share SET revoked_at = $3 WHERE studio_id = $1 AND asset_id = $2 AND revoked_at IS NULL RETURNING id
) SELECT id FROM ended ORDER BY id"""
FORGET_VISITS = "DELETE FROM share_visit WHERE studio_id = $1 AND share_id = $2 AND day < $3"
VISIT = VISITS.insert("ON CONFLICT (studio_id, share_id, visitor) DO NOTHING RETURNING true")
BY_TOKEN = SHARES.select("WHERE token_hash = $1")


class PostgresShares(ShareRepo):
    def __init__(self, sql: StudioSql) -> None:
        self._sql = sql

    async def add(self, share: Share) -> None:
        await self._sql.write(ADD, share)

    async def get(self, share_id: ShareId) -> Share:
        return await self._sql.get(SHARES, GET, "share link", share_id)

    async def of_asset(self, asset_id: AssetId, limit: int, after: ShareId | None) -> list[Share]:
        return await self._sql.many(SHARES, OF_ASSET, asset_id, after or LAST, limit)

    async def count(self, asset_id: AssetId, now: datetime) -> int:
        return int(await self._sql.value(COUNT, asset_id, now))

    async def revoke(self, share_id: ShareId, now: datetime) -> bool:
        await self.get(share_id)
        return await self._sql.run(REVOKE, share_id, now) > 0

    async def revoke_all(self, asset_id: AssetId, now: datetime) -> list[ShareId]:
        return [record["id"] for record in await self._sql.records(REVOKE_ALL, asset_id, now)]

    async def visit(self, visit: ShareVisit) -> bool:
        await self._sql.run(FORGET_VISITS, visit.share_id, visit.day)
        return await self._sql.write(VISIT, visit) is not None


class PostgresShareRecords(ShareRecords):
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def by_token(self, token_hash: str) -> Share | None:
        async with statement(self._pool) as sql:
            return await sql.one(SHARES, BY_TOKEN, token_hash)
