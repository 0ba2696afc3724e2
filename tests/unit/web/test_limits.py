"""Limits that an operator has set, over HTTP: each refusal says which one it was, and what to do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.harness import TUNING
from tests.unit.web.conftest import Site
from tests.unit.web.door import API, Answer
from tests.unit.web.resuming import LONG, IetfClient, TusClient

from asset_ingest.adapters.clock.system import SystemClock
from asset_ingest.adapters.object_store.disk import DiskObjects
from asset_ingest.adapters.object_store.disk_direct import DiskDirectUploads
from asset_ingest.bootstrap import Ports, Tuning, memory_ports
from asset_ingest.core.services.admission import Quota, Quotas
from asset_ingest.core.services.intake import IntakeLimits

EVERY_WAIT_IS_TOO_LONG = IntakeLimits(slowest=1 << 60, window=timedelta(0))


def having(stored: int | None = None, uploads: int | None = None) -> Tuning:
    quotas = Quotas(Quota(stored, uploads))
    limits = {"uploads": replace(TUNING.uploads, quotas=quotas), "transfers": replace(TUNING.transfers, quotas=quotas)}
    return replace(TUNING, **limits)


def on_disk(folder: Path) -> Ports:
    direct = DiskDirectUploads(folder, bytes(range(32)), f"{API}/direct", SystemClock())
    disk = {"store": DiskObjects(folder), "resumable": direct, "direct": direct, "door": direct}
    return replace(memory_ports(), **disk)


def numbers(answer: Answer) -> tuple[int | None, ...]:
    return tuple(answer.json.get(name) for name in ("limit", "used", "wanted"))


async def announced(site: Site, size: int = 10, **said: Any) -> Answer:
    return await site.admin.post("/uploads", json={"filename": "a.bin", "size": size, **said})


# --- quotas -----------------------------------------------------------------------------------------------------


async def test_beyond_the_quota_every_road_says_limit_used_and_wanted(open_site: Callable) -> None:
    site = await open_site(tuning=having(stored=100))
    assert (await announced(site, 60)).json["limits"]["quota_left"] == 40
    tus, ietf = TusClient(site.admin), IetfClient(site.admin)
    for answer in (
        await site.admin.upload("a.bin", bytes(41)),
        await announced(site, 41),
        await tus.create(Upload_Length="41"),
        await ietf.create(bytes(41), complete="?1"),
    ):
        answer.refused(413, "quota_exceeded")
        assert numbers(answer) == (100, 60, 41)
        assert "Retry-After" not in answer.headers
    assert (await site.admin.upload("a.bin", bytes(40))).status == 202


async def test_a_form_is_refused_where_the_room_ends(open_site: Callable) -> None:
    site = await open_site(tuning=having(stored=100))
    sent = b"".join(
        b'--x\r\nContent-Disposition: form-data; name=f; filename="%d.bin"\r\n\r\n%s\r\n' % (n, bytes([n]) * 60)
        for n in (1, 2)
    )
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = await site.admin.post("/assets", data=sent + b"--x--\r\n", headers=headers)
    assert len(answer.json["jobs"]) == 1
    [refused] = answer.json["errors"]
    assert (refused["filename"], refused["error"]["code"]) == ("2.bin", "quota_exceeded")
    assert refused["error"]["limit"] == 100


async def test_too_many_open_uploads_are_told_when_to_ask_again(open_site: Callable) -> None:
    site = await open_site(tuning=having(uploads=1))
    upload = (await announced(site)).json["upload_id"]
    for answer in (
        await site.admin.upload("a.bin", LONG),
        await announced(site),
        await TusClient(site.admin).create(Upload_Length="5"),
        await IetfClient(site.admin).create(LONG, complete="?1"),
    ):
        answer.refused(429, "too_many_uploads")
        assert numbers(answer) == (1, 1, None)
        assert int(answer.headers["Retry-After"]) > 0
    assert (await site.admin.upload("small.bin", b"x")).status == 202  # it is never open
    await site.admin("DELETE", f"{API}/uploads/{upload}")
    assert (await site.admin.upload("a.bin", LONG)).status == 202


async def test_too_large_a_file_names_its_limit_too(site: Site) -> None:
    answer = await announced(site, 1 << 60)
    answer.refused(413, "too_large")
    assert numbers(answer) == (1 << 40, None, None)


# --- bodies at once ---------------------------------------------------------------------------------------------


async def test_beyond_so_many_bodies_at_once_others_are_asked_to_wait(open_site: Callable, tmp_path: Path) -> None:
    tuning = replace(TUNING, intake=IntakeLimits(bodies=1))
    site = await open_site(tuning=tuning, ports=on_disk(tmp_path))
    tus = TusClient(site.admin)
    await tus.create(Upload_Length="5")
    signed = (await announced(site, 5, method="single")).json["url"]
    async with sending(site) as go_on:
        for answer in (
            await site.admin.upload("b.bin", b"hello"),
            await tus.append(0, b"hello"),
            await TusClient(site.admin).create(b"hello", Upload_Length="5"),
            await IetfClient(site.admin).create(b"hello", complete="?1"),
            await site.anybody("PUT", signed, data=b"hello"),
        ):
            answer.refused(503, "too_many_bodies")
            assert numbers(answer) == (1, 1, None)
            assert int(answer.headers["Retry-After"]) > 0
        assert await tus.stands() == 0  # what has no body needs no place
        assert (await go_on()).status == 202
    assert (await tus.append(0, b"hello")).status == 204


@asynccontextmanager
async def sending(site: Site) -> AsyncIterator[Callable]:
    """Send half a file, and the rest when told to."""
    rest = asyncio.Event()

    async def halves() -> AsyncIterator[bytes]:
        yield b"half of it"
        await rest.wait()
        yield b"the other half"

    upload = asyncio.create_task(site.admin.upload("a.bin", halves()))
    while "UPLOADING" not in [job["status"] for job in (await site.admin.get("/jobs")).json["items"]]:
        assert not upload.done()

    async def go_on() -> Answer:
        rest.set()
        return await upload

    yield go_on


# --- slow bodies ------------------------------------------------------------------------------------------------


@pytest.fixture
async def hurried(open_site: Callable, tmp_path: Path) -> Site:
    """A site at which nobody is fast enough who makes it wait."""
    return await open_site(tuning=replace(TUNING, intake=EVERY_WAIT_IS_TOO_LONG), ports=on_disk(tmp_path))


async def trickled(site: Site, method: str, target: str, *headers: str) -> bytes:
    """Send a body byte by byte, each once the server has answered something else; return the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", site.client.port)
    lines = [f"{method} {target} HTTP/1.1", "Host: here", "Content-Length: 5000", *headers]
    writer.write("\r\n".join([*lines, "", ""]).encode())
    answer = asyncio.create_task(reader.readuntil(b"}"))
    try:
        while not answer.done():
            await site.admin.get("/auth/me")
            writer.write(b"x")
        return await answer
    finally:
        writer.close()


