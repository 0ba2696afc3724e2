"""Which steps are due, in which order, and how many at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from asset_ingest.core.model.ids import StepId
from asset_ingest.core.model.jobs import Lane, StepStatus
from asset_ingest.core.ports.repos import Records
from asset_ingest.core.ports.system_records import DueStep, SystemRecords
from asset_ingest.testing.records.base import ANY_ORDER, AddStudio, InStudios, settled
from asset_ingest.testing.records.samples import FAR_AHEAD, Samples, keep_steps, new_id
from asset_ingest.testing.records.steps import LATER, due_step, move_step, ready_step

AT_ONCE = timedelta(0)


class DispatchContract(InStudios):
    async def test_a_ready_step_is_chosen_once(self, records: Records, system: SystemRecords, ours: Samples) -> None:
        step = await ready_step(records, ours)
        assert await system.work.dispatch({"ingest": 9}, LATER) == [due_step(step)]
        assert await system.work.dispatch({"ingest": 9}, LATER) == []
        async with records.transaction(ours.id) as tx:
            assert (await tx.runs.step(step.id)).dispatched_at is not None

    async def test_one_that_nobody_claimed_is_chosen_again(
        self, records: Records, system: SystemRecords, ours: Samples
    ) -> None:
        step = await ready_step(records, ours)
        await system.work.dispatch({"ingest": 1}, LATER)
        assert await system.work.dispatch({"ingest": 1}, AT_ONCE) == [due_step(step)]

    async def test_steps_that_wait_work_or_are_not_due_stay(
        self, records: Records, system: SystemRecords, ours: Samples
    ) -> None:
        async with records.transaction(ours.id) as tx:
            others = [{"status": status} for status in StepStatus if status is not StepStatus.READY]
            await keep_steps(tx, ours, *others, {"not_before": FAR_AHEAD}, {"queue": "media"})
        assert await system.work.dispatch({"ingest": 9}, LATER) == []

    async def test_what_is_under_way_takes_room(self, records: Records, system: SystemRecords, ours: Samples) -> None:
        await ready_step(records, ours, status=StepStatus.RUNNING, lease_token=new_id())
        steps = [await ready_step(records, ours) for _ in range(3)]
        assert await system.work.dispatch({"ingest": 2}, LATER) == [due_step(steps[0])]
        assert await system.work.dispatch({"ingest": 2}, LATER) == []
        assert await system.work.dispatch({"ingest": 0}, LATER) == []
        assert await system.work.dispatch({"ingest": 3}, LATER) == [due_step(steps[1])]

    async def test_each_queue_has_room_of_its_own(self, records: Records, system: SystemRecords, ours: Samples) -> None:
        media, ingest = await ready_step(records, ours, queue="media"), await ready_step(records, ours)
        chosen = await system.work.dispatch({"ingest": 1, "media": 1, "publish": 1}, LATER)
        assert {step.step_id for step in chosen} == {media.id, ingest.id}
        assert await system.work.dispatch({}, LATER) == []

    async def test_interactive_work_comes_first_then_bulk_then_backfill(
        self, records: Records, system: SystemRecords, ours: Samples, theirs: Samples
    ) -> None:
        backfill = await ready_step(records, ours, lane=Lane.BACKFILL)
        bulk = await ready_step(records, theirs, lane=Lane.BULK)
        interactive = await ready_step(records, ours, lane=Lane.INTERACTIVE)
        chosen = await system.work.dispatch({"ingest": 9}, LATER)
        assert chosen == [due_step(interactive), due_step(bulk), due_step(backfill)]

    async def test_steps_appended_later_are_in_their_runs_lane(
        self, records: Records, system: SystemRecords, ours: Samples
    ) -> None:
        done = await ready_step(records, ours, status=StepStatus.DONE, lane=Lane.BULK)
        backfill = await ready_step(records, ours, lane=Lane.BACKFILL)
        appended = replace(done, id=StepId(new_id()), position=1, status=StepStatus.READY)
        async with records.transaction(ours.id) as tx:
            await tx.runs.add_steps([appended])
        assert await system.work.dispatch({"ingest": 9}, LATER) == [due_step(appended), due_step(backfill)]

    async def test_studios_take_turns(
        self, records: Records, system: SystemRecords, ours: Samples, theirs: Samples
    ) -> None:
        mine = [await ready_step(records, ours) for _ in range(4)]
        others = [await ready_step(records, theirs) for _ in range(2)]
        chosen = [step.step_id for step in await system.work.dispatch({"ingest": 9}, LATER)]
        assert chosen == [step.id for step in (mine[0], others[0], mine[1], others[1], mine[2], mine[3])]

    async def test_studios_take_turns_where_there_is_room_for_one(
        self, records: Records, system: SystemRecords, ours: Samples, theirs: Samples
    ) -> None:
        for samples in (ours, ours, ours, ours, theirs, theirs):
            await ready_step(records, samples)
        served = [(await _serve_one(records, system)).studio_id for _ in range(4)]
        assert served == [ours.id, theirs.id, ours.id, theirs.id]

    async def test_who_was_idle_has_saved_no_turns(
        self, records: Records, system: SystemRecords, ours: Samples, theirs: Samples
    ) -> None:
        for _ in range(9):
            await ready_step(records, ours)
        for _ in range(4):
            await _serve_one(records, system)
        for _ in range(9):
            await ready_step(records, theirs)
        served = Counter([(await _serve_one(records, system)).studio_id for _ in range(6)])
        assert served == {ours.id: 3, theirs.id: 3}

    async def test_many_dispatchers_at_once_choose_each_step_once(
        self, records: Records, system: SystemRecords, ours: Samples, theirs: Samples
    ) -> None:
        steps = {(await ready_step(records, samples)).id for samples in (ours, theirs) * 10}

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
                await ready_step(records, studios[number], queue=queue, lane=lane)
                ready += 1
            elif what == "dispatch":
                free = max(number - len(dispatched) - len(running), 0)
                chosen = await system.work.dispatch({queue: number}, LATER)
                assert len(chosen) == min(free, ready)
                ready -= len(chosen)
                dispatched += chosen
            elif what == "claim" and dispatched:
                running.append(dispatched.pop(0))
                await move_step(records, running[-1], StepStatus.RUNNING)
            elif what == "end" and running:
                await move_step(records, running.pop(0), StepStatus.DONE)


async def _serve_one(records: Records, system: SystemRecords) -> DueStep:
    [due] = await system.work.dispatch({"ingest": 1}, LATER)
    await move_step(records, due, StepStatus.RUNNING)
    await move_step(records, due, StepStatus.DONE)
    return due
