"""Which field of Strapi takes which fact; the defaults are those of the content types we ship."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping as Table
from dataclasses import dataclass, field
from typing import Any, Final

from asset_ingest.core.ports.cms import AssetEntry, PublisherEntry

FACTS: Final = {
    "version": "version",
    "description": "description",
    "category": "category",
    "tags": "tags",
    "store_id": "storeId",
    "store_url": "storeUrl",
    "unity_version": "unityVersion",
    "entry_count": "entryCount",
    "inflated_size": "inflatedSize",
}


@dataclass(frozen=True, slots=True)
class PublisherFields:
    """Where a publisher goes. None: that fact is not sent."""

    collection: str = "publishers"
    key: str = "ingestKey"
    name: str = "name"
    slug: str | None = "slug"
    url: str | None = "url"


@dataclass(frozen=True, slots=True)
class AssetFields:
    """Where an asset goes. None: that fact is not sent. `facts`: keys of its metadata with fields of their own."""

    collection: str = "assets"
    key: str = "ingestKey"
    title: str = "title"
    slug: str | None = "slug"
    kind: str | None = "kind"
    metadata: str | None = "metadata"
    publisher: str | None = "publisher"
    thumbnail: str | None = "thumbnail"
    facts: Table[str, str] = field(default_factory=lambda: dict(FACTS))


@dataclass(frozen=True, slots=True)
class Mapping:
    """Both content types. Without `asset.publisher` no publishers are sent at all."""

    publisher: PublisherFields = PublisherFields()
    asset: AssetFields = AssetFields()


SHIPPED: Final = Mapping()


# --- what is sent -----------------------------------------------------------------------------------------------


def publisher_data(to: PublisherFields, entry: PublisherEntry) -> dict[str, Any]:
    """Return what Strapi should hold of a publisher, by its fields."""
    told = {to.key: entry.key, to.name: entry.name, to.slug: slug(entry.name, entry.key), to.url: entry.url}
    return {name: value for name, value in told.items() if name is not None}


def asset_data(to: AssetFields, entry: AssetEntry) -> dict[str, Any]:
    """Return what Strapi should hold of an asset, by its fields, without its publisher and thumbnail."""
    told: dict[str | None, Any] = {where: entry.metadata.get(fact) for fact, where in to.facts.items()}
    told |= {to.key: entry.key, to.title: entry.name, to.kind: entry.kind, to.metadata: entry.metadata}
    told |= {to.slug: slug(entry.name, entry.key)}
    return {name: value for name, value in told.items() if name is not None}


def slug(name: str, key: str) -> str:
    """Return what may stand in an address. The ending comes from the key, so equal names never clash."""
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", ascii_only)[:80].strip("-")
    ending = hashlib.sha256(key.encode()).hexdigest()[:10]
    return f"{words}-{ending}" if words else ending
