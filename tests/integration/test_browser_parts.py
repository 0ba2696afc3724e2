"""Large files from a real Chromium in parts, by signed requests to where bytes live: here to the server's disk."""

from __future__ import annotations

import json
import os
import random
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import anyio
import pytest
from anyio import to_thread
from playwright.async_api import BrowserContext, Page, Route, async_playwright, expect
from tests.integration.cutting_proxy import CuttingProxy, cutting_proxy
from tests.integration.server import Server, serving
from tests.integration.test_browser import PATIENCE
from tests.integration.test_browser_resume import arrived, drop, kill, opened, remembered, window

from asset_ingest.testing.direct_uploads import md5_of

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

MIB = 1 << 20
PART = 16 * MIB
COUNT = 4
SIZE = COUNT * PART - 8 * MIB
PACE = 6 * MIB
ELSE = 2 * MIB
"""What the page says besides, at most."""

PART_2 = re.compile(r"[?&](part|partNumber)=2(&|$)")


@dataclass
class Place:
    """A server behind a line that can be cut, and where its bytes live behind another one, which may be the same."""

    server: Server
    page: CuttingProxy
    store: CuttingProxy

    @property
    def link(self) -> str:
        return self.server.link.replace(self.server.url, self.page.url)

    async def stored(self, count: int) -> None:
        """Wait until the server knows of so many parts."""
        with anyio.fail_after(60):
            while len(await self.parts("UPLOADED")) < count:  # noqa: ASYNC110  a poll, as clients do
                await anyio.sleep(0.1)

    async def parts(self, status: str) -> list[int]:
        async with self.server.client() as client:
            jobs = (await client.get("/jobs")).json()["items"]
            if not jobs:
                return []
            parts = (await client.get(f"/uploads/{jobs[0]['upload_id']}/parts")).json()["items"]
        return [part["number"] for part in parts if part["status"] == status]


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with serving(tmp_path / "data") as server, cutting_proxy(port_of(server.url)) as proxy:
        proxy.pace = PACE
        yield Place(server, proxy, proxy)


def port_of(url: str) -> int:
    port = urlsplit(url).port
    assert port
    return port


@pytest.fixture
def video(tmp_path: Path) -> Path:
    path = tmp_path / "long take.bin"
    path.write_bytes(random.Random(7).randbytes(SIZE))  # noqa: S311  no secret
    return path


@pytest.fixture
async def page(place: Place, tmp_path: Path) -> AsyncIterator[Page]:
    wrong: list[str] = []
    async with async_playwright() as play, window(play, tmp_path / "profile") as context:
        await in_parts(context)
        page = await opened(context, place.link)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("dialog", lambda dialog: dialog.accept())  # "leave this page?"
        yield page
    assert wrong == []


async def in_parts(context: BrowserContext) -> None:
    """Wish for parts, as any client may; a bucket is sent parts without a wish."""

    async def wish(route: Route) -> None:
        said = route.request.post_data_json
        await route.continue_(post_data=json.dumps({**said, "method": "multipart"}))

    await context.route("**/api/v1/uploads", wish)


async def test_pause_and_resume_send_no_part_that_is_there(place: Place, page: Page, video: Path) -> None:
    row = await drop(page, video)
    await place.stored(1)
    await row.get_by_role("button", name="Pause").click()
    await expect(row).to_have_attribute("data-status", "paused")
    there = len(await place.parts("UPLOADED"))
    place.store.cut()  # what the page had handed over before is still on its way
    sent = place.store.sent
    await row.get_by_role("button", name="Resume").click()
    await arrived(place.server, page, video)
    assert place.store.sent - sent <= SIZE - there * PART + PART // 2 + ELSE


async def test_a_part_that_fails_is_retried_alone(place: Place, page: Page, video: Path) -> None:
    await page.context.route(PART_2, lambda route: route.abort())
    row = await drop(page, video)
    await row.get_by_role("link", name=video.name).click()
    grid = page.get_by_test_id("parts")
    retry = page.get_by_test_id("part-retry")
    await expect(retry).to_have_text("Retry part 2")
    await expect(grid.locator('[data-state="failed"]')).to_have_count(1)
    await expect(grid.locator('[data-state="stored"]')).to_have_count(COUNT - 1)
    await page.context.unroute(PART_2)
    sent = place.store.sent
    await retry.click()
    await expect(page.get_by_test_id("job-drawer").get_by_test_id("job-status")).to_contain_text("Ready")
    await page.keyboard.press("Escape")
    await arrived(place.server, page, video)
    assert place.store.sent - sent <= PART + ELSE


