"""Assets: what a studio owns."""

from __future__ import annotations

from dataclasses import replace

from asset_ingest.adapters.repos.json_values import stored as as_stored
from asset_ingest.adapters.repos.memory.tables import StudioTables, has
from asset_ingest.adapters.repos.memory.versions import add_version
from asset_ingest.core.model.assets import Asset, AssetVersion
from asset_ingest.core.model.ids import AssetId
from asset_ingest.core.ports.repos import AssetQuery, AssetRepo


class MemoryAssets(AssetRepo):
    def __init__(self, rows: StudioTables) -> None:
        self._rows = rows
        self._assets = rows.tables.assets

    async def add(self, asset: Asset, version: AssetVersion) -> None:
        self._rows.add(self._assets, _kept(asset))
        add_version(self._rows, version)

    async def get(self, asset_id: AssetId) -> Asset:
        return self._rows.get(self._assets, asset_id, "asset")

    async def lock(self, asset_id: AssetId) -> Asset:
        return await self.get(asset_id)

    async def save(self, asset: Asset) -> None:
        self._rows.save(self._assets, _kept(asset), believed=lambda stored: stored.revision == asset.revision - 1)

    async def page(self, query: AssetQuery) -> list[Asset]:
        assets = self._rows.newest_first(self._assets.values(), query.after)
        return [asset for asset in assets if _matches(asset, query)][: query.limit]


def _matches(asset: Asset, query: AssetQuery) -> bool:
    return (
        asset.ready_at is not None
        and query.kind in {None, asset.kind}
        and query.publisher_id in {None, asset.publisher_id}
        and has(asset.name, query.text)
    )


def _kept(asset: Asset) -> Asset:
    return replace(asset, metadata=as_stored(asset.metadata), provenance=dict(asset.provenance))
