"""Clients and stores that vanish, stall, wait for leave, or speak broken HTTP: seen from a bare socket."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import aiohttp
import pytest
from tests.unit.web.conftest import Site

from asset_ingest.adapters.object_store.memory import MemoryObjects
from asset_ingest.bootstrap import memory_ports
from asset_ingest.core.errors import StoreUnavailable
from asset_ingest.entrypoints.web.access_log import CLIENT_WENT_AWAY
from asset_ingest.entrypoints.web.options import WebOptions


@asynccontextmanager
async def connected(site: Site) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", site.client.port)
    try:
        yield reader, writer
    finally:
        writer.close()


def head(site: Site, *more: str, key: str | None = None, target: str = "/api/v1/assets") -> bytes:
    lines = [
        f"POST {target} HTTP/1.1",
        "Host: here",
        f"Authorization: Bearer {key or site.admin_key}",
        'Content-Disposition: attachment; filename="a.bin"',
        *more,
    ]
    return "\r\n".join([*lines, "", ""]).encode()


async def job_when(site: Site, status: str) -> dict:
    """Wait until the one job says so; the test's own time limit bounds it."""
    while True:
        items = (await site.admin.get("/jobs")).json["items"]
        if items and items[0]["status"] == status:
            return items[0]


async def test_a_client_that_vanishes_leaves_a_job_that_says_so_and_no_bytes(site: Site) -> None:
    async with connected(site) as (_, writer):
        writer.write(head(site, "Content-Length: 100") + b"half of it")
        await writer.drain()
        await job_when(site, "UPLOADING")
    job = await job_when(site, "ERROR")
    assert job["code"] == "upload_interrupted"
    assert [found async for found in site.program.ports.store.list("studios/")] == []


async def test_a_client_that_falls_silent_is_told_and_let_go(open_site: Callable, tmp_path: Path) -> None:
    site = await open_site(WebOptions(receive_timeout=0.05, static=tmp_path))
    async with connected(site) as (reader, writer):
        writer.write(head(site, "Content-Length: 100") + b"half of it")
        answer = await reader.readuntil(b"}")
    assert b"400 Bad Request" in answer
    assert b"upload_interrupted" in answer
    assert b"Connection: close" in answer


async def test_leave_to_send_is_given_only_to_somebody_known(site: Site) -> None:
    waits = ("Content-Length: 5", "Expect: 100-continue")
    async with connected(site) as (reader, writer):
        writer.write(head(site, *waits))
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(b"hello")
        assert b"202 Accepted" in await reader.readuntil(b"\r\n\r\n")
    async with connected(site) as (reader, writer):
        writer.write(head(site, *waits, key="somebody-elses-idea-of-a-key"))
        assert b"401 Unauthorized" in await reader.readuntil(b"\r\n\r\n")


@pytest.mark.parametrize("length", [2**41, 10**18])
async def test_a_file_announced_too_large_is_refused_before_a_byte_is_sent(site: Site, length: int) -> None:
    async with connected(site) as (reader, writer):
        writer.write(head(site, f"Content-Length: {length}", "Expect: 100-continue"))
        answer = await reader.readuntil(b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"Connection: close" in answer


async def test_a_broken_transfer_coding_ends_the_upload_and_the_connection(open_site: Callable, tmp_path: Path) -> None:
    site = await open_site(WebOptions(receive_timeout=0.2, static=tmp_path))
    async with connected(site) as (reader, writer):
        writer.write(head(site, "Transfer-Encoding: chunked") + b"5\r\nhello\r\n")
        await job_when(site, "UPLOADING")
        writer.write(b"nonsense\r\n")
        answer = await reader.readuntil(b"}")
    assert b"400" in answer.split(b"\r\n")[0]
    assert (await job_when(site, "ERROR"))["code"] == "upload_interrupted"


async def test_the_next_request_of_a_connection_is_served_after_an_upload(site: Site) -> None:
    async with connected(site) as (reader, writer):
        for _ in range(3):
            writer.write(head(site, "Content-Length: 5") + b"hello")
            answer = await reader.readuntil(b"]}")
            assert b"202 Accepted" in answer


async def test_bytes_that_pretend_to_be_http_get_a_plain_refusal(site: Site) -> None:
    async with connected(site) as (reader, writer):
        writer.write(b"\x16\x03\x01\x02\x00\r\n\r\n")
        assert b"400" in (await reader.read()).split(b"\r\n")[0]


async def test_a_client_that_stops_reading_is_let_go(open_site: Callable, tmp_path: Path) -> None:
    site = await open_site(WebOptions(receive_timeout=0.1, static=tmp_path))
    asset_id = await big_asset(site)
    async with connected(site) as (_, writer):
        writer.transport.pause_reading()
        writer.write(asked_for(site, asset_id))
        while (noted := requests_noted(site)[-1])["route"] != CONTENT_ROUTE:  # noqa: ASYNC110
            await asyncio.sleep(0)  # the test has a time limit
        assert noted["status"] == CLIENT_WENT_AWAY


async def test_a_store_that_fails_half_way_breaks_the_answer_instead_of_ending_it(open_site: Callable) -> None:
    ports = memory_ports()
    site = await open_site(ports=replace(ports, store=HalfWay(ports.clock)))
    asset_id = await big_asset(site)
    with pytest.raises(aiohttp.ClientPayloadError):
        await site.admin.get(f"/assets/{asset_id}/versions/1/content")
    assert [heard.what for heard in site.observer.heard if heard.error] == ["http.failed"]


class HalfWay(MemoryObjects):
    """Reads well once, for the digest; then fails in the middle."""

    reads = 0

    async def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        self.reads += 1
        async for chunk in super().read(key, start, end):
            yield chunk
            if self.reads > 1:
                raise StoreUnavailable("the disk went away")


CONTENT_ROUTE = "/api/v1/assets/{asset_id}/versions/{number}/content"


async def big_asset(site: Site) -> str:
    job_id = (await site.admin.upload("big.bin", BytesIO(bytes(20_000_000)))).json["jobs"][0]["id"]
    await site.program.work()
    return (await site.admin.get(f"/jobs/{job_id}")).json["asset_id"]


def asked_for(site: Site, asset_id: str) -> bytes:
    path = f"/api/v1/assets/{asset_id}/versions/1/content"
    return f"GET {path} HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer {site.admin_key}\r\n\r\n".encode()


def requests_noted(site: Site) -> list[dict]:
    return [heard.facts for heard in site.observer.heard if heard.what == "http.request"]


@pytest.mark.parametrize("request_line", ["GET /api/v1/jobs?q=hunter2 HTTX/1.1", "GET /api/v1/jobs HTTP/1.1"])
async def test_what_the_parser_refuses_is_never_quoted_in_a_log(
    site: Site, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], request_line: str
) -> None:
    async with connected(site) as (reader, writer):
        writer.write(f"{request_line}\r\nHost: here\r\nAuthorization: Bearer hunter2\x00\r\n\r\n".encode())
        assert b"400" in await reader.readuntil(b"\r\n")
    assert [heard.what for heard in site.observer.heard if heard.what == "http.unreadable"]
    assert "hunter2" not in repr(list(site.observer.heard))
    assert "hunter2" not in caplog.text
    assert "hunter2" not in "".join(capfd.readouterr())
