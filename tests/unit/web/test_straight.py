"""Large bodies go past the HTTP parser: they arrive whole all the same, break off the same, and end the connection."""

import asyncio
from collections.abc import Callable
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from tests.unit.web.conftest import Site
from tests.unit.web.resuming import TusClient, content_of
from tests.unit.web.test_broken_transfers import connected, head, job_when

from asset_ingest.entrypoints.web import straight
from asset_ingest.entrypoints.web.options import WebOptions

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


async def test_nothing_is_missing_in_the_middle_of_what_is_kept_when_the_server_stops(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    tus, reached, gate = TusClient(site.admin), asyncio.Event(), asyncio.Event()
    await tus.create(Upload_Length=str(len(CONTENT)))
    transfers = type(site.program.app.transfers)
    append = transfers.append

    async def held(self: object, *arguments: Any, **options: Any) -> Any:
        reached.set()
        await gate.wait()
        return await append(self, *arguments, **options)

    monkeypatch.setattr(transfers, "append", held)
    lines = [f"PATCH {tus.path} HTTP/1.1", "Host: here", f"Authorization: Bearer {site.admin_key}", LENGTH]
    lines += ["Tus-Resumable: 1.0.0", "Upload-Offset: 0", "Content-Type: application/offset+octet-stream", "", ""]
    async with connected(site) as (_, writer):
        writer.write("\r\n".join(lines).encode() + CONTENT[:100_000])
        await reached.wait()
        here = writer.get_extra_info("sockname")
        [server] = [
            connection
            for connection in site.client.server.runner.server.connections
            if connection.transport.get_extra_info("peername") == here
        ]
        server.close()  # as the framework begins to stop: from here on it drops what comes
        writer.write(CONTENT[100_000:1_000_000])
        while not server._end.endswith(CONTENT[999_000:1_000_000]):  # noqa: ASYNC110  until it has
            await asyncio.sleep(0)
        gate.set()
        writer.write(CONTENT[1_000_000:])
        while not server._end.endswith(CONTENT[-1000:]):  # noqa: ASYNC110  dropped, too
            await asyncio.sleep(0)
    monkeypatch.undo()
    offset = await tus.stands()
    await tus.append(offset, BytesIO(CONTENT[offset:]))
    await site.program.work()
    _, stored = await content_of(site, tus.path)
    assert stored == CONTENT


async def test_an_answer_that_has_begun_keeps_its_connection() -> None:
    """It did not say that the connection ends with it, so another request may follow."""
    was_bypassed: list[bool] = []

    async def answered_early(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        protocol = request.transport.get_protocol()
        straight.go_straight(request)
        was_bypassed.append(request.transport.get_protocol() is not protocol)
        await request.read()
        return answer

    app = web.Application()
    app.on_response_prepare.append(straight.on_prepare)
    app.router.add_post("/", answered_early)
    async with TestClient(TestServer(app)) as client, client.post("/", data=BytesIO(CONTENT)) as answer:
        assert answer.status == 200
    assert was_bypassed == [False]


async def test_who_sends_on_after_a_silence_sees_why_it_was_refused(open_site: Callable, tmp_path: Path) -> None:
    site = await open_site(WebOptions(receive_timeout=0.2, static=tmp_path))
    async with connected(site) as (reader, writer):
        writer.write(head(site, LENGTH) + CONTENT[:1000])
        await job_when(site, "ERROR")
        for start in range(1000, len(CONTENT), 100_000):
            writer.write(CONTENT[start : start + 100_000])
            await writer.drain()
        assert (await reader.readuntil(b"}")).startswith(b"HTTP/1.1 400")