async def test_a_plain_body_that_trickles_is_ended_and_its_job_says_why(hurried: Site) -> None:
    key = f"Authorization: Bearer {hurried.admin_key}"
    answer = await trickled(hurried, "POST", f"{API}/assets?filename=a.bin", key)
    assert b"408 Request Timeout" in answer
    assert b'"code": "too_slow"' in answer
    assert f'"limit": {1 << 60}'.encode() in answer
    assert b"Connection: close" in answer
    [job] = (await hurried.admin.get("/jobs")).json["items"]
    assert (job["status"], job["code"]) == ("ERROR", "too_slow")


@pytest.mark.parametrize(
    "said",
    [
        ("Tus-Resumable: 1.0.0", "Content-Type: application/offset+octet-stream"),
        ("Upload-Complete: ?0", "Content-Type: application/partial-upload"),
    ],
    ids=["tus", "ietf"],
)
async def test_of_a_resumable_body_that_trickles_what_came_is_kept(hurried: Site, said: tuple[str, str]) -> None:
    tus = TusClient(hurried.admin)
    await tus.create(Upload_Length="5000")
    key = f"Authorization: Bearer {hurried.admin_key}"
    answer = await trickled(hurried, "PATCH", tus.path, key, "Upload-Offset: 0", *said)
    assert b"503 Service Unavailable" in answer  # after which clients go on from the offset
    assert b'"code": "too_slow"' in answer
    held = await tus.stands()
    assert held > 0
    assert (await tus.append(held, bytes(5000 - held))).status == 204


async def test_whose_last_byte_has_come_is_never_too_slow(hurried: Site) -> None:
    assert (await hurried.admin.upload("a.bin", b"hello")).status == 202


async def test_a_signed_body_that_trickles_is_ended_and_can_be_sent_again(hurried: Site) -> None:
    plan = (await announced(hurried, 5000, method="single")).json
    assert b"408 Request Timeout" in await trickled(hurried, "PUT", plan["url"])
    upload = (await hurried.admin.get(f"/uploads/{plan['upload_id']}")).json
    assert upload["status"] == "PENDING"
