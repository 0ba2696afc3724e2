"""How many steps a worker gets through and how soon it starts one, next to bare dramatiq and to bare commits.

    python bench/worker.py [rounds [messages]]

Ids wait in a Valkey of our own; a worker in a new process takes them all, and the clock runs from the first that is
begun until the last is acknowledged. In turns: our worker with a step that does nothing, but is claimed, told and
committed in records in memory; our worker with a runner that does nothing; dramatiq's own worker and broker with an
empty actor and the same settings: no middleware, the same waits, as many threads. Two is our default, eight dramatiq's.

Then the same step over a PostgreSQL of our own that syncs, in turns with inserts of one row over as many connections;
and how long an idle worker of all queues takes from the `put` of an id to the first line of its step.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import asyncpg
import dramatiq
from dramatiq.brokers.redis import RedisBroker
from parts.steps import QUEUE, EmptyRunner, Studio, at_work, our_broker

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.integration.redis_fixture import RedisServer, binary

from asset_ingest.adapters.notifier.postgres import PostgresNotifier
from asset_ingest.adapters.postgres_server.embedded import embedded_postgres
from asset_ingest.adapters.postgres_server.lock import DataFolderLock
from asset_ingest.adapters.repos.postgres.migrate import migrate
from asset_ingest.adapters.repos.postgres.pool import open_pool
from asset_ingest.adapters.repos.postgres.records import PostgresRecords
from asset_ingest.adapters.task_queue.dramatiq import DramatiqTaskQueue
from asset_ingest.adapters.task_queue.redis_broker import open_client
from asset_ingest.bootstrap import QUEUES, memory_ports
from asset_ingest.core.model.ids import StepId
from asset_ingest.core.pipelines.runner import Runner
from asset_ingest.entrypoints.worker import LONGEST_NAP

WORK = Path(__file__).parent / ".work" / "worker"
THREADS = (2, 8)
OURS, EMPTY, BARE = "ours", "ours, empty runner", "bare dramatiq"
ENOUGH, SOON = 0.9, 100
COMMITS, IDLE_STARTS, PATIENCE = 5000, 40, 300


@dataclass(frozen=True, slots=True)
class Passed:
    """Messages per second, and processor milliseconds of the worker's process for each."""

    rate: float
    processor: float


class Clock:
    """Runs from the first message that is begun until all are acknowledged."""

    def __init__(self, broker: RedisBroker) -> None:
        self._waiting = f"{broker.namespace}:{QUEUE}.msgs"
        self._client = broker.client
        self._count = self._client.hlen(self._waiting)
        self._processor = time.process_time()

    def all_passed(self, begun: list[float]) -> Passed:
        while self._client.hlen(self._waiting):
            time.sleep(0.005)
        seconds = time.monotonic() - begun[0]
        return Passed(self._count / seconds, 1000 * (time.process_time() - self._processor) / self._count)


# --- the contestants, each in a process of its own -----------------------------------------------------------------


def bare(url: str, threads: int, count: int) -> Passed:
    settings = our_broker(url, threads)
    broker = RedisBroker(
        client=open_client(url),
        middleware=[],
        namespace=settings.namespace,
        maintenance_chance=settings.maintenance_chance,
        heartbeat_timeout=settings.heartbeat_timeout,
    )
    begun: list[float] = []

    @dramatiq.actor(actor_name=QUEUE, queue_name=QUEUE, broker=broker)
    def nothing(_: str) -> None:
        begun.append(time.monotonic())

    for _ in range(count):
        nothing.send(str(uuid4()))
    worker = dramatiq.Worker(broker, worker_threads=threads, worker_timeout=LONGEST_NAP)
    clock = Clock(broker)
    worker.start()
    passed = clock.all_passed(begun)
    worker.stop()
    return passed


async def ours(url: str, threads: int, count: int) -> Passed:
    studio = await Studio.founded(memory_ports())
    ids = await studio.ready(count)
    passed = await worked_off(url, threads, ids, studio, studio.runner())
    await studio.check(ids)
    return passed


async def empty(url: str, threads: int, count: int) -> Passed:
    studio = await Studio.founded(memory_ports())
    return await worked_off(url, threads, [StepId(uuid4()) for _ in range(count)], studio, EmptyRunner(studio.step))


async def worked_off(url: str, hands: int, ids: list[StepId], studio: Studio, runner: Runner | EmptyRunner) -> Passed:
    broker = our_broker(url, hands)
    queue = DramatiqTaskQueue(broker)
    for each in ids:
        await queue.put(QUEUE, each)
    clock = Clock(broker)
    async with at_work(broker, runner, studio, [QUEUE], hands):
        return await asyncio.to_thread(clock.all_passed, studio.step.begun)


# --- over PostgreSQL, in one process -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Durable:
    """Steps and bare commits per second, round by round; milliseconds from each `put` to the start of its step."""

    steps: list[float]
    commits: list[float]
    starts: list[float]


async def durable(url: str, hands: int, rounds: int, count: int) -> Durable:
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    async with DataFolderLock(WORK) as lock, embedded_postgres(WORK, lock) as server:
        await migrate(server.dsn)
        async with open_pool(server.dsn, max_size=10) as pool:
            records = PostgresRecords(pool)
            notifier = PostgresNotifier(pool, server.dsn)
            ports = replace(memory_ports(), records=records, system=records.system, notifier=notifier)
            studio = await Studio.founded(ports)
            found = Durable([], [], [])
            await pool.execute("CREATE TABLE bare (id uuid PRIMARY KEY, data text)")
            for _ in range(rounds):
                found.commits.append(await bare_commits(pool, hands))
                found.steps.append(await steps_over(url, hands, studio, count))
            found.starts.extend(await idle_starts(url, hands, studio))
            return found


