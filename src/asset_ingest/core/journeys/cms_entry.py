"""An asset as a CMS is told of it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from datetime import datetime

from asset_ingest.core.model.assets import Asset, Publication, PublicationStatus, Publisher, Rendition
from asset_ingest.core.ports.cms import AssetEntry, PublisherEntry
from asset_ingest.core.ports.media import Picture
from asset_ingest.core.ports.object_store import ObjectStore


async def cms_entry(
    store: ObjectStore, asset: Asset, publisher: Publisher | None, thumbnail: Rendition | None
) -> AssetEntry:
    """Return what a CMS should hold of the asset now."""
    return AssetEntry(
        key=str(asset.id),
        name=asset.name,
        kind=asset.kind,
        metadata=asset.metadata,
        publisher=PublisherEntry(str(publisher.id), publisher.name, publisher.url) if publisher else None,
        thumbnail=await _picture(store, thumbnail) if thumbnail else None,
    )


async def _picture(store: ObjectStore, made: Rendition) -> Picture:
    content = b"".join([chunk async for chunk in store.read(made.object_key)])
    return Picture(content, made.content_type, made.width or 0, made.height or 0)


def published(asset: Asset, target: str, external_id: str, entry: AssetEntry, at: datetime) -> Publication:
    """Return what we remember of an entry that the CMS has just taken."""
    return Publication(
        asset_id=asset.id,
        studio_id=asset.studio_id,
        target=target,
        status=PublicationStatus.PUBLISHED,
        updated_at=at,
        external_id=external_id,
        sent_hash=_fingerprint(entry),
    )


def _fingerprint(entry: AssetEntry) -> str:
    told = asdict(replace(entry, thumbnail=None))
    picture = entry.thumbnail.content if entry.thumbnail else b""
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode() + picture).hexdigest()
