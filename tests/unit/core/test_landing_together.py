"""Small files that land together: what each of them is promised, whatever becomes of those beside it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from uuid import uuid4

import anyio
import pytest
from anyio import wait_all_tasks_blocked
from tests.harness import TUNING, Program

from asset_ingest.adapters.clock.system import SystemClock
from asset_ingest.adapters.object_store.memory import MemoryObjects
from asset_ingest.adapters.repos.memory import MemoryRecords
from asset_ingest.adapters.repos.memory.uploads import MemoryUploads
from asset_ingest.bootstrap import memory_ports
from asset_ingest.core.errors import (
    DatabaseUnavailable,
    EmptyFile,
    IngestError,
    NotFound,
    QuotaExceeded,
    StoreFull,
    StoreUnavailable,
)
from asset_ingest.core.model.access import Principal
from asset_ingest.core.model.ids import GroupId, StudioId
from asset_ingest.core.ports.repos import JobQuery, Transaction
from asset_ingest.core.ports.upload_repos import Claim, Usage
from asset_ingest.core.services.admission import Quota, Quotas
from asset_ingest.core.services.jobs import JobView
from asset_ingest.core.services.together import MOST_TOGETHER
from asset_ingest.core.services.uploads import IncomingFile


class CountedUploads(MemoryUploads):
    """Rows that remember how often their sums were asked for."""

    claims: list[Claim]

    async def claim(self, claim: Claim) -> Usage:
        self.claims.append(claim)
        return await super().claim(claim)


class CountedRecords(MemoryRecords):
    """Counts its transactions; each may have to wait until it is let in, or find nobody there."""

    def __init__(self) -> None:
        super().__init__(SystemClock())
        self.begun = 0
        self.claims: list[Claim] = []
        self.is_away = False
        self.let_in: anyio.Semaphore | None = None

    @asynccontextmanager
    async def transaction(self, studio_id: StudioId) -> AsyncIterator[Transaction]:
        self.begun += 1
        if self.let_in is not None:
            await self.let_in.acquire()
        if self.is_away:
            raise DatabaseUnavailable
        async with super().transaction(studio_id) as tx:
            assert isinstance(tx.uploads, MemoryUploads)
            tx.uploads = CountedUploads(tx.uploads._rows)
            tx.uploads.claims = self.claims
            yield tx


class CountedObjects(MemoryObjects):
    """Counts how often it was called, and takes nothing while something is `wrong`."""

    def __init__(self) -> None:
        super().__init__(SystemClock())
        self.calls = 0
        self.wrong: IngestError | None = None

    async def put_all(self, objects: Mapping[str, bytes]) -> None:
        self.calls += 1
        if self.wrong is not None:
            raise self.wrong
        await super().put_all(objects)


class Studio:
    """A program in which a first file is on its way into the database, and others may come meanwhile."""

    def __init__(self, quota: Quota | None = None) -> None:
        self.records, self.store = CountedRecords(), CountedObjects()
        quotas = Quotas(quota or Quota())
        tuning = replace(TUNING, transfers=replace(TUNING.transfers, quotas=quotas))
        ports = replace(memory_ports(), records=self.records, system=self.records.system, store=self.store)
        self.program = Program(ports, tuning)
        self.who: Principal

    async def found(self) -> None:
        self.who = await self.program.found()
        self.records.begun = self.store.calls = 0
        self.records.let_in = anyio.Semaphore(0)

    async def land(self, name: str, content: bytes = b"x", group_id: GroupId | None = None) -> JobView:
        file = IncomingFile(name, group_id=group_id)
        return await self.program.app.uploads.receive_whole(self.who, file, content)

    async def begin(self, name: str, content: bytes = b"x", group_id: GroupId | None = None) -> asyncio.Task[JobView]:
        """Begin to land a file, and go on once it waits for others or for the database."""
        landing = asyncio.create_task(self.land(name, content, group_id))
        await wait_all_tasks_blocked()
        return landing

    async def let_one_in(self) -> None:
        """Let the one that waits into the database, and go on once the next one waits there."""
        assert self.records.let_in
        before = self.records.begun
        self.records.let_in.release()
        with anyio.fail_after(10):
            while self.records.begun == before:
                await anyio.lowlevel.checkpoint()

    def let_all_in(self) -> None:
        assert self.records.let_in
        for _ in range(1000):
            self.records.let_in.release()

    async def names(self) -> list[str]:
        """Return what everybody sees: each has its bytes, and the sweeper leaves no others."""
        self.records.let_in = None
        await self.program.app.upkeep.sweeper.once()
        page = await self.program.app.jobs.page(self.who, JobQuery(limit=1000))
        async with self.records.transaction(self.who.studio_id) as tx:
            sessions = [await tx.uploads.get(job.upload_id) for job in page.items]
        stored = {found.key: found.size async for found in self.store.list("studios/")}
        assert stored == {session.object_key: session.size for session in sessions}
        return sorted(job.original_filename for job in page.items)


@pytest.fixture
async def studio() -> Studio:
    made = Studio()
    await made.found()
    return made


async def test_many_at_once_share_few_transactions_and_calls_of_the_store(studio: Studio) -> None:
    names = [f"{number:03}.bin" for number in range(2 * MOST_TOGETHER + 2)]
    landings = [asyncio.create_task(studio.land(name)) for name in names]
    await wait_all_tasks_blocked()
    studio.let_all_in()
    jobs = await asyncio.gather(*landings)
    assert [job.original_filename for job in jobs] == names
    assert {job.status for job in jobs} == {"QUEUED"}
    assert (studio.records.begun, studio.store.calls) == (3, 3)
    assert await studio.names() == names


async def test_each_becomes_an_asset(studio: Studio) -> None:
    landings = [await studio.begin(f"{number}.bin", b"content %d" % number) for number in range(3)]
    studio.let_all_in()
    jobs = await asyncio.gather(*landings)
    await studio.program.work()
    assert [(await studio.program.app.jobs.get(studio.who, job.id)).status for job in jobs] == ["COMPLETE"] * 3


async def test_one_with_a_missing_group_fails_alone(studio: Studio) -> None:
    landings = [await studio.begin("first"), await studio.begin("left")]
    lost = await studio.begin("lost", group_id=GroupId(uuid4()))
    landings.append(await studio.begin("right"))
    studio.let_all_in()
    await asyncio.gather(*landings)
    with pytest.raises(NotFound):
        await lost
    assert await studio.names() == ["first", "left", "right"]


async def test_a_database_that_is_away_fails_all_and_is_asked_once(studio: Studio) -> None:
    landings = [await studio.begin(str(number)) for number in range(20)]
    await studio.let_one_in()
    studio.records.is_away = True
    studio.let_all_in()
    first, *others = await asyncio.gather(*landings, return_exceptions=True)
    assert isinstance(first, JobView)
    assert {type(each) for each in others} == {DatabaseUnavailable}
    assert studio.records.begun == 2
    studio.records.is_away = False
    assert await studio.names() == ["0"]


@pytest.mark.parametrize("gone", ["leads", "follows"])
async def test_one_that_goes_away_is_written_once_its_turn_has_begun(studio: Studio, gone: str) -> None:
    first = await studio.begin("first")
    second = {"leads": await studio.begin("leads"), "follows": await studio.begin("follows")}
    await studio.let_one_in()
    second[gone].cancel()
    studio.let_all_in()
    await asyncio.wait([first, *second.values()])
    assert await studio.names() == ["first", "follows", "leads"]


async def test_one_that_goes_away_before_its_turn_leaves_nothing(studio: Studio) -> None:
    first, gone, last = [await studio.begin(name) for name in ("first", "gone", "last")]
    gone.cancel()
    await asyncio.wait([gone])
    assert gone.cancelled()
    studio.let_all_in()
    await asyncio.gather(first, last)
    assert await studio.names() == ["first", "last"]


async def test_the_next_one_lands_though_all_before_it_have_gone_away(studio: Studio) -> None:
    gone = [await studio.begin(name) for name in ("a", "b", "c")]
    for landing in gone:
        landing.cancel()
    last = await studio.begin("last")
    studio.let_all_in()
    await asyncio.gather(*gone, return_exceptions=True)
    await last
    assert await studio.names() == ["a", "last"]  # the first was being written already


@pytest.mark.parametrize("wrong", [StoreFull(), StoreUnavailable("it does not answer")])
async def test_bytes_that_cannot_be_stored_leave_no_row(studio: Studio, wrong: IngestError) -> None:
    studio.store.wrong = wrong
    landings = [asyncio.create_task(studio.land(name)) for name in ("a", "b", "c")]
    for landing in landings:
        with pytest.raises(type(wrong)):
            await landing
    assert studio.records.begun == 0
    studio.store.wrong = None
    assert await studio.names() == []


async def test_an_empty_file_is_refused_before_it_waits(studio: Studio) -> None:
    first = await studio.begin("first")
    with pytest.raises(EmptyFile):
        await studio.land("empty", b"")
    studio.let_all_in()
    await first


class TestQuotas:
    @pytest.fixture
    async def studio(self) -> Studio:
        made = Studio(Quota(stored=10))
        await made.found()
        return made

    async def test_are_asked_once_for_all(self, studio: Studio) -> None:
        landings = [await studio.begin(str(number), bytes(2)) for number in range(5)]
        studio.let_all_in()
        await asyncio.gather(*landings)
        assert [claim.size for claim in studio.records.claims] == [2, 8]

    async def test_let_in_those_that_fit_when_not_all_do(self, studio: Studio) -> None:
        sizes = {"first": 4, "large": 7, "fits": 5, "fits too": 1, "over": 1}
        landings = {name: await studio.begin(name, bytes(size)) for name, size in sizes.items()}
        studio.let_all_in()
        for name in ("large", "over"):
            with pytest.raises(QuotaExceeded):
                await landings[name]
        assert await studio.names() == ["first", "fits", "fits too"]
