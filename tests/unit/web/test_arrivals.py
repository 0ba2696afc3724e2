"""Hints and looks, over a disk and over the strict S3 server in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.arrival_suite import PAUSE, TOKEN, ArrivalSuite, completed, hinted, key_of, plan, sent, status
from tests.delivery_suite import PACKAGE
from tests.harness import Later
from tests.unit.adapters.s3_store import place_of
from tests.unit.web.conftest import Site

from asset_ingest.adapters.clock.memory import ManualClock
from asset_ingest.adapters.object_store.disk import DiskObjects
from asset_ingest.adapters.object_store.disk_direct import DiskDirectUploads
from asset_ingest.adapters.object_store.s3 import open_s3
from asset_ingest.adapters.repos.memory import MemoryRecords
from asset_ingest.bootstrap import Ports, memory_ports
from asset_ingest.core.errors import StoreUnavailable
from asset_ingest.entrypoints.web.options import WebOptions
from asset_ingest.testing.s3_server import S3Server, s3_server
from asset_ingest.testing.s3_server.faults import slow_down

OPTIONS = WebOptions(hooks={"minio": TOKEN}, static=Path("not-built"))


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def later(clock: ManualClock) -> Later:
    async def pass_time(by: timedelta) -> None:
        clock.advance(by)

    return pass_time


class TestOnDisk(ArrivalSuite):
    @pytest.fixture
    async def site(self, open_site: Callable, tmp_path: Path, clock: ManualClock) -> Site:
        records, direct = MemoryRecords(clock), DiskDirectUploads(tmp_path, bytes(32), "/api/v1/direct", clock)
        disk = {"store": DiskObjects(tmp_path), "resumable": direct, "direct": direct, "door": direct}
        ports = replace(memory_ports(), clock=clock, records=records, system=records.system, **disk)
        return await open_site(OPTIONS, ports)


@pytest.fixture
async def server() -> AsyncIterator[S3Server]:
    async with s3_server() as server:
        yield server


class TestInS3(ArrivalSuite):
    @pytest.fixture
    async def ports(self, server: S3Server, clock: ManualClock) -> AsyncIterator[Ports]:
        records = MemoryRecords(clock)
        async with AsyncExitStack() as stack:
            s3 = await stack.enter_async_context(open_s3(place_of(server)))
            place = {"store": s3.objects, "resumable": s3.resumable, "direct": s3.direct}
            yield replace(memory_ports(), clock=clock, records=records, system=records.system, **place)

    @pytest.fixture
    async def site(self, open_site: Callable, ports: Ports) -> Site:
        return await open_site(OPTIONS, ports)

    async def test_an_object_of_another_type_than_announced_is_not_the_file(self, site: Site, server: S3Server) -> None:
        """Whoever has the bucket's own key needs no signature of ours."""
        told = await plan(site, method="single", content_type="application/gzip")
        assert await sent(site, told, PACKAGE) == 200
        [landing] = [key for key in server.bucket.objects if key.endswith(".tail/landing")]
        server.bucket.objects[landing] = replace(server.bucket.objects[landing], content_type="text/html")
        (await completed(site, told["upload_id"])).refused(422, "invalid_request", "content_type")

    async def test_a_store_that_is_away_is_asked_once_and_again_later(
        self, site: Site, server: S3Server, later: Later
    ) -> None:
        told = [await plan(site, method="single") for _ in range(3)]
        for each in told:
            assert await sent(site, each, PACKAGE) == 200
        await later(PAUSE)
        server.each("HeadObject", slow_down())
        asked = len(server.seen)
        with pytest.raises(StoreUnavailable):
            await site.program.app.arrivals.once()
        assert len({each.key for each in server.seen[asked:]}) == 1
        server.heal()
        await later(PAUSE)
        await site.program.app.arrivals.once()
        assert [await status(site, each["upload_id"]) for each in told] == ["COMPLETED"] * 3

    async def test_an_upload_that_nothing_comes_of_is_asked_for_ever_less_often(
        self, site: Site, server: S3Server, later: Later
    ) -> None:
        await plan(site, method="single")
        asked = len(server.seen)
        for _ in range(23 * 60):
            await later(timedelta(minutes=1))
            await site.program.app.arrivals.once()
        assert 20 < sum(each.operation == "HeadObject" for each in server.seen[asked:]) < 60

    async def test_a_hint_of_parts_alone_does_not_hurry_their_sender(self, site: Site) -> None:
        """Only an object is a sign that somebody has put them together."""
        told = await plan(site, method="multipart")
        assert await sent(site, told["parts"][0], PACKAGE) == 200
        await hinted(site, await key_of(site, told["upload_id"]))
        assert await status(site, told["upload_id"]) == "UPLOADING"
        assert (await completed(site, told["upload_id"])).json["status"] == "COMPLETED"
