"""Files that we fetch ourselves."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import asyncpg

from asset_ingest.adapters.repos.postgres.rows import Table
from asset_ingest.adapters.repos.postgres.sql import transaction
from asset_ingest.adapters.repos.postgres.studio import StudioSql
from asset_ingest.core.model.ids import UploadId
from asset_ingest.core.model.imports import RemoteImport
from asset_ingest.core.ports.import_repos import ImportRecords, ImportRepo

IMPORTS: Final = Table("remote_import", RemoteImport)

ADD = IMPORTS.insert()
COUNT = "SELECT count(*) FROM remote_import WHERE studio_id = $1"
HOLD = """
UPDATE remote_import SET lease_until = clock_timestamp() + make_interval(secs => $4)
WHERE studio_id = $1 AND upload_id = $2 AND lease_token = $3"""
LEARN = "UPDATE remote_import SET version = $3 WHERE studio_id = $1 AND upload_id = $2"
GIVE_BACK = """
UPDATE remote_import SET lease_token = NULL, lease_until = NULL, failures = $4,
    not_before = clock_timestamp() + make_interval(secs => $5)
WHERE studio_id = $1 AND upload_id = $2 AND lease_token = $3"""
FORGET = "DELETE FROM remote_import WHERE studio_id = $1 AND upload_id = $2"
# What somebody else claimed meanwhile is skipped, or looked at again by its row's newest state, so it is never claimed
# twice. That two who choose at once do not count each other's choice makes a turn a little unjust, once.
CLAIM = """
WITH line AS (
    SELECT waiting.studio_id, upload_id, lane,
        (SELECT count(*) FROM remote_import busy
            WHERE busy.studio_id = waiting.studio_id AND busy.lease_until > clock_timestamp())
        + row_number() OVER (PARTITION BY waiting.studio_id, lane ORDER BY upload_id) AS turn
    FROM remote_import waiting JOIN upload_session upload
        ON (upload.studio_id, upload.id) = (waiting.studio_id, upload_id) AND upload.status IN ('PENDING', 'UPLOADING')
    WHERE not_before <= clock_timestamp() AND (lease_until IS NULL OR lease_until <= clock_timestamp())
), chosen AS (
    SELECT due.studio_id, due.upload_id FROM remote_import due JOIN line USING (studio_id, upload_id)
    WHERE due.not_before <= clock_timestamp() AND (due.lease_until IS NULL OR due.lease_until <= clock_timestamp())
    ORDER BY array_position(ARRAY['interactive', 'bulk', 'backfill'], lane::text), turn, upload_id
    LIMIT $2 FOR UPDATE OF due SKIP LOCKED
)
UPDATE remote_import SET lease_token = $1, lease_until = clock_timestamp() + make_interval(secs => $3)
FROM chosen WHERE (remote_import.studio_id, remote_import.upload_id) = (chosen.studio_id, chosen.upload_id)
RETURNING remote_import.*"""


class PostgresImports(ImportRepo):
    def __init__(self, sql: StudioSql) -> None:
        self._sql = sql

    async def add(self, new: RemoteImport) -> None:
        await self._sql.write(ADD, new)

    async def count(self) -> int:
        return int(await self._sql.value(COUNT))

    async def hold(self, upload_id: UploadId, token: UUID, seconds: float) -> bool:
        return await self._sql.run(HOLD, upload_id, token, seconds) > 0

    async def learn(self, upload_id: UploadId, version: str | None) -> None:
        await self._sql.run(LEARN, upload_id, version)

    async def give_back(self, upload_id: UploadId, token: UUID, failures: int, seconds: float) -> bool:
        return await self._sql.run(GIVE_BACK, upload_id, token, failures, seconds) > 0

    async def forget(self, upload_id: UploadId) -> None:
        await self._sql.run(FORGET, upload_id)


class PostgresImportRecords(ImportRecords):
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def claim(self, token: UUID, limit: int, seconds: float) -> list[RemoteImport]:
        async with transaction(self._pool) as sql:
            return await sql.many(IMPORTS, CLAIM, token, limit, seconds)
