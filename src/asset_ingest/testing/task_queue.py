"""What every TaskQueue promises, and what a TaskSource promises beyond it.

Subclasses bring the fixtures `tasks` and `source`. Where workers do not pull, `source` is whatever a worker of that
technology is handed its ids by, made to look like a TaskSource.
"""

from __future__ import annotations

import asyncio
from uuid import UUID

import anyio
import pytest

from asset_ingest.core.model.ids import StepId
from asset_ingest.core.ports.task_queue import TaskQueue, TaskSource

ONE, TWO, THREE = (StepId(UUID(int=number)) for number in (1, 2, 3))


async def some_turns(turns: int) -> None:
    """Let other tasks run a little; nothing depends on how far they come."""
    for _ in range(turns):
        await asyncio.sleep(0)


class TaskQueueContract:
    """What the dispatcher relies on, whoever carries the ids."""

    async def test_what_was_put_is_taken(self, tasks: TaskQueue, source: TaskSource) -> None:
        await tasks.put("ingest", ONE)
        assert await source.take(["ingest"]) == ONE

    async def test_the_oldest_is_taken_first(self, tasks: TaskQueue, source: TaskSource) -> None:
        for step_id in (TWO, ONE, THREE):
            await tasks.put("ingest", step_id)
        assert [await source.take(["ingest"]) for _ in range(3)] == [TWO, ONE, THREE]

    async def test_offering_what_still_waits_keeps_it_and_its_place(self, tasks: TaskQueue, source: TaskSource) -> None:
        for step_id in (ONE, TWO, ONE):
            await tasks.put("ingest", step_id)
        assert [await source.take(["ingest"]) for _ in range(2)] == [ONE, TWO]

    async def test_other_queues_are_left_alone(self, tasks: TaskQueue, source: TaskSource) -> None:
        taking = asyncio.create_task(source.take(["media"]))
        await some_turns(3)
        await tasks.put("ingest", ONE)
        await tasks.put("media", TWO)
        assert await taking == TWO
        assert await source.take(["ingest"]) == ONE

    async def test_what_was_taken_may_be_offered_again(self, tasks: TaskQueue, source: TaskSource) -> None:
        await tasks.put("ingest", ONE)
        assert await source.take(["ingest"]) == ONE
        await tasks.put("ingest", ONE)
        assert await source.take(["ingest"]) == ONE

    async def test_no_two_takers_get_the_same(self, tasks: TaskQueue, source: TaskSource) -> None:
        wanted = {StepId(UUID(int=number)) for number in range(30)}
        got: list[StepId] = []

        async def work() -> None:
            for _ in range(10):
                got.append(await source.take(["ingest"]))  # noqa: PERF401  # the order of arrival is the point

        async with anyio.create_task_group() as group:
            for _ in range(3):
                group.start_soon(work)
            for step_id in wanted:
                await tasks.put("ingest", step_id)
        assert len(got) == 30
        assert set(got) == wanted


class TaskSourceContract(TaskQueueContract):
    """What a pulling worker relies on."""

    async def test_a_taker_waits_for_what_comes_later(self, tasks: TaskQueue, source: TaskSource) -> None:
        taking = asyncio.create_task(source.take(["ingest"]))
        await some_turns(3)
        assert not taking.done()
        await tasks.put("ingest", ONE)
        assert await taking == ONE

    async def test_a_taker_of_several_queues_gets_the_oldest_of_all(self, tasks: TaskQueue, source: TaskSource) -> None:
        await tasks.put("media", ONE)
        await tasks.put("ingest", TWO)
        await tasks.put("media", THREE)
        assert [await source.take(["ingest", "media"]) for _ in range(3)] == [ONE, TWO, THREE]

    async def test_offering_what_still_waits_changes_nothing(self, tasks: TaskQueue, source: TaskSource) -> None:
        for step_id in (ONE, TWO, ONE):
            await tasks.put("ingest", step_id)
        await tasks.put("ingest", THREE)
        assert [await source.take(["ingest"]) for _ in range(3)] == [ONE, TWO, THREE]

    async def test_takers_of_different_queues_all_wake(self, tasks: TaskQueue, source: TaskSource) -> None:
        ingest = asyncio.create_task(source.take(["ingest"]))
        media = asyncio.create_task(source.take(["media"]))
        await some_turns(3)
        await tasks.put("media", ONE)
        await tasks.put("ingest", TWO)
        assert (await media, await ingest) == (ONE, TWO)

    @pytest.mark.parametrize("turns", range(6))
    async def test_a_cancelled_taker_takes_nothing_with_it(
        self, tasks: TaskQueue, source: TaskSource, turns: int
    ) -> None:
        cancelled = asyncio.create_task(source.take(["ingest"]))
        await some_turns(turns)
        cancelled.cancel()
        await asyncio.wait([cancelled])
        await tasks.put("ingest", ONE)
        assert await source.take(["ingest"]) == ONE

    @pytest.mark.parametrize("turns", range(6))
    async def test_cancelling_just_when_it_arrives_loses_no_id(
        self, tasks: TaskQueue, source: TaskSource, turns: int
    ) -> None:
        taking = asyncio.create_task(source.take(["ingest"]))
        await some_turns(3)
        await tasks.put("ingest", ONE)
        await some_turns(turns)
        taking.cancel()
        await asyncio.wait([taking])
        if taking.cancelled():
            assert await source.take(["ingest"]) == ONE
        else:
            assert taking.result() == ONE
