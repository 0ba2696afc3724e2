"""Jobs: the rows that people watch."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from asset_ingest.adapters.repos.postgres.rows import Table
from asset_ingest.adapters.repos.postgres.studio import StudioSql
from asset_ingest.core.errors import NotFound
from asset_ingest.core.model.ids import JobId
from asset_ingest.core.model.jobs import UploadJob
from asset_ingest.core.ports.repos import JobQuery, JobRepo

JOBS: Final = Table("upload_job", UploadJob)
LAST: Final = UUID(int=2**128 - 1)  # sorts after every id

ADD = JOBS.insert()
GET = JOBS.select("WHERE studio_id = $1 AND id = $2")
LOCK = GET + " FOR NO KEY UPDATE"  # rows that refer to the job may still be added
SAVE = JOBS.update("revision = {revision} - 1")
# Held back by whoever has locked the job, so it never gets between a `lock` and its `save`.
NOTE_PROGRESS = """
UPDATE upload_job SET progress = $3 WHERE studio_id = $1 AND id = $2 AND progress < $3
    AND status NOT IN ('COMPLETE', 'ERROR', 'CANCELLED')"""
DELETE = "DELETE FROM upload_job WHERE studio_id = $1 AND id = $2"
PAGE = JOBS.select("WHERE studio_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3")
# A page of each status and the newest of those, so that a rare status is found as fast as a common one. Rows that equal
# the status are said as a range: only the index over it and the id has those in order, and the planner cannot prefer to
# search the whole history for them.
_OF_STATUS = JOBS.select("""
WHERE studio_id = $1 AND status >= wanted.status AND (status, id) < (wanted.status, $2)
ORDER BY status DESC, id DESC LIMIT $3""")
PAGE_OF_STATUSES = f"""
SELECT job.* FROM unnest($4::text[]) AS wanted(status) CROSS JOIN LATERAL ({_OF_STATUS}) AS job
ORDER BY job.id DESC LIMIT $3"""  # noqa: S608  names of ours
SEARCH = f"SELECT {', '.join(JOBS.columns)} FROM search_jobs($1, $2, $3, $4, $5)"  # noqa: S608  names of ours


class PostgresJobs(JobRepo):
    def __init__(self, sql: StudioSql) -> None:
        self._sql = sql

    async def add(self, *jobs: UploadJob) -> None:
        await self._sql.add(ADD, jobs)

    async def get(self, job_id: JobId) -> UploadJob:
        return await self._sql.get(JOBS, GET, "job", job_id)

    async def lock(self, job_id: JobId) -> UploadJob:
        return await self._sql.get(JOBS, LOCK, "job", job_id)

    async def save(self, job: UploadJob) -> None:
        await self._sql.save(SAVE, job)

    async def note_progress(self, job_id: JobId, progress: int) -> None:
        await self._sql.run(NOTE_PROGRESS, job_id, progress)

    async def page(self, query: JobQuery) -> list[UploadJob]:
        args, statuses = (query.after or LAST, query.limit), list(query.statuses) or None
        if query.text:
            return await self._sql.many(JOBS, SEARCH, *args, query.text, statuses)
        if statuses:
            return await self._sql.many(JOBS, PAGE_OF_STATUSES, *args, statuses)
        return await self._sql.many(JOBS, PAGE, *args)

    async def delete(self, job_id: JobId) -> None:
        if not await self._sql.run(DELETE, job_id):
            raise NotFound("job", job_id)
