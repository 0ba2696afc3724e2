"""Upload sessions: the bytes in transit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from asset_ingest.adapters.repos.memory.tables import StudioTables, refuse_if
from asset_ingest.core.errors import WriterReplaced
from asset_ingest.core.model.ids import UploadId
from asset_ingest.core.model.jobs import JobStatus
from asset_ingest.core.model.uploads import OPEN_SESSION, FilePart, Held, SessionStatus, UploadSession
from asset_ingest.core.ports.upload_repos import Claim, Ledger, UploadRepo, Usage


class MemoryUploads(UploadRepo):
    def __init__(self, rows: StudioTables) -> None:
        self._rows = rows
        self._uploads = rows.tables.uploads
        self._parts = rows.tables.parts

    async def add(self, *sessions: UploadSession) -> None:
        for session in sessions:
            refuse_if(any(other.object_key == session.object_key for other in self._uploads.values()))
            self._rows.add(self._uploads, session)

    async def get(self, upload_id: UploadId) -> UploadSession:
        return self._rows.get(self._uploads, upload_id, "upload")

    async def lock(self, upload_id: UploadId) -> UploadSession:
        return await self.get(upload_id)

    async def forget(self, upload_id: UploadId) -> bool:
        session = await self.get(upload_id)
        if not session.is_partial or is_being_joined(session, self._uploads.values()):
            return False
        del self._uploads[upload_id]
        for key in [key for key in self._parts if key[0] == upload_id]:
            del self._parts[key]
        return True

    async def save(self, session: UploadSession, was: SessionStatus) -> None:
        stored = self._uploads.get(session.id)
        if stored:  # these move by `take_over` and `record` alone
            session = replace(
                session,
                writer_epoch=stored.writer_epoch,
                tail_size=stored.tail_size,
                tail_token=stored.tail_token,
            )
        self._rows.save(self._uploads, session, believed=lambda stored: stored.status == was)

    async def keep_alive(self, upload_id: UploadId, until: datetime) -> SessionStatus:
        session = await self.get(upload_id)
        if session.status in OPEN_SESSION:
            self._uploads[upload_id] = replace(session, expires_at=max(session.expires_at, until))
        return session.status

    async def take_over(self, upload_id: UploadId) -> UploadSession:
        session = await self.get(upload_id)
        self._uploads[upload_id] = replace(session, writer_epoch=session.writer_epoch + 1)
        return self._uploads[upload_id]

    async def begin_anew(self, upload_id: UploadId) -> None:
        writer = await self.take_over(upload_id)
        self._uploads[upload_id] = replace(writer, tail_size=0, tail_token=None)
        for part in await self.parts(upload_id, 0, len(self._parts)):
            del self._parts[part.upload_id, part.number]

    async def record(self, ledger: Ledger) -> SessionStatus:
        session = await self.get(ledger.upload_id)
        if session.writer_epoch != ledger.epoch:
            raise WriterReplaced
        joins = session.status is SessionStatus.FINALISING and session.joined_from
        if session.status not in {SessionStatus.PENDING, SessionStatus.UPLOADING} and not joins:
            return session.status
        self._uploads[session.id] = replace(
            session,
            tail_size=ledger.tail_size,
            tail_token=ledger.tail_token,
            expires_at=max(session.expires_at, ledger.until),
        )
        for part in ledger.parts:
            self._rows.own(part)
            if (part.upload_id, part.number) not in self._parts:
                self._parts[part.upload_id, part.number] = part
        return SessionStatus.UPLOADING

    async def held(self, upload_id: UploadId) -> Held:
        session = await self.get(upload_id)
        stored = await self.parts(upload_id, 0, len(self._parts) + 1)
        prefix = [part for place, part in enumerate(stored, start=1) if part.number == place]
        return Held(len(stored), len(prefix), sum(part.size for part in prefix), session.tail_size)

    async def parts(self, upload_id: UploadId, after: int, limit: int) -> list[FilePart]:
        found = [part for part in self._rows.mine(self._parts.values()) if part.upload_id == upload_id]
        return sorted((part for part in found if part.number > after), key=lambda part: part.number)[:limit]

    async def usage(self) -> Usage:
        mine = self._rows.mine(self._uploads.values())
        is_open = [session for session in mine if session.status in OPEN_SESSION]
        promised = [await self._promised(session) for session in is_open]
        arrived = [session.size or 0 for session in mine if self._waits_for_digest(session)]
        kept = [blob.size for blob in self._rows.mine(self._rows.tables.blobs.values())]
        return Usage(sum(promised) + sum(arrived) + sum(kept), len(is_open))

    async def claim(self, claim: Claim) -> Usage:
        del claim  # transactions run one after the other
        return await self.usage()

    async def _promised(self, session: UploadSession) -> int:
        if session.size is not None:
            return session.size
        stored = await self.parts(session.id, 0, len(self._parts) + 1)
        return session.tail_size + sum(part.size for part in stored)

    def _waits_for_digest(self, session: UploadSession) -> bool:
        job = self._rows.tables.jobs.get(session.job_id) if session.job_id else None
        is_cancelled = job is not None and job.status is JobStatus.CANCELLED
        return session.status is SessionStatus.COMPLETED and session.blob_id is None and not is_cancelled


def is_being_joined(partial: UploadSession, uploads: Iterable[UploadSession]) -> bool:
    """Say whether an upload is still waiting for the bytes of this one."""
    return any(row.status is SessionStatus.FINALISING and partial.id in row.joined_from for row in uploads)
