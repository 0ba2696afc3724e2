from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from asset_ingest.core.model.ids import StepId, StudioId, UploadId
from asset_ingest.core.model.jobs import JobStatus, Lane, StepRun, StepStatus
from asset_ingest.core.model.uploads import Method, SessionStatus
from asset_ingest.core.ports.repos import Records
from asset_ingest.core.ports.system_records import DueStep, SystemRecords
from asset_ingest.testing.records.base import ANY_ORDER, AddStudio, InStudios, settled
from asset_ingest.testing.records.samples import FAR_AHEAD, LONG_AGO, Samples, keep_asset, keep_steps, new_id

LATER = timedelta(hours=1)
AT_ONCE = timedelta(0)


class DispatchContract(InStudios):
    async def test_a_ready_step_is_chosen_once(self, records: Records, system: SystemRecords, ours: Samples) -> None:
        step = await _ready(records, ours)
        assert await system.work.dispatch({"ingest": 9}, LATER) == [_due(step)]
        assert await system.work.dispatch({"ingest": 9}, LATER) == []
        async with records.transaction(ours.id) as tx:
            assert (await tx.runs.step(step.id)).dispatched_at is not None

    async def test_one_that_nobody_claimed_is_chosen_again(
        self, records: Records, system: SystemRecords, ours: Samples
    ) -> None:
        step = await _ready(records, ours)
        await system.work.dispatch({"ingest": 1}, LATER)
        assert await system.work.dispatch({"ingest": 1}, AT_ONCE) == [_due(step)]

    async def test_steps_that_wait_work_or_are_not_due_stay(
        self, records: Records, system: SystemRecords, ours: Samples
    ) -> None:
        async with records.transaction(ours.id) as tx:
            others = [{"status": status} for status in StepStatus if status is not StepStatus.READY]
            await keep_steps(tx, ours, *others, {"not_before": FAR_AHEAD}, {"queue": "media"})
        assert await system.work.dispatch({"ingest": 9}, LATER) == []

    async def test_what_is_under_way_takes_room(self, records: Records, system: SystemRecords, ours: Samples) -> None:
        await _ready(records, ours, status=StepStatus.RUNNING, lease_token=new_id())
        steps = [await _ready(records, ours) for _ in range(3)]
        assert await system.work.dispatch({"ingest": 2}, LATER) == [_due(steps[0])]
        assert await system.work.dispatch({"ingest": 2}, LATER) == []
        assert await system.work.dispatch({"ingest": 0}, LATER) == []
        assert await system.work.dispatch({"ingest": 3}, LATER) == [_due(steps[1])]

    async def test_each_queue_has_room_of_its_own(self, records: Records, system: SystemRecords, ours: Samples) -> None:
        media, ingest = await _ready(records, ours, queue="media"), await _ready(records, ours)
        chosen = await system.work.dispatch({"ingest": 1, "media": 1, "publish": 1}, LATER)
        assert {step.step_id for step in chosen} == {media.id, ingest.id}
        assert await system.work.dispatch({}, LATER) == []

    async def test_interactive_work_comes_first_then_bulk_then_backfill(
        self, records: Records, system: SystemRecords, ours: Samples, theirs: Samples
    ) -> None:
        backfill = await _ready(records, ours, lane=Lane.BACKFILL)
        bulk = await _ready(records, theirs, lane=Lane.BULK)
        interactive = await _ready(records, ours, lane=Lane.INTERACTIVE)
        chosen = await system.work.dispatch({"ingest": 9}, LATER)
        assert chosen == [_due(interactive), _due(bulk), _due(backfill)]

    async def test_steps_appended_later_are_in_their_runs_lane(
        self, records: Records, system: SystemRecords, ours: Samples
    ) -> None:
        done = await _ready(records, ours, status=StepStatus.DONE, lane=Lane.BULK)
        backfill = await _ready(records, ours, lane=Lane.BACKFILL)
        appended = replace(done, id=StepId(new_id()), position=1, status=StepStatus.READY)
        async with records.transaction(ours.id) as tx:
            await tx.runs.add_steps([appended])
        assert await system.work.dispatch({"ingest": 9}, LATER) == [_due(appended), _due(backfill)]

    async def test_studios_take_turns(
        self, records: Records, system: SystemRecords, ours: Samples, theirs: Samples
    ) -> None:
        mine = [await _ready(records, ours) for _ in range(4)]
        others = [await _ready(records, theirs) for _ in range(2)]
        chosen = [step.step_id for step in await system.work.dispatch({"ingest": 9}, LATER)]
        assert chosen == [step.id for step in (mine[0], others[0], mine[1], others[1], mine[2], mine[3])]

    async def test_studios_take_turns_where_there_is_room_for_one(
        self, records: Records, system: SystemRecords, ours: Samples, theirs: Samples
    ) -> None:
        for samples in (ours, ours, ours, ours, theirs, theirs):
            await _ready(records, samples)
        served = [(await _serve_one(records, system)).studio_id for _ in range(4)]
        assert served == [ours.id, theirs.id, ours.id, theirs.id]

    async def test_who_was_idle_has_saved_no_turns(
        self, records: Records, system: SystemRecords, ours: Samples, theirs: Samples
    ) -> None:
        for _ in range(9):
            await _ready(records, ours)
        for _ in range(4):
            await _serve_one(records, system)
        for _ in range(9):
            await _ready(records, theirs)
        served = Counter([(await _serve_one(records, system)).studio_id for _ in range(6)])
        assert served == {ours.id: 3, theirs.id: 3}

    async def test_many_dispatchers_at_once_choose_each_step_once(
        self, records: Records, system: SystemRecords, ours: Samples, theirs: Samples
    ) -> None:
        steps = {(await _ready(records, samples)).id for samples in (ours, theirs) * 10}

        async def dispatch() -> list[DueStep]:
            return [step for _ in range(5) for step in await system.work.dispatch({"ingest": 12}, LATER)]

        chosen = [step.step_id for some in await asyncio.gather(*(dispatch() for _ in range(8))) for step in some]
        assert len(chosen) == len(set(chosen)) == 12
        assert set(chosen) <= steps

    @ANY_ORDER
    @given(
        doing=st.lists(
            st.one_of(
                st.tuples(st.just("ready"), st.integers(0, 1), st.sampled_from(Lane)),
                st.tuples(st.just("dispatch"), st.integers(-1, 4), st.just(Lane.BULK)),
                st.tuples(st.just("claim"), st.just(0), st.just(Lane.BULK)),
                st.tuples(st.just("end"), st.just(0), st.just(Lane.BULK)),
            ),
            max_size=25,
        )
    )
    async def test_whatever_the_order_no_more_are_under_way_than_there_is_room_for(
        self, records: Records, system: SystemRecords, add_studio: AddStudio, doing: list[tuple[str, int, Lane]]
    ) -> None:
        studios = [await settled(add_studio), await settled(add_studio)]
        queue, dispatched, running = f"queue-{new_id()}", list[DueStep](), list[DueStep]()
        ready = 0
        for what, number, lane in doing:
            if what == "ready":
                await _ready(records, studios[number], queue=queue, lane=lane)
                ready += 1
            elif what == "dispatch":
                free = max(number - len(dispatched) - len(running), 0)
                chosen = await system.work.dispatch({queue: number}, LATER)
                assert len(chosen) == min(free, ready)
                ready -= len(chosen)
                dispatched += chosen
            elif what == "claim" and dispatched:
                running.append(dispatched.pop(0))
                await _move(records, running[-1], StepStatus.RUNNING)
            elif what == "end" and running:
                await _move(records, running.pop(0), StepStatus.DONE)


