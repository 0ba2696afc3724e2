from __future__ import annotations

from dataclasses import replace

import pytest

from asset_ingest.core.model.jobs import JobStatus
from asset_ingest.core.model.uploads import FilePart, SessionStatus, UploadSession
from asset_ingest.core.ports.repos import Records
from asset_ingest.core.ports.upload_repos import Claim, Ledger, Usage
from asset_ingest.testing.records.base import InStudios
from asset_ingest.testing.records.samples import FAR_AHEAD, Samples


class UsageContract(InStudios):
    """What a studio takes up."""

    async def test_a_new_studio_takes_up_nothing(self, records: Records, ours: Samples) -> None:
        assert await _usage(records, ours) == Usage(0, 0)

    async def test_open_uploads_count_with_what_they_promise(self, records: Records, ours: Samples) -> None:
        for status in (SessionStatus.PENDING, SessionStatus.UPLOADING, SessionStatus.FINALISING):
            await _kept(records, ours, status=status, size=10)
        assert await _usage(records, ours) == Usage(30, 3)

    @pytest.mark.parametrize("status", [SessionStatus.FAILED, SessionStatus.CANCELLED, SessionStatus.EXPIRED])
    async def test_what_has_come_to_nothing_does_not_count(
        self, records: Records, ours: Samples, status: SessionStatus
    ) -> None:
        await _kept(records, ours, status=status, size=10)
        assert await _usage(records, ours) == Usage(0, 0)

    async def test_of_unknown_size_what_is_stored_counts(self, records: Records, ours: Samples) -> None:
        session = await _kept(records, ours, size=None)
        assert await _usage(records, ours) == Usage(0, 1)
        parts = tuple(FilePart(session.id, ours.id, n, (n - 1) * 100, 100, f"etag-{n}") for n in (1, 2))
        async with records.transaction(ours.id) as tx:
            writer = await tx.uploads.take_over(session.id)
            await tx.uploads.record(Ledger(session.id, writer.writer_epoch, parts, 7, "seven", FAR_AHEAD))
        assert await _usage(records, ours) == Usage(207, 1)

    async def test_what_has_arrived_counts_until_it_is_known_and_then_once_per_content(
        self, records: Records, ours: Samples
    ) -> None:
        sessions = [await _kept(records, ours, status=SessionStatus.COMPLETED, size=10) for _ in range(2)]
        assert await _usage(records, ours) == Usage(20, 0)
        same = ours.blob(size=10)
        for session, left in zip(sessions, (20, 10), strict=True):
            async with records.transaction(ours.id) as tx:
                blob = await tx.versions.put_blob(same)
                await tx.uploads.save(replace(session, blob_id=blob.id), was=SessionStatus.COMPLETED)
            assert await _usage(records, ours) == Usage(left, 0)

    async def test_what_was_cancelled_behind_its_last_byte_does_not_count(
        self, records: Records, ours: Samples
    ) -> None:
        await _kept(records, ours, JobStatus.CANCELLED, status=SessionStatus.COMPLETED, size=10)
        await _kept(records, ours, JobStatus.ERROR, status=SessionStatus.COMPLETED, size=5)
        assert await _usage(records, ours) == Usage(5, 0)

    async def test_what_was_not_committed_never_counts(self, records: Records, ours: Samples) -> None:
        async def broken() -> None:
            async with records.transaction(ours.id) as tx:
                await tx.versions.put_blob(ours.blob(size=10))
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await broken()
        assert await _usage(records, ours) == Usage(0, 0)

    async def test_another_studio_does_not_count(self, records: Records, ours: Samples, theirs: Samples) -> None:
        await _kept(records, theirs, size=10)
        async with records.transaction(theirs.id) as tx:
            await tx.versions.put_blob(theirs.blob(size=10))
        assert await _usage(records, ours) == Usage(0, 0)
        assert await _usage(records, theirs) == Usage(20, 1)

    @pytest.mark.parametrize("claim", [Claim(1, 20, 2), Claim(1, 1 << 50, 1 << 30), Claim(1 << 40, None, None)])
    async def test_a_claim_is_told_the_same(self, records: Records, ours: Samples, claim: Claim) -> None:
        await _kept(records, ours, size=10)
        async with records.transaction(ours.id) as tx:
            assert await tx.uploads.claim(claim) == Usage(10, 1)


async def _usage(records: Records, of: Samples) -> Usage:
    async with records.transaction(of.id) as tx:
        return await tx.uploads.usage()


async def _kept(
    records: Records, of: Samples, job_status: JobStatus = JobStatus.QUEUED, **changes: object
) -> UploadSession:
    job = of.job(status=job_status)
    session = of.upload(job, **changes)
    async with records.transaction(of.id) as tx:
        await tx.jobs.add(job)
        await tx.uploads.add(session)
    return session
