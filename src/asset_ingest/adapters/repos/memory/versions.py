"""Versions and blobs: immutable states of assets and the content they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from asset_ingest.adapters.repos.json_values import stored as as_stored
from asset_ingest.adapters.repos.memory.tables import StudioTables, refuse_if
from asset_ingest.core.errors import NotFound
from asset_ingest.core.model.assets import AssetVersion, Blob
from asset_ingest.core.model.ids import AssetId, BlobId, VersionId
from asset_ingest.core.ports.repos import VersionRepo


class MemoryVersions(VersionRepo):
    def __init__(self, rows: StudioTables) -> None:
        self._rows = rows
        self._blobs = rows.tables.blobs
        self._versions = rows.tables.versions

    async def put_blob(self, blob: Blob) -> Blob:
        known = [other for other in self._rows.mine(self._blobs.values()) if other.sha256 == blob.sha256]
        if not known:
            self._rows.add(self._blobs, blob)
            return blob
        self._blobs[known[0].id] = replace(known[0], object_key=blob.object_key)
        return self._blobs[known[0].id]

    async def blob(self, blob_id: BlobId) -> Blob:
        return self._rows.get(self._blobs, blob_id, "blob")

    async def blobs(self, blob_ids: Sequence[BlobId]) -> dict[BlobId, Blob]:
        return {row.id: row for row in self._rows.mine(self._blobs.values()) if row.id in blob_ids}

    async def add(self, version: AssetVersion) -> None:
        add_version(self._rows, version)

    async def get(self, version_id: VersionId) -> AssetVersion:
        return self._rows.get(self._versions, version_id, "version")

    async def of_blob(self, blob_id: BlobId) -> AssetVersion | None:
        found = [version for version in self._rows.mine(self._versions.values()) if version.blob_id == blob_id]
        return min(found, key=lambda version: (self._is_trashed(version), version.id), default=None)

    def _is_trashed(self, version: AssetVersion) -> bool:
        return self._rows.tables.assets[version.asset_id].is_trashed

    async def of_asset(self, asset_id: AssetId) -> list[AssetVersion]:
        found = [version for version in self._rows.mine(self._versions.values()) if version.asset_id == asset_id]
        return sorted(found, key=lambda version: version.number, reverse=True)

    async def page(self, asset_id: AssetId, limit: int, before: int) -> list[AssetVersion]:
        return [version for version in await self.of_asset(asset_id) if version.number < before][:limit]

    async def shown(self, asset_id: AssetId, after: int, also: int) -> list[tuple[AssetVersion, Blob]]:
        found = [each for each in await self.of_asset(asset_id) if each.number > after or each.number == also]
        return [(each, self._blobs[each.blob_id]) for each in found]

    async def numbered(self, asset_id: AssetId, number: int) -> AssetVersion:
        found = [version for version in await self.of_asset(asset_id) if version.number == number]
        if not found:
            raise NotFound("version", f"{number} of asset {asset_id}")
        return found[0]

    async def current(self, asset_ids: Sequence[AssetId]) -> dict[AssetId, VersionId]:
        wanted = {(asset.id, asset.current_version) for asset in self._rows.mine(self._rows.tables.assets.values())}
        return {
            version.asset_id: version.id
            for version in self._rows.mine(self._versions.values())
            if version.asset_id in asset_ids and (version.asset_id, version.number) in wanted
        }

    async def add_facts(self, version_id: VersionId, facts: dict[str, object]) -> None:
        version = await self.get(version_id)
        self._versions[version_id] = replace(version, facts=version.facts | as_stored(facts))


def add_version(rows: StudioTables, version: AssetVersion) -> None:
    of_asset = [other for other in rows.tables.versions.values() if other.asset_id == version.asset_id]
    refuse_if(any(other.number == version.number for other in of_asset))
    rows.add(rows.tables.versions, replace(version, facts=as_stored(version.facts)))
