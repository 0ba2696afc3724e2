"""A worker that is handed ids by Redis: what it runs, what it gives back, and what Redis may do to it."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta

import anyio
import pytest
from tests.harness import chunks_of
from tests.integration.redis_fixture import RedisServer

from asset_ingest.adapters.clock.memory import ManualClock
from asset_ingest.adapters.object_store.memory import MemoryObjects
from asset_ingest.adapters.repos.memory import MemoryRecords
from asset_ingest.adapters.task_queue.dramatiq import DramatiqTaskQueue, open_broker
from asset_ingest.adapters.telemetry.memory import MemoryObserver
from asset_ingest.bootstrap import QUEUES, App, Tuning, memory_ports, wire
from asset_ingest.core.errors import BrokerUnavailable
from asset_ingest.core.model.access import Principal
from asset_ingest.core.model.ids import JobId, StepId
from asset_ingest.core.model.jobs import ENDED, JobStatus, Lane, StepStatus
from asset_ingest.core.ports.system_records import DueStep
from asset_ingest.core.services.jobs import JobDetail
from asset_ingest.core.services.uploads import IncomingFile
from asset_ingest.entrypoints.worker import PushedWorker

AGAIN = timedelta(seconds=31)


class Gate(MemoryObjects):
    """A store that lets nobody read until it is opened, and remembers who wanted to."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__(clock)
        self.begun: list[str] = []
        self.wanted = anyio.Event()
        self.opened = anyio.Event()

    async def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncGenerator[bytes, None]:
        self.begun.append(key)
        self.wanted.set()
        await self.opened.wait()
        async for chunk in super().read(key, start, end):
            yield chunk


@dataclass
class World:
    """The program over memory and Redis; workers come and go."""

    redis_url: str
    prefix: str
    hands: int = 2
    clock: ManualClock = field(default_factory=ManualClock)
    observer: MemoryObserver = field(default_factory=MemoryObserver)
    app: App = field(init=False)
    who: Principal = field(init=False)

    def __post_init__(self) -> None:
        records, self.store = MemoryRecords(self.clock), Gate(self.clock)
        self.broker = open_broker(self.redis_url, self.observer, prefix=self.prefix)
        ports = replace(
            memory_ports(),
            clock=self.clock,
            records=records,
            system=records.system,
            store=self.store,
            queue=DramatiqTaskQueue(self.broker),
            source=None,
            observer=self.observer,
        )
        self.app = wire(ports, Tuning(worker_concurrency=self.hands))
        self.work = records.system.work

    async def found(self) -> None:
        secret = await self.app.access.found_local_studio()
        assert secret is not None
        self.who = await self.app.access.by_key(secret, "test")

    async def upload(self, name: str, lane: Lane = Lane.INTERACTIVE) -> JobId:
        file = IncomingFile(name, lane=lane)
        return JobId((await self.app.uploads.receive(self.who, file, chunks_of(name.encode()))).id)

    def name_of(self, key: str) -> str:
        content, _ = self.store._held(key)
        return content.decode()

    async def dispatch(self) -> None:
        await self.app.upkeep.dispatcher.bury_lapsed()
        await self.app.upkeep.dispatcher.once()

    async def job(self, job_id: JobId) -> JobDetail:
        return await self.app.jobs.get(self.who, job_id)

    async def ended(self, *job_ids: JobId) -> list[JobDetail]:
        """Let the dispatcher look again and again, and time pass in the records, until the jobs have ended."""
        while True:
            jobs = [await self.job(job_id) for job_id in job_ids]
            if all(job.status in ENDED for job in jobs):
                return jobs
            with suppress(BrokerUnavailable):  # which upkeep outlives
                await self.dispatch()
            self.clock.advance(timedelta(seconds=1))
            await anyio.sleep(0.01)  # a poll, as the dispatcher does

    async def digested(self, job_id: JobId) -> None:
        """Wait until the first step has ended well, without a dispatcher that looks."""
        while (await self.job(job_id)).steps[0].status is not StepStatus.DONE:  # noqa: ASYNC110  a poll
            await anyio.sleep(0.01)

    @asynccontextmanager
    async def working(
        self, queues: Sequence[str] = QUEUES, hands: int | None = None, work: WorkSeen | None = None
    ) -> AsyncIterator[None]:
        """Have a worker of `hands` for as long as the context lasts; leaving it is a clean stop."""
        hands = hands or self.hands
        broker = open_broker(self.redis_url, self.observer, hands=hands, prefix=self.prefix)
        runner = replace(self.app.runner, work=work) if work else self.app.runner
        async with anyio.create_task_group() as group:
            group.start_soon(PushedWorker(broker, runner, self.observer, queues, hands).run)
            yield
            group.cancel_scope.cancel()
        broker.close()


class WorkSeen:
    """Work records that remember which ids were asked for, and answer when a test lets them."""

    def __init__(self, world: World) -> None:
        self._work = world.work
        self.seen: list[StepId] = []
        self.asked = anyio.Event()
        self.answers = anyio.Event()

    async def locate(self, step_id: StepId) -> DueStep | None:
        self.seen.append(step_id)
        self.asked.set()
        await self.answers.wait()
        return await self._work.locate(step_id)


@pytest.fixture
async def world(redis_url: str, redis_prefix: str) -> AsyncIterator[World]:
    world = World(redis_url, redis_prefix)
    await world.found()
    yield world
    world.broker.close()


async def test_every_job_ends(world: World) -> None:
    world.store.opened.set()
    jobs = [await world.upload(f"{number}.txt") for number in range(20)]
    async with world.working():
        ended = await world.ended(*jobs)
    assert {job.status for job in ended} == {JobStatus.COMPLETE}
    assert {step.attempt for job in ended for step in job.steps} == {1}


