"""The numbers of parts run out (10,000 in S3, three here): what would need one more is refused, and nothing is lost."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import httpx
import pytest
from tests.harness import chunks_of
from tests.unit.adapters.s3_store import PART, SMALL_PARTS, opened
from tests.unit.web.conftest import Site
from tests.unit.web.resuming import FILES, IetfClient, TusClient, content_of, job_of

from asset_ingest.adapters.object_store.s3.profiles import Profile
from asset_ingest.bootstrap import memory_ports
from asset_ingest.core.ports.object_store import PartLimits
from asset_ingest.testing.object_store import pattern
from asset_ingest.testing.s3_server import s3_server

MOST = 3
WHOLE = pattern(MOST * PART)
UNKNOWN_YET = {TusClient: {"Upload-Defer-Length": "1"}, IetfClient: {}}
NO_MORE = {TusClient: {"Upload-Length": str(len(WHOLE))}, IetfClient: {"complete": "?1"}}

Resuming = TusClient | IetfClient
protocols = pytest.mark.parametrize("protocol", [TusClient, IetfClient])


@pytest.fixture
async def site(open_site: Callable) -> AsyncIterator[Site]:
    few = Profile("few", PartLimits(smallest=PART, largest=PART, most=MOST))
    async with s3_server(SMALL_PARTS) as server, opened(server, few) as s3:
        bytes_live = {"store": s3.objects, "resumable": s3.resumable, "direct": s3.direct}
        yield await open_site(ports=replace(memory_ports(), **bytes_live))


@protocols
@pytest.mark.parametrize("taken", [PART // 2, PART, len(WHOLE)])
async def test_bytes_behind_the_last_part_are_refused_and_the_upload_goes_on(
    site: Site, protocol: type[Resuming], taken: int
) -> None:
    client = protocol(site.admin)
    await client.create(**UNKNOWN_YET[protocol])
    assert (await client.append(0, WHOLE[:taken])).status == 204
    (await client.append(taken, chunks_of(WHOLE[taken:] + b"!", 1000))).refused(413, "too_large")
    offset = await client.stands()
    assert taken <= offset <= len(WHOLE)
    assert (await client.append(offset, WHOLE[offset:], **NO_MORE[protocol])).status in {200, 204}
    assert (await content_of(site, client.path))[1] == WHOLE


@protocols
async def test_a_file_of_more_parts_than_there_are_numbers_is_refused_before_a_byte_is_sent(
    site: Site, protocol: type[Resuming]
) -> None:
    answer = await protocol(site.admin).create(Upload_Length=str(len(WHOLE) + 1))
    answer.refused(413, "too_large")
    planned = await site.admin.post("/uploads", json={"filename": "a.bin", "size": len(WHOLE) + 1})
    planned.refused(413, "too_large")


@pytest.mark.parametrize("number", [MOST + 1, 10_001, 100_001])
async def test_a_number_behind_the_last_is_never_signed_and_the_upload_goes_on(site: Site, number: int) -> None:
    asked = {"filename": "a.bin", "size": len(WHOLE), "method": "multipart"}
    plan = (await site.admin.post("/uploads", json=asked)).json
    upload = f"/uploads/{plan['upload_id']}"
    async with httpx.AsyncClient() as anybody:
        assert (await anybody.put(plan["parts"][0]["url"], content=WHOLE[:PART])).status_code == 200
    refused = await site.admin.post(f"{upload}/parts:sign", json={"numbers": [2, number]})
    assert (refused.status, refused.json["code"]) == (422, "invalid_request")
    assert (await site.admin.post(f"{upload}/parts:look")).json["offset"] == PART
    client = TusClient(site.admin, f"{FILES}/{plan['upload_id']}")
    assert await client.stands() == PART
    assert (await client.append(PART, WHOLE[PART:])).status == 204
    assert (await job_of(site, client.path))["status"] == "QUEUED"
    assert (await content_of(site, client.path))[1] == WHOLE
