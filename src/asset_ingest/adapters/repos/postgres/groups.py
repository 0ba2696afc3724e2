"""Groups of uploads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from asset_ingest.adapters.repos.postgres.jobs import JOBS
from asset_ingest.adapters.repos.postgres.rows import Table
from asset_ingest.adapters.repos.postgres.studio import StudioSql
from asset_ingest.core.errors import Conflict
from asset_ingest.core.model.ids import GroupId, JobId
from asset_ingest.core.model.jobs import JobStatus, UploadJob
from asset_ingest.core.model.uploads import UploadGroup
from asset_ingest.core.ports.upload_repos import GroupCount, GroupRepo

GROUPS: Final = Table("upload_group", UploadGroup)
LAST: Final = UUID(int=2**128 - 1)  # sorts after every id

ADD = GROUPS.insert()
GET = GROUPS.select("WHERE studio_id = $1 AND id = $2")
DELETE = """
DELETE FROM upload_group WHERE studio_id = $1 AND id = $2
    AND NOT EXISTS (SELECT FROM upload_session WHERE studio_id = $1 AND group_id = $2)"""
PAGE = GROUPS.select("WHERE studio_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3")
COUNTS = """
SELECT session.group_id, job.status, count(*) AS jobs, coalesce(sum(job.size), 0)::bigint AS size,
    count(*) FILTER (WHERE job.status = 'ERROR' AND job.failure ->> 'step' IS NOT NULL) AS retryable
FROM upload_session AS session JOIN upload_job AS job ON job.studio_id = $1 AND job.id = session.job_id
WHERE session.studio_id = $1 AND session.group_id = ANY($2::uuid[]) GROUP BY session.group_id, job.status"""
JOBS_OF = JOBS.select("""WHERE studio_id = $1 AND id < $3 AND id IN (
    SELECT job_id FROM upload_session WHERE studio_id = $1 AND group_id = $2) ORDER BY id DESC LIMIT $4""")


class PostgresGroups(GroupRepo):
    def __init__(self, sql: StudioSql) -> None:
        self._sql = sql

    async def add(self, group: UploadGroup) -> None:
        await self._sql.write(ADD, group)

    async def get(self, group_id: GroupId) -> UploadGroup:
        return await self._sql.get(GROUPS, GET, "group", group_id)

    async def delete(self, group_id: GroupId) -> None:
        await self.get(group_id)
        if not await self._sql.run(DELETE, group_id):
            raise Conflict("the group still holds uploads")

    async def page(self, limit: int, after: GroupId | None) -> list[UploadGroup]:
        return await self._sql.many(GROUPS, PAGE, after or LAST, limit)

    async def counts(self, group_ids: Sequence[GroupId]) -> dict[GroupId, GroupCount]:
        found: dict[GroupId, GroupCount] = {}
        for record in await self._sql.records(COUNTS, list(group_ids)):
            count = found.get(record["group_id"], GroupCount({}, 0))
            jobs = {**count.jobs, JobStatus(record["status"]): record["jobs"]}
            size, retryable = count.size + record["size"], count.retryable + record["retryable"]
            found[record["group_id"]] = GroupCount(jobs, size, retryable)
        return found

    async def jobs(self, group_id: GroupId, after: JobId | None, limit: int) -> list[UploadJob]:
        return await self._sql.many(JOBS, JOBS_OF, group_id, after or LAST, limit)
