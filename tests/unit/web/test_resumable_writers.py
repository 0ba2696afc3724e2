"""Connections that break, fall silent or come twice: nothing is lost, and the newer request wins. From bare sockets."""

import asyncio
import base64
import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.unit.web.conftest import Site
from tests.unit.web.resuming import FILES, IetfClient, TusClient, content_of, job_of
from tests.unit.web.test_broken_transfers import connected

from asset_ingest.adapters.repos.memory import MemoryRecords
from asset_ingest.entrypoints.web.options import WebOptions

CONTENT = b"0123456789"


def head(site: Site, method: str, path: str, *more: str, key: str | None = None) -> bytes:
    lines = [
        f"{method} {path} HTTP/1.1",
        f"Host: 127.0.0.1:{site.client.port}",
        f"Authorization: Bearer {key or site.admin_key}",
        *more,
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def tus_patch(site: Site, path: str, offset: int, *more: str) -> bytes:
    own = ("Tus-Resumable: 1.0.0", f"Upload-Offset: {offset}", "Content-Type: application/offset+octet-stream")
    return head(site, "PATCH", path, *own, *more)


async def begun(site: Site) -> TusClient:
    tus = TusClient(site.admin)
    await tus.create(Upload_Length=str(len(CONTENT)))
    return tus


async def has_arrived(tus: TusClient, offset: int) -> None:
    """Wait until so many bytes are safe; the test's own time limit bounds it."""
    while await tus.stands() != offset:
        pass


# --- breaks -----------------------------------------------------------------------------------------------------


async def test_what_arrived_before_a_client_vanished_is_kept(site: Site) -> None:
    tus = await begun(site)
    async with connected(site) as (_, writer):
        writer.write(tus_patch(site, tus.path, 0, "Content-Length: 10") + b"0123")
        await has_arrived(tus, 4)
    assert (await tus.append(4, b"456789")).status == 204
    assert (await content_of(site, tus.path))[1] == CONTENT


async def test_what_came_with_a_creation_that_broke_off_can_be_continued(site: Site) -> None:
    tus = TusClient(site.admin)
    async with connected(site) as (_, writer):
        own = ("Tus-Resumable: 1.0.0", "Upload-Length: 10", "Content-Type: application/offset+octet-stream")
        writer.write(head(site, "POST", FILES, *own, "Content-Length: 10") + b"0123")
        while not (jobs := (await site.admin.get("/jobs")).json["items"]) or jobs[0]["status"] != "UPLOADING":
            pass
        tus.path = f"{FILES}/{await only_upload(site)}"
        await has_arrived(tus, 4)
    assert (await tus.append(4, b"456789")).status == 204
    assert (await content_of(site, tus.path))[1] == CONTENT


async def test_a_client_that_falls_silent_is_told_to_go_on(open_site: Callable, tmp_path: Path) -> None:
    site = await open_site(WebOptions(receive_timeout=0.05, static=tmp_path))
    tus = await begun(site)
    async with connected(site) as (reader, writer):
        writer.write(tus_patch(site, tus.path, 0, "Content-Length: 10") + b"0123")
        answer = await reader.readuntil(b"}")
    assert b"503 Service Unavailable" in answer  # clients come back after this one
    assert b"upload_interrupted" in answer
    assert b"what arrived is kept" in answer
    assert b"Connection: close" in answer
    assert await tus.stands() == 4


async def test_a_checksum_lets_nothing_of_a_broken_request_in(site: Site) -> None:
    tus = await begun(site)
    digest = base64.b64encode(hashlib.sha1(CONTENT).digest()).decode()  # noqa: S324  what tus asks for
    async with connected(site) as (_, writer):
        writer.write(tus_patch(site, tus.path, 0, "Content-Length: 10", f"Upload-Checksum: sha1 {digest}") + b"0123")
        while (await job_of(site, tus.path))["status"] != "UPLOADING":
            pass
    assert await tus.stands() == 0
    assert (await tus.append(0, CONTENT)).status == 204
    assert (await content_of(site, tus.path))[1] == CONTENT


async def test_leave_to_send_is_given_only_where_the_bytes_belong(site: Site) -> None:
    tus = await begun(site)
    waits = ("Content-Length: 10", "Expect: 100-continue")
    async with connected(site) as (reader, writer):
        writer.write(tus_patch(site, tus.path, 4, *waits))
        assert b"409 Conflict" in await reader.readuntil(b"\r\n\r\n")
    async with connected(site) as (reader, writer):
        writer.write(tus_patch(site, tus.path, 0, *waits))
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(CONTENT)
        assert b"204 No Content" in await reader.readuntil(b"\r\n\r\n")


async def test_a_header_that_comes_twice_is_refused(site: Site) -> None:
    tus = await begun(site)
    for header in ("Upload-Offset: 0", "Tus-Resumable: 1.0.0"):
        async with connected(site) as (reader, writer):
            writer.write(tus_patch(site, tus.path, 0, header, "Content-Length: 0"))
            status = (await reader.readuntil(b"\r\n")).split()[1]
            assert status == (b"412" if header.startswith("Tus") else b"400")


# --- two at once ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("protocol", ["tus", "ietf"])
async def test_the_newer_of_two_writers_wins_and_nothing_is_lost(site: Site, protocol: str) -> None:
    tus = await begun(site)
    newer = tus if protocol == "tus" else IetfClient(site.admin, tus.path)
    async with connected(site) as (reader, writer):
        writer.write(tus_patch(site, tus.path, 0, "Content-Length: 10") + b"0123")
        await has_arrived(tus, 4)
        assert (await newer.append(4, b"45")).status == 204
        stale = await reader.readuntil(b"}")
        assert b"409 Conflict" in stale
        assert b"writer_replaced" in stale
        writer.write(b"XXXXXX")  # still on its way
    assert (await tus.append(6, b"6789")).status == 204
    assert (await content_of(site, tus.path))[1] == CONTENT


async def test_a_look_of_tus_disturbs_nobody(site: Site) -> None:
    tus = await begun(site)
    async with connected(site) as (reader, writer):
        writer.write(tus_patch(site, tus.path, 0, "Content-Length: 10") + b"0123")
        await has_arrived(tus, 4)
        writer.write(b"456789")
        assert b"204 No Content" in await reader.readuntil(b"\r\n\r\n")


async def test_a_look_of_the_ietf_protocol_ends_the_writer_so_that_its_offset_stays_true(site: Site) -> None:
    tus = await begun(site)
    async with connected(site) as (reader, writer):
        writer.write(tus_patch(site, tus.path, 0, "Content-Length: 10") + b"0123")
        await has_arrived(tus, 4)
        offset = await IetfClient(site.admin, tus.path).stands()
        writer.write(b"456789")
        assert b"writer_replaced" in await reader.readuntil(b"}")
    assert offset == await tus.stands() == 4


async def test_an_upload_that_is_ended_stops_its_writer(site: Site) -> None:
    tus = await begun(site)
    async with connected(site) as (reader, writer):
        writer.write(tus_patch(site, tus.path, 0, "Content-Length: 10") + b"0123")
        await has_arrived(tus, 4)
        assert (await tus("DELETE")).status == 204
        assert (await reader.readuntil(b"\r\n")).split()[1] in {b"409", b"410"}
    assert (await job_of(site, tus.path))["status"] == "CANCELLED"


# --- trailers ---------------------------------------------------------------------------------------------------

CHUNKED = ("Transfer-Encoding: chunked", "Trailer: X-Other, upload-checksum")


def sha(name: str, content: bytes = CONTENT) -> str:
    return f"{name} {base64.b64encode(hashlib.new(name, content).digest()).decode()}"


def chunked(content: bytes, *trailers: str) -> bytes:
    """Write the body with its length in hexadecimal, as every client does, and trailers behind the last chunk."""
    lines = "".join(f"{line}\r\n" for line in trailers)
    return f"{len(content):x}\r\n".encode() + content + f"\r\n0\r\n{lines}\r\n".encode()


@pytest.mark.parametrize("name", ["sha1", "sha256", "md5"])
@pytest.mark.parametrize("at_once", [True, False])
async def test_a_checksum_may_come_behind_the_bytes(site: Site, name: str, at_once: bool) -> None:  # noqa: FBT001
    tus = await begun(site)
    request = tus_patch(site, tus.path, 0, *CHUNKED) + chunked(CONTENT, "X-Other: 0", f"Upload-Checksum: {sha(name)}")
    async with connected(site) as (reader, writer):
        for piece in [request] if at_once else [request[at : at + 7] for at in range(0, len(request), 7)]:
            writer.write(piece)
            await writer.drain()
        assert b"204 No Content" in await reader.readuntil(b"\r\n\r\n")
        writer.write(tus_patch(site, tus.path, 10, "Content-Length: 0"))  # the connection is still good
        assert b"204 No Content" in await reader.readuntil(b"\r\n\r\n")
    assert (await content_of(site, tus.path))[1] == CONTENT


@pytest.mark.parametrize(
    ("trailer", "status"),
    [
        (f"Upload-Checksum: {sha('sha1', b'other')}", b"460"),
        ("X-Other: 1", b"460"),  # it was announced
        ("Upload-Checksum: blake3 YQ==", b"400"),
        ("Upload-Checksum: sha1", b"400"),
        (f"X-Long: {'x' * 5000}\r\nUpload-Checksum: {sha('sha1')}", b"460"),
    ],
)
async def test_a_checksum_behind_the_bytes_that_does_not_hold_lets_none_in(
    site: Site, trailer: str, status: bytes
) -> None:
    tus = await begun(site)
    async with connected(site) as (reader, writer):
        writer.write(tus_patch(site, tus.path, 0, *CHUNKED) + chunked(CONTENT, trailer))
        assert (await reader.readuntil(b"\r\n")).split()[1] == status
    assert await tus.stands() == 0


async def test_bytes_that_look_like_trailers_are_bytes(site: Site) -> None:
    tus = TusClient(site.admin)
    looks = f"\r\n0\r\nUpload-Checksum: {sha('sha1')}\r\n\r\n".encode()
    await tus.create(Upload_Length=str(len(looks)))
    async with connected(site) as (reader, writer):
        writer.write(tus_patch(site, tus.path, 0, *CHUNKED) + chunked(looks, f"Upload-Checksum: {sha('sha1', looks)}"))
        assert b"204 No Content" in await reader.readuntil(b"\r\n\r\n")
    assert (await content_of(site, tus.path))[1] == looks


async def test_a_proxy_of_old_gets_a_path(site: Site) -> None:
    async with connected(site) as (reader, writer):
        own = ("Tus-Resumable: 1.0.0", "Upload-Length: 10")
        writer.write(head(site, "POST", FILES, *own).replace(b"HTTP/1.1", b"HTTP/1.0", 1))
        assert f"\r\nLocation: {FILES}/".encode() in await reader.readuntil(b"\r\n\r\n")


async def only_upload(site: Site) -> str:
    records = site.program.ports.records
    assert isinstance(records, MemoryRecords)
    async with records._store.transaction() as tables:
        [upload_id] = tables.uploads
    return str(upload_id)


async def test_many_at_one_upload_leave_one_truth(site: Site) -> None:
    tus = await begun(site)
    answers = await asyncio.gather(*[tus.append(0, CONTENT) for _ in range(8)])
    assert {answer.status for answer in answers} <= {204, 409, 423}
    assert (await content_of(site, tus.path))[1] == CONTENT
