"""Share links."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from asset_ingest.adapters.repos.memory.tables import Store, StudioTables, refuse_if
from asset_ingest.core.errors import Conflict
from asset_ingest.core.model.ids import AssetId, ShareId
from asset_ingest.core.model.shares import Share, ShareStatus, ShareVisit
from asset_ingest.core.ports.share_repos import ShareRecords, ShareRepo


class MemoryShares(ShareRepo):
    def __init__(self, rows: StudioTables) -> None:
        self._rows = rows
        self._shares = rows.tables.shares
        self._visits = rows.tables.share_visits

    async def add(self, share: Share) -> None:
        asset = self._rows.tables.assets.get(share.asset_id)
        if asset is None or asset.studio_id != share.studio_id:
            raise Conflict("the asset went away meanwhile")
        refuse_if(any(other.token_hash == share.token_hash for other in self._shares.values()))
        self._rows.add(self._shares, share)

    async def get(self, share_id: ShareId) -> Share:
        share = self._rows.get(self._shares, share_id, "share link")
        self._rows.get(self._rows.tables.assets, share.asset_id, "asset")  # with which it went
        return share

    async def of_asset(self, asset_id: AssetId, limit: int, after: ShareId | None) -> list[Share]:
        return [row for row in self._rows.newest_first(self._shares.values(), after) if row.asset_id == asset_id][
            :limit
        ]

    async def count(self, asset_id: AssetId, now: datetime) -> int:
        return sum(row.status(now) is ShareStatus.ACTIVE for row in self._of(asset_id))

    async def revoke(self, share_id: ShareId, now: datetime) -> bool:
        share = await self.get(share_id)
        if share.revoked_at is None:
            self._shares[share_id] = replace(share, revoked_at=now)
        return share.revoked_at is None

    async def revoke_all(self, asset_id: AssetId, now: datetime) -> list[ShareId]:
        ended = sorted(row.id for row in self._of(asset_id) if row.revoked_at is None)
        for share_id in ended:
            self._shares[share_id] = replace(self._shares[share_id], revoked_at=now)
        return ended

    async def visit(self, visit: ShareVisit) -> bool:
        self._rows.own(visit)
        for key, row in list(self._visits.items()):
            if row.share_id == visit.share_id and row.day < visit.day:
                del self._visits[key]
        key = (visit.share_id, visit.visitor)
        is_first = key not in self._visits
        self._visits[key] = visit
        return is_first

    def _of(self, asset_id: AssetId) -> list[Share]:
        return [row for row in self._rows.mine(self._shares.values()) if row.asset_id == asset_id]


class MemoryShareRecords(ShareRecords):
    def __init__(self, store: Store) -> None:
        self._store = store

    async def by_token(self, token_hash: str) -> Share | None:
        async with self._store.transaction() as tables:
            found = (row for row in tables.shares.values() if row.token_hash == token_hash)
            return next((row for row in found if row.asset_id in tables.assets), None)
