"""Assets: what a studio owns."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from asset_ingest.adapters.repos.postgres.rows import Table
from asset_ingest.adapters.repos.postgres.studio import StudioSql
from asset_ingest.adapters.repos.postgres.versions import ADD as ADD_VERSION
from asset_ingest.core.errors import NotFound
from asset_ingest.core.model.assets import Asset, AssetVersion, PublicationStatus, RenditionRole, edition_of
from asset_ingest.core.model.ids import AssetId
from asset_ingest.core.ports.asset_repos import (
    COUNTED_AT_MOST,
    AssetQuery,
    AssetRepo,
    AssetSort,
    Card,
    Known,
    Published,
    TagCount,
)

ASSETS: Final = Table("asset", Asset)

ADD = ASSETS.insert()
GET = ASSETS.select("WHERE studio_id = $1 AND id = $2")
LOCK = GET + " FOR NO KEY UPDATE"  # rows that refer to the asset may still be added
SAVE = ASSETS.update("revision = {revision} - 1")
# The smallest tag above the last one, again and again: as many steps as tags are shown, however many assets have them.
# Among the terms, tags stand behind '#'; before '$', which follows it.
TAGS = f"""
WITH RECURSIVE shown(term, place) AS (
    SELECT min(term), 1 FROM asset_term
    WHERE studio_id = $1 AND NOT trashed AND term > '#' || $2 AND term >= '#' || $4 AND term < '$'
    UNION ALL
    SELECT (SELECT min(term) FROM asset_term WHERE studio_id = $1 AND NOT trashed AND term > shown.term), place + 1
    FROM shown WHERE starts_with(term, '#' || $4) AND place < $3
)
SELECT substr(term, 2) AS tag, (SELECT count(*) FROM (
    SELECT FROM asset_term
    WHERE studio_id = $1 AND asset_term.term = shown.term AND NOT trashed LIMIT {COUNTED_AT_MOST}
) AS counted) AS assets
FROM shown WHERE starts_with(term, '#' || $4)"""  # noqa: S608  ours
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
SEARCH = f"""
SELECT {", ".join(ASSETS.columns)}, sort_name
FROM search_assets($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
"""  # noqa: S608  names of ours


# What a card shows beside its asset, of one row each: whatever the page's length, it is one question.
_BESIDE = """
    (SELECT name FROM publisher WHERE publisher.studio_id = $1 AND publisher.id = asset.publisher_id) AS publisher,
    (SELECT jsonb_object_agg(rendition.role, rendition.object_key)
        FROM asset_version AS version JOIN rendition ON rendition.studio_id = $1 AND rendition.version_id = version.id
        WHERE version.studio_id = $1 AND version.asset_id = asset.id AND version.number = asset.current_version
    ) AS pictures"""
_ADDED = """
    (SELECT jsonb_object_agg(kind, entries) FROM (
        SELECT kind, count(*) AS entries FROM package_entry AS entry
        WHERE entry.studio_id = $1 AND entry.version_id = (
            SELECT id FROM asset_version AS version
            WHERE version.studio_id = $1 AND version.asset_id = asset.id AND version.number = asset.current_version)
        GROUP BY kind) AS counted) AS entry_kinds,
    (SELECT jsonb_agg(jsonb_build_array(target, status, external_id) ORDER BY target) FROM publication
        WHERE publication.studio_id = $1 AND publication.asset_id = asset.id) AS publications"""
_OWN: Final = ", ".join(f"asset.{name}" for name in ASSETS.columns)
KNOWN = f"SELECT {_OWN}, {_BESIDE}, {_ADDED} FROM asset WHERE studio_id = $1 AND id = $2"  # noqa: S608  names of ours


def cards(query: AssetQuery) -> tuple[str, list[object]]:
    """Return the statement of a page of cards, and its parameters behind the studio."""
    rows, args = page(query)
    column, order = _COLUMNS[query.sort], "DESC" if query.descending else "ASC"
    return (
        f"SELECT {_OWN}, {_BESIDE} FROM ({rows}) AS asset ORDER BY asset.{column} {order}, asset.id {order}",  # noqa: S608
        args,
    )


def page(query: AssetQuery) -> tuple[str, list[object]]:
    """Return the statement of a page, and its parameters behind the studio.

    What has an index in its order is a plan that may be kept. Words, and filters together, are planned each time.
    """
    filters = (
        query.kind,
        query.publisher_id,
        query.owner,
        query.tag,
        query.since or query.until,
        query.trashed or None,
    )
    is_alone = len([each for each in filters if each is not None]) <= 1
    is_tag = query.tag is not None and sum(each is not None for each in filters[:-1]) == 1
    if query.text is not None or not (is_alone or is_tag):
        return _search(query)
    return _tagged(query, query.tag) if query.tag is not None else _listed(query)


def _search(query: AssetQuery) -> tuple[str, list[object]]:
    after = query.after.value if query.after else None
    place = (after.isoformat() if isinstance(after, datetime) else after, query.after.id if query.after else None)
    chosen = (query.trashed, query.kind, query.publisher_id, query.owner, query.tag, query.since, query.until)
    return SEARCH, [query.text, *chosen, _COLUMNS[query.sort], query.descending, *place, query.limit]


def _tagged(query: AssetQuery, tag: str) -> tuple[str, list[object]]:
    """Read the tag's rows in the list's order, and of each its asset."""
    has = "asset_term AS has JOIN asset ON asset.studio_id = $1 AND asset.id = has.asset_id"
    wanted = ["has.studio_id = $1", "has.term = '#' || $2", "has.trashed = $3"]
    where, args = _in_order(query, wanted, [tag, query.trashed], "has.")
    return f"SELECT {_OWN}, asset.sort_name FROM {has} {where}", args  # noqa: S608  names of ours


def _listed(query: AssetQuery) -> tuple[str, list[object]]:
    shelf = "IS NOT NULL" if query.trashed else "IS NULL"
    wanted = ["studio_id = $1", "ready_at IS NOT NULL", f"trashed_at {shelf}"]
    args: list[object] = []
    asked = {
        "kind =": query.kind,
        "publisher_id =": query.publisher_id,
        "created_by =": query.owner,
        "created_at >=": query.since,
        "created_at <": query.until,
    }
    for condition, value in asked.items():
        if value is not None:
            args.append(value)
            wanted.append(f"{condition} ${len(args) + 1}")
    where, args = _in_order(query, wanted, args, "")
    return f"SELECT {_OWN}, sort_name FROM asset {where}", args  # noqa: S608  names of ours


def _in_order(query: AssetQuery, wanted: list[str], args: list[object], of: str) -> tuple[str, list[object]]:
    column, ident = f"{of}{_COLUMNS[query.sort]}", f"{of}asset_id" if of else "id"
    order, beyond = ("DESC", "<") if query.descending else ("ASC", ">")
    if query.after:
        args = [*args, query.after.value, query.after.id]
        value = _SORT_NAME if query.sort is AssetSort.NAME else "{}"
        wanted = [*wanted, f"({column}, {ident}) {beyond} ({value.format(f'${len(args)}')}, ${len(args) + 1})"]
    where = f"WHERE {' AND '.join(wanted)} ORDER BY {column} {order}, {ident} {order} LIMIT ${len(args) + 2}"
    return where, [*args, query.limit]


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

    async def cards(self, query: AssetQuery) -> list[Card]:
        statement, args = cards(query)
        return [_card(row) for row in await self._sql.records(statement, *args)]

    async def known(self, asset_id: AssetId) -> Known:
        [row] = await self._sql.records(KNOWN, asset_id) or [None]
        if row is None:
            raise NotFound("asset", asset_id)
        published = tuple(
            Published(name, PublicationStatus(said), held) for name, said, held in row["publications"] or ()
        )
        return Known(_card(row), row["entry_kinds"] or {}, published)

    async def tags(self, limit: int, after: str, prefix: str) -> list[TagCount]:
        return [TagCount(**record) for record in await self._sql.records(TAGS, after, limit, prefix)]

    async def purge(self, asset_id: AssetId) -> None:
        blobs = [record["id"] for record in await self._sql.records(LOCK_BLOBS, asset_id)]
        await self._sql.run(PURGE, asset_id)
        await self._sql.run(FREE_BLOBS, blobs)


def _card(row: Any) -> Card:
    pictures = {RenditionRole(role): edition_of(key) for role, key in (row["pictures"] or {}).items()}
    return Card(ASSETS.read(row), row["publisher"], pictures)
