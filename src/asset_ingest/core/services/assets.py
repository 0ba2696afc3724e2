"""The catalogue: a query over our own tables, whatever CMS is wired."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from asset_ingest.core.errors import NotFound, ObjectMissing
from asset_ingest.core.model.access import Action, Principal, require
from asset_ingest.core.model.assets import (
    CHECKS,
    AssetVersion,
    Blob,
    PackageEntry,
    Publisher,
    Rendition,
    RenditionRole,
)
from asset_ingest.core.model.ids import AssetId, PublisherId, VersionId
from asset_ingest.core.ports.asset_repos import AssetQuery, Card, Known, place_of
from asset_ingest.core.ports.object_store import ObjectStore
from asset_ingest.core.ports.repos import EntryQuery, Records, Transaction
from asset_ingest.core.services.asset_cursors import cursor_to, place_in
from asset_ingest.core.services.asset_views import (
    AssetDetail,
    AssetView,
    CandidateView,
    EntryView,
    FindingView,
    PublicationView,
    PublisherName,
    PublisherView,
    VersionView,
)
from asset_ingest.core.services.checked import check_views
from asset_ingest.core.services.jobs import Page, page_of

VERSIONS_SHOWN = 100
"""Of an asset's page."""


@dataclass(frozen=True, slots=True)
class Content:
    """Stored bytes ready to be served. `tag` changes whenever the bytes do."""

    object_key: str
    size: int
    content_type: str
    filename: str
    tag: str
    created_at: datetime | None = None
    offset: int = 0  # where the content starts inside the object


@dataclass(frozen=True, slots=True)
class Assets:
    """Reads assets, their versions, entries and pictures."""

    records: Records
    store: ObjectStore

    async def page(self, who: Principal, query: AssetQuery, cursor: str | None = None) -> Page[AssetView]:
        """Return ready assets, from behind the `cursor` of an earlier page of the same list."""
        require(who, Action.READ)
        if cursor is not None:
            query = replace(query, after=place_in(cursor, who.studio_id, query))
        async with self.records.reading(who.studio_id) as tx:
            found = await tx.assets.cards(replace(query, limit=query.limit + 1))
        shown = found[: query.limit]
        more = len(found) > query.limit
        last = cursor_to(place_of(shown[-1].asset, query.sort), who.studio_id, query) if more else None
        return Page([AssetView(**_told_by(card)) for card in shown], last)

    async def get(self, who: Principal, asset_id: AssetId) -> AssetDetail:
        """Return all that is known of the asset."""
        require(who, Action.READ)
        async with self.records.reading(who.studio_id) as tx:
            known = await tx.assets.known(asset_id)
            asset = known.card.asset
            versions = await tx.versions.shown(asset_id, asset.latest_version - VERSIONS_SHOWN, asset.current_version)
        return _detail(known, versions)

    async def entries(self, who: Principal, asset_id: AssetId, query: EntryQuery) -> Page[EntryView]:
        """Return entries of the current version in the order of the archive."""
        require(who, Action.READ)
        async with self.records.reading(who.studio_id) as tx:
            version_id = await _current(tx, asset_id)
            found = await tx.derived.entries(version_id, replace(query, limit=query.limit + 1))
        entries = [_entry_view(asset_id, entry) for entry in found[: query.limit]]
        return page_of(entries, more=len(found) > query.limit, cursor=lambda entry: entry.number)

    async def content(self, who: Principal, asset_id: AssetId, number: int) -> Content:
        """Return where the original bytes of a version are."""
        require(who, Action.READ)
        async with self.records.reading(who.studio_id) as tx:
            version = await tx.versions.numbered(asset_id, number)
            blob = await tx.versions.blob(version.blob_id)
        return Content(
            blob.object_key, blob.size, version.content_type, version.filename, blob.sha256, version.created_at
        )

    async def rendition(self, who: Principal, asset_id: AssetId, role: RenditionRole) -> Content:
        """Return where a picture made of the current version is."""
        require(who, Action.READ)
        async with self.records.reading(who.studio_id) as tx:
            made = _role(await tx.derived.renditions([await _current(tx, asset_id)]), role)
        if made is None or role is RenditionRole.ENTRY_PREVIEWS:
            raise NotFound("picture", f"{role} of asset {asset_id}")
        return Content(made.object_key, made.size, made.content_type, str(role), made.edition)

    async def entry_preview(self, who: Principal, asset_id: AssetId, number: int) -> Content:
        """Return where the preview of one entry lies inside the pack of all."""
        require(who, Action.READ)
        async with self.records.reading(who.studio_id) as tx:
            version_id = await _current(tx, asset_id)
            found = await tx.derived.entries(version_id, EntryQuery(limit=1, after=number - 1))
            pack = _role(await tx.derived.renditions([version_id]), RenditionRole.ENTRY_PREVIEWS)
        entry = found[0] if found and found[0].number == number else None
        if pack is None or entry is None or entry.preview_offset is None or entry.preview_length is None:
            raise NotFound("preview", f"of entry {number}")
        tag = f"{pack.edition}-{number}"
        return Content(
            pack.object_key, entry.preview_length, "image/png", "preview.png", tag, offset=entry.preview_offset
        )

    async def check(self, content: Content) -> None:
        """Raise ObjectMissing unless the store holds all of these bytes: say so before an answer has begun."""
        stored = await self.store.stat(content.object_key)
        if stored.size < content.offset + content.size:
            raise ObjectMissing(content.object_key)

    def read(self, content: Content, start: int, end: int) -> AsyncGenerator[bytes, None]:
        """Yield the bytes `[start, end)` of the content."""
        return self.store.read(content.object_key, content.offset + start, content.offset + end)

    async def publishers(self, who: Principal, limit: int, after: PublisherId | None) -> Page[PublisherView]:
        """Return publishers, newest first."""
        require(who, Action.READ)
        async with self.records.reading(who.studio_id) as tx:
            found = await tx.publishers.page(limit + 1, after)
        publishers = [_publisher_view(publisher, count) for publisher, count in found[:limit]]
        return page_of(publishers, more=len(found) > limit, cursor=lambda publisher: publisher.id)

    async def publisher(self, who: Principal, publisher_id: PublisherId) -> PublisherView:
        """Return one publisher."""
        require(who, Action.READ)
        async with self.records.reading(who.studio_id) as tx:
            return _publisher_view(*await tx.publishers.counted(publisher_id))


