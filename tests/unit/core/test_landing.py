"""Small files that land together: what happens to one of them does not happen to those beside it."""

from __future__ import annotations

import asyncio
from asyncio import Semaphore, create_task, sleep, wait
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from tests.harness import TUNING, Program

from asset_ingest.adapters.clock.memory import ManualClock
from asset_ingest.adapters.object_store.memory import MemoryObjects
from asset_ingest.bootstrap import memory_ports
from asset_ingest.core.errors import QuotaExceeded, StoreUnavailable
from asset_ingest.core.model.access import Principal
from asset_ingest.core.ports.repos import JobQuery
from asset_ingest.core.services.admission import Quota, Quotas
from asset_ingest.core.services.jobs import JobView
from asset_ingest.core.services.uploads import IncomingFile


class Gated(MemoryObjects):
    """Stores a batch for each `leave`, and says of each that it has `come`."""

    def __init__(self) -> None:
        super().__init__(ManualClock())
        self.come, self.leave = Semaphore(0), Semaphore(0)
        self.batches: list[int] = []
        self.is_down = False

    async def put_all(self, objects: Mapping[str, bytes]) -> None:
        self.batches.append(len(objects))
        self.come.release()
        await self.leave.acquire()
        if self.is_down:
            raise StoreUnavailable("the store is down")
        await super().put_all(objects)


class Studio:
    def __init__(self, store: Gated, program: Program, who: Principal) -> None:
        self.store, self.program, self.who = store, program, who

    async def land(self, *names: str) -> list[asyncio.Task[JobView]]:
        """Begin to land such files, all of them until they have to wait."""
        uploads = self.program.app.uploads
        tasks = [create_task(uploads.receive_whole(self.who, IncomingFile(name), b"bytes")) for name in names]
        await sleep(0)
        return tasks

    async def landed(self) -> set[str]:
        page = await self.program.app.jobs.page(self.who, JobQuery(limit=100))
        return {job.original_filename for job in page.items}

    def waiting(self) -> Sequence[object]:
        return list(self.program.app.uploads.landing._writing)


@pytest.fixture
async def studio() -> Studio:
    store = Gated()
    program = Program(replace(memory_ports(), store=store))
    return Studio(store, program, await program.found())


@pytest.mark.parametrize("times", [1, 2])
async def test_one_that_goes_away_while_it_writes_for_others_lets_none_of_them_down(studio: Studio, times: int) -> None:
    [first] = await studio.land("first")
    await studio.store.come.acquire()
    writes, beside = await studio.land("writes", "beside")
    studio.store.leave.release()
    await first
    await studio.store.come.acquire()
    for _ in range(times):
        writes.cancel()
        await sleep(0)
    [later] = await studio.land("later")
    for _ in range(2):
        studio.store.leave.release()
    await wait([writes])
    await beside
    await later
    assert await studio.landed() == {"first", "beside", "later"}
    assert not studio.waiting()


async def test_what_there_is_no_room_for_is_not_kept_and_the_others_are() -> None:
    store = Gated()
    for _ in range(9):
        store.leave.release()
    quotas = Quotas(Quota(stored=12))
    tuning = replace(TUNING, uploads=replace(TUNING.uploads, quotas=quotas))
    program = Program(
        replace(memory_ports(), store=store), replace(tuning, transfers=replace(tuning.transfers, quotas=quotas))
    )
    studio = Studio(store, program, await program.found())
    outcomes = await asyncio.gather(*await studio.land("a", "b", "c", "d"), return_exceptions=True)
    assert [isinstance(each, QuotaExceeded) for each in outcomes] == [False, False, True, True]
    assert await studio.landed() == {"a", "b"}
    assert len([stored async for stored in store.list("studios/")]) == 2
