"""Files fetched from web addresses, over memory ports: seen at once, whole or not at all, and always explained."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.harness import TUNING, Program, chunks_of
from tests.packages import small_package

from asset_ingest.adapters.remote.memory import MemoryRemoteFiles, Serve, serving
from asset_ingest.adapters.telemetry.memory import MemoryObserver
from asset_ingest.bootstrap import Ports, memory_ports
from asset_ingest.core.errors import (
    AddressRefused,
    ImportsOff,
    InvalidFilename,
    NotFound,
    NotPossibleNow,
    SourceUnavailable,
)
from asset_ingest.core.model.access import Principal
from asset_ingest.core.model.events import Fact
from asset_ingest.core.model.ids import GroupId, JobId, UploadId
from asset_ingest.core.model.jobs import JobStatus
from asset_ingest.core.ports.remote import RemoteFile, Rest
from asset_ingest.core.ports.repos import JobQuery
from asset_ingest.core.services.imports import ImportLimits, ImportView, NewImport
from asset_ingest.core.services.jobs import JobDetail
from asset_ingest.core.services.transfers import TransferLimits

PACKAGE = small_package()
LARGEST = 1 << 20
QUICK = ImportLimits(first_pause=0, tries=3)
URL = "https://files.example/dl/a%20package.unitypackage?token=secret"


@dataclass
class Held:
    """A file whose second half comes once the test lets it; `begun` is set when its first half is out."""

    begun: anyio.Event = field(default_factory=anyio.Event)
    go_on: anyio.Event = field(default_factory=anyio.Event)

    def __call__(self, rest: Rest | None) -> RemoteFile:
        start = rest.start if rest else 0
        return RemoteFile(None, len(PACKAGE), None, self._chunks(start), start, '"1"')

    async def _chunks(self, start: int) -> AsyncIterator[bytes]:
        half = max(len(PACKAGE) // 2, start)
        yield PACKAGE[start:half]
        self.begun.set()
        await self.go_on.wait()
        yield PACKAGE[half:]


@dataclass
class Breaking:
    """A file whose answers break off after each of `cuts` bytes; `asked` are the first bytes that were asked for.

    Its server knows parts of it if it says a `version`. `becomes` is what it is once the first answer broke off.
    """

    content: bytes
    cuts: list[int]
    version: str | None = '"1"'
    becomes: bytes | None = None
    asked: list[int] = field(default_factory=list)

    def __call__(self, rest: Rest | None) -> RemoteFile:
        if self.asked and self.becomes is not None:
            self.content, self.version = self.becomes, '"2"'
        start = rest.start if rest and rest.version == self.version else 0
        self.asked.append(start)
        chunks = self._chunks(self.content[start:], self.cuts.pop(0) if self.cuts else None)
        return RemoteFile(None, len(self.content), None, chunks, start, self.version)

    async def _chunks(self, content: bytes, cut: int | None) -> AsyncIterator[bytes]:
        async for chunk in chunks_of(content[:cut], 1000):
            yield chunk
        if cut is not None:
            raise SourceUnavailable("the connection broke")


def lying(size: int | None = None, *, sends: int = len(PACKAGE), ends: Exception | None = None) -> Serve:
    """Promise `size`, send so many bytes, and end as said."""

    async def chunks() -> AsyncIterator[bytes]:
        yield bytes(sends)
        if ends:
            raise ends

    return lambda _rest: RemoteFile(None, size, None, chunks())


@dataclass
class World:
    """A program that fetches from `files`."""

    files: dict[str, Serve] = field(default_factory=dict)
    limits: ImportLimits = QUICK
    ports: Ports = field(default_factory=memory_ports)

    def __post_init__(self) -> None:
        ports = replace(self.ports, remote=MemoryRemoteFiles(self.files))
        self.program = Program(ports, replace(TUNING, transfers=TransferLimits(LARGEST), imports=self.limits))
        self.app = self.program.app

    @asynccontextmanager
    async def running(self, who: Principal | None = None) -> AsyncIterator[Principal]:
        who = who or await self.program.found()
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
        ports = self.program.ports
        unfinished = [each async for each in ports.resumable.unfinished("")]
        return len([each async for each in ports.store.list("")]) + len(unfinished)

    async def content(self, upload_id: UploadId, who: Principal) -> bytes:
        key = f"studios/{who.studio_id}/uploads/{upload_id}/original"
        return b"".join([chunk async for chunk in self.program.ports.store.read(key)])

    async def told(self, who: Principal) -> list[Fact]:
        await self.program.work()
        async with self.program.ports.records.transaction(who.studio_id) as tx:
            return await tx.events.after(0, 100)

    async def addresses(self, who: Principal) -> int:
        async with self.program.ports.records.transaction(who.studio_id) as tx:
            return await tx.imports.count()


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


async def test_one_that_is_begun_while_the_program_stops_waits_for_the_next() -> None:
    world = World({URL: serving(PACKAGE)})
    async with world.running() as who:
        pass
    begun = await world.begin(who)
    async with world.running(who):
        assert (await world.fetched(who, begun.job_id)).status is JobStatus.QUEUED


@pytest.mark.parametrize(
    ("files", "code", "remedy"),
    [
        ({}, "invalid_request", "upload the file itself"),
        ({URL: serving(b"")}, "empty_file", "no content"),
        ({URL: lying(10, sends=9)}, "service_unavailable", "Import the address again"),
        ({URL: lying(10, sends=11)}, "length_mismatch", "again"),
        ({URL: lying(sends=LARGEST + 1)}, "too_large", "smaller"),
        ({URL: lying(ends=SourceUnavailable("it broke off"))}, "service_unavailable", "Import the address again"),
        ({URL: lying(ends=ZeroDivisionError("ours"))}, "internal", "correlation id"),
    ],
)
async def test_what_goes_wrong_is_said_and_nothing_is_kept(files: dict[str, Serve], code: str, remedy: str) -> None:
    world = World(files)
    async with world.running() as who:
        job = await world.fetched(who, (await world.begin(who)).job_id)
        assert (job.status, job.code) == ("ERROR", code)
        assert remedy in (job.remedy or "")
        assert "secret" not in f"{job}"
        await world.when(who, job.id, lambda _: world.app.imports.idle)
        assert await world.kept() == 0
        assert await world.addresses(who) == 0


async def test_one_that_fails_ends_no_other() -> None:
    held, other = Held(), "https://files.example/other"
    world = World({URL: held, other: lying(ends=ZeroDivisionError())})
    async with world.running() as who:
        good, bad = await world.begin(who), await world.begin(who, other)
        assert (await world.fetched(who, bad.job_id)).status is JobStatus.ERROR
        held.go_on.set()
        assert (await world.fetched(who, good.job_id)).status is JobStatus.QUEUED


async def test_a_stop_of_the_program_hands_it_back_and_the_next_goes_on_with_it() -> None:
    held = Held()
    world = World({URL: held})
    async with world.running() as who:
        begun = await world.begin(who)
        await held.begun.wait()
    rest = Breaking(PACKAGE, [])
    other = World({URL: rest}, ports=world.program.ports)
    async with other.running(who):
        assert (await other.fetched(who, begun.job_id)).status is JobStatus.QUEUED
        assert await other.content(begun.upload_id, who) == PACKAGE


@given(st.lists(st.integers(0, len(PACKAGE)), min_size=1, max_size=3))
@settings(max_examples=20, deadline=None)
async def test_wherever_the_line_breaks_the_bytes_are_the_same(cuts: list[int]) -> None:
    origin = Breaking(PACKAGE, list(cuts))
    world = World({URL: origin})
    async with world.running() as who:
        begun = await world.begin(who)
        job = await world.fetched(who, begun.job_id)
        assert (job.status, job.error_message) == (JobStatus.QUEUED, None)
        assert await world.content(begun.upload_id, who) == PACKAGE
        assert await world.addresses(who) == 0


async def test_what_is_here_is_not_fetched_again() -> None:
    origin = Breaking(PACKAGE, [len(PACKAGE) // 2])
    world = World({URL: origin})
    async with world.running() as who:
        await world.fetched(who, (await world.begin(who)).job_id)
    assert origin.asked == [0, len(PACKAGE) // 2]


@pytest.mark.parametrize(
    "origin",
    [
        Breaking(b"old" * 10_000, [20_000], becomes=PACKAGE),
        Breaking(PACKAGE[:-1], [len(PACKAGE) - 2], becomes=PACKAGE),
        Breaking(PACKAGE, [len(PACKAGE) - 1], version=None),
    ],
    ids=["changed", "grown", "without parts"],
)
async def test_two_versions_are_never_mixed(origin: Breaking) -> None:
    world = World({URL: origin})
    async with world.running() as who:
        begun = await world.begin(who)
        job = await world.fetched(who, begun.job_id)
        assert (job.status, job.size) == (JobStatus.QUEUED, len(PACKAGE))
        assert await world.content(begun.upload_id, who) == PACKAGE
    assert origin.asked == [0, 0]


async def test_one_that_never_comes_further_is_given_up() -> None:
    origin = Breaking(PACKAGE, [5] + [0] * 10)
    world = World({URL: origin})
    async with world.running() as who:
        job = await world.fetched(who, (await world.begin(who)).job_id)
        assert (job.status, job.code) == (JobStatus.ERROR, "service_unavailable")
    assert origin.asked == [0, 5, 5, 5]


class SlowThirdTry(ImportLimits):
    """Try again at once, and then after an hour."""

    def pause(self, failures: int) -> float:
        return 0 if failures == 1 else 3600


async def test_what_it_waits_for_is_on_its_row() -> None:
    world = World({URL: Breaking(PACKAGE, [5, 0])}, limits=SlowThirdTry())
    async with world.running() as who:
        job = await world.when(who, (await world.begin(who)).job_id, lambda job: job.error_message is not None)
        assert (job.status, job.code, job.error_message) == ("UPLOADING", "service_unavailable", "the connection broke")
        assert job.remedy == "It is tried again by itself, after pauses of up to 5 minutes."
        cancelled = await world.app.jobs.cancel(who, job.id)
        assert (cancelled.status, cancelled.error_message) == ("CANCELLED", None)


async def test_what_it_waited_for_leaves_its_row_once_bytes_come_again() -> None:
    broken, held = Breaking(PACKAGE, [5, 0]), Held()
    world = World({URL: lambda rest: held(rest) if len(broken.asked) == 2 else broken(rest)})
    async with world.running() as who:
        begun = await world.begin(who)
        await held.begun.wait()
        job = await world.app.jobs.get(who, begun.job_id)
        assert (job.status, job.error_message) == ("UPLOADING", None)
        held.go_on.set()
        await world.fetched(who, begun.job_id)
        assert await world.content(begun.upload_id, who) == PACKAGE
    assert "the connection broke" in [fact.data.get("message") for fact in await world.told(who)]


async def test_a_line_that_breaks_again_and_again_but_brings_something_tells_nobody() -> None:
    limits = replace(QUICK, worthwhile=1000)
    world = World({URL: Breaking(PACKAGE, [1000] * (len(PACKAGE) // 1000))}, limits=limits)
    async with world.running() as who:
        await world.fetched(who, (await world.begin(who)).job_id)
    assert not [fact for fact in await world.told(who) if fact.data.get("message")]


async def test_two_programs_at_once_fetch_it_once() -> None:
    origin = Breaking(PACKAGE, [])
    world = World({URL: origin})
    other = World({URL: origin}, ports=world.program.ports)
    async with world.running() as who, other.running(who):
        for _ in range(10):
            assert (await world.fetched(who, (await world.begin(who)).job_id)).status is JobStatus.QUEUED
    assert origin.asked == [0] * 10


async def test_one_whose_program_vanished_is_taken_over_and_the_late_one_changes_nothing() -> None:
    late, rest = Held(), Breaking(PACKAGE, [])
    world = World({URL: late}, replace(QUICK, lease=-1))  # whose leases run out at once
    other = World({URL: rest}, ports=world.program.ports)
    async with world.running() as who:
        begun = await world.begin(who)
        await late.begun.wait()
        async with other.running(who):
            assert (await other.fetched(who, begun.job_id)).status is JobStatus.QUEUED
        late.go_on.set()
        await world.when(who, begun.job_id, lambda _: world.app.imports.idle)
    assert await other.content(begun.upload_id, who) == PACKAGE


async def test_nobody_else_appends_to_it() -> None:
    held = Held()
    world = World({URL: held})
    async with world.running() as who:
        begun = await world.begin(who)
        await held.begun.wait()
        with pytest.raises(NotPossibleNow):
            await world.app.transfers.append(who, begun.upload_id, 0, chunks_of(b"mine"))
        held.go_on.set()
        assert (await world.fetched(who, begun.job_id)).status is JobStatus.QUEUED


async def test_where_it_comes_from_is_shown_without_its_secrets() -> None:
    world = World({URL: serving(PACKAGE)})
    async with world.running() as who:
        begun = await world.begin(who)
        job = await world.fetched(who, begun.job_id)
        assert job.metadata["source"] == "https://files.example/…"
        observer = world.program.ports.observer
        assert isinstance(observer, MemoryObserver)
        assert "secret" not in f"{observer.heard} {await world.app.transfers.get(who, begun.upload_id)}"


async def test_one_that_somebody_cancels_is_left_and_its_place_is_free() -> None:
    held, other = Held(), "https://files.example/other"
    world = World({URL: held, other: serving(PACKAGE)}, replace(QUICK, at_once=1, lease=0.04))
    async with world.running() as who:
        begun, waiting = await world.begin(who), await world.begin(who, other)
        await held.begun.wait()
        await world.app.jobs.cancel(who, begun.job_id)
        assert (await world.fetched(who, waiting.job_id)).status is JobStatus.QUEUED
        assert (await world.app.jobs.get(who, begun.job_id)).status is JobStatus.CANCELLED
        assert await world.kept() == 1


async def test_only_so_many_are_fetched_at_once_and_only_so_many_wait() -> None:
    held, never = Held(), Held()
    other, third = "https://files.example/other", "https://files.example/third"
    world = World({URL: held, other: never, third: serving(PACKAGE)}, replace(QUICK, at_once=1, in_line=2))
    async with world.running() as who:
        first = await world.begin(who)
        await held.begun.wait()
        second = await world.begin(who, other)
        with pytest.raises(NotPossibleNow, match="wait for their turn"):
            await world.begin(who, third)
        assert (await world.app.jobs.get(who, second.job_id)).status is JobStatus.PENDING
        assert not never.begun.is_set()
        held.go_on.set()
        assert (await world.fetched(who, first.job_id)).status is JobStatus.QUEUED
        await never.begun.wait()
