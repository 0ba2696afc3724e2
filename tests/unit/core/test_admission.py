"""What a studio may have, by whichever road it takes it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, NoReturn

import anyio
import pytest
from tests.harness import TUNING, Program, chunks_of

from asset_ingest.adapters.clock.system import SystemClock
from asset_ingest.adapters.remote.memory import MemoryRemoteFiles, serving
from asset_ingest.adapters.repos.memory import MemoryRecords
from asset_ingest.adapters.repos.memory.uploads import MemoryUploads
from asset_ingest.bootstrap import Ports, memory_ports
from asset_ingest.core.errors import QuotaExceeded, TooManyUploads
from asset_ingest.core.model.access import Principal
from asset_ingest.core.model.ids import StudioId
from asset_ingest.core.model.jobs import JobStatus
from asset_ingest.core.ports.repos import Transaction
from asset_ingest.core.services.admission import Quota, Quotas
from asset_ingest.core.services.imports import NewImport
from asset_ingest.core.services.transfers import NewUpload
from asset_ingest.core.services.transfers.views import UploadView

URL = "https://files.example/a.bin"


def program(quotas: Quotas, ports: Ports | None = None) -> Program:
    uploads, transfers = replace(TUNING.uploads, quotas=quotas), replace(TUNING.transfers, quotas=quotas)
    return Program(ports or memory_ports(), replace(TUNING, uploads=uploads, transfers=transfers))


class Studio:
    """A studio with a quota, and its only member."""

    def __init__(self, program: Program, who: Principal) -> None:
        self.program, self.app, self.who = program, program.app, who

    @classmethod
    async def having(cls, stored: int | None = None, uploads: int | None = None, ports: Ports | None = None) -> Studio:
        made = program(Quotas(Quota(stored, uploads)), ports)
        return cls(made, await made.found())

    async def announce(self, size: int | None) -> UploadView:
        return await self.app.transfers.open_resumable(self.who, NewUpload("a.bin", size=size))

    async def left(self) -> int | None:
        return await self.app.transfers.limits.quotas.left(self.program.ports.records, self.who.studio_id)

    async def append(self, upload: UploadView, offset: int, content: bytes, **said: Any) -> UploadView:
        return await self.app.transfers.append(self.who, upload.id, offset, chunks_of(content), **said)


async def test_what_would_not_fit_is_refused_with_what_there_is() -> None:
    studio = await Studio.having(stored=100)
    await studio.announce(60)
    with pytest.raises(QuotaExceeded) as caught:
        await studio.announce(41)
    assert (caught.value.limit, caught.value.used, caught.value.wanted) == (100, 60, 41)
    await studio.announce(40)


async def test_what_is_stored_counts_once_per_content() -> None:
    studio = await Studio.having(stored=100)
    for _ in range(2):
        await studio.program.upload(studio.who, "a.bin", bytes(40))
    with pytest.raises(QuotaExceeded):
        await studio.announce(21)
    await studio.program.work()
    await studio.announce(60)


async def test_a_cancelled_upload_gives_its_room_back() -> None:
    studio = await Studio.having(stored=100, uploads=1)
    upload = await studio.announce(100)
    await studio.app.transfers.cancel(studio.who, upload.id)
    await studio.announce(100)


async def test_only_so_many_are_open_at_once() -> None:
    studio = await Studio.having(uploads=2)
    first = await studio.announce(5)
    await studio.announce(None)
    for begin in (studio.announce(1), studio.program.upload(studio.who, "b.bin", b"x")):
        with pytest.raises(TooManyUploads) as caught:
            await begin
        assert (caught.value.limit, caught.value.used) == (2, 2)
        assert caught.value.retry_after
    await studio.append(first, 0, b"12345")
    await studio.announce(1)


async def test_a_studio_may_have_limits_of_its_own() -> None:
    ports = memory_ports()
    usual = program(Quotas(Quota(stored=10)), ports)
    who = await usual.found()
    own = program(Quotas(Quota(stored=10), {who.studio_id: Quota(stored=20)}), ports)
    with pytest.raises(QuotaExceeded):
        await usual.upload(who, "a.bin", bytes(11))
    await own.upload(who, "a.bin", bytes(11))


async def test_the_plan_says_what_is_left() -> None:
    for quota, left in ((100, 40), (None, None)):
        studio = await Studio.having(stored=quota)
        plan = await studio.app.transfers.open(studio.who, NewUpload("a.bin", size=60))
        assert plan.limits.quota_left == left


class TestSizeThatIsToldLate:
    async def test_a_file_of_unknown_size_begins_where_there_is_any_room(self) -> None:
        studio = await Studio.having(stored=100)
        full = await studio.announce(100)
        with pytest.raises(QuotaExceeded):
            await studio.announce(None)
        await studio.app.transfers.cancel(studio.who, full.id)
        await studio.announce(None)

    async def test_is_admitted_beside_what_it_has_already(self) -> None:
        studio = await Studio.having(stored=100)
        upload = await studio.announce(None)
        await studio.append(upload, 0, bytes(60))
        await studio.append(upload, 60, bytes(10), size=100)

    async def test_is_refused_where_others_took_the_room_and_what_came_is_kept(self) -> None:
        studio = await Studio.having(stored=100)
        upload = await studio.announce(None)
        await studio.append(upload, 0, bytes(40))
        await studio.announce(50)
        with pytest.raises(QuotaExceeded) as caught:
            await studio.append(upload, 40, bytes(20), size=60)
        assert (caught.value.used, caught.value.wanted) == (90, 20)
        assert (await studio.app.transfers.get(studio.who, upload.id)).offset == 40
        await studio.append(upload, 40, bytes(10), size=50)

    async def test_who_sends_without_end_is_stopped_on_the_way(self) -> None:
        studio = await Studio.having(stored=1 << 20)
        sent = 0

        async def endless() -> AsyncIterator[bytes]:
            nonlocal sent
            while True:
                sent += 1 << 16
                yield bytes(1 << 16)

        upload = await studio.announce(None)
        with pytest.raises(QuotaExceeded):
            await studio.app.transfers.append(studio.who, upload.id, 0, endless())
        await studio.app.transfers.cancel(studio.who, upload.id)
        with pytest.raises(QuotaExceeded):
            await studio.program.upload(studio.who, "a.bin", endless())
        assert sent <= 3 << 20
        assert await studio.left() == (1 << 20)

    async def test_a_plain_file_that_outgrew_the_room_meanwhile_leaves_nothing(self) -> None:
        studio = await Studio.having(stored=100)

        async def while_others_come() -> AsyncIterator[bytes]:
            yield bytes(60)
            await studio.announce(50)

        with pytest.raises(QuotaExceeded) as caught:
            await studio.program.upload(studio.who, "a.bin", while_others_come())
        assert caught.value.job_id
        assert [found async for found in studio.program.ports.store.list("studios/")] == []
        assert await studio.left() == 50

    async def test_an_import_is_asked_once_its_server_has_said_it(self) -> None:
        files = MemoryRemoteFiles({URL: serving(bytes(60))})
        studio = await Studio.having(stored=100, ports=replace(memory_ports(), remote=files))
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(studio.app.imports.run)
            await anyio.lowlevel.checkpoint()
            statuses = [await ended(studio, "quota_exceeded" if used else None) for used in (False, True)]
            tasks.cancel_scope.cancel()
        assert statuses == [JobStatus.QUEUED, JobStatus.ERROR]


async def ended(studio: Studio, code: str | None) -> JobStatus:
    """Import the file and return how that ended."""
    view = await studio.app.imports.begin(studio.who, NewImport(URL))
    with anyio.fail_after(5):
        while (job := await studio.app.jobs.get(studio.who, view.job_id)).status in {"PENDING", "UPLOADING"}:
            await anyio.lowlevel.checkpoint()
    assert job.code == code
    return job.status


class NeverAsked(MemoryUploads):
    """Rows whose sums nobody may ask for."""

    async def usage(self) -> NoReturn:
        raise AssertionError("the usage was asked for")


class NeverAskedRecords(MemoryRecords):
    @asynccontextmanager
    async def transaction(self, studio_id: StudioId) -> AsyncIterator[Transaction]:
        async with super().transaction(studio_id) as tx:
            assert isinstance(tx.uploads, MemoryUploads)
            tx.uploads = NeverAsked(tx.uploads._rows)
            yield tx


async def test_without_a_quota_nobody_is_asked() -> None:
    records = NeverAskedRecords(SystemClock())
    studio = await Studio.having(ports=replace(memory_ports(), records=records, system=records.system))
    await studio.program.upload(studio.who, "a.bin", b"12345")
    upload = await studio.announce(None)
    await studio.append(upload, 0, b"12345", is_last=True)
    assert await studio.left() is None


def test_a_refusal_says_sizes_as_people_do_and_keeps_the_figures_for_programs() -> None:
    refusal = QuotaExceeded(60_000_000_000, 40_003, 999)
    assert str(refusal) == "999 bytes more do not fit: 40.0 kB of the 60.0 GB that this studio may keep are taken"
    assert (refusal.limit, refusal.used, refusal.wanted) == (60_000_000_000, 40_003, 999)
