"""Versions and blobs: immutable states of assets and the content they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from asset_ingest.adapters.repos.postgres.rows import Table
from asset_ingest.adapters.repos.postgres.studio import StudioSql
from asset_ingest.core.errors import NotFound
from asset_ingest.core.model.assets import AssetVersion, Blob
from asset_ingest.core.model.ids import AssetId, BlobId, VersionId
from asset_ingest.core.ports.repos import VersionRepo

BLOBS: Final = Table("blob", Blob)
VERSIONS: Final = Table("asset_version", AssetVersion)

ADD = VERSIONS.insert()
GET = VERSIONS.select("WHERE studio_id = $1 AND id = $2")
OF_BLOB = VERSIONS.select("""
AS version WHERE studio_id = $1 AND blob_id = $2 ORDER BY (
    SELECT trashed_at IS NOT NULL FROM asset WHERE asset.studio_id = $1 AND asset.id = version.asset_id), id LIMIT 1""")
OF_ASSET = VERSIONS.select("WHERE studio_id = $1 AND asset_id = $2 ORDER BY number DESC")
PAGE = VERSIONS.select("WHERE studio_id = $1 AND asset_id = $2 AND number < $3 ORDER BY number DESC LIMIT $4")
_BLOB: Final = "blob_"  # before the names of columns that a version has too
SHOWN = f"""
SELECT {", ".join(f"version.{name}" for name in VERSIONS.columns)},
    {", ".join(f"blob.{name} AS {_BLOB}{name}" for name in BLOBS.columns if name != "id")}
FROM (
    SELECT * FROM asset_version WHERE studio_id = $1 AND asset_id = $2 AND number > $3
    UNION ALL SELECT * FROM asset_version WHERE studio_id = $1 AND asset_id = $2 AND number = $4 AND number <= $3
) AS version JOIN blob ON blob.studio_id = $1 AND blob.id = version.blob_id
ORDER BY version.number DESC"""  # noqa: S608  names of ours
NUMBERED = VERSIONS.select("WHERE studio_id = $1 AND asset_id = $2 AND number = $3")
CURRENT = """
SELECT asset.id AS asset_id, version.id FROM asset
JOIN asset_version version ON version.studio_id = asset.studio_id AND version.asset_id = asset.id
    AND version.number = asset.current_version
WHERE asset.studio_id = $1 AND asset.id = ANY($2::uuid[])"""
ADD_FACTS = "UPDATE asset_version SET facts = facts || $3 WHERE studio_id = $1 AND id = $2"
# The change holds the known row, so that two who bring the same content take turns.
PUT_BLOB = BLOBS.insert("ON CONFLICT (studio_id, sha256) DO UPDATE SET object_key = excluded.object_key RETURNING id")
BLOB = BLOBS.select("WHERE studio_id = $1 AND id = $2")
MANY_BLOBS = BLOBS.select("WHERE studio_id = $1 AND id = ANY($2::uuid[])")


class PostgresVersions(VersionRepo):
    def __init__(self, sql: StudioSql) -> None:
        self._sql = sql

    async def put_blob(self, blob: Blob) -> Blob:
        return await self.blob(await self._sql.write(PUT_BLOB, blob))

    async def blob(self, blob_id: BlobId) -> Blob:
        return await self._sql.get(BLOBS, BLOB, "blob", blob_id)

    async def blobs(self, blob_ids: Sequence[BlobId]) -> dict[BlobId, Blob]:
        return {blob.id: blob for blob in await self._sql.many(BLOBS, MANY_BLOBS, list(blob_ids))}

    async def add(self, version: AssetVersion) -> None:
        await self._sql.write(ADD, version)

    async def get(self, version_id: VersionId) -> AssetVersion:
        return await self._sql.get(VERSIONS, GET, "version", version_id)

    async def of_blob(self, blob_id: BlobId) -> AssetVersion | None:
        return await self._sql.one(VERSIONS, OF_BLOB, blob_id)

    async def of_asset(self, asset_id: AssetId) -> list[AssetVersion]:
        return await self._sql.many(VERSIONS, OF_ASSET, asset_id)

    async def page(self, asset_id: AssetId, limit: int, before: int) -> list[AssetVersion]:
        return await self._sql.many(VERSIONS, PAGE, asset_id, before, limit)

    async def shown(self, asset_id: AssetId, after: int, also: int) -> list[tuple[AssetVersion, Blob]]:
        return [(VERSIONS.read(row), _blob(row)) for row in await self._sql.records(SHOWN, asset_id, after, also)]

    async def numbered(self, asset_id: AssetId, number: int) -> AssetVersion:
        found = await self._sql.one(VERSIONS, NUMBERED, asset_id, number)
        if found is None:
            raise NotFound("version", f"{number} of asset {asset_id}")
        return found

    async def current(self, asset_ids: Sequence[AssetId]) -> dict[AssetId, VersionId]:
        return {record["asset_id"]: record["id"] for record in await self._sql.records(CURRENT, list(asset_ids))}

    async def add_facts(self, version_id: VersionId, facts: dict[str, object]) -> None:
        if not await self._sql.run(ADD_FACTS, version_id, facts):
            raise NotFound("version", version_id)


def _blob(row: Mapping[str, Any]) -> Blob:
    return BLOBS.read({name: row[f"{_BLOB}{name}"] for name in BLOBS.columns})