async def test_each_part_is_sent_under_its_digest(place: Place, page: Page, video: Path) -> None:
    said: list[str | None] = []
    page.on("request", lambda asked: said.append(asked.headers.get("content-md5")) if asked.method == "PUT" else None)
    await drop(page, video)
    await arrived(place.server, page, video)
    content = await anyio.Path(video).read_bytes()
    assert sorted(map(str, said)) == sorted(md5_of(content[at : at + PART]) for at in range(0, SIZE, PART))
    assert page.workers, "they were counted in the page itself"


async def test_a_line_that_is_cut_costs_parts_and_no_file(place: Place, page: Page, video: Path) -> None:
    await drop(page, video)
    await place.store.passed(SIZE // 3)
    place.store.cut()
    await place.store.passed(SIZE)
    place.store.cut()
    await arrived(place.server, page, video)


async def test_after_a_reload_the_missing_parts_are_sent(place: Place, page: Page, video: Path) -> None:
    await drop(page, video)
    await place.stored(1)
    await page.reload()
    place.store.cut()
    hint = page.get_by_test_id("interrupted")
    await expect(hint).to_contain_text(video.name)
    there, sent = len(await place.parts("UPLOADED")), place.store.sent
    await drop(page, video)
    await expect(hint).to_have_count(0)
    await arrived(place.server, page, video)
    assert place.store.sent - sent <= SIZE - there * PART + PART // 2 + ELSE


async def test_a_file_that_was_changed_meanwhile_begins_anew_and_says_so(place: Place, page: Page, video: Path) -> None:
    await drop(page, video)
    await place.stored(1)
    await page.reload()
    place.store.cut()
    await expect(page.get_by_test_id("interrupted")).to_contain_text(video.name)
    await to_thread.run_sync(_change, video)
    row = await drop(page, video)
    await expect(row.get_by_test_id("upload-note")).to_contain_text("begins anew")
    complete = page.locator('[data-testid="job-row"][data-status="COMPLETE"]')
    await expect(complete).to_have_count(1, timeout=2 * PATIENCE)
    async with place.server.client() as client:
        jobs = (await client.get("/jobs")).json()["items"]
        (job,) = [job for job in jobs if job["status"] == "COMPLETE"]
        content = await client.get(f"/assets/{job['asset_id']}/versions/1/content")
    assert content.content == await anyio.Path(video).read_bytes()


def _change(video: Path) -> None:
    """Change what lies between both ends, and leave name, size and time."""
    kept = video.stat()
    with video.open("r+b") as file:
        file.seek(MIB)
        file.write(bytes(SIZE - 2 * MIB))
    os.utime(video, ns=(kept.st_atime_ns, kept.st_mtime_ns))


async def test_after_a_browser_was_killed_the_missing_parts_are_sent(place: Place, tmp_path: Path, video: Path) -> None:
    profile = tmp_path / "profile"
    async with async_playwright() as play:
        async with window(play, profile) as context:
            await in_parts(context)
            page = await opened(context, place.link)
            place.store.pace = MIB
            await drop(page, video)
            await remembered(profile)
            await place.stored(1)
            cookies = await context.cookies()  # Chromium writes them down every half minute only
            kill(profile)
        place.store.pace = PACE
        async with window(play, profile) as context:
            await context.add_cookies(
                [{**cookie, "url": place.page.url, "domain": None, "path": None} for cookie in cookies]
            )
            page = await opened(context, place.page.url)
            await expect(page.get_by_test_id("interrupted")).to_contain_text(video.name)
            there, sent = len(await place.parts("UPLOADED")), place.store.sent
            await drop(page, video)
            await arrived(place.server, page, video)
    assert place.store.sent - sent <= SIZE - there * PART + PART // 2 + ELSE
