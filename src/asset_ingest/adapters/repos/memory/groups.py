"""Groups of uploads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from asset_ingest.adapters.repos.memory.tables import StudioTables
from asset_ingest.core.errors import Conflict
from asset_ingest.core.model.ids import GroupId, JobId
from asset_ingest.core.model.jobs import UploadJob
from asset_ingest.core.model.uploads import UploadGroup
from asset_ingest.core.ports.upload_repos import GroupCount, GroupRepo


class MemoryGroups(GroupRepo):
    def __init__(self, rows: StudioTables) -> None:
        self._rows = rows
        self._groups = rows.tables.groups

    async def add(self, group: UploadGroup) -> None:
        self._rows.add(self._groups, group)

    async def get(self, group_id: GroupId) -> UploadGroup:
        return self._rows.get(self._groups, group_id, "group")

    async def delete(self, group_id: GroupId) -> None:
        await self.get(group_id)
        if self._jobs_of(group_id):
            raise Conflict("the group still holds uploads")
        del self._groups[group_id]

    async def page(self, limit: int, after: GroupId | None) -> list[UploadGroup]:
        return self._rows.newest_first(self._groups.values(), after)[:limit]

    async def counts(self, group_ids: Sequence[GroupId]) -> dict[GroupId, GroupCount]:
        found = {group_id: self._jobs_of(group_id) for group_id in group_ids}
        return {
            group_id: GroupCount(
                dict(Counter(job.status for job in jobs)),
                sum(job.size or 0 for job in jobs),
                sum(job.failed_at_work for job in jobs),
            )
            for group_id, jobs in found.items()
            if jobs
        }

    async def jobs(self, group_id: GroupId, after: JobId | None, limit: int) -> list[UploadJob]:
        return self._rows.newest_first(self._jobs_of(group_id), after)[:limit]

    def _jobs_of(self, group_id: GroupId) -> list[UploadJob]:
        tables = self._rows.tables
        sessions = self._rows.mine(tables.uploads.values())
        return [tables.jobs[each.job_id] for each in sessions if each.group_id == group_id and each.job_id is not None]
