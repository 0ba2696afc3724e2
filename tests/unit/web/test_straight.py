"""Large bodies go past the HTTP parser: they arrive whole all the same, break off the same, and end the connection."""

import asyncio
from hashlib import sha256

import pytest
from tests.unit.web.conftest import Site
from tests.unit.web.test_broken_transfers import connected, head, job_when

from asset_ingest.entrypoints.web import straight

SIZE = 3_000_000
CONTENT = bytes(range(256)) * (SIZE // 256)
LENGTH = f"Content-Length: {len(CONTENT)}"


@pytest.fixture(autouse=True)
def _everything_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(straight, "LARGE", 1)


async def the_files(site: Site) -> list[bytes]:
    store = site.program.ports.store
    keys = [found.key async for found in store.list("studios/")]
    return [b"".join([piece async for piece in store.read(key)]) for key in keys]


@pytest.mark.parametrize("first", [0, 1, 300_000], ids=lambda size: f"{size} with the head")
async def test_a_body_arrives_whole_and_its_answer_is_the_last(site: Site, first: int) -> None:
    async with connected(site) as (reader, writer):
        writer.write(head(site, LENGTH) + CONTENT[:first])
        for start in range(first, len(CONTENT), 100_001):
            writer.write(CONTENT[start : start + 100_001])
            await writer.drain()
            await asyncio.sleep(0)
        answer = await reader.read()  # to its end
    assert answer.startswith(b"HTTP/1.1 202")
    assert b"Connection: close" in answer
    [stored] = await the_files(site)
    assert sha256(stored).digest() == sha256(CONTENT).digest()


async def test_what_follows_a_body_is_no_part_of_it_and_no_request(site: Site) -> None:
    async with connected(site) as (reader, writer):
        writer.write(head(site, LENGTH) + CONTENT[:10])
        await job_when(site, "UPLOADING")
        writer.write(CONTENT[10:] + head(site, "Content-Length: 5") + b"hello")
        answer = await reader.read()
    assert answer.count(b"HTTP/1.1") == 1
    assert await the_files(site) == [CONTENT]


async def test_a_client_that_vanishes_in_the_middle_is_noticed(site: Site) -> None:
    async with connected(site) as (_, writer):
        writer.write(head(site, LENGTH) + CONTENT[:10])
        await job_when(site, "UPLOADING")
        writer.write(CONTENT[10:1_000_000])
        await writer.drain()
    assert (await job_when(site, "ERROR"))["code"] == "upload_interrupted"
    assert await the_files(site) == []


async def test_a_small_body_goes_through_the_parser(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(straight, "LARGE", len(CONTENT) + 1)
    async with connected(site) as (reader, writer):
        for _ in range(2):
            writer.write(head(site, LENGTH) + CONTENT)
            answer = await reader.readuntil(b"]}")
            assert b"Connection: close" not in answer
