"""What the runner does when workers die, hang, or meet their own bugs."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import ClassVar

import anyio
import pytest
from anyio.lowlevel import checkpoint
from tests.harness import Program, chunks_of

from asset_ingest.adapters.clock.memory import ManualClock
from asset_ingest.adapters.notifier.memory import MemoryNotifier
from asset_ingest.adapters.object_store.memory import MemoryObjects
from asset_ingest.adapters.repos.memory import MemoryRecords
from asset_ingest.adapters.telemetry.memory import MemoryObserver
from asset_ingest.bootstrap import Ports, memory_ports
from asset_ingest.core.errors import DatabaseUnavailable, Defer, GiveUp, LeaseLost, ServiceUnavailable
from asset_ingest.core.journeys import Journeys
from asset_ingest.core.model.access import Principal
from asset_ingest.core.model.assets import AssetKind
from asset_ingest.core.model.ids import StepId
from asset_ingest.core.model.jobs import JobStatus, Phase, StepStatus
from asset_ingest.core.pipelines.commit import Pipelines
from asset_ingest.core.pipelines.digest import Digest
from asset_ingest.core.pipelines.runner import Patience, Runner
from asset_ingest.core.pipelines.step import Step, StepContext, StepResult
from asset_ingest.core.ports.notifier import Notice, Notifier
from asset_ingest.core.ports.system_records import DueStep
from asset_ingest.core.services.jobs import JobDetail

LEASE = timedelta(seconds=31)


@dataclass(frozen=True)
class Scripted(Step):
    """A step that does what a test says."""

    name: ClassVar[str] = "scripted"
    phase: ClassVar[Phase] = Phase.PROCESSING
    queue: ClassVar[str] = "ingest"
    script: Callable[[StepContext], object]

    async def __call__(self, step: StepContext) -> StepResult:
        result = self.script(step)
        if hasattr(result, "__await__"):
            await result
        return StepResult(ready=True)


class Shop:
    """A program whose second step is scripted, with one job that waits for it."""

    def __init__(self, script: Callable[[StepContext], object], patience: Patience) -> None:
        self.clock = ManualClock()
        records = MemoryRecords(self.clock)
        self.observer = MemoryObserver()
        self.ports: Ports = replace(
            memory_ports(),
            clock=self.clock,
            records=records,
            system=records.system,
            store=MemoryObjects(self.clock),
            observer=self.observer,
        )
        self.program = Program(self.ports)
        journeys = Journeys(records, self.ports.notifier, self.clock, self.ports.new_id, self.observer)
        steps = Pipelines(Digest(self.ports.store), {AssetKind.OTHER: (Scripted(script),)})
        self.runner = Runner(records.system.work, journeys, steps, self.observer, patience)
        self.who: Principal

    async def open(self) -> None:
        self.who = await self.program.found()
        self.job_id = (await self.program.upload(self.who, "a.txt", b"content")).id
        await self.runner.run(await self.next_step())

    async def next_step(self) -> StepId:
        await self.program.app.upkeep.dispatcher.once()
        return self.program.inbox.ids.pop(0)

    async def job(self) -> JobDetail:
        return await self.program.app.jobs.get(self.who, self.job_id)

    async def bury(self) -> None:
        self.clock.advance(LEASE)
        for due in await self.ports.system.work.lapsed(10):
            await self.runner.bury(due)


async def shop(script: Callable[[StepContext], object], patience: Patience = Patience()) -> Shop:  # noqa: B008  frozen
    opened = Shop(script, patience)
    await opened.open()
    return opened


async def test_a_file_that_takes_its_worker_down_three_times_is_given_up() -> None:
    here = await shop(lambda step: None)
    for _ in range(3):
        claim = await here.runner._claim(await _located(here, await here.next_step()))
        assert claim is not None  # and its worker is never heard of again
        await here.bury()
    job = await here.job()
    assert (job.status, job.code, job.step) == (JobStatus.ERROR, "worker_lost", "scripted")


async def test_vanished_workers_do_not_use_up_the_attempts() -> None:
    def stumble_once(step: StepContext) -> None:
        if step.run.attempt == 3:
            raise ServiceUnavailable("not just now")

    here = await shop(stumble_once, Patience(attempts=3))
    for _ in range(2):
        assert await here.runner._claim(await _located(here, await here.next_step()))
        await here.bury()
    await here.runner.run(await here.next_step())
    assert (await here.job()).steps[-1].status is StepStatus.READY
    here.clock.advance(LEASE)
    await here.runner.run(await here.next_step())
    assert (await here.job()).status is JobStatus.COMPLETE


async def _located(here: Shop, step_id: StepId) -> DueStep:
    due = await here.ports.system.work.locate(step_id)
    assert due is not None
    return due


async def test_a_worker_whose_lease_went_to_another_writes_nothing() -> None:
    holding = anyio.Event()
    go = anyio.Event()

    async def work(step: StepContext) -> None:
        if step.run.attempt == 1:
            holding.set()
            await go.wait()
            with pytest.raises(LeaseLost):
                await step.renew()
            with pytest.raises(LeaseLost):
                async with step.transaction():
                    pytest.fail("a zombie may not write")

    here = await shop(work)
    first = await here.next_step()
    async with anyio.create_task_group() as group:
        group.start_soon(here.runner.run, first)
        await holding.wait()
        await here.bury()
        await here.runner.run(await here.next_step())
        assert (await here.job()).status is JobStatus.COMPLETE
        go.set()
    job = await here.job()
    assert (job.status, job.steps[-1].attempt) == (JobStatus.COMPLETE, 2)


async def test_a_step_runs_once_however_often_its_id_comes() -> None:
    ran = []
    here = await shop(lambda step: ran.append(step.run.attempt))
    step_id = await here.next_step()
    async with anyio.create_task_group() as group:
        for _ in range(5):
            group.start_soon(here.runner.run, step_id)
    await here.runner.run(step_id)
    assert ran == [1]


async def test_an_id_that_nobody_knows_is_dropped() -> None:
    here = await shop(lambda step: None)
    await here.runner.run(StepId(here.ports.new_id()))


async def test_a_bug_ends_the_job_and_tells_the_observer() -> None:
    def stumble(step: StepContext) -> None:
        raise ZeroDivisionError

    here = await shop(stumble)
    await here.runner.run(await here.next_step())
    job = await here.job()
    assert (job.status, job.code) == (JobStatus.ERROR, "internal")
    assert "ZeroDivisionError" not in (job.error_message or "")
    assert any(isinstance(heard.error, ZeroDivisionError) for heard in here.observer.heard)


async def test_giving_up_is_final_at_once() -> None:
    def give_up(step: StepContext) -> None:
        raise GiveUp("the CMS says this name is taken")

    here = await shop(give_up)
    await here.runner.run(await here.next_step())
    job = await here.job()
    assert (job.status, job.error_message) == (JobStatus.ERROR, "the CMS says this name is taken")


async def test_a_deferred_step_waits_and_costs_no_attempt() -> None:
    deferred = []

    def wait_a_minute(step: StepContext) -> None:
        if not deferred:
            deferred.append(True)
            raise Defer(here.clock.now() + timedelta(minutes=1), "the store asks us to wait")

    here = await shop(wait_a_minute)
    await here.runner.run(await here.next_step())
    await here.program.app.upkeep.dispatcher.once()
    assert here.program.inbox.ids == []
    here.clock.advance(timedelta(minutes=2))
    await here.runner.run(await here.next_step())
    job = await here.job()
    assert (job.status, job.steps[-1].attempt) == (JobStatus.COMPLETE, 1)


async def test_a_step_that_hangs_is_stopped() -> None:
    here = await shop(lambda step: anyio.sleep_forever(), Patience(step=0.05, attempts=1))
    await here.runner.run(await here.next_step())
    job = await here.job()
    assert (job.status, job.code) == (JobStatus.ERROR, "timed_out")


async def test_a_worker_that_is_told_to_stop_frees_its_step_at_once() -> None:
    holding = anyio.Event()

    async def hold(step: StepContext) -> None:
        if step.run.attempt == 1 and not holding.is_set():
            holding.set()
            await anyio.sleep_forever()

    here = await shop(hold)
    async with anyio.create_task_group() as group:
        group.start_soon(here.runner.run, await here.next_step())
        await holding.wait()
        group.cancel_scope.cancel()
    assert (await here.job()).steps[-1].status is StepStatus.READY
    await here.runner.run(await here.next_step())
    assert (await here.job()).status is JobStatus.COMPLETE


async def test_a_step_that_a_newer_program_planned_is_not_guessed() -> None:
    here = await shop(lambda step: None)
    await here.program.app.runner.run(await here.next_step())  # this one has no step named "scripted"
    job = await here.job()
    assert (job.status, job.step) == (JobStatus.ERROR, "scripted")
    assert "no step named" in (job.error_message or "")


async def test_cancelling_a_job_stops_its_worker() -> None:
    holding = anyio.Event()

    async def hold(step: StepContext) -> None:
        holding.set()
        while True:
            await checkpoint()
            await step.renew()

    here = await shop(hold)
    async with anyio.create_task_group() as group:
        group.start_soon(here.runner.run, await here.next_step())
        await holding.wait()
        await here.program.app.jobs.cancel(here.who, here.job_id)
    job = await here.job()
    assert (job.status, job.steps[-1].status) == (JobStatus.CANCELLED, StepStatus.CANCELLED)


async def test_what_a_step_remembered_is_there_at_the_next_attempt() -> None:
    found: list[dict[str, object]] = []

    async def work(step: StepContext) -> None:
        found.append(step.run.checkpoint)
        await step.remember({"done": len(found)})
        if len(found) == 1:
            raise Defer(here.clock.now(), "once more")

    here = await shop(work)
    await here.runner.run(await here.next_step())
    await here.runner.run(await here.next_step())
    assert found == [{}, {"done": 1}]
    assert (await here.job()).status is JobStatus.COMPLETE


async def test_two_attempts_never_write_to_the_same_key() -> None:
    keys: list[str] = []

    def work(step: StepContext) -> None:
        keys.append(step.attempt_key("sheet"))
        if len(keys) < 3:
            raise Defer(here.clock.now(), "once more")

    here = await shop(work)
    for _ in range(3):
        await here.runner.run(await here.next_step())
    assert len(set(keys)) == 3


async def test_a_sweep_leaves_alone_what_an_attempt_under_way_has_made() -> None:
    swept = []

    async def work(step: StepContext) -> None:
        stored = await here.ports.store.put(step.attempt_key("sheet"), chunks_of(b"picture"))
        swept.append(await here.program.app.upkeep.sweeper.once())
        assert (await here.ports.store.stat(stored.key)).size == 7

    here = await shop(work)
    await here.runner.run(await here.next_step())
    assert (await here.job()).status is JobStatus.COMPLETE
    assert not swept[0].anything
    assert (await here.program.app.upkeep.sweeper.once()).orphans.count == 1  # the step did not hand it over


class Deaf(Notifier):
    """Carries nothing: the database between the processes has just gone away."""

    async def publish(self, notice: Notice) -> None:
        raise DatabaseUnavailable("the connection is closed")

    def follow(self) -> AbstractAsyncContextManager[AsyncIterator[Notice]]:
        return MemoryNotifier().follow()


async def test_a_notice_that_is_lost_harms_neither_step_nor_upload() -> None:
    ports = replace(memory_ports(), notifier=Deaf())
    program = Program(ports)
    who = await program.found()
    job = await program.upload(who, "a.txt", b"content")
    await program.app.upkeep.dispatcher.once()
    while program.inbox.ids:
        await program.app.runner.run(program.inbox.ids.pop(0))
        await program.app.upkeep.dispatcher.once()
    assert (await program.app.jobs.get(who, job.id)).status is JobStatus.COMPLETE
