"""Uploads over many requests, over PostgreSQL with a real disk, and in the production shape."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest
from tests.harness import Later, Program
from tests.integration.production_fixture import Environment
from tests.integration.test_journeys import opened, passing
from tests.integration.test_production import settings_of
from tests.joining_suite import JoiningSuite
from tests.sweeping_suite import SweepingSuite
from tests.transfer_suite import PACKAGE, TransferSuite

from asset_ingest.bootstrap import Ports, server_ports
from asset_ingest.core.errors import NotPossibleNow
from asset_ingest.core.model.jobs import JobStatus
from asset_ingest.core.model.uploads import Method, SessionStatus
from asset_ingest.core.services.transfers import NewUpload


class OnDisk:
    @pytest.fixture
    async def ports(self, database_url: str, tmp_path: Path) -> AsyncIterator[Ports]:
        async with AsyncExitStack() as stack:
            yield await opened(database_url, tmp_path, stack)

    @pytest.fixture
    def later(self, database_url: str) -> Later:
        return passing(database_url)


class InProduction:
    @pytest.fixture
    async def ports(self, production: Environment, database_url: str, tmp_path: Path) -> AsyncIterator[Ports]:
        async with AsyncExitStack() as stack:
            yield await server_ports(settings_of(production, tmp_path), database_url, stack)

    @pytest.fixture
    def later(self, database_url: str) -> Later:
        return passing(database_url)


class TestOnDisk(OnDisk, TransferSuite):
    """One upload after the other."""


class TestInProduction(InProduction, TransferSuite):
    """One upload after the other."""


class TestSweepingOnDisk(OnDisk, SweepingSuite):
    """What a sweep finds, says and removes."""


class TestSweepingInProduction(InProduction, SweepingSuite):
    """What a sweep finds, says and removes."""


class TestJoiningOnDisk(OnDisk, JoiningSuite):
    """Several uploads that become one."""


class TestJoiningInProduction(InProduction, JoiningSuite):
    """Several uploads that become one."""


async def sent(method: str, url: str, content: bytes) -> int:
    async with httpx.AsyncClient(timeout=30) as client:
        return (await client.request(method, url, content=content)).status_code


class TestStraightToS3:
    """Bytes that never pass through us: planned and signed here, sent there, finished here."""

    @pytest.fixture
    async def program(self, production: Environment, database_url: str, tmp_path: Path) -> AsyncIterator[Program]:
        async with AsyncExitStack() as stack:
            yield Program(await server_ports(settings_of(production, tmp_path), database_url, stack))

    async def test_a_small_file_goes_in_one_request(self, program: Program) -> None:
        who, transfers = await program.found(), program.app.transfers
        plan = await transfers.open(who, NewUpload("crates.unitypackage", len(PACKAGE)))
        assert plan.method is Method.SINGLE
        with pytest.raises(NotPossibleNow, match="arrived"):
            await transfers.complete(who, plan.upload_id)
        assert plan.url
        assert await sent("PUT", plan.url, PACKAGE[:-1]) == 403  # the length is signed
        assert await sent("PUT", plan.url, PACKAGE) == 200
        assert (await transfers.complete(who, plan.upload_id)).status is SessionStatus.COMPLETED
        assert await sent("PUT", plan.url, bytes(len(PACKAGE))) == 200  # the store takes it again, and it harms nothing
        await program.work()
        job = await program.app.jobs.get(who, plan.job_id)
        assert (job.status, job.error_message) == (JobStatus.COMPLETE, None)
        await program.app.upkeep.sweeper.once()
        left = [stored.key async for stored in program.ports.store.list("studios/") if ".tail/" in stored.key]
        assert left == []

    async def test_a_large_file_goes_in_parts(self, program: Program) -> None:
        who, transfers = await program.found(), program.app.transfers
        content = bytes(20 << 20)
        plan = await transfers.open(who, NewUpload("big.bin", len(content), method=Method.MULTIPART))
        assert (plan.method, plan.part_count, len(plan.parts)) == (Method.MULTIPART, 2, 2)
        assert plan.part_size
        first, last = content[: plan.part_size], content[plan.part_size :]
        assert await sent("PUT", plan.parts[1].url, last) == 200
        with pytest.raises(NotPossibleNow, match="1 of 2 parts are missing, the first is 1"):
            await transfers.complete(who, plan.upload_id)
        grid = (await transfers.parts(who, plan.upload_id, 0, 10)).items
        assert [part.status for part in grid] == ["PENDING", "UPLOADED"]
        (again,) = await transfers.sign(who, plan.upload_id, [1])
        assert await sent("PUT", again.url, first) == 200
        assert (await transfers.complete(who, plan.upload_id)).status is SessionStatus.COMPLETED
        await program.work()
        assert (await program.app.jobs.get(who, plan.job_id)).status is JobStatus.COMPLETE
