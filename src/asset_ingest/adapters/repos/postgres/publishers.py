"""Publishers and publications: who made assets, and where assets are published."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from asset_ingest.adapters.repos.postgres.rows import Table
from asset_ingest.adapters.repos.postgres.studio import StudioSql
from asset_ingest.core.errors import NotFound
from asset_ingest.core.model.assets import Publication, Publisher
from asset_ingest.core.model.ids import AssetId, PublisherId
from asset_ingest.core.ports.asset_repos import COUNTED_AT_MOST
from asset_ingest.core.ports.repos import PublisherRepo

PUBLISHERS: Final = Table("publisher", Publisher)
PUBLICATIONS: Final = Table("publication", Publication)
LAST: Final = UUID(int=2**128 - 1)  # sorts after every id

PUT = PUBLISHERS.insert("""
ON CONFLICT (studio_id, source, external_id) DO UPDATE
SET name = excluded.name, url = coalesce(excluded.url, publisher.url) RETURNING id""")
GET = PUBLISHERS.select("WHERE studio_id = $1 AND id = $2")
NAMED = "SELECT id, name FROM publisher WHERE studio_id = $1 AND id = ANY($2::uuid[])"
_COUNTED = f"""
SELECT publisher.*, (
    SELECT count(*) FROM (
        SELECT FROM asset WHERE asset.studio_id = $1 AND asset.publisher_id = publisher.id AND ready_at IS NOT NULL
            AND trashed_at IS NULL LIMIT {COUNTED_AT_MOST}
    ) AS counted
) AS assets FROM publisher """  # noqa: S608  ours
COUNTED = _COUNTED + "WHERE studio_id = $1 AND id = $2"
PAGE = _COUNTED + "WHERE studio_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3"
PUT_PUBLICATION = PUBLICATIONS.replace("studio_id", "asset_id", "target")
PUBLICATIONS_OF = PUBLICATIONS.select("WHERE studio_id = $1 AND asset_id = $2 ORDER BY target")


class PostgresPublishers(PublisherRepo):
    def __init__(self, sql: StudioSql) -> None:
        self._sql = sql

    async def put(self, publisher: Publisher) -> Publisher:
        return await self.get(await self._sql.write(PUT, publisher))

    async def get(self, publisher_id: PublisherId) -> Publisher:
        return await self._sql.get(PUBLISHERS, GET, "publisher", publisher_id)

    async def named(self, publisher_ids: Sequence[PublisherId]) -> dict[PublisherId, str]:
        return {record["id"]: record["name"] for record in await self._sql.records(NAMED, list(publisher_ids))}

    async def counted(self, publisher_id: PublisherId) -> tuple[Publisher, int]:
        records = await self._sql.records(COUNTED, publisher_id)
        if not records:
            raise NotFound("publisher", publisher_id)
        return _counted(records[0])

    async def page(self, limit: int, after: PublisherId | None) -> list[tuple[Publisher, int]]:
        return [_counted(record) for record in await self._sql.records(PAGE, after or LAST, limit)]

    async def put_publication(self, publication: Publication) -> None:
        await self._sql.write(PUT_PUBLICATION, publication)

    async def publications(self, asset_id: AssetId) -> list[Publication]:
        return await self._sql.many(PUBLICATIONS, PUBLICATIONS_OF, asset_id)


def _counted(record: Any) -> tuple[Publisher, int]:
    return PUBLISHERS.read(record), record["assets"]
