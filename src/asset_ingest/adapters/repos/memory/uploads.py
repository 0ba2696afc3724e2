"""Upload sessions: the bytes in transit."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from asset_ingest.adapters.repos.memory.tables import StudioTables, refuse_if
from asset_ingest.core.model.ids import UploadId
from asset_ingest.core.model.uploads import OPEN_SESSION, SessionStatus, UploadSession
from asset_ingest.core.ports.repos import UploadRepo


class MemoryUploads(UploadRepo):
    def __init__(self, rows: StudioTables) -> None:
        self._rows = rows
        self._uploads = rows.tables.uploads

    async def add(self, session: UploadSession) -> None:
        refuse_if(any(other.object_key == session.object_key for other in self._uploads.values()))
        self._rows.add(self._uploads, session)

    async def get(self, upload_id: UploadId) -> UploadSession:
        return self._rows.get(self._uploads, upload_id, "upload")

    async def save(self, session: UploadSession, was: SessionStatus) -> None:
        self._rows.save(self._uploads, session, believed=lambda stored: stored.status == was)

    async def keep_alive(self, upload_id: UploadId, until: datetime) -> SessionStatus:
        session = await self.get(upload_id)
        if session.status in OPEN_SESSION:
            self._uploads[upload_id] = replace(session, expires_at=max(session.expires_at, until))
        return session.status
