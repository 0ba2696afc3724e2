"""Uppy, unmodified, in a real Chromium on a page of another site, over the disk and over Ceph."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Request, Response, Route
from tests.integration.cutting_proxy import cutting_proxy
from tests.integration.server import Server, ended
from tests.integration.uppy_page import UppyPage, uppy_browser, uppy_page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120), pytest.mark.asyncio(loop_scope="module")]

MIB = 1 << 20
IN_PARTS = 17 * MIB
"""Two parts of the grid, of which the last is small."""
FIRST_PART, LAST_PART = (re.compile(f"[?&](part|partNumber)={number}(&|$)") for number in (1, 2))
NUMBER = re.compile("[?&](?:part|partNumber)=([0-9]+)")
DONE = {"successful": 1, "failed": []}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with uppy_browser() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def uppy(browser: Browser, uppy_site: str) -> AsyncIterator[UppyPage]:
    async with uppy_page(browser, uppy_site) as page:
        yield page


def made(folder: Path, size: int) -> Path:
    path = folder / f"long täke {uuid4().hex}.bin"
    path.write_bytes(uuid4().bytes + bytes(size - 16))
    return path


async def job_of(server: Server, file: Path) -> dict[str, Any]:
    async with server.client() as client:
        jobs = (await client.get("/jobs", params={"limit": 20})).json()["items"]
    (job,) = [job for job in jobs if job["original_filename"] == file.name]
    return dict(job)


async def arrived(server: Server, file: Path) -> None:
    """Assert that the file's only job ends well, with exactly its bytes."""
    async with server.client() as client:
        job = await ended(client, (await job_of(server, file))["id"])
        assert job["status"] == "COMPLETE", job
        content = (await client.get(f"/assets/{job['asset_id']}/versions/1/content")).content
    assert content == file.read_bytes()  # noqa: ASYNC240  a small file of ours


@pytest.mark.parametrize(
    ("road", "size"),
    [
        ("throughServer", IN_PARTS),
        ("straightToStorage", MIB),
        ("straightToStorage", IN_PARTS),
    ],
)
async def test_a_file_arrives(uppy: UppyPage, client_server: Server, tmp_path: Path, road: str, size: int) -> None:
    file = made(tmp_path, size)
    await uppy.begin(road, client_server.url, client_server.key, file)
    assert await uppy.end() == DONE
    await arrived(client_server, file)


async def test_through_the_server_a_pause_and_a_cut_line_cost_nothing(
    uppy: UppyPage, client_server: Server, tmp_path: Path
) -> None:
    file = made(tmp_path, IN_PARTS)
    async with cutting_proxy(int(client_server.url.rpartition(":")[2])) as proxy:
        proxy.pace = 16 * MIB
        await uppy.begin("throughServer", proxy.url, client_server.key, file)
        await proxy.passed(4 * MIB)
        await uppy.page.evaluate("window.uppy.pauseAll()")
        await uppy.page.evaluate("window.uppy.resumeAll()")
        await proxy.passed(12 * MIB)
        proxy.cut()
        assert await uppy.end() == DONE
        assert proxy.repeated == 0
    await arrived(client_server, file)


async def test_a_part_that_fails_is_sent_again(uppy: UppyPage, client_server: Server, tmp_path: Path) -> None:
    file, tries = made(tmp_path, IN_PARTS), []

    async def failing(route: Route, request: Request) -> None:
        if request.method == "PUT":
            tries.append(request.url)
        await (route.abort("connectionreset") if len(tries) in {1, 2} else route.continue_())

    await uppy.page.route(LAST_PART, failing)
    await uppy.begin("straightToStorage", client_server.url, client_server.key, file)
    assert await uppy.end() == DONE
    assert len(tries) == 3
    await arrived(client_server, file)


async def test_after_a_pause_what_is_stored_is_not_sent_again(
    uppy: UppyPage, client_server: Server, tmp_path: Path
) -> None:
    file, resumed, stored = made(tmp_path, IN_PARTS), asyncio.Event(), []

    async def pausing(route: Route, request: Request) -> None:
        if request.method != "PUT" or resumed.is_set():  # until then it is on its way, and the pause ends it
            await route.continue_()

    def is_stored(answer: Response) -> bool:
        return answer.request.method == "PUT" and answer.ok

    uppy.page.on("response", lambda answer: stored.extend(NUMBER.findall(answer.url)) if is_stored(answer) else None)
    await uppy.page.route(FIRST_PART, pausing)
    async with uppy.page.expect_response(is_stored):
        await uppy.begin("straightToStorage", client_server.url, client_server.key, file)
    await uppy.page.evaluate("window.uppy.pauseAll()")
    assert stored == ["2"]
    resumed.set()
    await uppy.page.evaluate("window.uppy.resumeAll()")
    assert await uppy.end() == DONE
    assert stored == ["2", "1"]
    await arrived(client_server, file)


async def test_what_is_cancelled_is_freed(uppy: UppyPage, client_server: Server, tmp_path: Path) -> None:
    file = made(tmp_path, IN_PARTS)
    await uppy.page.route(LAST_PART, lambda route: route.abort())
    await uppy.begin("straightToStorage", client_server.url, client_server.key, file)
    await uppy.progressed(30)
    async with uppy.page.expect_response(lambda answer: answer.request.method == "DELETE") as deleted:
        await uppy.page.evaluate("window.uppy.cancelAll()")
    assert (await deleted.value).status == 204
    assert (await job_of(client_server, file))["status"] == "CANCELLED"
