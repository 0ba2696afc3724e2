"""Assets: what a studio owns."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from asset_ingest.adapters.repos.postgres.rows import Table
from asset_ingest.adapters.repos.postgres.studio import StudioSql
from asset_ingest.adapters.repos.postgres.versions import ADD as ADD_VERSION
from asset_ingest.core.model.assets import Asset, AssetVersion
from asset_ingest.core.model.ids import AssetId
from asset_ingest.core.ports.asset_repos import AssetQuery, AssetRepo, AssetSort, TagCount

ASSETS: Final = Table("asset", Asset)

ADD = ASSETS.insert()
GET = ASSETS.select("WHERE studio_id = $1 AND id = $2")
LOCK = GET + " FOR NO KEY UPDATE"  # rows that refer to the asset may still be added
SAVE = ASSETS.update("revision = {revision} - 1")
# The smallest tag above the last one, again and again: as many steps as tags are shown, however many assets have them.
TAGS = """
WITH RECURSIVE shown(tag, place) AS (
    SELECT min(tag), 1 FROM asset_tag WHERE studio_id = $1 AND tag > $2 AND tag >= $4
    UNION ALL
    SELECT (SELECT min(tag) FROM asset_tag WHERE studio_id = $1 AND tag > shown.tag), place + 1
    FROM shown WHERE shown.tag IS NOT NULL AND place < $3
)
SELECT tag, (SELECT count(*) FROM asset_tag WHERE studio_id = $1 AND asset_tag.tag = shown.tag) AS assets
FROM shown WHERE starts_with(tag, $4)"""
# Who has just brought the same content holds its row: what they make of it is seen by the statement behind the lock.
LOCK_BLOBS = """
SELECT id FROM blob WHERE studio_id = $1 AND id IN (
    SELECT blob_id FROM asset_version WHERE studio_id = $1 AND asset_id = $2) ORDER BY id FOR UPDATE"""
PURGE = "DELETE FROM asset WHERE studio_id = $1 AND id = $2"
FREE_BLOBS = """
DELETE FROM blob WHERE studio_id = $1 AND id = ANY($2::uuid[]) AND NOT EXISTS (
    SELECT FROM asset_version WHERE asset_version.studio_id = $1 AND blob_id = blob.id)"""

_COLUMNS: Final = {
    AssetSort.CREATED_AT: "created_at",
    AssetSort.NAME: "sort_name",
    AssetSort.UPDATED_AT: "updated_at",
}
_SORT_NAME: Final = """lower(left({}, 200) COLLATE "default") COLLATE "C\""""  # as the column is made
SEARCH = """
SELECT {columns} FROM search_assets($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"""


def page(query: AssetQuery) -> tuple[str, list[object]]:
    """Return the statement of a page without a text, and its parameters behind the studio."""
    column, shelf = _COLUMNS[query.sort], "IS NOT NULL" if query.trashed else "IS NULL"
    wanted = ["studio_id = $1", "ready_at IS NOT NULL", f"trashed_at {shelf}"]
    args: list[object] = []

    def ask(condition: str, value: object) -> None:
        if value is not None:
            args.append(value)
            wanted.append(condition.format(f"${len(args) + 1}"))

    ask("kind = {}", query.kind)
    ask("publisher_id = {}", query.publisher_id)
    ask("created_by = {}", query.owner)
    ask("{} = ANY(tags)" if query.trashed else _TAGGED, query.tag)
    ask("created_at >= {}", query.since)
    ask("created_at < {}", query.until)
    order, beyond = ("DESC", "<") if query.descending else ("ASC", ">")
    if query.after:
        value = _SORT_NAME if query.sort is AssetSort.NAME else "{}"
        args += [query.after.value, query.after.id]
        wanted.append(f"({column}, id) {beyond} ({value.format(f'${len(args)}')}, ${len(args) + 1})")
    args.append(query.limit)
    where = f"WHERE {' AND '.join(wanted)} ORDER BY {column} {order}, id {order} LIMIT ${len(args) + 1}"
    return ASSETS.select(where), args


_TAGGED = "EXISTS (SELECT FROM asset_tag AS has WHERE has.studio_id = $1 AND has.tag = {} AND has.asset_id = asset.id)"


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
        if query.text is not None:
            return await self._search(query, query.text)
        statement, args = page(query)
        return await self._sql.many(ASSETS, statement, *args)

    async def _search(self, query: AssetQuery, text: str) -> list[Asset]:
        after = query.after.value if query.after else None
        return await self._sql.many(
            ASSETS,
            SEARCH.format(columns=", ".join(ASSETS.columns)),
            text,
            query.trashed,
            query.kind,
            query.publisher_id,
            query.owner,
            query.tag,
            query.since,
            query.until,
            _COLUMNS[query.sort],
            query.descending,
            after.isoformat() if isinstance(after, datetime) else after,
            query.after.id if query.after else None,
            query.limit,
        )

    async def tags(self, limit: int, after: str, prefix: str) -> list[TagCount]:
        return [TagCount(**record) for record in await self._sql.records(TAGS, after, limit, prefix)]

    async def purge(self, asset_id: AssetId) -> None:
        blobs = [record["id"] for record in await self._sql.records(LOCK_BLOBS, asset_id)]
        await self._sql.run(PURGE, asset_id)
        await self._sql.run(FREE_BLOBS, blobs)
