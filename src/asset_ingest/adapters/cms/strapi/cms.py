"""Assets and their publishers as entries of Strapi 5."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from asset_ingest.adapters.cms.strapi.client import StrapiClient, connected
from asset_ingest.adapters.cms.strapi.comparison import unlike
from asset_ingest.adapters.cms.strapi.entries import Entries, Fields, Held, Link, View
from asset_ingest.adapters.cms.strapi.examination import Examination
from asset_ingest.adapters.cms.strapi.mapping import SHIPPED, Mapping, asset_data, publisher_data
from asset_ingest.adapters.cms.strapi.pictures import Pictures, file_name
from asset_ingest.core.ports.cms import CMS, AssetEntry, Difference, PublisherEntry, ReportsDrift
from asset_ingest.core.ports.examination import Examinable, Finding
from asset_ingest.core.ports.locks import Locks
from asset_ingest.core.ports.media import Picture
from asset_ingest.core.ports.telemetry import Observer


@asynccontextmanager
async def strapi_cms(
    url: str,
    token: str,
    *,
    locks: Locks,
    observer: Observer,
    mapping: Mapping = SHIPPED,
    view: View = "published",
    seconds: float = 15.0,
    upload_seconds: float = 120.0,
) -> AsyncIterator[StrapiCMS]:
    """Yield the CMS over one Strapi. It opens nothing before it is asked; raises Misconfigured for what cannot work.

    `seconds` is how long one request may take, `upload_seconds` one upload of a thumbnail.
    """
    async with connected(url, token, seconds) as client:
        yield StrapiCMS(client, Pictures(client, upload_seconds), locks, observer, mapping, view)


class StrapiCMS(CMS, ReportsDrift, Examinable):
    """Publishes by our stable keys. What `mapping` sends is ours to say; every other field is the editors'."""

    target = "strapi"

    def __init__(
        self,
        client: StrapiClient,
        pictures: Pictures,
        locks: Locks,
        observer: Observer,
        mapping: Mapping,
        view: View,
    ) -> None:
        self._client = client
        self._pictures = pictures
        self._locks = locks
        self._observer = observer
        self._mapping = mapping
        self._publishers = Entries(client, mapping.publisher.collection, mapping.publisher.key, view)
        self._assets = Entries(client, mapping.asset.collection, mapping.asset.key, view, _links(mapping))

    async def publish(self, entry: AssetEntry) -> str:
        publisher = await self._publisher(entry.publisher)
        async with self._locks.hold(self._name(self._assets, entry.key)):
            held = await self._find(self._assets, entry.key)
            wanted = asset_data(self._mapping.asset, entry)
            if self._mapping.asset.publisher:
                wanted[self._mapping.asset.publisher] = publisher
            if self._mapping.asset.thumbnail:
                wanted[self._mapping.asset.thumbnail] = await self._thumbnail(entry, held)
            return await self._assets.have(entry.key, held, wanted)

    async def _publisher(self, entry: PublisherEntry | None) -> str | None:
        if entry is None or self._mapping.asset.publisher is None:
            return None
        async with self._locks.hold(self._name(self._publishers, entry.key)):
            held = await self._find(self._publishers, entry.key)
            return await self._publishers.have(entry.key, held, publisher_data(self._mapping.publisher, entry))

    async def _thumbnail(self, entry: AssetEntry, held: Held | None) -> int | None:
        """Return the id of the picture's file; the one already linked needs no search and no upload."""
        if entry.thumbnail is None:
            return None
        linked = held.fields.get(self._mapping.asset.thumbnail or "") if held else None
        if linked and linked.get("name") == file_name(entry.thumbnail, entry.key):
            return int(linked["id"])
        return await self._pictures.have(entry.thumbnail, entry.key, entry.name)

    async def _find(self, entries: Entries, key: str) -> Held | None:
        held = await entries.find(key)
        if held and held.several:
            self._observer.failed("strapi.several_entries", entries.several(held))
        return held

    @staticmethod
    def _name(entries: Entries, key: str) -> str:
        return f"strapi:{entries.collection}:{key}"

    async def differences(self, entry: AssetEntry, external_id: str) -> Sequence[Difference] | None:
        theirs = await self._assets.get(external_id, self._assets.view)
        if theirs is None:
            draft = await self._assets.get(external_id, "draft") if self._assets.view == "published" else None
            return [Difference("status", "published", "draft")] if draft else None
        found = unlike(asset_data(self._mapping.asset, entry), theirs)
        return [
            *found,
            *self._publisher_differences(entry.publisher, theirs),
            *self._picture_differences(entry, theirs),
        ]

    def _publisher_differences(self, ours: PublisherEntry | None, theirs: Fields) -> list[Difference]:
        where = self._mapping.asset.publisher
        if where is None:
            return []
        linked = theirs.get(where) or {}
        key = self._mapping.publisher.key
        if ours is None or linked.get(key) != ours.key:
            told = linked.get(key) or linked.get("documentId")
            return unlike({where: ours.key if ours else None}, {where: told})
        found = unlike(publisher_data(self._mapping.publisher, ours), linked)
        return [Difference(f"{where}.{each.field}", each.ours, each.theirs) for each in found]

    def _picture_differences(self, entry: AssetEntry, theirs: Fields) -> list[Difference]:
        where = self._mapping.asset.thumbnail
        if where is None:
            return []
        return unlike({where: _named(entry.thumbnail, entry.key)}, {where: (theirs.get(where) or {}).get("name")})

    async def examine(self) -> Sequence[Finding]:
        return await Examination(self._client, self._mapping, self._assets.view).findings()


def _named(picture: Picture | None, key: str) -> str | None:
    return file_name(picture, key) if picture else None


def _links(mapping: Mapping) -> dict[str, Link]:
    of = mapping.publisher
    links: dict[str | None, Link] = {
        mapping.asset.publisher: Link("documentId", tuple(filter(None, (of.key, of.name, of.slug, of.url)))),
        mapping.asset.thumbnail: Link("id", ("name",)),
    }
    return {name: link for name, link in links.items() if name is not None}
