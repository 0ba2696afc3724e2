from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from asset_ingest.core.errors import Code, Conflict, Family, IngestError, NotFound
from asset_ingest.core.model.ids import JobId
from asset_ingest.core.model.jobs import Failure, JobStatus, UploadJob
from asset_ingest.core.ports.repos import JobQuery, Records
from asset_ingest.testing.records.base import InStudios
from asset_ingest.testing.records.samples import FAR_AHEAD, Samples, keep_asset, keep_steps, new_id

FAILURE = Failure(Code.PACKAGE_CORRUPT, Family.INPUT, "the bytes are ✗", "send them again", "unity.unpack")


class JobsContract(InStudios):
    async def test_a_job_comes_back_as_it_was_added(self, records: Records, ours: Samples) -> None:
        async with records.transaction(ours.id) as tx:
            asset, _version = await keep_asset(tx, ours)
            full = ours.job(
                status=JobStatus.ERROR,
                progress=40,
                size=1 << 40,
                failure=FAILURE,
                asset_id=asset.id,
                cms_id="7",
                duplicate=True,
                metadata={"übung": "ja"},
                completed_at=FAR_AHEAD,
            )
            bare = ours.job()
            await tx.jobs.add(full)
            await tx.jobs.add(bare)
        async with records.transaction(ours.id) as tx:
            assert await tx.jobs.get(full.id) == full
            assert await tx.jobs.lock(bare.id) == bare

    async def test_what_is_missing_or_anothers_is_not_found(
        self, records: Records, ours: Samples, theirs: Samples
    ) -> None:
        job = theirs.job()
        async with records.transaction(theirs.id) as tx:
            await tx.jobs.add(job)
        async with records.transaction(ours.id) as tx:
            for ident in (job.id, JobId(new_id())):
                with pytest.raises(NotFound):
                    await tx.jobs.get(ident)
                with pytest.raises(NotFound):
                    await tx.jobs.lock(ident)
                with pytest.raises(NotFound):
                    await tx.jobs.delete(ident)

    async def test_a_job_is_saved_over_the_revision_it_was_read_in(self, records: Records, ours: Samples) -> None:
        job = ours.job()
        moved = replace(job, status=JobStatus.UPLOADING, revision=2, progress=10)
        async with records.transaction(ours.id) as tx:
            await tx.jobs.add(job)
            await tx.jobs.save(moved)
            assert await tx.jobs.get(job.id) == moved

    @pytest.mark.parametrize("revision", [1, 2, 4])
    async def test_another_revision_is_a_conflict(self, records: Records, ours: Samples, revision: int) -> None:
        job = ours.job(revision=2)
        async with records.transaction(ours.id) as tx:
            await tx.jobs.add(job)
        with pytest.raises(Conflict):
            async with records.transaction(ours.id) as tx:
                await tx.jobs.save(replace(job, revision=revision))
        async with records.transaction(ours.id) as tx:
            assert await tx.jobs.get(job.id) == job

    async def test_another_studios_job_cannot_be_written(
        self, records: Records, ours: Samples, theirs: Samples
    ) -> None:
        job = theirs.job()
        async with records.transaction(theirs.id) as tx:
            await tx.jobs.add(job)
        with pytest.raises(IngestError):
            async with records.transaction(ours.id) as tx:
                await tx.jobs.save(replace(job, revision=2))
        with pytest.raises(IngestError):
            async with records.transaction(ours.id) as tx:
                await tx.jobs.add(theirs.job())
        with pytest.raises(Conflict):
            async with records.transaction(ours.id) as tx:
                await tx.jobs.save(replace(job, studio_id=ours.id, revision=2))

    async def test_those_who_lock_take_turns(self, records: Records, ours: Samples) -> None:
        job = ours.job()
        async with records.transaction(ours.id) as tx:
            await tx.jobs.add(job)

        async def raise_revision() -> None:
            async with records.transaction(ours.id) as tx:
                locked = await tx.jobs.lock(job.id)
                await tx.jobs.save(replace(locked, revision=locked.revision + 1))

        await asyncio.gather(*(raise_revision() for _ in range(8)))
        async with records.transaction(ours.id) as tx:
            assert (await tx.jobs.get(job.id)).revision == 9

    async def test_progress_grows_between_revisions_and_never_falls(self, records: Records, ours: Samples) -> None:
        job = ours.job(status=JobStatus.PROCESSING)
        async with records.transaction(ours.id) as tx:
            await tx.jobs.add(job)
            await tx.jobs.note_progress(job.id, 30)
            await tx.jobs.note_progress(job.id, 20)
            assert await tx.jobs.get(job.id) == replace(job, progress=30)

    async def test_progress_of_an_ended_a_missing_or_anothers_job_is_nothing(
        self, records: Records, ours: Samples, theirs: Samples
    ) -> None:
        ended, other = ours.job(status=JobStatus.CANCELLED), theirs.job(status=JobStatus.PROCESSING)
        async with records.transaction(theirs.id) as tx:
            await tx.jobs.add(other)
        async with records.transaction(ours.id) as tx:
            await tx.jobs.add(ended)
            for ident in (ended.id, other.id, JobId(new_id())):
                await tx.jobs.note_progress(ident, 30)
            assert await tx.jobs.get(ended.id) == ended
        async with records.transaction(theirs.id) as tx:
            assert await tx.jobs.get(other.id) == other

    async def test_pages_are_newest_first_and_follow_each_other(
        self, records: Records, ours: Samples, theirs: Samples
    ) -> None:
        async with records.transaction(theirs.id) as tx:
            await tx.jobs.add(theirs.job())
        statuses = (JobStatus.PENDING, JobStatus.ERROR, JobStatus.COMPLETE)
        jobs = [ours.job(status=statuses[number % 3]) for number in range(7)]
        seen: list[UploadJob] = []
        async with records.transaction(ours.id) as tx:
            for job in jobs:
                await tx.jobs.add(job)
            while page := await tx.jobs.page(JobQuery(limit=3, after=seen[-1].id if seen else None)):
                seen += page
        assert seen == jobs[::-1]

    async def test_a_page_can_ask_for_statuses_and_for_part_of_the_name(self, records: Records, ours: Samples) -> None:
        names = ("Äpfel_100%.zip", "äpfel.zip", "birnen.zip")
        jobs = [ours.job(original_filename=name, status=JobStatus.ERROR) for name in names]
        live = ours.job(original_filename="äpfel.zip")
        async with records.transaction(ours.id) as tx:
            for job in (*jobs, live):
                await tx.jobs.add(job)
            failed = frozenset({JobStatus.ERROR, JobStatus.CANCELLED})
            assert await tx.jobs.page(JobQuery(9, statuses=failed)) == jobs[::-1]
            assert await tx.jobs.page(JobQuery(9, text="ÄPFEL")) == [live, jobs[1], jobs[0]]
            assert await tx.jobs.page(JobQuery(9, text="_100%", statuses=failed)) == [jobs[0]]
            assert await tx.jobs.page(JobQuery(9, text="%")) == [jobs[0]]
            assert await tx.jobs.page(JobQuery(1, after=jobs[2].id, statuses=failed)) == [jobs[1]]

    async def test_deleting_takes_upload_and_runs_along_and_leaves_the_rest(
        self, records: Records, ours: Samples
    ) -> None:
        async with records.transaction(ours.id) as tx:
            [step] = await keep_steps(tx, ours, {})
            job = await tx.jobs.get(step.job_id)
            asset, version = await keep_asset(tx, ours)
            await tx.uploads.add(ours.upload(job, blob_id=version.blob_id))
            await tx.jobs.save(replace(job, asset_id=asset.id, revision=2))
        async with records.transaction(ours.id) as tx:
            await tx.jobs.delete(job.id)
        async with records.transaction(ours.id) as tx:
            assert await tx.runs.of_job(job.id) is None
            with pytest.raises(NotFound):
                await tx.jobs.get(job.id)
            with pytest.raises(NotFound):
                await tx.uploads.get(job.upload_id)
            with pytest.raises(NotFound):
                await tx.runs.step(step.id)
            assert await tx.assets.get(asset.id) == asset
            assert (await tx.versions.blob(version.blob_id)).id == version.blob_id