class WorkContract(InStudios):
    async def test_a_step_is_located_by_its_id_alone(
        self, records: Records, system: SystemRecords, ours: Samples
    ) -> None:
        token = new_id()
        step = await _ready(records, ours, status=StepStatus.RUNNING, lease_token=token)
        assert await system.work.locate(step.id) == replace(_due(step), lease_token=token)
        assert await system.work.locate(StepId(new_id())) is None

    async def test_running_steps_whose_lease_has_ended_are_found(
        self, records: Records, system: SystemRecords, ours: Samples
    ) -> None:
        ended, alive, over = [
            await _ready(records, ours, status=StepStatus.RUNNING, lease_token=new_id()) for _ in range(3)
        ]
        async with records.transaction(ours.id) as tx:
            for step, seconds in ((ended, -60), (alive, 3600), (over, -3600)):
                assert step.lease_token is not None
                assert await tx.runs.lease(step.id, step.lease_token, seconds)
            await tx.runs.save_step(replace(over, status=StepStatus.DONE), was=StepStatus.RUNNING)
        assert await system.work.lapsed(9) == [replace(_due(ended), lease_token=ended.lease_token)]
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

    async def test_nobody_looks_for_what_has_ended_or_comes_through_us(
        self, records: Records, system: SystemRecords, ours: Samples
    ) -> None:
        for status in set(SessionStatus) - {SessionStatus.PENDING, SessionStatus.UPLOADING}:
            await _direct(records, ours, status=status)
        for method in (Method.PLAIN, Method.RESUMABLE):
            await _direct(records, ours, method=method)
        _studio, mixed = await _direct(records, ours, method=Method.MULTIPART)
        async with records.transaction(ours.id) as tx:
            await tx.uploads.take_over(mixed)
        assert await system.work.look_for(AT_ONCE, 99) == []

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
        at_work = await _ready(records, ours, status=StepStatus.RUNNING, lease_token=token)
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
        lost, taken = [await _ready(records, ours) for _ in range(2)]
        assert len(await system.work.dispatch({"ingest": 2}, LATER)) == 2
        await _move(records, _due(taken), StepStatus.RUNNING)
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


def _due(step: StepRun) -> DueStep:
    return DueStep(step.studio_id, step.job_id, step.id, step.queue)


async def _ready(records: Records, of: Samples, lane: Lane = Lane.INTERACTIVE, **changes: Any) -> StepRun:
    async with records.transaction(of.id) as tx:
        [step] = await keep_steps(tx, of, changes, lane=lane)
        return step


async def _direct(records: Records, of: Samples, **changes: Any) -> tuple[StudioId, UploadId]:
    """Keep an upload that was opened `LATER` ago."""
    job = of.job()
    own = {"method": Method.SINGLE, "created_at": datetime.now(UTC) - LATER}
    session = of.upload(job, **own | changes)
    async with records.transaction(of.id) as tx:
        await tx.jobs.add(job)
        await tx.uploads.add(session)
    return of.id, session.id


async def _move(records: Records, due: DueStep, status: StepStatus) -> None:
    async with records.transaction(due.studio_id) as tx:
        step = await tx.runs.step(due.step_id)
        await tx.runs.save_step(replace(step, status=status), was=step.status)


async def _serve_one(records: Records, system: SystemRecords) -> DueStep:
    [due] = await system.work.dispatch({"ingest": 1}, LATER)
    await _move(records, due, StepStatus.RUNNING)
    await _move(records, due, StepStatus.DONE)
    return due
