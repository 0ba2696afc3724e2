"""Files fetched from web addresses, over memory ports: seen at once, whole or not at all, and always explained."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import anyio
import pytest
from tests.harness import TUNING, Program
from tests.packages import small_package

from asset_ingest.adapters.object_store.memory import MemoryObjects
from asset_ingest.adapters.remote.memory import MemoryRemoteFiles, Serve, serving
from asset_ingest.bootstrap import memory_ports
from asset_ingest.core.errors import (
    AddressRefused,
    ImportsOff,
    InvalidFilename,
    NotFound,
    NotPossibleNow,
    SourceUnavailable,
)
from asset_ingest.core.model.access import Principal
from asset_ingest.core.model.ids import GroupId, JobId
from asset_ingest.core.model.jobs import JobStatus
from asset_ingest.core.ports.remote import RemoteFile
from asset_ingest.core.ports.repos import JobQuery
from asset_ingest.core.services.imports import ImportLimits, ImportView, NewImport
from asset_ingest.core.services.jobs import JobDetail
from asset_ingest.core.services.uploads import UploadLimits

PACKAGE = small_package()
LARGEST = 1 << 20
URL = "https://files.example/dl/a%20package.unitypackage?token=secret"


@dataclass
class Held:
    """A file whose second half comes once the test lets it; `begun` is set when its first half is out."""

    begun: anyio.Event = field(default_factory=anyio.Event)
    go_on: anyio.Event = field(default_factory=anyio.Event)

    def __call__(self) -> RemoteFile:
        return RemoteFile(None, None, None, self._chunks())

    async def _chunks(self) -> AsyncIterator[bytes]:
        half = len(PACKAGE) // 2
        yield PACKAGE[:half]
        self.begun.set()
        await self.go_on.wait()
        yield PACKAGE[half:]


def lying(size: int | None = None, *, sends: int = len(PACKAGE), ends: Exception | None = None) -> Serve:
    """Promise `size`, send so many bytes, and end as said."""

    async def chunks() -> AsyncIterator[bytes]:
        yield bytes(sends)
        if ends:
            raise ends

    return lambda: RemoteFile(None, size, None, chunks())


@dataclass
class World:
    """A program that fetches from `files`."""

    files: dict[str, Serve] = field(default_factory=dict)
    limits: ImportLimits = field(default_factory=ImportLimits)

    def __post_init__(self) -> None:
        ports = replace(memory_ports(), remote=MemoryRemoteFiles(self.files))
        self.program = Program(ports, replace(TUNING, uploads=UploadLimits(LARGEST), imports=self.limits))
        self.app = self.program.app

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Principal]:
        who = await self.program.found()
        async with anyio.create_task_group() as group:
            group.start_soon(self.app.imports.run)
            await anyio.lowlevel.checkpoint()
            yield who
            group.cancel_scope.cancel()

    async def begin(self, who: Principal, url: str = URL, **said: object) -> ImportView:
        return await self.app.imports.begin(who, NewImport(url, **said))  # type: ignore[arg-type]

    async def when(self, who: Principal, job_id: JobId, is_so: Callable[[JobDetail], bool]) -> JobDetail:
        """Return the job once it is so, looking again after each change that is told."""
        async with self.program.ports.notifier.follow() as notices:
            job = await self.app.jobs.get(who, job_id)
            if is_so(job):
                return job
            async for _ in notices:
                job = await self.app.jobs.get(who, job_id)
                if is_so(job):
                    return job
        raise AssertionError("the notices ended")

    async def fetched(self, who: Principal, job_id: JobId) -> JobDetail:
        """Return the job once its bytes are here, or will never be."""
        return await self.when(who, job_id, lambda job: job.status not in {JobStatus.PENDING, JobStatus.UPLOADING})

    async def kept(self) -> int:
        store = self.program.ports.store
        assert isinstance(store, MemoryObjects)
        return len([each async for each in store.list("")])


async def test_a_file_at_an_address_becomes_an_asset() -> None:
    world = World({URL: serving(PACKAGE, "props.unitypackage")})
    async with world.running() as who:
        begun = await world.begin(who)
        job = await world.fetched(who, begun.job_id)
        assert (job.status, job.original_filename, job.size) == ("QUEUED", "props.unitypackage", len(PACKAGE))
        await world.program.work()
        job = await world.app.jobs.get(who, begun.job_id)
        assert job.status is JobStatus.COMPLETE
        upload = await world.app.transfers.get(who, begun.upload_id)
        assert (upload.filename, upload.size, upload.status) == ("props.unitypackage", len(PACKAGE), "COMPLETED")


async def test_its_row_is_there_before_its_bytes_and_tells_how_it_goes() -> None:
    held = Held()
    world = World({URL: held})
    async with world.running() as who:
        begun = await world.begin(who)
        job = await world.app.jobs.get(who, begun.job_id)
        assert (job.status, job.original_filename) == ("PENDING", "a package.unitypackage")
        await held.begun.wait()
        assert (await world.app.jobs.get(who, begun.job_id)).status is JobStatus.UPLOADING
        held.go_on.set()
        assert (await world.fetched(who, begun.job_id)).status is JobStatus.QUEUED


@pytest.mark.parametrize(
    ("url", "served", "wished", "name"),
    [
        (URL, "b.zip", "c.zip", "c.zip"),
        (URL, "../../etc/passwd", None, "passwd"),
        (URL, "evil\u202egpj.exe", None, "a package.unitypackage"),
        ("https://files.example/", None, None, "download"),
        ("https://files.example/%00", None, None, "download"),
        ("https://files.example/" + "a" * 300, None, None, "download"),
    ],
)
async def test_names_of_strangers_are_not_believed(url: str, served: str | None, wished: str | None, name: str) -> None:
    world = World({url: serving(PACKAGE, served)})
    async with world.running() as who:
        begun = await world.begin(who, url, filename=wished)
        assert (await world.fetched(who, begun.job_id)).original_filename == name


async def test_what_cannot_be_begun_leaves_nothing() -> None:
    world = World()
    async with world.running() as who:
        with pytest.raises(AddressRefused):
            await world.begin(who, "file:///etc/passwd")
        with pytest.raises(InvalidFilename):
            await world.begin(who, filename="..")
        with pytest.raises(NotFound):
            await world.begin(who, group_id=GroupId(world.app.new_id()))
        assert (await world.app.jobs.page(who, JobQuery(limit=10))).items == []


async def test_nothing_is_fetched_unless_it_is_allowed() -> None:
    program = Program(memory_ports())
    who = await program.found()
    async with anyio.create_task_group() as group:
        group.start_soon(program.app.imports.run)
        await anyio.lowlevel.checkpoint()
        with pytest.raises(ImportsOff) as caught:
            await program.app.imports.begin(who, NewImport(URL))
        group.cancel_scope.cancel()
    assert "ASSET_INGEST_REMOTE_IMPORT" in caught.value.remedy


async def test_nothing_is_begun_while_the_program_stops() -> None:
    world = World({URL: serving(PACKAGE)})
    async with world.running() as who:
        pass
    with pytest.raises(NotPossibleNow, match="stopping"):
        await world.begin(who)


@pytest.mark.parametrize(
    ("files", "code", "remedy"),
    [
        ({}, "invalid_request", "upload the file itself"),
        ({URL: serving(b"")}, "empty_file", "no content"),
        ({URL: lying(10, sends=9)}, "length_mismatch", "again"),
        ({URL: lying(10, sends=11)}, "length_mismatch", "again"),
        ({URL: lying(sends=LARGEST + 1)}, "too_large", "smaller"),
        ({URL: lying(ends=SourceUnavailable("it broke off"))}, "service_unavailable", "Import the address again"),
        ({URL: lying(ends=ZeroDivisionError("ours"))}, "upload_interrupted", "import its address again"),
    ],
)
async def test_what_goes_wrong_is_said_and_nothing_is_kept(files: dict[str, Serve], code: str, remedy: str) -> None:
    world = World(files)
    async with world.running() as who:
        job = await world.fetched(who, (await world.begin(who)).job_id)
        assert (job.status, job.code) == ("ERROR", code)
        assert remedy in (job.remedy or "")
        assert "secret" not in f"{job}"
        assert await world.kept() == 0


async def test_one_that_fails_ends_no_other() -> None:
    held, other = Held(), "https://files.example/other"
    world = World({URL: held, other: lying(ends=ZeroDivisionError())})
    async with world.running() as who:
        good, bad = await world.begin(who), await world.begin(who, other)
        assert (await world.fetched(who, bad.job_id)).status is JobStatus.ERROR
        held.go_on.set()
        assert (await world.fetched(who, good.job_id)).status is JobStatus.QUEUED


async def test_a_stop_of_the_program_is_said_and_nothing_is_kept() -> None:
    held = Held()
    world = World({URL: held})
    async with world.running() as who:
        begun = await world.begin(who)
        await held.begun.wait()
    job = await world.app.jobs.get(who, begun.job_id)
    assert (job.status, job.code) == ("ERROR", "upload_interrupted")
    assert "import its address again" in (job.remedy or "")
    assert await world.kept() == 0


async def test_one_that_somebody_cancels_is_left_and_its_place_is_free() -> None:
    held, other = Held(), "https://files.example/other"
    world = World({URL: held, other: serving(PACKAGE)}, ImportLimits(at_once=1))
    async with world.running() as who:
        begun, waiting = await world.begin(who), await world.begin(who, other)
        await held.begun.wait()
        await world.app.jobs.cancel(who, begun.job_id)
        held.go_on.set()
        assert (await world.fetched(who, waiting.job_id)).status is JobStatus.QUEUED
        assert (await world.app.jobs.get(who, begun.job_id)).status is JobStatus.CANCELLED


async def test_only_so_many_are_fetched_at_once_and_only_so_many_wait() -> None:
    held, never = Held(), Held()
    other, third = "https://files.example/other", "https://files.example/third"
    world = World({URL: held, other: never, third: serving(PACKAGE)}, ImportLimits(at_once=1, in_line=1))
    async with world.running() as who:
        first = await world.begin(who)
        await held.begun.wait()
        second = await world.begin(who, other)
        await anyio.wait_all_tasks_blocked()
        with pytest.raises(NotPossibleNow, match="wait for their turn"):
            await world.begin(who, third)
        assert (await world.app.jobs.get(who, second.job_id)).status is JobStatus.PENDING
        assert not never.begun.is_set()
        held.go_on.set()
        assert (await world.fetched(who, first.job_id)).status is JobStatus.QUEUED
        await never.begun.wait()
