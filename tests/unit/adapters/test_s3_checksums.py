"""What a provider says of the bytes by itself is passed on; nobody is asked for it, and a partial sum is none."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.unit.adapters.s3_store import LARGE, PART, SMALL

from asset_ingest.adapters.object_store.s3 import S3Store
from asset_ingest.adapters.object_store.s3.bucket import crc_said
from asset_ingest.core.formats.crc64nvme import as_text, crc64nvme
from asset_ingest.core.ports.object_store import Position
from asset_ingest.testing.object_store import chunks_of
from asset_ingest.testing.s3_server import CEPH, S3Server

# One loop for the server and its client: to open a client costs more than a test.
ON_MODULE = pytest.mark.asyncio(loop_scope="module")


async def resumed(s3: S3Store, sent: bytes) -> str | None:
    upload_id = await s3.resumable.begin("a/b")
    at = Position(1, PART, None, len(sent), 1)
    told = [part async for step in s3.resumable.append("a/b", upload_id, at, chunks_of(sent)) for part in step.parts]
    return (await s3.resumable.complete("a/b", upload_id, told)).crc64nvme


@ON_MODULE
@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("sent", [SMALL, LARGE], ids=["one put", "parts"])
async def test_what_the_provider_sums_up_is_passed_on(s3: S3Store, sent: bytes) -> None:
    wanted = as_text(crc64nvme(sent))
    assert (await s3.objects.put("a/a", chunks_of(sent))).crc64nvme == wanted
    assert await resumed(s3, sent) == wanted
    assert (await s3.objects.copy("a/a", "a/c")).crc64nvme == wanted


@ON_MODULE
async def test_one_that_keeps_no_sum_is_no_witness(server: S3Server, s3: S3Store) -> None:
    server.start_over(replace(CEPH, smallest_part=PART))
    assert (await s3.objects.put("a/a", chunks_of(SMALL))).crc64nvme is None
    assert await resumed(s3, LARGE) is None


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"ChecksumType": "FULL_OBJECT"},
        {"ChecksumCRC64NVME": "rosUhgp5mIg="},
        {"ChecksumCRC64NVME": "rosUhgp5mIg=", "ChecksumType": "COMPOSITE"},
        {"ChecksumCRC64NVME": "rosUhgp5mIg=-3", "ChecksumType": "FULL_OBJECT"},
        {"ChecksumCRC64NVME": "x" * 1000, "ChecksumType": "FULL_OBJECT"},
    ],
)
def test_what_is_not_the_sum_of_the_whole_says_nothing(said: dict[str, str]) -> None:
    assert crc_said(said) is None