async def _current(tx: Transaction, asset_id: AssetId) -> VersionId:
    current = await tx.versions.current([asset_id])
    if asset_id not in current:
        raise NotFound("asset", asset_id)
    return current[asset_id]


def _told_by(card: Card) -> dict[str, Any]:
    asset, publisher_id = card.asset, card.asset.publisher_id
    return {
        "id": asset.id,
        "name": asset.name,
        "kind": asset.kind,
        "created_at": asset.created_at,
        "updated_at": asset.updated_at,
        "ready_at": asset.ready_at,
        "revision": asset.revision,
        "current_version": asset.current_version,
        "publisher": PublisherName(publisher_id, card.publisher) if publisher_id and card.publisher else None,
        "thumbnail_url": _picture_url(card, RenditionRole.THUMBNAIL),
        "metadata": asset.metadata,
        "tags": list(asset.tags),
        "custom": asset.custom,
        "created_by": asset.created_by,
        "latest_version": asset.latest_version,
        "trashed_at": asset.trashed_at,
    }


def _detail(known: Known, versions: Sequence[tuple[AssetVersion, Blob]]) -> AssetDetail:
    asset = known.card.asset
    current = next((each for each in versions if each[0].number == asset.current_version), None)
    if current is None:  # purged between two looks
        raise NotFound("asset", asset.id)
    oldest_shown = asset.latest_version - VERSIONS_SHOWN
    return AssetDetail(
        **_told_by(known.card),
        **_facts(known, *current),
        versions=[version_view(version, blob) for version, blob in versions if version.number > oldest_shown],
    )


def _facts(known: Known, version: AssetVersion, blob: Blob) -> dict[str, Any]:
    asset = known.card.asset
    found, listing = (_told(version, step) for step in ("unity.unpack", "unity.listing"))
    return {
        "provenance": asset.provenance,
        "contact_sheet_url": _picture_url(known.card, RenditionRole.CONTACT_SHEET),
        "size": blob.size,
        "sha256": blob.sha256,
        "content_type": version.content_type,
        "filename": version.filename,
        "entry_count": asset.metadata.get("entry_count"),
        "finding_count": asset.metadata.get("finding_count"),
        "findings": [FindingView(**finding) for finding in found.get("findings", [])],
        "entry_kinds": dict(sorted(known.entry_kinds.items())),
        "store_record": found.get("store_record"),
        "candidates": [CandidateView(**candidate) for candidate in listing.get("candidates", [])],
        "publications": [PublicationView(each.target, each.status, each.external_id) for each in known.publications],
    }


def _told(version: AssetVersion, step: str) -> dict[str, Any]:
    """Return the facts that a step wrote; empty where it wrote none."""
    facts = version.facts.get(step)
    return facts if isinstance(facts, dict) else {}


def _role(renditions: list[Rendition], role: RenditionRole) -> Rendition | None:
    return next((each for each in renditions if each.role is role), None)


def _picture_url(card: Card, role: RenditionRole) -> str | None:
    edition = card.pictures.get(role)
    if edition is None:
        return None
    return f"/api/v1/assets/{card.asset.id}/renditions/{role}?v={edition}"  # may be cached for ever


def version_view(version: AssetVersion, blob: Blob) -> VersionView:
    checks = version.facts.get(CHECKS)
    known = checks if isinstance(checks, dict) else {}  # older versions have none
    return VersionView(
        number=version.number,
        filename=version.filename,
        size=blob.size,
        sha256=blob.sha256,
        content_type=version.content_type,
        created_at=version.created_at,
        content_url=f"/api/v1/assets/{version.asset_id}/versions/{version.number}/content",
        crc64nvme=known.get("crc64nvme"),
        verified=check_views(known.get("verified", {})),
        created_by=version.created_by,
        change_note=version.change_note,
    )


def _entry_view(asset_id: AssetId, entry: PackageEntry) -> EntryView:
    url = f"/api/v1/assets/{asset_id}/entries/{entry.number}/preview"
    return EntryView(
        number=entry.number,
        guid=entry.guid,
        path=entry.path,
        kind=entry.kind,
        size=entry.size,
        preview_url=url if entry.preview_length is not None else None,
    )


def _publisher_view(publisher: Publisher, count: int) -> PublisherView:
    return PublisherView(
        publisher.id, publisher.name, publisher.source, publisher.external_id, publisher.url, asset_count=count
    )
