from __future__ import annotations

from dataclasses import replace

import pytest

from asset_ingest.core.errors import Code, Conflict, Family, NotFound
from asset_ingest.core.model.ids import GroupId
from asset_ingest.core.model.jobs import Failure, JobStatus, UploadJob
from asset_ingest.core.model.uploads import UploadGroup
from asset_ingest.core.ports.repos import Records
from asset_ingest.core.ports.upload_repos import GroupCount
from asset_ingest.testing.records.base import InStudios
from asset_ingest.testing.records.samples import LONG_AGO, Samples, new_id


class GroupsContract(InStudios):
    async def test_a_group_comes_back_as_it_was_added(self, records: Records, ours: Samples) -> None:
        group = await _kept(records, ours)
        async with records.transaction(ours.id) as tx:
            assert await tx.groups.get(group.id) == group

    async def test_a_group_that_is_missing_or_anothers_is_not_found(
        self, records: Records, ours: Samples, theirs: Samples
    ) -> None:
        foreign = await _kept(records, theirs)
        async with records.transaction(ours.id) as tx:
            for ident in (foreign.id, GroupId(new_id())):
                with pytest.raises(NotFound):
                    await tx.groups.get(ident)
            assert await tx.groups.page(10, None) == []
            assert await tx.groups.counts([foreign.id]) == {}

    async def test_groups_come_newest_first_in_pages(self, records: Records, ours: Samples) -> None:
        kept = [await _kept(records, ours) for _ in range(3)]
        async with records.transaction(ours.id) as tx:
            first = await tx.groups.page(2, None)
            assert first == [kept[2], kept[1]]
            assert await tx.groups.page(2, first[-1].id) == [kept[0]]

    async def test_a_group_goes_once_it_holds_nothing(self, records: Records, ours: Samples, theirs: Samples) -> None:
        group, foreign = await _kept(records, ours), await _kept(records, theirs)
        job = await _job(records, ours, group)
        with pytest.raises(Conflict):
            await _deleted(records, ours, group)
        async with records.transaction(ours.id) as tx:
            await tx.jobs.delete(job.id)
        await _deleted(records, ours, group)
        for gone in (group, foreign):
            with pytest.raises(NotFound):
                await _deleted(records, ours, gone)

    async def test_jobs_are_counted_as_they_stand(self, records: Records, ours: Samples) -> None:
        group, empty = await _kept(records, ours), await _kept(records, ours)
        for status, size in ((JobStatus.PENDING, 5), (JobStatus.PENDING, None), (JobStatus.ERROR, 7)):
            await _job(records, ours, group, status=status, size=size)
        await _job(records, ours, None, status=JobStatus.PENDING)
        async with records.transaction(ours.id) as tx:
            counts = await tx.groups.counts([group.id, empty.id])
        assert counts == {group.id: GroupCount({JobStatus.PENDING: 2, JobStatus.ERROR: 1}, 12)}

    async def test_jobs_that_failed_at_their_work_are_counted_apart(self, records: Records, ours: Samples) -> None:
        group = await _kept(records, ours)
        at_work = Failure(Code.PACKAGE_CORRUPT, Family.INPUT, "broken", "send another", "unity.unpack")
        for failure in (at_work, at_work, replace(at_work, step=None), None):
            await _job(records, ours, group, status=JobStatus.ERROR, size=1, failure=failure)
        await _job(records, ours, group, status=JobStatus.PROCESSING, size=1, failure=at_work)
        async with records.transaction(ours.id) as tx:
            counts = await tx.groups.counts([group.id])
        assert counts == {group.id: GroupCount({JobStatus.ERROR: 4, JobStatus.PROCESSING: 1}, 5, retryable=2)}

    async def test_the_jobs_of_a_group_come_newest_first_in_pages(self, records: Records, ours: Samples) -> None:
        group = await _kept(records, ours)
        jobs = [await _job(records, ours, group) for _ in range(3)]
        await _job(records, ours, await _kept(records, ours))
        async with records.transaction(ours.id) as tx:
            first = await tx.groups.jobs(group.id, None, 2)
            assert [job.id for job in first] == [jobs[2].id, jobs[1].id]
            assert [job.id for job in await tx.groups.jobs(group.id, first[-1].id, 2)] == [jobs[0].id]


async def _kept(records: Records, of: Samples) -> UploadGroup:
    group = UploadGroup(GroupId(new_id()), of.id, "Friday", of.member.id, LONG_AGO, "of last week")
    async with records.transaction(of.id) as tx:
        await tx.groups.add(group)
    return group


async def _deleted(records: Records, of: Samples, group: UploadGroup) -> None:
    async with records.transaction(of.id) as tx:
        await tx.groups.delete(group.id)


async def _job(records: Records, of: Samples, group: UploadGroup | None, **changes: object) -> UploadJob:
    job = of.job(**changes)
    async with records.transaction(of.id) as tx:
        await tx.jobs.add(job)
        await tx.uploads.add(of.upload(job, group_id=group.id if group else None))
    return job
