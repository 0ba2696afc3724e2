"""The catalogue, as rows of one studio inside a transaction: what it can be asked, and what it keeps."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from asset_ingest.core.model.assets import Asset, AssetKind, AssetVersion, PublicationStatus, RenditionRole
from asset_ingest.core.model.ids import AssetId, MemberId, PublisherId


class AssetSort(StrEnum):
    """What the catalogue can be sorted by; equal ones stand in the order of their ids."""

    CREATED_AT = "created_at"
    NAME = "name"  # case ignored
    UPDATED_AT = "updated_at"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row stands in a sorted list: by its value, then by its id."""

    value: datetime | str
    id: AssetId


@dataclass(frozen=True, slots=True)
class AssetQuery:
    """A page of the catalogue, or of the trash; only ready assets. `after` is where the last row seen stands."""

    limit: int
    after: Place | None = None
    sort: AssetSort = AssetSort.CREATED_AT
    descending: bool = True
    trashed: bool = False
    kind: AssetKind | None = None
    publisher_id: PublisherId | None = None
    owner: MemberId | None = None
    tag: str | None = None
    since: datetime | None = None  # of `created_at`, included
    until: datetime | None = None  # excluded
    text: str | None = None  # words of name, tags, metadata and publisher; the last may be the beginning of one


def place_of(asset: Asset, sort: AssetSort) -> Place:
    """Return where the asset stands in a list sorted so."""
    values: dict[AssetSort, datetime | str] = {
        AssetSort.CREATED_AT: asset.created_at,
        AssetSort.NAME: asset.name,
        AssetSort.UPDATED_AT: asset.updated_at,
    }
    return Place(values[sort], asset.id)


COUNTED_AT_MOST = 1000
"""Assets of a tag or of a publisher; there are this many or more. To count a million takes as long as it sounds."""


@dataclass(frozen=True, slots=True)
class TagCount:
    """A tag, and how many assets of the catalogue have it; counted up to COUNTED_AT_MOST."""

    tag: str
    assets: int


@dataclass(frozen=True, slots=True)
class Card:
    """An asset with what every list shows of it: its publisher's name, and the pictures of its current version.

    Each picture is told by its edition.
    """

    asset: Asset
    publisher: str | None
    pictures: Mapping[RenditionRole, str]


@dataclass(frozen=True, slots=True)
class Published:
    """Where an asset is published, and how that stands."""

    target: str
    status: PublicationStatus
    external_id: str | None


@dataclass(frozen=True, slots=True)
class Known:
    """An asset's card with what its own page adds: how many entries of each kind, and where it is published."""

    card: Card
    entry_kinds: Mapping[str, int]
    publications: tuple[Published, ...]


class AssetRepo(Protocol):
    """What a studio owns."""

    @abstractmethod
    async def add(self, asset: Asset, version: AssetVersion) -> None: ...

    @abstractmethod
    async def get(self, asset_id: AssetId) -> Asset: ...

    @abstractmethod
    async def lock(self, asset_id: AssetId) -> Asset: ...

    @abstractmethod
    async def save(self, asset: Asset) -> None:
        """Write an asset whose revision is one more than the stored one."""

    @abstractmethod
    async def cards(self, query: AssetQuery) -> list[Card]:
        """Return a page of the catalogue, each asset with what a card shows beside it, by one question."""

    @abstractmethod
    async def known(self, asset_id: AssetId) -> Known:
        """Return an asset, trashed ones too, by one question; raises NotFound."""

    @abstractmethod
    async def tags(self, limit: int, after: str, prefix: str) -> list[TagCount]:
        """Return tags behind `after` that begin with `prefix`, in their order, each with its count."""

    @abstractmethod
    async def purge(self, asset_id: AssetId) -> None:
        """Remove the asset, which is locked, with all that was made of it, and content that is nobody else's.

        Jobs, runs and uploads that led to it stay and point to nothing; its facts stay.
        """
