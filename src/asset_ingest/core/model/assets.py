"""What the bytes became. Versions, renditions and entries are facts: written once, never changed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from asset_ingest.core.model.ids import AssetId, BlobId, MemberId, PublisherId, StudioId, VersionId


class AssetKind(StrEnum):
    """What a file is, by its bytes."""

    UNITY_PACKAGE = "unity_package"
    PHOTO = "photo"
    VIDEO = "video"
    AUDIO = "audio"
    MODEL3D = "model3d"
    ARCHIVE = "archive"
    DOCUMENT = "document"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Blob:
    """Content of a studio: unique by (studio, SHA-256)."""

    id: BlobId
    studio_id: StudioId
    sha256: str
    object_key: str
    size: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Asset:
    """What a studio owns. `ready_at` is empty until its first run has ended well.

    `metadata` holds the facts people look for (title, version, counts …); `provenance` says for each of its keys where
    it came from: header, page or user. Together with kind and publisher they are those of the current version.
    `tags` and `custom` are what people say of it, whichever version is current. In the trash (`trashed_at`) it keeps
    all it has, and takes nothing new.
    """

    id: AssetId
    studio_id: StudioId
    name: str
    kind: AssetKind
    created_by: MemberId
    created_at: datetime
    updated_at: datetime
    revision: int = 1
    current_version: int = 1
    publisher_id: PublisherId | None = None
    metadata: dict[str, object] = field(default_factory=dict)
    provenance: dict[str, str] = field(default_factory=dict)
    ready_at: datetime | None = None
    tags: tuple[str, ...] = ()
    custom: dict[str, object] = field(default_factory=dict)
    latest_version: int = 1
    trashed_at: datetime | None = None

    @property
    def is_trashed(self) -> bool:
        return self.trashed_at is not None


USER = "user"
"""The provenance of what a person said: no file and no page says it away."""
DESCRIBED = "described"
"""Under which of a version's facts stands what the asset is called and known by while this version is the current."""
CHECKS = "checks"
"""Under which of a version's facts stands what was verified of its bytes, and by whom."""


@dataclass(frozen=True, slots=True)
class AssetVersion:
    """One immutable state of an asset: number 1, 2, 3 … and the blob it is."""

    id: VersionId
    studio_id: StudioId
    asset_id: AssetId
    number: int
    blob_id: BlobId
    filename: str
    content_type: str
    created_by: MemberId
    created_at: datetime
    facts: dict[str, object] = field(default_factory=dict)
    change_note: str = ""


def description(asset: Asset) -> dict[str, object]:
    """Return what a version that is current now has to remember, so that the asset can become this again."""
    return {
        "name": asset.name,
        "kind": str(asset.kind),
        "metadata": asset.metadata,
        "provenance": {key: said for key, said in asset.provenance.items() if said != USER},
        "publisher_id": str(asset.publisher_id) if asset.publisher_id else None,
    }


def wearing(asset: Asset, version: AssetVersion) -> Asset:
    """Return the asset with `version` as its current one; a name that a person gave stays."""
    known: Any = version.facts[DESCRIBED]
    kept = {key: said for key, said in asset.provenance.items() if said == USER}
    return replace(
        asset,
        current_version=version.number,
        name=asset.name if "name" in kept else known["name"],
        kind=AssetKind(known["kind"]),
        metadata=known["metadata"],
        provenance={**known["provenance"], **kept},
        publisher_id=PublisherId(UUID(known["publisher_id"])) if known["publisher_id"] else None,
    )


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who made an asset, as a store or a person names them; unique by (studio, source, external_id)."""

    id: PublisherId
    studio_id: StudioId
    source: str
    external_id: str
    name: str
    created_at: datetime
    url: str | None = None


class RenditionRole(StrEnum):
    """What a picture made of a version is for."""

    THUMBNAIL = "thumbnail"
    CONTACT_SHEET = "contact_sheet"
    ENTRY_PREVIEWS = "entry_previews"  # all previews of a package behind each other; entries hold offset and length


@dataclass(frozen=True, slots=True)
class Rendition:
    """Something made of a version; `recipe` is the fingerprint of what made it, so stale ones can be listed."""

    version_id: VersionId
    studio_id: StudioId
    role: RenditionRole
    recipe: str
    object_key: str
    content_type: str
    size: int
    width: int | None = None
    height: int | None = None

    @property
    def edition(self) -> str:
        """Return what changes whenever the rendition is made anew: the attempt's part of its key."""
        return edition_of(self.object_key)


def edition_of(object_key: str) -> str:
    """Return the attempt's part of a rendition's key."""
    return object_key.rsplit("/", 2)[-2]


@dataclass(frozen=True, slots=True)
class PackageEntry:
    """One file or folder inside a package, numbered in the order of the archive.

    `path` is data for people, never a file name for us. `preview_offset` and `preview_length` (bytes) point into the
    version's ENTRY_PREVIEWS rendition.
    """

    version_id: VersionId
    studio_id: StudioId
    number: int
    guid: str
    path: str
    kind: str
    size: int
    preview_offset: int | None = None
    preview_length: int | None = None


@dataclass(frozen=True, slots=True)
class EntryState:
    """What one version says of an entry."""

    path: str
    kind: str
    size: int


@dataclass(frozen=True, slots=True)
class EntryChange:
    """How the entry with this GUID differs between two versions; None on a side that has no such entry."""

    guid: str
    a: EntryState | None
    b: EntryState | None


class PublicationStatus(StrEnum):
    PENDING = "PENDING"  # a CMS call may be under way
    PUBLISHED = "PUBLISHED"
    DRIFTED = "DRIFTED"  # over there it no longer says what we sent
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Publication:
    """What a CMS holds of an asset; unique by (asset, target). `sent_hash` is the SHA-256 of what was sent."""

    asset_id: AssetId
    studio_id: StudioId
    target: str
    status: PublicationStatus
    updated_at: datetime
    external_id: str | None = None
    sent_hash: str | None = None
