"""What may be seen of assets, versions, entries and publishers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from asset_ingest.core.model.assets import (
    AssetKind,
)
from asset_ingest.core.model.ids import AssetId, MemberId, PublisherId
from asset_ingest.core.services.checked import CheckView
from asset_ingest.core.services.jobs import Page


@dataclass(frozen=True, slots=True)
class PublisherName:
    id: PublisherId
    name: str


@dataclass(frozen=True, slots=True)
class AssetView:
    """A card of the catalogue. `metadata` is what was found, `custom` what people say; `revision` is its ETag."""

    id: AssetId
    name: str
    kind: AssetKind
    created_at: datetime
    updated_at: datetime
    ready_at: datetime | None
    revision: int
    current_version: int
    publisher: PublisherName | None
    thumbnail_url: str | None
    metadata: dict[str, Any]
    tags: list[str]
    custom: dict[str, Any]
    created_by: MemberId
    latest_version: int
    trashed_at: datetime | None


@dataclass(frozen=True, slots=True)
class VersionView:
    """One immutable state of an asset; `verified` is what was checked of its bytes before it was born."""

    number: int
    filename: str
    size: int
    sha256: str
    content_type: str
    created_at: datetime
    content_url: str
    crc64nvme: str | None
    verified: list[CheckView]
    created_by: MemberId
    change_note: str


@dataclass(frozen=True, slots=True)
class FactDifference:
    """One fact that two versions say differently."""

    field: str
    a: Any
    b: Any


@dataclass(frozen=True, slots=True)
class EntryStateView:
    path: str
    kind: str
    size: int


@dataclass(frozen=True, slots=True)
class EntryChangeView:
    """How an entry of a package differs; entries are the same by their GUID, wherever they lie."""

    guid: str
    change: Literal["added", "removed", "changed"]
    a: EntryStateView | None
    b: EntryStateView | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs between two versions, from `a` to `b`."""

    a: VersionView
    b: VersionView
    same_content: bool
    facts: list[FactDifference]
    entries: Page[EntryChangeView]


@dataclass(frozen=True, slots=True)
class FindingView:
    """Something odd about the file that a person should know."""

    code: str
    detail: str
    guid: str | None
    path: str | None


@dataclass(frozen=True, slots=True)
class PublicationView:
    """Where the asset is published outside."""

    target: str
    status: str
    external_id: str | None


@dataclass(frozen=True, slots=True)
class CandidateView:
    """A product of the store that the package may be, going by its name alone."""

    product_id: str
    title: str


@dataclass(frozen=True, slots=True)
class AssetDetail(AssetView):
    """An asset's page. `provenance` says for each key of `metadata` where it came from: file, header, page or user.

    `versions` are the newest ones; the list of versions has them all.
    """

    provenance: dict[str, str]
    contact_sheet_url: str | None
    size: int
    sha256: str
    content_type: str
    filename: str
    entry_count: int | None
    finding_count: int | None
    findings: list[FindingView]
    entry_kinds: dict[str, int]
    store_record: dict[str, Any] | None
    candidates: list[CandidateView]
    publications: list[PublicationView]
    versions: list[VersionView]


@dataclass(frozen=True, slots=True)
class EntryView:
    """One file or folder of a package."""

    number: int
    guid: str
    path: str
    kind: str
    size: int
    preview_url: str | None


@dataclass(frozen=True, slots=True)
class PublisherView:
    """A publisher and how many of its assets are in the catalogue, counted up to 1,000."""

    id: PublisherId
    name: str
    source: str
    external_id: str
    url: str | None
    asset_count: int
