"""Upload sessions: the bytes in transit."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from asset_ingest.adapters.repos.postgres.rows import Table
from asset_ingest.adapters.repos.postgres.studio import StudioSql
from asset_ingest.core.errors import WriterReplaced
from asset_ingest.core.model.ids import UploadId
from asset_ingest.core.model.uploads import FilePart, Held, SessionStatus, UploadSession
from asset_ingest.core.ports.upload_repos import Claim, Ledger, UploadRepo, Usage

UPLOADS: Final = Table("upload_session", UploadSession)

ADD = UPLOADS.insert()
GET = UPLOADS.select("WHERE studio_id = $1 AND id = $2")
LOCK = GET + " FOR UPDATE"
# Looks behind the lock, in a statement of its own: who took it before us may have begun to join from this one.
FORGET = """
DELETE FROM upload_session WHERE studio_id = $1 AND id = $2 AND job_id IS NULL AND NOT EXISTS (
    SELECT FROM upload_session AS whole
    WHERE whole.studio_id = $1 AND whole.status = 'FINALISING' AND $2 = ANY(whole.joined_from))"""
_WRITERS = ("writer_epoch", "tail_size", "tail_token")  # moved by `take_over` and `record` alone
SAVE = UPLOADS.update("status = {more}", without=_WRITERS)
PARTS = Table("file_part", FilePart)
TAKE_OVER = "UPDATE upload_session SET writer_epoch = writer_epoch + 1 WHERE studio_id = $1 AND id = $2"
BEGIN_ANEW = """
UPDATE upload_session SET writer_epoch = writer_epoch + 1, tail_size = 0, tail_token = NULL
WHERE studio_id = $1 AND id = $2"""
FORGET_PARTS = "DELETE FROM file_part WHERE studio_id = $1 AND upload_id = $2"
RECORD = """
UPDATE upload_session SET tail_size = $4, tail_token = $5, expires_at = greatest(expires_at, $6)
WHERE studio_id = $1 AND id = $2 AND writer_epoch = $3
    AND (status IN ('PENDING', 'UPLOADING') OR (status = 'FINALISING' AND joined_from <> '{}'))"""
ADD_PART = PARTS.insert("ON CONFLICT (studio_id, upload_id, number) DO NOTHING")
# Where no number is missing the last one is their count: three times as fast as standing them in line.
COUNTED = """
SELECT count(*) AS parts, coalesce(max(number), 0) AS last, coalesce(sum(size), 0)::bigint AS size,
    coalesce((SELECT tail_size FROM upload_session WHERE studio_id = $1 AND id = $2), 0) AS tail
FROM file_part WHERE studio_id = $1 AND upload_id = $2"""
# The numbers up to the first gap are those that equal their place in line.
HELD = """
SELECT count(*) AS parts, count(*) FILTER (WHERE number = place) AS prefix_parts,
    coalesce(sum(size) FILTER (WHERE number = place), 0)::bigint AS prefix,
    coalesce((SELECT tail_size FROM upload_session WHERE studio_id = $1 AND id = $2), 0) AS tail
FROM (SELECT number, size, row_number() OVER (ORDER BY number) AS place
    FROM file_part WHERE studio_id = $1 AND upload_id = $2) AS line"""
PAGE = PARTS.select("WHERE studio_id = $1 AND upload_id = $2 AND number > $3 ORDER BY number LIMIT $4")
KEEP_ALIVE = """
UPDATE upload_session SET expires_at = greatest(expires_at, $3)
WHERE studio_id = $1 AND id = $2 AND status IN ('PENDING', 'UPLOADING', 'FINALISING') RETURNING status"""

USAGE = "SELECT stored, uploads FROM usage_of($1)"
CLAIM = "SELECT stored, uploads FROM claim_room($1, $2, $3, $4)"


class PostgresUploads(UploadRepo):
    def __init__(self, sql: StudioSql) -> None:
        self._sql = sql

    async def add(self, *sessions: UploadSession) -> None:
        await self._sql.add(ADD, sessions)

    async def get(self, upload_id: UploadId) -> UploadSession:
        return await self._sql.get(UPLOADS, GET, "upload", upload_id)

    async def lock(self, upload_id: UploadId) -> UploadSession:
        return await self._sql.get(UPLOADS, LOCK, "upload", upload_id)

    async def forget(self, upload_id: UploadId) -> bool:
        return bool(await self._sql.run(FORGET, upload_id))

    async def save(self, session: UploadSession, was: SessionStatus) -> None:
        await self._sql.save(SAVE, session, was)

    async def keep_alive(self, upload_id: UploadId, until: datetime) -> SessionStatus:
        status = await self._sql.value(KEEP_ALIVE, upload_id, until)
        return SessionStatus(status) if status else (await self.get(upload_id)).status

    async def take_over(self, upload_id: UploadId) -> UploadSession:
        await self._sql.run(TAKE_OVER, upload_id)
        return await self.get(upload_id)

    async def begin_anew(self, upload_id: UploadId) -> None:
        await self._sql.run(BEGIN_ANEW, upload_id)
        await self._sql.run(FORGET_PARTS, upload_id)

    async def record(self, ledger: Ledger) -> SessionStatus:
        wrote = await self._sql.run(
            RECORD, ledger.upload_id, ledger.epoch, ledger.tail_size, ledger.tail_token, ledger.until
        )
        if not wrote:
            session = await self.get(ledger.upload_id)
            if session.writer_epoch != ledger.epoch:
                raise WriterReplaced
            return session.status
        await self._sql.add(ADD_PART, ledger.parts)
        return SessionStatus.UPLOADING

    async def held(self, upload_id: UploadId) -> Held:
        [counted] = await self._sql.records(COUNTED, upload_id)
        if counted["parts"] == counted["last"]:
            return Held(counted["parts"], counted["parts"], counted["size"], counted["tail"])
        [record] = await self._sql.records(HELD, upload_id)
        return Held(record["parts"], record["prefix_parts"], record["prefix"], record["tail"])

    async def parts(self, upload_id: UploadId, after: int, limit: int) -> list[FilePart]:
        return await self._sql.many(PARTS, PAGE, upload_id, after, limit)

    async def usage(self) -> Usage:
        [record] = await self._sql.records(USAGE)
        return Usage(**record)

    async def claim(self, claim: Claim) -> Usage:
        [record] = await self._sql.records(CLAIM, claim.size, claim.most_stored, claim.most_uploads)
        return Usage(**record)