async def test_two_workers_share_the_work_and_no_step_runs_twice(world: World) -> None:
    jobs = [await world.upload(f"{number}.txt") for number in range(4)]
    async with world.working(), world.working():
        while len(world.store.begun) < 4:
            await world.dispatch()
            await anyio.sleep(0.01)
        world.store.opened.set()
        ended = await world.ended(*jobs)
    assert {job.status for job in ended} == {JobStatus.COMPLETE}
    assert len(world.store.begun) == 4


async def test_a_clean_stop_hands_its_step_back_at_once(world: World) -> None:
    job_id = await world.upload("a.txt")
    await world.dispatch()
    async with world.working():
        await world.store.wanted.wait()
        assert [step.status for step in (await world.job(job_id)).steps] == [StepStatus.RUNNING]
    (step,) = (await world.job(job_id)).steps
    assert (step.status, step.attempt) == (StepStatus.READY, 0)
    world.store.opened.set()
    async with world.working():
        (ended,) = await world.ended(job_id)
    assert {step.attempt for step in ended.steps} == {1}


async def test_what_a_stopping_worker_had_not_claimed_goes_back(world: World) -> None:
    """Without waiting for the dispatcher, which does not look here at all."""
    world.store.opened.set()
    job_id = await world.upload("a.txt")
    await world.dispatch()
    stalled = WorkSeen(world)
    async with world.working(work=stalled):
        await stalled.asked.wait()
    async with world.working():
        await world.digested(job_id)


async def test_a_worker_takes_from_its_own_queues_only(world: World) -> None:
    seen = WorkSeen(world)
    seen.answers.set()
    media, ingest = StepId(world.app.new_id()), StepId(world.app.new_id())
    for queue, step_id in (("ingest", ingest), ("media", media)):
        await world.app.upkeep.dispatcher.queue.put(queue, step_id)
    async with world.working(["media"], work=seen):
        await seen.asked.wait()
    assert seen.seen == [media]
    seen.asked = anyio.Event()
    async with world.working(["ingest"], work=seen):
        await seen.asked.wait()
    assert seen.seen == [media, ingest]


async def test_what_a_person_waits_for_overtakes_a_heap_of_bulk_work(world: World) -> None:
    """It waits behind what is in the broker already, which is never much."""
    bulk = [await world.upload(f"bulk-{number}.txt", Lane.BULK) for number in range(12)]
    await world.dispatch()
    urgent = await world.upload("urgent.txt")
    world.store.opened.set()
    async with world.working(hands=1):
        await world.ended(urgent, *bulk)
    (place,) = [place for place, key in enumerate(world.store.begun) if world.name_of(key) == "urgent.txt"]
    assert place <= 2 * world.hands


async def test_a_flushed_redis_loses_nothing(redis_server: RedisServer) -> None:
    world = World(redis_server.url, "flushed")
    await world.found()
    world.store.opened.set()
    job_id = await world.upload("a.txt")
    await world.dispatch()
    redis_server.flush()
    async with world.working():
        await world.dispatch()
        assert (await world.job(job_id)).steps[0].status is StepStatus.READY  # offered a moment ago: not again yet
        world.clock.advance(AGAIN)
        (ended,) = await world.ended(job_id)
    assert ended.status is JobStatus.COMPLETE
    world.broker.close()


@pytest.mark.parametrize("way", ["stop", "kill"])
async def test_redis_may_go_and_come_back_in_the_middle(redis_server: RedisServer, way: str) -> None:
    world = World(redis_server.url, "restarted")
    await world.found()
    jobs = [await world.upload("before.txt")]
    async with world.working():
        await world.dispatch()
        await world.store.wanted.wait()
        getattr(redis_server, way)()
        jobs.append(await world.upload("meanwhile.txt"))
        world.store.opened.set()  # what runs may end: its facts go elsewhere
        await world.digested(jobs[0])
        redis_server.start()
        ended = await world.ended(*jobs)
    assert {job.status for job in ended} == {JobStatus.COMPLETE}
    said = [each.what for each in world.observer.heard]
    assert said.count("broker.away") == said.count("broker.back") == 1
    world.broker.close()


async def test_a_worker_can_stop_while_redis_is_away(redis_server: RedisServer) -> None:
    world = World(redis_server.url, "stopped")
    await world.found()
    job_id = await world.upload("a.txt")
    await world.dispatch()
    with anyio.fail_after(10):
        async with world.working():
            await world.store.wanted.wait()
            redis_server.stop()
    assert (await world.job(job_id)).steps[0].status is StepStatus.READY
    world.broker.close()


async def test_what_a_killed_worker_held_comes_again(world: World) -> None:
    """Its last sign of life is moved back instead of waiting for it to grow old."""
    world.store.opened.set()
    job_id = await world.upload("a.txt")
    await world.dispatch()
    killed = open_broker(world.redis_url, world.observer, prefix=world.prefix)
    consumer = killed.consume("ingest", timeout=1)
    assert next(consumer) is not None  # and nobody hears of it again
    long_ago = (time.time() - 16) * 1000
    killed.client.zadd(f"{world.prefix}:__heartbeats__", {killed.broker_id: long_ago})
    killed.close()
    async with world.working():
        await world.digested(job_id)


async def test_an_id_that_comes_twice_is_run_once(world: World) -> None:
    world.store.opened.set()
    job_id = await world.upload("a.txt")
    await world.dispatch()
    world.clock.advance(AGAIN)
    await world.dispatch()
    async with world.working():
        (ended,) = await world.ended(job_id)
    assert {step.attempt for step in ended.steps} == {1}
    assert len(world.store.begun) == 1
