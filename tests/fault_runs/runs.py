"""One run: a seed decides where, who sends what, and everything that goes wrong."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tests.fault_runs import checks
from tests.fault_runs.model import Told, Violation
from tests.fault_runs.nodes import RESTS, Node, RealNode, Weather
from tests.fault_runs.places import Place, in_processes, on_disk, on_s3, on_s3_double
from tests.fault_runs.resumable import Ietf, Resumable, Tus
from tests.fault_runs.senders import Direct, Plain, Sender
from tests.harness import Program

from asset_ingest.adapters.object_store.s3 import S3Place
from asset_ingest.core.model.access import Principal
from asset_ingest.core.services.groups import GroupView

RUN_SECONDS = 120
EACH_IN_PROCESSES = 50
"""Real processes take seconds to start."""
ROADS = {"tus": 4, "ietf": 3, "multipart": 2, "single": 1, "plain": 1}


class Where(StrEnum):
    """Where a run keeps facts and bytes."""

    DISK = "disk"  # facts in memory, bytes on disk
    POSTGRES = "postgres"  # facts in PostgreSQL, bytes on disk
    S3 = "s3"  # facts in memory, bytes in the strict double of S3
    PROCESS = "process"  # facts in PostgreSQL, bytes on disk, and real processes that are killed
    CEPH = "ceph"  # facts in memory, bytes in a real Ceph; only when asked for


def where_of(seed: int) -> Where:
    if seed % EACH_IN_PROCESSES == 1:
        return Where.PROCESS
    return (Where.DISK, Where.POSTGRES, Where.S3, Where.DISK, Where.DISK)[seed % 5]


@dataclass(frozen=True, slots=True)
class Worlds:
    """What runs need from outside: a folder each, and where asked for a database or a bucket."""

    folder: Callable[[], Path]
    new_database: Callable[[], str] | None = None
    ceph: S3Place | None = None

    def place(self, where: Where, chance: random.Random) -> AbstractAsyncContextManager[Place]:
        folder = self.folder()
        if where is Where.S3:
            return on_s3_double(chance, folder)
        if where is Where.CEPH:
            assert self.ceph
            return on_s3(self.ceph, folder)
        if where in {Where.POSTGRES, Where.PROCESS}:
            assert self.new_database
            kind = on_disk if where is Where.POSTGRES else in_processes
            return kind(chance, folder, self.new_database())
        return on_disk(chance, folder)


@dataclass(frozen=True, slots=True)
class Done:
    """What one run came to."""

    uploads: Sequence[Told]
    processes: int


async def run(seed: int, worlds: Worlds, where: Where | None = None) -> Done:
    """Run this seed; raises Violation, with what its clients did, when the server breaks a promise."""
    chance = random.Random(seed)  # noqa: S311  no secret
    uploads: list[Told] = []
    try:
        async with asyncio.timeout(RUN_SECONDS), worlds.place(where or where_of(seed), chance) as place:
            return await _run(chance, place, uploads)
    except Exception as error:
        again = f"--first {seed} --seeds 1 --where {where or where_of(seed)}"
        error.add_note(f"seed {seed}; again alone: python bench/fault_runs.py {again}")
        for told in uploads:
            error.add_note(f"{told}\n  moves: {' | '.join(told.moves)}")
        raise


async def _run(chance: random.Random, place: Place, uploads: list[Told]) -> Done:
    weather = Weather(chance, deaths=chance.choice((0, 1, 2, 4)), store=chance.choice((0, 3, 8)), database=3)
    calm = Program(await place.ports(), RESTS)
    secret = await calm.app.access.found_local_studio()
    assert secret
    who = await calm.app.access.by_key(secret, "test")
    group = await calm.app.groups.open(who, "run")
    nodes = _nodes(chance, place, weather)
    place.begin_trouble()
    async with _serving(nodes):
        senders = list(_senders(chance, place, nodes, secret, group, uploads))
        async with asyncio.TaskGroup() as group_of_senders:
            for sender in senders:
                group_of_senders.create_task(_send(sender, place, who))
        weather.calm = True
        place.end_trouble()
    after = Program(await place.ports(), RESTS)
    await checks.work_is_done(after, place.later)
    await checks.everything_holds(after, who, uploads, group.id)
    await _empty(place.folder)
    return Done(uploads, sum(node.lives for node in nodes))


def _nodes(chance: random.Random, place: Place, weather: Weather) -> Sequence[Node | RealNode]:
    if place.process:
        return [RealNode(*place.process, weather)]
    return [Node(place.ports, weather) for _ in range(chance.choice((1, 1, 2)))]


async def _send(sender: Sender, place: Place, who: Principal) -> None:
    await sender.run()
    if sender.told.done:
        await checks.succeeded(await place.ports(), who, sender.told)


@asynccontextmanager
async def _serving(nodes: Sequence[Node | RealNode]) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(node.serve()) for node in nodes]
        yield
        for task in tasks:
            task.cancel()


def _senders(
    chance: random.Random,
    place: Place,
    nodes: Sequence[Node | RealNode],
    secret: str,
    group: GroupView,
    uploads: list[Told],
) -> Iterator[Sender]:
    for number in range(chance.randint(1, 4)):
        own = random.Random(chance.getrandbits(64))  # noqa: S311  its moves do not depend on who is faster
        most = own.choice((10, 5_000, place.largest_file))
        told = Told(f"file-{number}.bin", own.randbytes(own.randint(1, most)))
        uploads.append(told)
        road = own.choices(list(ROADS), list(ROADS.values()))[0]
        told.moves.append(f"by {road}")
        headers = {"Authorization": f"Bearer {secret}"}

        def url(own: random.Random = own) -> str:
            return own.choice(nodes).url

        common = (url, headers, told, own, str(group.id))
        match road:
            case "plain":
                yield Plain(*common)
            case "single" | "multipart":
                yield Direct(*common, method=road)
            case _:
                dialect = Tus() if road == "tus" else Ietf()
                yield Resumable(*common, dialect=dialect, defers=own.random() < 0.2)


async def _empty(folder: Path) -> None:
    """Hold the folder against the promise that the sweeper leaves nothing half-made."""
    aside = folder / ".incoming"
    left = [each.name for each in aside.iterdir()] if aside.is_dir() else []
    if left:
        raise Violation(f"left over in the folder: {left}")