async def steps_over(url: str, hands: int, studio: Studio, count: int) -> float:
    ids = await studio.ready(count)
    studio.step.begun.clear()
    passed = await worked_off(url, hands, ids, studio, studio.runner())
    await studio.check(ids)
    return passed.rate


async def bare_commits(pool: asyncpg.Pool, connections: int) -> float:
    async def insert() -> None:
        async with pool.acquire() as connection:
            for _ in range(COMMITS // connections):
                await connection.execute("INSERT INTO bare VALUES ($1, $2)", uuid4(), "x" * 200)

    started = time.monotonic()
    await asyncio.gather(*(insert() for _ in range(connections)))
    return COMMITS / (time.monotonic() - started)


async def idle_starts(url: str, hands: int, studio: Studio) -> list[float]:
    broker, dice, took = our_broker(url, hands), random.Random(5), []
    queue = DramatiqTaskQueue(broker)
    async with at_work(broker, studio.runner(), studio, QUEUES, hands):
        for each in await studio.ready(IDLE_STARTS):
            await asyncio.sleep(dice.uniform(0.4, 0.8))  # long enough for the longest nap
            studio.step.begun.clear()
            put = time.monotonic()
            await queue.put(QUEUE, each)
            while not studio.step.begun:  # noqa: ASYNC110  the worker should notice nothing of who looks
                await asyncio.sleep(0.001)
            took.append(1000 * (studio.step.begun[0] - put))
    return took


# --- the measurement ------------------------------------------------------------------------------------------------


def in_a_process(contestant: str, *numbers: int, url: str) -> dict[str, list[float]]:
    command = [sys.executable, __file__, "child", contestant, url, *map(str, numbers)]
    said = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)
    if said.returncode:
        sys.exit(f"{contestant} failed:\n{said.stderr[-2000:]}")
    found: dict[str, list[float]] = json.loads(said.stdout)
    return found


def child(contestant: str, url: str, *numbers: int) -> None:
    if contestant == BARE:
        found: Passed | Durable = bare(url, *numbers)
    else:
        found = asyncio.run({OURS: ours, EMPTY: empty, "durable": durable}[contestant](url, *numbers))
    print(json.dumps({name: getattr(found, name) for name in found.__slots__}))


def over_memory(url: str, threads: int, rounds: int, messages: int) -> None:
    found: dict[str, list[Passed]] = {OURS: [], EMPTY: [], BARE: []}
    names = list(found)
    for number in range(rounds):
        for name in names[number % 3 :] + names[: number % 3]:
            found[name].append(Passed(**in_a_process(name, threads, messages, url=url)))
            print(f"  round {number + 1}  {threads} threads  {name:20}{found[name][-1].rate:7.0f}/s", file=sys.stderr)
    print(f"\n{threads} threads, {messages} messages, median of {rounds}")
    print(f"{'':20} {'per s':>7} {'of bare':>8} {'CPU ms':>7}")
    for name, passed in found.items():
        rate = statistics.median(each.rate for each in passed)
        processor = statistics.median(each.processor for each in passed)
        print(f"{name:20} {rate:7.0f} {ratio(passed, found[BARE]):8.2f} {processor:7.2f}")
    of_bare = ratio(found[OURS], found[BARE])
    told("our messages to those of bare dramatiq", of_bare, of_bare >= ENOUGH, f"≥ {ENOUGH}")


def ratio(mine: list[Passed], theirs: list[Passed]) -> float:
    return statistics.median(one.rate / other.rate for one, other in zip(mine, theirs, strict=True))


def over_postgres(url: str, threads: int, rounds: int, messages: int) -> None:
    found = in_a_process("durable", threads, rounds, messages, url=url)
    steps, commits = statistics.median(found["steps"]), statistics.median(found["commits"])
    print(f"\nover PostgreSQL, {threads} at once, median of {rounds}: {steps:.0f} steps a second, two commits each;")
    print(f"bare inserts of one row over as many connections: {commits:.0f} commits a second")
    starts = sorted(found["starts"])
    middle, slow = statistics.median(starts), starts[len(starts) * 9 // 10]
    print(f"idle worker, {len(starts)} puts: one in ten took {slow:.0f} ms or more, the longest {starts[-1]:.0f} ms")
    told("milliseconds from put to start, median", middle, middle < SOON, f"< {SOON}")


def told(what: str, found: float, well: bool, wanted: str) -> None:  # noqa: FBT001  it is said
    print(f"{what}: {found:.3g}, wanted {wanted}  {'ok' if well else 'MISSED'}")


def main(rounds: int = 5, messages: int = 3000) -> None:
    WORK.mkdir(parents=True, exist_ok=True)
    print(f"the machine's load before: {os.getloadavg()[0]:.1f}")
    folder = WORK.parent / "worker-redis"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    server = RedisServer(binary(), folder)
    try:
        server.start()
        for threads in THREADS:
            over_memory(server.url, threads, rounds, messages)
        over_postgres(server.url, THREADS[0], rounds, messages // 3)
    finally:
        server.end()


if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        child(*sys.argv[2:4], *map(int, sys.argv[4:]))
    else:
        main(*map(int, sys.argv[1:3]))
