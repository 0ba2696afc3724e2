"""Assets: what a studio owns."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from asset_ingest.adapters.repos.postgres.rows import Table
from asset_ingest.adapters.repos.postgres.studio import StudioSql
from asset_ingest.adapters.repos.postgres.versions import ADD as ADD_VERSION
from asset_ingest.core.model.assets import Asset, AssetVersion
from asset_ingest.core.model.ids import AssetId
from asset_ingest.core.ports.repos import AssetQuery, AssetRepo

ASSETS: Final = Table("asset", Asset)
LAST: Final = UUID(int=2**128 - 1)  # sorts after every id

ADD = ASSETS.insert()
GET = ASSETS.select("WHERE studio_id = $1 AND id = $2")
LOCK = GET + " FOR NO KEY UPDATE"  # rows that refer to the asset may still be added
SAVE = ASSETS.update("revision = {revision} - 1")
_READY = """ready_at IS NOT NULL AND strpos(lower(name COLLATE "default"), lower($4)) > 0"""
PAGE = ASSETS.select(f"WHERE studio_id = $1 AND id < $2 AND {_READY} ORDER BY id DESC LIMIT $3")
# Rows that equal $5, said as a range for the planner's sake; see jobs.
PAGE_OF_KIND = ASSETS.select(f"""
WHERE studio_id = $1 AND kind >= $5 AND (kind, id) < ($5, $2) AND {_READY} ORDER BY kind DESC, id DESC LIMIT $3""")
PAGE_OF_PUBLISHER = ASSETS.select(f"""
WHERE studio_id = $1 AND publisher_id >= $5 AND (publisher_id, id) < ($5, $2) AND {_READY}
    AND ($6::text IS NULL OR kind = $6) ORDER BY publisher_id DESC, id DESC LIMIT $3""")


class PostgresAssets(AssetRepo):
    def __init__(self, sql: StudioSql) -> None:
        self._sql = sql

    async def add(self, asset: Asset, version: AssetVersion) -> None:
        await self._sql.write(ADD, asset)
        await self._sql.write(ADD_VERSION, version)

    async def get(self, asset_id: AssetId) -> Asset:
        return await self._sql.get(ASSETS, GET, "asset", asset_id)

    async def lock(self, asset_id: AssetId) -> Asset:
        return await self._sql.get(ASSETS, LOCK, "asset", asset_id)

    async def save(self, asset: Asset) -> None:
        await self._sql.save(SAVE, asset)

    async def page(self, query: AssetQuery) -> list[Asset]:
        args = (query.after or LAST, query.limit, query.text or "")
        if query.publisher_id is not None:
            return await self._sql.many(ASSETS, PAGE_OF_PUBLISHER, *args, query.publisher_id, query.kind)
        if query.kind is not None:
            return await self._sql.many(ASSETS, PAGE_OF_KIND, *args, query.kind)
        return await self._sql.many(ASSETS, PAGE, *args)
