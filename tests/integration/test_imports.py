"""Files from web addresses, over PostgreSQL with a real disk, from a real server of a stranger."""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import anyio
import pytest
from tests.harness import TUNING, Later, Program
from tests.integration.test_journeys import opened, passing
from tests.packages import small_package
from tests.unit.adapters.stranger import Act, Origin, Stranger, leading, said_of, stranger

from asset_ingest.adapters.remote.http import HttpRemoteFiles
from asset_ingest.adapters.safe_fetch import Reach, SafeFetch
from asset_ingest.core.model.access import Principal
from asset_ingest.core.model.ids import JobId, UploadId
from asset_ingest.core.model.jobs import JobStatus
from asset_ingest.core.services.imports import ImportLimits, NewImport
from asset_ingest.core.services.jobs import JobDetail

PACKAGE = small_package()
QUICK = ImportLimits(first_pause=0)
OUTSIDE = "127.0.0.2"
"""Stands for a public host; all the rest of this machine is inside."""


@pytest.fixture
async def server() -> AsyncIterator[Stranger]:
    async with stranger(OUTSIDE) as server:
        yield server


@pytest.fixture
def later(database_url: str) -> Later:
    return passing(database_url)


@pytest.fixture
async def program(database_url: str, tmp_path: Path, server: Stranger) -> AsyncIterator[Program]:
    reach = Reach(("http",), (server.port,), inside=[ip_address(OUTSIDE)])
    remote = HttpRemoteFiles(SafeFetch("asset-ingest/1", reach=reach), largest=64 << 20)
    async with AsyncExitStack() as stack:
        yield Program(
            replace(await opened(database_url, tmp_path, stack), remote=remote), replace(TUNING, imports=QUICK)
        )


CRATE = random.Random(4).randbytes(3 << 20)  # noqa: S311  content is no secret
ROOT = Path(__file__).parents[2]


class Holding(Origin):
    """Sends two thirds of its file and then nothing, until `held` is set."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.held = anyio.Event()

    def on(self, server: Stranger, path: str) -> str:
        async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            answer = self.answer(server.asked[-1])
            some = len(answer) * 2 // 3
            writer.write(answer[:some])
            await writer.drain()
            await self.held.wait()
            writer.write(answer[some:])
            await writer.drain()

        server.answers[path] = answer
        return server.at(path)


def becoming(server: Stranger, *versions: Origin) -> Act:
    """Answer as one version after the other, the last one for ever."""
    left = list(versions)

    async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        version = left.pop(0) if len(left) > 1 else left[0]
        writer.write(version.answer(server.asked[-1]))
        await writer.drain()

    return answer


async def stored(program: Program, who: Principal, upload_id: UploadId) -> bytes:
    key = f"studios/{who.studio_id}/uploads/{upload_id}/original"
    return b"".join([chunk async for chunk in program.ports.store.read(key)])


async def until_durable(program: Program, who: Principal, upload_id: UploadId) -> None:
    """Wait until some bytes of it are durable, looking again after each change that is told."""
    async with program.ports.notifier.follow() as notices:
        while (await program.app.transfers.get(who, upload_id)).offset == 0:
            await anext(notices)


@asynccontextmanager
async def fetching(program: Program) -> AsyncIterator[None]:
    async with anyio.create_task_group() as group:
        group.start_soon(program.app.imports.run)
        await anyio.lowlevel.checkpoint()
        yield
        group.cancel_scope.cancel()


async def fetched(program: Program, who: Principal, job_id: JobId) -> JobDetail:
    """Return the job once its bytes are here, or will never be; look again after each change that is told."""
    async with program.ports.notifier.follow() as notices:
        while (job := await program.app.jobs.get(who, job_id)).status in {JobStatus.PENDING, JobStatus.UPLOADING}:
            await anext(notices)
        return job


async def test_a_file_at_an_address_becomes_an_asset(program: Program, server: Stranger, later: Later) -> None:
    server.answers |= {
        "/a": leading("/b?token=secret"),
        "/b?token=secret": said_of(200, PACKAGE, 'Content-Disposition: attachment; filename="props.unitypackage"'),
    }
    who = await program.found()
    async with fetching(program):
        begun = await program.app.imports.begin(who, NewImport(server.at("/a")))
        job = await fetched(program, who, begun.job_id)
    assert (job.status, job.original_filename, job.size) == ("QUEUED", "props.unitypackage", len(PACKAGE))
    assert (await program.work_until_ended(who, begun.job_id, later)).status is JobStatus.COMPLETE


async def test_one_that_leads_inside_says_so_and_keeps_nothing(program: Program, server: Stranger) -> None:
    server.answers["/a"] = leading(server.at("/b", "127.0.0.1"))
    who = await program.found()
    async with fetching(program):
        begun = await program.app.imports.begin(who, NewImport(server.at("/a")))
        job = await fetched(program, who, begun.job_id)
    assert (job.status, job.code) == ("ERROR", "invalid_request")
    assert "127." not in (job.error_message or "")
    assert [each async for each in program.ports.store.list("")] == []


async def test_a_line_that_breaks_anywhere_makes_the_same_bytes(program: Program, server: Stranger) -> None:
    cuts = sorted(random.randrange(len(CRATE)) for _ in range(3))  # noqa: S311  where is no secret
    print(f"cut after {cuts}")  # noqa: T201  pytest shows it when what follows fails
    origin = Origin(CRATE, cuts=[cuts[0], cuts[1] - cuts[0], cuts[2] - cuts[1]])
    who = await program.found()
    async with fetching(program):
        begun = await program.app.imports.begin(who, NewImport(origin.on(server, "/crate.zip")))
        job = await fetched(program, who, begun.job_id)
    assert (job.status, job.size) == ("QUEUED", len(CRATE))
    assert await stored(program, who, begun.upload_id) == CRATE
    assert len(origin.asked) == 4
    assert sum(start == 0 for start in origin.asked) <= 1 + cuts.count(0)


async def test_a_file_that_changed_meanwhile_is_fetched_anew(program: Program, server: Stranger) -> None:
    origin = Origin(CRATE, cuts=[len(CRATE) // 2])
    url = origin.on(server, "/crate.zip")
    server.answers["/crate.zip"] = becoming(server, origin, Origin(PACKAGE, tag='"2"'))
    who = await program.found()
    async with fetching(program):
        begun = await program.app.imports.begin(who, NewImport(url))
        job = await fetched(program, who, begun.job_id)
    assert (job.status, job.size) == ("QUEUED", len(PACKAGE))
    assert await stored(program, who, begun.upload_id) == PACKAGE
    assert [each async for each in program.ports.resumable.unfinished("")] == []


async def test_one_whose_process_is_killed_goes_on_in_the_next(
    program: Program, server: Stranger, database_url: str, tmp_path: Path, later: Later
) -> None:
    origin = Holding(CRATE)
    who = await program.found()
    begun = await program.app.imports.begin(who, NewImport(origin.on(server, "/crate.zip")))
    arguments = [database_url, str(tmp_path), OUTSIDE, str(server.port)]
    process = await anyio.open_process([sys.executable, "-m", "tests.integration.importer", *arguments], cwd=ROOT)
    try:
        with anyio.fail_after(40):
            await until_durable(program, who, begun.upload_id)
    finally:
        process.kill()
        await process.wait()
    origin.held.set()
    await later(timedelta(seconds=31))
    async with fetching(program):
        job = await fetched(program, who, begun.job_id)
    assert job.status is JobStatus.QUEUED
    assert await stored(program, who, begun.upload_id) == CRATE
    assert origin.asked[0] == 0
    assert origin.asked[1] > 0
