"""Files from web addresses, over PostgreSQL with a real disk, from a real server of a stranger."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import anyio
import pytest
from tests.harness import Later, Program
from tests.integration.test_journeys import opened, passing
from tests.packages import small_package
from tests.unit.adapters.stranger import Stranger, leading, said_of, stranger

from asset_ingest.adapters.remote.http import HttpRemoteFiles
from asset_ingest.adapters.safe_fetch import Reach, SafeFetch
from asset_ingest.core.model.access import Principal
from asset_ingest.core.model.ids import JobId
from asset_ingest.core.model.jobs import JobStatus
from asset_ingest.core.services.imports import NewImport
from asset_ingest.core.services.jobs import JobDetail
from asset_ingest.core.services.uploads import IncomingFile

PACKAGE = small_package()
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
        yield Program(replace(await opened(database_url, tmp_path, stack), remote=remote))


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


async def test_one_whose_process_was_killed_is_ended_by_another(program: Program, later: Later) -> None:
    who = await program.found()
    at = await program.app.uploads.announce(who, IncomingFile("a.zip"))  # and then the light goes out
    await later(timedelta(seconds=31))
    await program.app.upkeep.sweeper.once()
    job = await program.app.jobs.get(who, at.job.id)
    assert (job.status, job.code) == ("ERROR", "upload_interrupted")
    assert "import its address again" in (job.remedy or "")
