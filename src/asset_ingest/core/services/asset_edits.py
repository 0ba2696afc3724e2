"""What people do with assets of the catalogue: name and tag them, put them away, and delete them for good."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from asset_ingest.core.errors import AssetInTrash, IngestError, InvalidRequest, NotPossibleNow
from asset_ingest.core.model.access import Action, Principal, require
from asset_ingest.core.model.assets import USER, Asset
from asset_ingest.core.model.events import AssetPurged, AssetRestored, AssetTrashed, AssetUpdated, Event
from asset_ingest.core.model.ids import AssetId
from asset_ingest.core.model.labels import clean_name, clean_tags, merged_custom
from asset_ingest.core.model.revisions import Read
from asset_ingest.core.ports.asset_repos import TagCount
from asset_ingest.core.ports.repos import Transaction
from asset_ingest.core.services.asset_changes import AssetChanges
from asset_ingest.core.services.asset_views import AssetDetail
from asset_ingest.core.services.jobs import Page, page_of
from asset_ingest.core.services.shares import Shares

MOST_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class AssetEdit:
    """What is to change; None stays as it is. Of `custom` only the keys named here change, and null takes one out."""

    name: str | None = None
    tags: Sequence[str] | None = None
    custom: Mapping[str, object] | None = None


class BulkAction(StrEnum):
    """What can be done with many assets at once."""

    TRASH = "trash"
    RESTORE = "restore"
    PURGE = "purge"
    TAG = "tag"
    UNTAG = "untag"


_NEEDED = {
    BulkAction.TRASH: Action.TRASH_ASSET,
    BulkAction.RESTORE: Action.RESTORE_ASSET,
    BulkAction.PURGE: Action.PURGE_ASSET,
    BulkAction.TAG: Action.EDIT_ASSET,
    BulkAction.UNTAG: Action.EDIT_ASSET,
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one of many ended; `error` is why nothing was done."""

    id: AssetId
    error: IngestError | None


@dataclass(frozen=True, slots=True)
class AssetEdits:
    """Changes what people say of assets, and whether they are in the catalogue."""

    changes: AssetChanges
    shares: Shares

    async def edit(self, who: Principal, asset_id: AssetId, edit: AssetEdit, read: Read = None) -> AssetDetail:
        """Change name, tags or metadata of people's own; raises ChangedMeanwhile, AssetInTrash."""
        require(who, Action.EDIT_ASSET)

        async def change(_tx: Transaction, asset: Asset) -> tuple[Asset, Event]:
            return _edited(asset, edit)

        return await self.changes.write(who, asset_id, read, change)

    async def trash(self, who: Principal, asset_id: AssetId, read: Read = None) -> AssetDetail:
        """Take the asset out of the catalogue and from those it was shared with; it keeps all it has else.

        Twice is no error.
        """
        require(who, Action.TRASH_ASSET)

        async def change(tx: Transaction, asset: Asset) -> tuple[Asset, Event]:
            await self.shares.end_all(tx, who, asset)
            when = asset.trashed_at or self.changes.journeys.clock.now()
            return replace(asset, trashed_at=when), AssetTrashed(asset.name)

        return await self.changes.write(who, asset_id, read, change)

    async def restore(self, who: Principal, asset_id: AssetId, read: Read = None) -> AssetDetail:
        """Put the asset back into the catalogue. Twice is no error."""
        require(who, Action.RESTORE_ASSET)

        async def change(_tx: Transaction, asset: Asset) -> tuple[Asset, Event]:
            return replace(asset, trashed_at=None), AssetRestored(asset.name)

        return await self.changes.write(who, asset_id, read, change)

    async def purge(self, who: Principal, asset_id: AssetId) -> None:
        """Delete an asset that is in the trash, with all of its versions; the sweeper frees their bytes.

        Content that another asset is, too, stays. Raises NotPossibleNow for an asset that is not in the trash.
        """
        require(who, Action.PURGE_ASSET)
        journeys = self.changes.journeys
        async with journeys.change(who.studio_id) as tx:
            asset = await tx.assets.lock(asset_id)
            if not asset.is_trashed:
                raise NotPossibleNow("only what is in the trash can be deleted for good")
            gone = replace(asset, revision=asset.revision + 1)
            await journeys.tell_asset(tx, gone, AssetPurged(asset.name, asset.latest_version), who, who.correlation_id)
            await tx.assets.purge(asset_id)

    async def bulk(
        self, who: Principal, action: BulkAction, ids: Sequence[AssetId], tags: Sequence[str] = ()
    ) -> list[Outcome]:
        """Do the same with many assets, each by itself; tell of each how it ended."""
        require(who, _NEEDED[action])
        labels = clean_tags(tags)
        if bool(labels) != (action in {BulkAction.TAG, BulkAction.UNTAG}):
            raise InvalidRequest("tags are for tag and untag, which need some", "tags")
        return [Outcome(each, await self._tried(who, action, each, labels)) for each in dict.fromkeys(ids)]

    async def _tried(
        self, who: Principal, action: BulkAction, asset_id: AssetId, tags: tuple[str, ...]
    ) -> IngestError | None:
        try:
            match action:
                case BulkAction.TRASH:
                    await self.trash(who, asset_id)
                case BulkAction.RESTORE:
                    await self.restore(who, asset_id)
                case BulkAction.PURGE:
                    await self.purge(who, asset_id)
                case BulkAction.TAG:
                    await self._retag(who, asset_id, lambda held: (*held, *tags))
                case BulkAction.UNTAG:
                    await self._retag(who, asset_id, lambda held: tuple(tag for tag in held if tag not in tags))
        except IngestError as error:
            return error
        return None

    async def _retag(
        self, who: Principal, asset_id: AssetId, tags: Callable[[tuple[str, ...]], tuple[str, ...]]
    ) -> None:
        async def change(_tx: Transaction, asset: Asset) -> tuple[Asset, Event]:
            return _edited(asset, AssetEdit(tags=tags(asset.tags)))

        await self.changes.write(who, asset_id, None, change)

    async def tags(self, who: Principal, limit: int, after: str, prefix: str) -> Page[TagCount]:
        """Return the tags of the catalogue in their order, each with the number of its assets."""
        require(who, Action.READ)
        async with self.changes.journeys.records.reading(who.studio_id) as tx:
            found = await tx.assets.tags(limit + 1, after, prefix)
        return page_of(found[:limit], more=len(found) > limit, cursor=lambda counted: counted.tag)


def _edited(asset: Asset, edit: AssetEdit) -> tuple[Asset, Event]:
    if asset.is_trashed:
        raise AssetInTrash
    changed = asset
    if edit.name is not None and (name := clean_name(edit.name)) != asset.name:
        changed = replace(changed, name=name, provenance={**asset.provenance, "name": USER})
    if edit.tags is not None:
        changed = replace(changed, tags=clean_tags(edit.tags))
    if edit.custom is not None:
        changed = replace(changed, custom=merged_custom(asset.custom, edit.custom))
    fields = tuple(name for name in ("name", "tags", "custom") if getattr(changed, name) != getattr(asset, name))
    return changed, AssetUpdated(fields, changed.name, changed.tags)
