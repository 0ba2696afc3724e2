"""Changing an asset: under its lock, from the state its writer has read, told with the change."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from asset_ingest.core.errors import ChangedMeanwhile
from asset_ingest.core.journeys import Journeys
from asset_ingest.core.model.access import Principal
from asset_ingest.core.model.assets import Asset, PublicationStatus
from asset_ingest.core.model.events import Drifted, Event
from asset_ingest.core.model.ids import AssetId
from asset_ingest.core.model.revisions import Read, is_read
from asset_ingest.core.ports.repos import Transaction
from asset_ingest.core.services.asset_views import AssetDetail
from asset_ingest.core.services.assets import Assets
from asset_ingest.core.services.publications import Publications

Change = Callable[[Transaction, Asset], Awaitable[tuple[Asset, Event]]]


class _Stale(Exception):
    """The asset is not as the writer has read it."""


@dataclass(frozen=True, slots=True)
class AssetChanges:
    """Writes one change of one asset, and lets the CMS follow."""

    journeys: Journeys
    assets: Assets
    publications: Publications

    async def write(self, who: Principal, asset_id: AssetId, read: Read, change: Change) -> AssetDetail:
        """Make the change and return the asset; raises ChangedMeanwhile, with its current state, for a stale writer.

        A change that changes nothing is neither written nor told.
        """
        try:
            was, now = await self._write(who, asset_id, read, change)
        except _Stale:
            raise ChangedMeanwhile(await self.assets.get(who, asset_id)) from None
        if _changed(was, now):
            await self.publications.follow(who, asset_id)
        return await self.assets.get(who, asset_id)

    async def _write(self, who: Principal, asset_id: AssetId, read: Read, change: Change) -> tuple[Asset, Asset]:
        async with self.journeys.change(who.studio_id) as tx:
            was = await locked(tx, asset_id, read)
            now, event = await change(tx, was)
            if now == was:
                return was, was
            now = replace(now, revision=was.revision + 1, updated_at=self.journeys.clock.now())
            await tx.assets.save(now)
            await self.journeys.tell_asset(tx, now, event, who, who.correlation_id)
            await self._note_drift(tx, now, who, _changed(was, now))
        return was, now

    async def _note_drift(self, tx: Transaction, asset: Asset, who: Principal, fields: tuple[str, ...]) -> None:
        """Remember that a CMS says something else from now on, until it has followed."""
        for held in await tx.publishers.publications(asset.id) if fields else ():
            if held.status is PublicationStatus.PUBLISHED:
                drifted = replace(held, status=PublicationStatus.DRIFTED, updated_at=self.journeys.clock.now())
                await tx.publishers.put_publication(drifted)
                told = Drifted(held.target, fields, gone=False)
                await self.journeys.tell_asset(tx, asset, told, who, who.correlation_id)


async def locked(tx: Transaction, asset_id: AssetId, read: Read) -> Asset:
    """Return the asset, locked, if it is as its writer has read it."""
    asset = await tx.assets.lock(asset_id)
    if not is_read(asset.revision, read):
        raise _Stale
    return asset


def _changed(was: Asset, now: Asset) -> tuple[str, ...]:
    """Return what has changed of what a CMS says of the asset."""
    return tuple(field for field in ("name", "current_version") if getattr(was, field) != getattr(now, field))
