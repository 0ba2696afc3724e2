"""Rows of the catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from asset_ingest.core.model.assets import (
    Asset,
    AssetKind,
    AssetVersion,
    Blob,
    PackageEntry,
    Publication,
    PublicationStatus,
    Publisher,
    Rendition,
    RenditionRole,
)
from asset_ingest.core.model.ids import AssetId, BlobId, PublisherId, VersionId
from asset_ingest.testing.records.samples.base import LONG_AGO, StudioSamples, digest, new_id


@dataclass(frozen=True, slots=True)
class AssetSamples(StudioSamples):
    """Makes assets and what is made of them."""

    def blob(self, **changes: Any) -> Blob:
        ident = BlobId(new_id())
        own: dict[str, Any] = {
            "id": ident,
            "studio_id": self.id,
            "sha256": digest(ident),
            "object_key": f"blobs/{ident}",
            "size": 7,
            "created_at": LONG_AGO,
        }
        return Blob(**own | changes)

    def asset(self, **changes: Any) -> Asset:
        own: dict[str, Any] = {
            "id": AssetId(new_id()),
            "studio_id": self.id,
            "name": "Forest",
            "kind": AssetKind.UNITY_PACKAGE,
            "created_by": self.member.id,
            "created_at": LONG_AGO,
            "updated_at": LONG_AGO,
        }
        return Asset(**own | changes)

    def version(self, asset: Asset, blob: Blob, **changes: Any) -> AssetVersion:
        own: dict[str, Any] = {
            "id": VersionId(new_id()),
            "studio_id": self.id,
            "asset_id": asset.id,
            "number": 1,
            "blob_id": blob.id,
            "filename": "Forest.unitypackage",
            "content_type": "application/gzip",
            "created_by": self.member.id,
            "created_at": LONG_AGO,
        }
        return AssetVersion(**own | changes)

    def publisher(self, **changes: Any) -> Publisher:
        ident = PublisherId(new_id())
        own: dict[str, Any] = {
            "source": "store",
            "external_id": str(ident),
            "name": "Trees Ltd",
            "created_at": LONG_AGO,
        }
        return Publisher(**{"id": ident, "studio_id": self.id} | own | changes)

    def rendition(self, version: AssetVersion, **changes: Any) -> Rendition:
        own: dict[str, Any] = {
            "version_id": version.id,
            "studio_id": self.id,
            "role": RenditionRole.THUMBNAIL,
            "recipe": "r1",
            "object_key": f"renditions/{new_id()}",
            "content_type": "image/webp",
            "size": 9,
        }
        return Rendition(**own | changes)

    def entry(self, version: AssetVersion, number: int, **changes: Any) -> PackageEntry:
        own: dict[str, Any] = {
            "version_id": version.id,
            "studio_id": self.id,
            "number": number,
            "guid": f"{number:032x}",
            "path": f"Assets/{number}.png",
            "kind": "texture",
            "size": 3,
        }
        return PackageEntry(**own | changes)

    def publication(self, asset: Asset, **changes: Any) -> Publication:
        own: dict[str, Any] = {
            "asset_id": asset.id,
            "studio_id": self.id,
            "target": "strapi",
            "status": PublicationStatus.PENDING,
            "updated_at": LONG_AGO,
        }
        return Publication(**own | changes)
