from __future__ import annotations

from dataclasses import replace

import pytest

from asset_ingest.core.errors import Code, Conflict, Family, NotFound
from asset_ingest.core.model.ids import StepId
from asset_ingest.core.model.jobs import Failure, Lane, RunStatus, StepRun, StepStatus
from asset_ingest.core.ports.repos import Records
from asset_ingest.testing.records.base import InStudios
from asset_ingest.testing.records.samples import FAR_AHEAD, LONG_AGO, Samples, keep_asset, keep_steps, new_id

TIMED_OUT = Failure(Code.TIMED_OUT, Family.INFRA, "too slow", "retry")


class RunsContract(InStudios):
    async def test_a_run_comes_back_with_its_steps_in_order(self, records: Records, ours: Samples) -> None:
        job = ours.job()
        async with records.transaction(ours.id) as tx:
            _asset, version = await keep_asset(tx, ours)
            run = ours.run(job, lane=Lane.BULK, version_id=version.id)
            full = ours.step(
                run,
                1,
                status=StepStatus.FAILED,
                not_before=FAR_AHEAD,
                attempt=3,
                lost_leases=1,
                lease_token=new_id(),
                dispatched_at=LONG_AGO,
                started_at=LONG_AGO,
                ended_at=LONG_AGO,
                reason="no store id",
                failure=TIMED_OUT,
                checkpoint={"page": [1, None]},
                facts={"entries": 2, "title": "✗"},
            )
            first = ours.step(run, 0)
            await tx.jobs.add(job)
            await tx.runs.add([run], [full, first])
            assert await tx.runs.of_job(job.id) == (run, [first, full])
            assert await tx.runs.step(full.id) == full

    async def test_steps_can_be_appended_later(self, records: Records, ours: Samples) -> None:
        async with records.transaction(ours.id) as tx:
            [first] = await keep_steps(tx, ours, {})
        async with records.transaction(ours.id) as tx:
            kept = await tx.runs.of_job(first.job_id)
            assert kept is not None
            second = ours.step(kept[0], 1, status=StepStatus.WAITING)
            await tx.runs.add_steps([second])
            assert await tx.runs.of_job(first.job_id) == (kept[0], [first, second])

    async def test_two_steps_never_share_a_place(self, records: Records, ours: Samples) -> None:
        async with records.transaction(ours.id) as tx:
            [first] = await keep_steps(tx, ours, {})
        with pytest.raises(Conflict):
            async with records.transaction(ours.id) as tx:
                await tx.runs.add_steps([replace(first, id=StepId(new_id()))])

    async def test_of_many_runs_the_latest_is_the_jobs(self, records: Records, ours: Samples) -> None:
        job = ours.job()
        async with records.transaction(ours.id) as tx:
            await tx.jobs.add(job)
            assert await tx.runs.of_job(job.id) is None
            early, late = ours.run(job, status=RunStatus.FAILED), ours.run(job)
            await tx.runs.add([late], [])
            await tx.runs.add([early], [])
            assert await tx.runs.of_job(job.id) == (late, [])

    async def test_a_run_is_saved_over_the_status_it_was_read_in(self, records: Records, ours: Samples) -> None:
        job = ours.job()
        run = ours.run(job)
        moved = replace(run, status=RunStatus.RUNNING)
        async with records.transaction(ours.id) as tx:
            await tx.jobs.add(job)
            await tx.runs.add([run], [])
            await tx.runs.save(moved, was=RunStatus.QUEUED)
            assert await tx.runs.of_job(job.id) == (moved, [])
        with pytest.raises(Conflict):
            async with records.transaction(ours.id) as tx:
                await tx.runs.save(replace(run, status=RunStatus.CANCELLED), was=RunStatus.QUEUED)

    async def test_a_step_is_saved_over_the_status_it_was_read_in(self, records: Records, ours: Samples) -> None:
        async with records.transaction(ours.id) as tx:
            [step] = await keep_steps(tx, ours, {})
            claimed = replace(step, status=StepStatus.RUNNING, attempt=1, lease_token=new_id())
            await tx.runs.save_step(claimed, was=StepStatus.READY)
            assert await tx.runs.step(step.id) == claimed
        with pytest.raises(Conflict):
            async with records.transaction(ours.id) as tx:
                await tx.runs.save_step(claimed, was=StepStatus.READY)

    async def test_anothers_steps_and_runs_are_out_of_sight(
        self, records: Records, ours: Samples, theirs: Samples
    ) -> None:
        step = await _running(records, theirs)
        async with records.transaction(ours.id) as tx:
            with pytest.raises(NotFound):
                await tx.runs.step(step.id)
            assert await tx.runs.of_job(step.job_id) is None
            assert step.lease_token is not None
            assert not await tx.runs.lease(step.id, step.lease_token, 60)

    async def test_a_lease_ends_later_the_longer_it_is(self, records: Records, ours: Samples) -> None:
        step = await _running(records, ours)
        assert step.lease_token is not None
        async with records.transaction(ours.id) as tx:
            assert await tx.runs.lease(step.id, step.lease_token, 60)
            short = (await tx.runs.step(step.id)).lease_until
            assert await tx.runs.lease(step.id, step.lease_token, 3600)
            long = (await tx.runs.step(step.id)).lease_until
        assert short is not None
        assert long is not None
        assert short < long

    async def test_only_the_token_of_a_running_step_moves_its_lease(self, records: Records, ours: Samples) -> None:
        step = await _running(records, ours)
        assert step.lease_token is not None
        async with records.transaction(ours.id) as tx:
            assert not await tx.runs.lease(step.id, new_id(), 60)
            assert not await tx.runs.lease(StepId(new_id()), step.lease_token, 60)
            await tx.runs.save_step(replace(step, status=StepStatus.DONE), was=StepStatus.RUNNING)
            assert not await tx.runs.lease(step.id, step.lease_token, 60)

    async def test_saving_a_step_leaves_its_lease_alone(self, records: Records, ours: Samples) -> None:
        step = await _running(records, ours)
        assert step.lease_token is not None
        async with records.transaction(ours.id) as tx:
            await tx.runs.lease(step.id, step.lease_token, 60)
            until = (await tx.runs.step(step.id)).lease_until
            await tx.runs.save_step(replace(step, lease_until=FAR_AHEAD), was=StepStatus.RUNNING)
            assert (await tx.runs.step(step.id)).lease_until == until


async def _running(records: Records, of: Samples) -> StepRun:
    async with records.transaction(of.id) as tx:
        [step] = await keep_steps(tx, of, {"status": StepStatus.RUNNING, "lease_token": new_id()})
        return step
