"""Upload sessions: the bytes in transit."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from asset_ingest.adapters.repos.postgres.rows import Table
from asset_ingest.adapters.repos.postgres.studio import StudioSql
from asset_ingest.core.model.ids import UploadId
from asset_ingest.core.model.uploads import SessionStatus, UploadSession
from asset_ingest.core.ports.repos import UploadRepo

UPLOADS: Final = Table("upload_session", UploadSession)

ADD = UPLOADS.insert()
GET = UPLOADS.select("WHERE studio_id = $1 AND id = $2")
SAVE = UPLOADS.update("status = {more}")
KEEP_ALIVE = """
UPDATE upload_session SET expires_at = greatest(expires_at, $3)
WHERE studio_id = $1 AND id = $2 AND status IN ('PENDING', 'UPLOADING', 'FINALISING') RETURNING status"""


class PostgresUploads(UploadRepo):
    def __init__(self, sql: StudioSql) -> None:
        self._sql = sql

    async def add(self, session: UploadSession) -> None:
        await self._sql.write(ADD, session)

    async def get(self, upload_id: UploadId) -> UploadSession:
        return await self._sql.get(UPLOADS, GET, "upload", upload_id)

    async def save(self, session: UploadSession, was: SessionStatus) -> None:
        await self._sql.save(SAVE, session, was)

    async def keep_alive(self, upload_id: UploadId, until: datetime) -> SessionStatus:
        status = await self._sql.value(KEEP_ALIVE, upload_id, until)
        return SessionStatus(status) if status else (await self.get(upload_id)).status
