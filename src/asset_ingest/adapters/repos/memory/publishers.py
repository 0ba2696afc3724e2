"""Publishers and publications: who made assets, and where assets are published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from asset_ingest.adapters.repos.memory.tables import StudioTables
from asset_ingest.core.model.assets import Publication, Publisher
from asset_ingest.core.model.ids import AssetId, PublisherId
from asset_ingest.core.ports.asset_repos import COUNTED_AT_MOST
from asset_ingest.core.ports.repos import PublisherRepo


class MemoryPublishers(PublisherRepo):
    def __init__(self, rows: StudioTables) -> None:
        self._rows = rows
        self._publishers = rows.tables.publishers
        self._publications = rows.tables.publications

    async def put(self, publisher: Publisher) -> Publisher:
        self._rows.own(publisher)
        wanted = (publisher.source, publisher.external_id)
        known = [row for row in self._rows.mine(self._publishers.values()) if (row.source, row.external_id) == wanted]
        if known:
            publisher = replace(known[0], name=publisher.name, url=publisher.url or known[0].url)
        self._publishers[publisher.id] = publisher
        return publisher

    async def get(self, publisher_id: PublisherId) -> Publisher:
        return self._rows.get(self._publishers, publisher_id, "publisher")

    async def named(self, publisher_ids: Sequence[PublisherId]) -> dict[PublisherId, str]:
        found = self._rows.mine(self._publishers.values())
        return {publisher.id: publisher.name for publisher in found if publisher.id in publisher_ids}

    async def counted(self, publisher_id: PublisherId) -> tuple[Publisher, int]:
        return self._counted(await self.get(publisher_id))

    async def page(self, limit: int, after: PublisherId | None) -> list[tuple[Publisher, int]]:
        found = self._rows.newest_first(self._publishers.values(), after)
        return [self._counted(publisher) for publisher in found[:limit]]

    def _counted(self, publisher: Publisher) -> tuple[Publisher, int]:
        assets = self._rows.mine(self._rows.tables.assets.values())
        theirs = [row for row in assets if row.ready_at and not row.is_trashed and row.publisher_id == publisher.id]
        return publisher, min(len(theirs), COUNTED_AT_MOST)

    async def put_publication(self, publication: Publication) -> None:
        self._rows.own(publication)
        self._publications[publication.asset_id, publication.target] = publication

    async def publications(self, asset_id: AssetId) -> list[Publication]:
        found = [row for row in self._rows.mine(self._publications.values()) if row.asset_id == asset_id]
        return sorted(found, key=lambda row: row.target)
