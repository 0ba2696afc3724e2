"""What is looked for over all studios: work that was lost, uploads that ended, objects that somebody needs."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from asset_ingest.core.model.ids import StepId, StudioId, UploadId
from asset_ingest.core.model.jobs import JobStatus, StepStatus
from asset_ingest.core.model.uploads import Method, SessionStatus
from asset_ingest.core.ports.repos import Records
from asset_ingest.core.ports.system_records import SystemRecords
from asset_ingest.testing.records.base import InStudios
from asset_ingest.testing.records.samples import FAR_AHEAD, LONG_AGO, Samples, keep_asset, new_id
from asset_ingest.testing.records.steps import LATER, due_step, move_step, ready_step

AT_ONCE = timedelta(0)


class WorkContract(InStudios):
    async def test_a_step_is_located_by_its_id_alone(
        self, records: Records, system: SystemRecords, ours: Samples
    ) -> None:
        token = new_id()
        step = await ready_step(records, ours, status=StepStatus.RUNNING, lease_token=token)
        assert await system.work.locate(step.id) == replace(due_step(step), lease_token=token)
        assert await system.work.locate(StepId(new_id())) is None

    async def test_running_steps_whose_lease_has_ended_are_found(
        self, records: Records, system: SystemRecords, ours: Samples
    ) -> None:
        ended, alive, over = [
            await ready_step(records, ours, status=StepStatus.RUNNING, lease_token=new_id()) for _ in range(3)
        ]
        async with records.transaction(ours.id) as tx:
            for step, seconds in ((ended, -60), (alive, 3600), (over, -3600)):
                assert step.lease_token is not None
                assert await tx.runs.lease(step.id, step.lease_token, seconds)
            await tx.runs.save_step(replace(over, status=StepStatus.DONE), was=StepStatus.RUNNING)
        assert await system.work.lapsed(9) == [replace(due_step(ended), lease_token=ended.lease_token)]
        assert await system.work.lapsed(0) == []

    async def test_jobs_whose_open_upload_is_past_its_expiry_are_found(
        self, records: Records, system: SystemRecords, ours: Samples
    ) -> None:
        late = ours.job()
        async with records.transaction(ours.id) as tx:
            for job, status, expiry in (
                (late, SessionStatus.UPLOADING, LONG_AGO),
                (ours.job(), SessionStatus.FINALISING, FAR_AHEAD),
                (ours.job(), SessionStatus.COMPLETED, LONG_AGO),
                (ours.job(), SessionStatus.CANCELLED, LONG_AGO),
            ):
                await tx.jobs.add(job)
                await tx.uploads.add(ours.upload(job, status=status, expires_at=expiry))
        assert await system.work.abandoned(LONG_AGO + LATER, 9) == [(ours.id, late.id)]
        assert await system.work.abandoned(LONG_AGO, 9) == []
        assert len(await system.work.abandoned(FAR_AHEAD + LATER, 1)) == 1

    async def test_an_upload_that_goes_straight_to_the_store_is_looked_for_now_and_then(
        self, records: Records, system: SystemRecords, ours: Samples
    ) -> None:
        upload = await _direct(records, ours)
        assert await system.work.look_for(2 * LATER, 9) == []
        assert await system.work.look_for(LATER / 2, 9) == [upload]
        assert await system.work.look_for(LATER / 2, 9) == []

    async def test_two_never_look_for_the_same(self, records: Records, system: SystemRecords, ours: Samples) -> None:
        uploads = [await _direct(records, ours, method=method) for method in (Method.SINGLE, Method.MULTIPART) * 3]
        rounds = await asyncio.gather(*(system.work.look_for(LATER / 2, 9) for _ in range(3)))
        assert sorted(each for found in rounds for each in found) == sorted(uploads)

    async def test_studios_take_turns_at_being_looked_for(
        self, records: Records, system: SystemRecords, ours: Samples, theirs: Samples
    ) -> None:
        many = {await _direct(records, ours) for _ in range(3)}
        one = await _direct(records, theirs)
        first = await system.work.look_for(LATER / 2, 2)
        assert one in first
        assert {*first, *await system.work.look_for(LATER / 2, 2)} == {*many, one}

    async def test_nobody_looks_for_what_has_ended_or_comes_through_us_alone(
        self, records: Records, system: SystemRecords, ours: Samples
    ) -> None:
        for status in set(SessionStatus) - {SessionStatus.PENDING, SessionStatus.UPLOADING}:
            await _direct(records, ours, status=status)
        for method in (Method.PLAIN, Method.RESUMABLE):
            await _direct(records, ours, method=method)
        assert await system.work.look_for(AT_ONCE, 99) == []

    async def test_an_upload_of_which_some_bytes_come_through_us_is_looked_for_too(
        self, records: Records, system: SystemRecords, ours: Samples
    ) -> None:
        _studio, mixed = await _direct(records, ours, method=Method.MULTIPART)
        async with records.transaction(ours.id) as tx:
            await tx.uploads.take_over(mixed)
        assert await system.work.look_for(AT_ONCE, 99) == [(ours.id, mixed)]

    async def test_objects_of_blobs_renditions_and_live_uploads_are_referenced(
        self, records: Records, system: SystemRecords, ours: Samples
    ) -> None:
        keys: dict[str, str] = {}
        async with records.transaction(ours.id) as tx:
            _asset, version = await keep_asset(tx, ours)
            rendition = ours.rendition(version)
            await tx.derived.put_rendition(rendition)
            blob = await tx.versions.blob(version.blob_id)
            for status in SessionStatus:
                job = ours.job()
                await tx.jobs.add(job)
                session = ours.upload(job, status=status)
                await tx.uploads.add(session)
                keys[status] = session.object_key
            twin = ours.job()
            duplicate = ours.upload(twin, status=SessionStatus.COMPLETED, blob_id=blob.id)
            await tx.jobs.add(twin)
            await tx.uploads.add(duplicate)
        asked = [*keys.values(), blob.object_key, rendition.object_key, duplicate.object_key, "strange"]
        live = {keys[status] for status in ("PENDING", "UPLOADING", "FINALISING", "COMPLETED")}
        assert await system.work.referenced(asked) == live | {blob.object_key, rendition.object_key}
        assert await system.work.referenced([]) == frozenset()

    async def test_what_an_attempt_under_way_has_made_is_referenced(
        self, records: Records, system: SystemRecords, ours: Samples
    ) -> None:
        token = uuid4()
        at_work = await ready_step(records, ours, status=StepStatus.RUNNING, lease_token=token)
        keys = [
            f"studios/{ours.id}/renditions/{step}/{lease}/sheet"
            for step, lease in ((at_work.id, token), (at_work.id, uuid4()), (uuid4(), token))
        ]
        assert await system.work.referenced(keys) == {keys[0]}
        assert [await system.work.in_use(key, "any") for key in keys] == [True, False, False]

    async def test_the_bytes_of_a_cancelled_job_are_nobodys(
        self, records: Records, system: SystemRecords, ours: Samples
    ) -> None:
        job = ours.job(status=JobStatus.CANCELLED)
        session = ours.upload(job, status=SessionStatus.COMPLETED)
        async with records.transaction(ours.id) as tx:
            await tx.jobs.add(job)
            await tx.uploads.add(session)
        assert await system.work.referenced([session.object_key]) == frozenset()

    async def test_what_reached_nobody_is_chosen_again_at_once(
        self, records: Records, system: SystemRecords, ours: Samples
    ) -> None:
        lost, taken = [await ready_step(records, ours) for _ in range(2)]
        assert len(await system.work.dispatch({"ingest": 2}, LATER)) == 2
        await move_step(records, due_step(taken), StepStatus.RUNNING)
        await system.work.take_back([lost.id, taken.id, StepId(uuid4())])
        assert [each.step_id for each in await system.work.dispatch({"ingest": 2}, LATER)] == [lost.id]

    async def test_everything_that_a_cms_holds_can_be_gone_through(
        self, records: Records, system: SystemRecords, ours: Samples, theirs: Samples
    ) -> None:
        held = []
        for samples in (ours, theirs, ours):
            async with records.transaction(samples.id) as tx:
                asset, _version = await keep_asset(tx, samples)
                await tx.publishers.put_publication(samples.publication(asset, external_id="x"))
                unpublished, _version = await keep_asset(tx, samples)
                await tx.publishers.put_publication(samples.publication(unpublished))
                await tx.publishers.put_publication(samples.publication(unpublished, target="else", external_id="y"))
            held.append((samples.id, asset.id))
        in_order = sorted(held, key=lambda each: each[1])
        assert await system.work.published("strapi", None, 2) == in_order[:2]
        assert await system.work.published("strapi", in_order[1][1], 2) == in_order[2:]
        assert await system.work.published("nobody", None, 2) == []


async def _direct(records: Records, of: Samples, **changes: Any) -> tuple[StudioId, UploadId]:
    """Keep an upload that was opened `LATER` ago."""
    job = of.job()
    own = {"method": Method.SINGLE, "created_at": datetime.now(UTC) - LATER}
    session = of.upload(job, **own | changes)
    async with records.transaction(of.id) as tx:
        await tx.jobs.add(job)
        await tx.uploads.add(session)
    return of.id, session.id
