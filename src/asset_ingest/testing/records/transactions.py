from __future__ import annotations

import asyncio
from dataclasses import replace

import anyio
import pytest

from asset_ingest.core.errors import Conflict, NotFound
from asset_ingest.core.model.jobs import UploadJob
from asset_ingest.core.ports.repos import Records
from asset_ingest.testing.records.base import InStudios
from asset_ingest.testing.records.samples import Samples, keep_asset


class TransactionsContract(InStudios):
    async def test_all_of_a_block_that_ends_well_happens(self, records: Records, ours: Samples) -> None:
        jobs = [ours.job(), ours.job()]
        async with records.transaction(ours.id) as tx:
            for job in jobs:
                await tx.jobs.add(job)
        for job in jobs:
            assert await _find(records, ours, job) == job

    async def test_nothing_of_a_block_that_raises_happens_and_its_error_is_told(
        self, records: Records, ours: Samples
    ) -> None:
        job = ours.job()

        async def fail() -> None:
            async with records.transaction(ours.id) as tx:
                await tx.jobs.add(job)
                await tx.events.add(ours.fact())
                raise OSError("the caller's own")

        with pytest.raises(OSError, match="the caller's own"):
            await fail()
        with pytest.raises(NotFound):
            await _find(records, ours, job)

    async def test_what_a_block_that_raises_changed_or_deleted_is_as_before(
        self, records: Records, ours: Samples
    ) -> None:
        changed, deleted = ours.job(), ours.job()
        run = ours.run(deleted)
        step = ours.step(run)
        async with records.transaction(ours.id) as tx:
            for job in (changed, deleted):
                await tx.jobs.add(job)
            await tx.runs.add([run], [step])

        async def fail() -> None:
            async with records.transaction(ours.id) as tx:
                await tx.jobs.save(replace(changed, original_filename="other.bin", revision=changed.revision + 1))
                await tx.jobs.save(replace(changed, original_filename="third.bin", revision=changed.revision + 2))
                await tx.jobs.delete(deleted.id)
                raise OSError("the caller's own")

        with pytest.raises(OSError, match="the caller's own"):
            await fail()
        assert await _find(records, ours, changed) == changed
        assert await _find(records, ours, deleted) == deleted
        async with records.transaction(ours.id) as tx:
            assert await tx.runs.of_job(deleted.id) == (run, [step])

    async def test_nothing_of_a_cancelled_block_happens(self, records: Records, ours: Samples) -> None:
        job = ours.job()
        with anyio.CancelScope() as scope:
            async with records.transaction(ours.id) as tx:
                await tx.jobs.add(job)
                scope.cancel()
                await anyio.sleep_forever()
        with pytest.raises(NotFound):
            await _find(records, ours, job)

    async def test_nothing_of_a_cancelled_task_happens(self, records: Records, ours: Samples) -> None:
        job, added = ours.job(), asyncio.Event()

        async def work() -> None:
            async with records.transaction(ours.id) as tx:
                await tx.jobs.add(job)
                added.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(work())
        await added.wait()
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        with pytest.raises(NotFound):
            await _find(records, ours, job)

    async def test_after_many_cancellations_there_is_still_room(self, records: Records, ours: Samples) -> None:
        for _ in range(30):
            with anyio.CancelScope() as scope:
                async with records.transaction(ours.id) as tx:
                    await tx.events.watermark()
                    scope.cancel()
                    await tx.events.watermark()
        async with records.transaction(ours.id) as tx:
            assert await tx.events.watermark() == 0

    async def test_a_transaction_sees_its_own_writes(self, records: Records, ours: Samples) -> None:
        async with records.transaction(ours.id) as tx:
            asset, version = await keep_asset(tx, ours)
            assert await tx.assets.get(asset.id) == asset
            assert await tx.versions.get(version.id) == version

    async def test_the_same_id_twice_is_a_conflict(self, records: Records, ours: Samples) -> None:
        job = ours.job()
        async with records.transaction(ours.id) as tx:
            await tx.jobs.add(job)
        with pytest.raises(Conflict):
            async with records.transaction(ours.id) as tx:
                await tx.jobs.add(job)

    async def test_rows_that_refer_to_each_other_are_added_in_any_order(self, records: Records, ours: Samples) -> None:
        job, asset, blob = ours.job(), ours.asset(), ours.blob()
        run = ours.run(job)
        async with records.transaction(ours.id) as tx:
            await tx.uploads.add(ours.upload(job))
            await tx.runs.add([run], [ours.step(run)])
            await tx.jobs.add(job)
            await tx.assets.add(asset, ours.version(asset, blob))
            await tx.versions.put_blob(blob)


async def _find(records: Records, ours: Samples, job: UploadJob) -> UploadJob:
    async with records.transaction(ours.id) as tx:
        return await tx.jobs.get(job.id)
