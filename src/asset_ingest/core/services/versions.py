"""The versions of an asset: listed, compared, and made the current one again. Nothing is ever overwritten."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from asset_ingest.core.errors import AssetInTrash
from asset_ingest.core.model.access import Action, Principal, require
from asset_ingest.core.model.assets import DESCRIBED, Asset, AssetVersion, Blob, EntryChange, wearing
from asset_ingest.core.model.events import CurrentChanged, Event
from asset_ingest.core.model.ids import AssetId
from asset_ingest.core.model.revisions import Read
from asset_ingest.core.model.uploads import clean_note
from asset_ingest.core.ports.repos import Transaction
from asset_ingest.core.services.asset_changes import AssetChanges
from asset_ingest.core.services.asset_views import (
    AssetDetail,
    Comparison,
    EntryChangeView,
    EntryStateView,
    FactDifference,
    VersionView,
)
from asset_ingest.core.services.assets import version_view
from asset_ingest.core.services.jobs import Page, page_of


@dataclass(frozen=True, slots=True)
class Versions:
    """Lists and compares versions, and moves the pointer to the current one."""

    changes: AssetChanges

    async def page(self, who: Principal, asset_id: AssetId, limit: int, before: int) -> Page[VersionView]:
        """Return versions with lower numbers than `before`, the newest first."""
        require(who, Action.READ)
        async with self.changes.journeys.records.reading(who.studio_id) as tx:
            await tx.assets.get(asset_id)
            found = await tx.versions.page(asset_id, limit + 1, before)
            blobs = await tx.versions.blobs([version.blob_id for version in found])
        views = [version_view(version, blobs[version.blob_id]) for version in found[:limit]]
        return page_of(views, more=len(found) > limit, cursor=lambda view: view.number)

    async def compare(self, who: Principal, asset_id: AssetId, a: int, b: int, limit: int, after: str) -> Comparison:
        """Say what differs between two versions; entries behind the GUID `after`, at most `limit` of them."""
        require(who, Action.READ)
        async with self.changes.journeys.records.reading(who.studio_id) as tx:
            pair = [await tx.versions.numbered(asset_id, number) for number in (a, b)]
            blobs = await tx.versions.blobs([version.blob_id for version in pair])
            changed = await tx.derived.entry_changes(pair[0].id, pair[1].id, after, limit + 1)
        one, two = ((version, blobs[version.blob_id]) for version in pair)
        views = [_entry_change(change) for change in changed[:limit]]
        return Comparison(
            a=version_view(*one),
            b=version_view(*two),
            same_content=one[1].id == two[1].id,
            facts=_differences(_facts(*one), _facts(*two)),
            entries=page_of(views, more=len(changed) > limit, cursor=lambda change: change.guid),
        )

    async def roll_back(
        self, who: Principal, asset_id: AssetId, number: int, reason: str = "", read: Read = None
    ) -> AssetDetail:
        """Make another version the current one; raises NotFound, ChangedMeanwhile, AssetInTrash.

        No version is changed or lost by that, and the next new one gets the next number.
        """
        require(who, Action.ROLL_BACK)
        reason = clean_note(reason, "reason")

        async def change(tx: Transaction, asset: Asset) -> tuple[Asset, Event]:
            if asset.is_trashed:
                raise AssetInTrash
            version = await tx.versions.numbered(asset_id, number)
            told = CurrentChanged(was=asset.current_version, now=number, reason=reason)
            return (asset if number == asset.current_version else wearing(asset, version)), told

        return await self.changes.write(who, asset_id, read, change)


def _facts(version: AssetVersion, blob: Blob) -> dict[str, Any]:
    described: Any = version.facts.get(DESCRIBED, {})
    own = {key: described.get(key) for key in ("name", "kind")}
    plain = {"size": blob.size, "sha256": blob.sha256, "content_type": version.content_type}
    return {**plain, "filename": version.filename, **own, **described.get("metadata", {})}


def _differences(a: dict[str, Any], b: dict[str, Any]) -> list[FactDifference]:
    fields = [field for field in {**a, **b} if a.get(field) != b.get(field)]
    return [FactDifference(field, a.get(field), b.get(field)) for field in fields]


def _entry_change(change: EntryChange) -> EntryChangeView:
    a, b = (EntryStateView(at.path, at.kind, at.size) if at else None for at in (change.a, change.b))
    return EntryChangeView(change.guid, "added" if a is None else "removed" if b is None else "changed", a, b)
