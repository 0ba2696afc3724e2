"""Uploads that belong together: what a person dropped at once, or a program named so."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asset_ingest.core.errors import InvalidRequest, NotPossibleNow
from asset_ingest.core.journeys import Journeys
from asset_ingest.core.model.access import Action, Principal, require
from asset_ingest.core.model.events import Event, GroupDeleted, GroupOpened
from asset_ingest.core.model.ids import GroupId, JobId
from asset_ingest.core.model.jobs import ENDED, JobStatus
from asset_ingest.core.model.uploads import GroupStatus, UploadGroup, group_status
from asset_ingest.core.ports.repos import Transaction
from asset_ingest.core.ports.upload_repos import GroupCount
from asset_ingest.core.services.jobs import Jobs, JobView, Page, job_view, page_of

LONGEST_NAME = 200
JOBS_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class GroupView:
    """A group; its counters are taken from its jobs at the moment of asking.

    `retryable` of those in ERROR failed at their work; the files of the others never arrived and are to be sent again.
    """

    id: GroupId
    name: str
    description: str
    status: GroupStatus
    created_at: datetime
    jobs: dict[JobStatus, int]
    size: int
    retryable: int


@dataclass(frozen=True, slots=True)
class Groups:
    """Opens groups, shows how they stand, and moves all of their jobs at once."""

    journeys: Journeys
    of_one: Jobs

    async def open(self, who: Principal, name: str, description: str = "") -> GroupView:
        """Open a group for uploads to come."""
        require(who, Action.UPLOAD)
        name = " ".join(name.split())
        if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
            raise InvalidRequest(f"a name has 1 to {LONGEST_NAME} characters that can be shown", "name")
        group = UploadGroup(
            id=GroupId(self.journeys.new_id()),
            studio_id=who.studio_id,
            name=name,
            created_by=who.member_id,
            created_at=self.journeys.clock.now(),
            description=description,
        )
        async with self.journeys.change(who.studio_id) as tx:
            await tx.groups.add(group)
            await self._tell(tx, who, GroupOpened(group.id, group.name))
        return _view(group, None)

    async def page(self, who: Principal, limit: int, after: GroupId | None) -> Page[GroupView]:
        """Return groups, newest first."""
        require(who, Action.READ)
        async with self.journeys.records.reading(who.studio_id) as tx:
            found = await tx.groups.page(limit + 1, after)
            counts = await tx.groups.counts([group.id for group in found[:limit]])
        views = [_view(group, counts.get(group.id)) for group in found[:limit]]
        return page_of(views, more=len(found) > limit, cursor=lambda group: group.id)

    async def get(self, who: Principal, group_id: GroupId) -> GroupView:
        """Return one group."""
        require(who, Action.READ)
        async with self.journeys.records.reading(who.studio_id) as tx:
            group = await tx.groups.get(group_id)
            counts = await tx.groups.counts([group_id])
        return _view(group, counts.get(group_id))

    async def jobs(self, who: Principal, group_id: GroupId, limit: int, after: JobId | None) -> Page[JobView]:
        """Return the jobs of the group, newest first."""
        require(who, Action.READ)
        async with self.journeys.records.reading(who.studio_id) as tx:
            await tx.groups.get(group_id)
            found = await tx.groups.jobs(group_id, after, limit + 1)
        views = [job_view(who, job) for job in found[:limit]]
        return page_of(views, more=len(found) > limit, cursor=lambda job: job.id)

    async def cancel(self, who: Principal, group_id: GroupId) -> GroupView:
        """Stop every job that has not ended."""
        await self._each(who, group_id, lambda job: job.status not in ENDED, self.of_one.cancel)
        return await self.get(who, group_id)

    async def retry(self, who: Principal, group_id: GroupId) -> GroupView:
        """Go on with every job that failed at its work; those whose bytes never came stay as they are."""
        await self._each(who, group_id, lambda job: job.can.retry, self.of_one.retry)
        return await self.get(who, group_id)

    async def forget(self, who: Principal, group_id: GroupId) -> None:
        """Take the group and its jobs out of the history; assets stay. Raises NotPossibleNow while a job is live."""
        require(who, Action.FORGET_JOB)
        group = await self.get(who, group_id)
        if any(status not in ENDED for status in group.jobs):
            raise NotPossibleNow("files of the group are still under way; cancel them first")
        await self._each(who, group_id, lambda job: job.can.forget, self.of_one.forget)
        async with self.journeys.change(who.studio_id) as tx:
            await tx.groups.delete(group_id)
            await self._tell(tx, who, GroupDeleted(group_id, group.name))

    async def _tell(self, tx: Transaction, who: Principal, event: Event) -> None:
        await tx.events.add(self.journeys.fact_of_studio(who.studio_id, event, who, who.correlation_id))

    async def _each(
        self,
        who: Principal,
        group_id: GroupId,
        wanted: Callable[[JobView], bool],
        move: Callable[[Principal, JobId], Coroutine[Any, Any, JobView | None]],
    ) -> None:
        after: JobId | None = None
        while True:
            page = await self.jobs(who, group_id, JOBS_AT_ONCE, after)
            for job in filter(wanted, page.items):
                try:
                    await move(who, job.id)
                except NotPossibleNow:  # it went on by itself meanwhile
                    continue
            if page.next_cursor is None:
                return
            after = page.items[-1].id


def _view(group: UploadGroup, count: GroupCount | None) -> GroupView:
    jobs = count.jobs if count else {}
    return GroupView(
        id=group.id,
        name=group.name,
        description=group.description,
        status=group_status(jobs),
        created_at=group.created_at,
        jobs=jobs,
        size=count.size if count else 0,
        retryable=count.retryable if count else 0,
    )
