"""Hints and looks over PostgreSQL: on a real disk, and in a real Ceph that tells us itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiobotocore.session
import pytest
from tests.arrival_suite import TOKEN, ArrivalSuite, plan, sent, status
from tests.delivery_suite import PACKAGE, bytes_of, part_of
from tests.harness import Later
from tests.integration.ceph import Ceph
from tests.integration.production_fixture import Environment
from tests.integration.test_journeys import opened, passing
from tests.integration.test_production import settings_of
from tests.unit.web.conftest import Site, open_site

from asset_ingest.adapters.object_store.s3 import S3Place, open_s3
from asset_ingest.bootstrap import Ports, server_ports
from asset_ingest.entrypoints.web.options import WebOptions
from asset_ingest.testing.object_store import pattern

__all__ = ["open_site"]

OPTIONS = WebOptions(hooks={"minio": TOKEN, "ceph": TOKEN}, static=Path("not-built"))
TOLD_SECONDS = 30
PART = 16 << 20


@pytest.fixture
def later(database_url: str) -> Later:
    return passing(database_url)


class TestOnDisk(ArrivalSuite):
    @pytest.fixture
    async def site(self, open_site: Callable, database_url: str, tmp_path: Path) -> AsyncIterator[Site]:
        async with AsyncExitStack() as stack:
            yield await open_site(OPTIONS, await opened(database_url, tmp_path, stack))


@pytest.fixture
async def production_ports(production: Environment, database_url: str, tmp_path: Path) -> AsyncIterator[Ports]:
    async with AsyncExitStack() as stack:
        yield await server_ports(settings_of(production, tmp_path), database_url, stack)


class TestInCeph(ArrivalSuite):
    @pytest.fixture
    async def site(self, open_site: Callable, production_ports: Ports) -> Site:
        return await open_site(OPTIONS, production_ports)


class TestCephTells:
    """The gateway pushes to our door, over its own wire; nobody completes anything."""

    @pytest.fixture
    async def site(
        self, open_site: Callable, production_ports: Ports, ceph: Ceph, ceph_place: S3Place
    ) -> AsyncIterator[Site]:
        site = await open_site(OPTIONS, production_ports)
        door = site.client.make_url(f"/api/v1/hooks/storage/ceph?token={TOKEN}")
        topic = await topic_for(ceph, str(door))
        rule = {"Id": "arrivals", "TopicArn": topic, "Events": ["s3:ObjectCreated:*"]}
        async with open_s3(ceph_place) as s3:
            await s3.bucket.client.put_bucket_notification_configuration(
                Bucket=ceph_place.bucket, NotificationConfiguration={"TopicConfigurations": [rule]}
            )
        following = asyncio.create_task(site.program.app.arrivals.run())
        yield site
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)

    async def test_of_one_object(self, site: Site) -> None:
        told = await plan(site, method="single", content_type="application/gzip")
        assert await sent(site, told, PACKAGE) == 200
        await finished(site, told["upload_id"])
        assert await bytes_of(site, told["job_id"]) == PACKAGE

    async def test_of_parts_that_were_put_together(self, site: Site) -> None:
        content = pattern(PART + 5)
        told = await plan(site, content, method="multipart", filename="big.bin")
        for part in told["parts"]:
            assert await sent(site, part, part_of(part["number"])) == 200
        store = site.program.ports.resumable
        [upload] = [each async for each in store.unfinished("studios/")]
        parts = [part async for part in store.parts(upload.key, upload.upload_id)]
        await store.complete(upload.key, upload.upload_id, parts)  # as somebody with a key of their own would
        await finished(site, told["upload_id"])
        assert await bytes_of(site, told["job_id"]) == content


async def finished(site: Site, upload_id: str) -> None:
    """Wait until the upload is complete, of which nobody tells us but the gateway."""
    async with asyncio.timeout(TOLD_SECONDS), site.program.ports.notifier.follow() as notices:
        if await status(site, upload_id) == "COMPLETED":
            return
        async for _ in notices:
            if await status(site, upload_id) == "COMPLETED":
                return


async def topic_for(ceph: Ceph, door: str) -> str:
    """Make a topic that pushes to `door`, and return its name."""
    told: Any = {"aws_access_key_id": ceph.access_key, "aws_secret_access_key": ceph.secret_key}
    session = aiobotocore.session.get_session()
    async with session.create_client("sns", endpoint_url=ceph.http, region_name="default", **told) as sns:
        made = await sns.create_topic(Name="arrivals", Attributes={"push-endpoint": door})
        return str(made["TopicArn"])
