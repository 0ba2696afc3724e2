"""Large files from a real Chromium over a line that breaks: nothing is lost, and what has arrived is not sent again."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import anyio
import pytest
from anyio import to_thread
from playwright.async_api import BrowserContext, Error, Locator, Page, Playwright, async_playwright, expect
from tests.integration.cutting_proxy import CuttingProxy, cutting_proxy
from tests.integration.server import Server, serving
from tests.integration.test_browser import ARGUMENTS, PATIENCE

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

MIB = 1 << 20
SIZE = 40 * MIB
PACE = 8 * MIB
ELSE = MIB
"""What the page says besides, at most."""


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with serving(tmp_path / "data") as running:
        yield running


@pytest.fixture
async def proxy(server: Server) -> AsyncIterator[CuttingProxy]:
    async with cutting_proxy(int(server.url.rpartition(":")[2])) as proxy:
        proxy.pace = PACE
        yield proxy


@pytest.fixture
def video(tmp_path: Path) -> Path:
    path = tmp_path / "long take.bin"
    path.write_bytes(random.Random(7).randbytes(SIZE))  # noqa: S311  no secret
    return path


@asynccontextmanager
async def window(play: Playwright, profile: Path) -> AsyncIterator[BrowserContext]:
    """A browser that remembers, as a person's does."""
    context = await play.chromium.launch_persistent_context(
        profile, executable_path=os.environ["CHROMIUM"], args=ARGUMENTS, viewport={"width": 1280, "height": 900}
    )
    try:
        yield context
    finally:
        with suppress(Error):  # one that was killed is closed
            await context.close()


@pytest.fixture
async def page(server: Server, proxy: CuttingProxy, tmp_path: Path) -> AsyncIterator[Page]:
    wrong: list[str] = []
    async with async_playwright() as play, window(play, tmp_path / "profile") as context:
        page = await opened(context, server.link.replace(server.url, proxy.url))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("dialog", lambda dialog: dialog.accept())  # "leave this page?"
        yield page
    assert wrong == []


async def opened(context: BrowserContext, link: str) -> Page:
    page = await context.new_page()
    await page.goto(link)
    await expect(page.get_by_test_id("drop-zone")).to_be_visible()
    return page


async def drop(page: Page, file: Path) -> Locator:
    """Give the file to the page, and return the row that shows it on its way."""
    await page.get_by_test_id("file-input").set_input_files(file)
    return page.get_by_test_id("upload-row")


async def arrived(server: Server, page: Page, file: Path) -> None:
    """Wait until the only job is complete, and compare every byte."""
    complete = page.locator('[data-testid="job-row"][data-status="COMPLETE"]')
    await expect(complete).to_have_count(1, timeout=2 * PATIENCE)
    await expect(page.get_by_test_id("job-row")).to_have_count(1)
    await expect(page.get_by_test_id("upload-row")).to_have_count(0)
    async with server.client() as client:
        (job,) = (await client.get("/jobs")).json()["items"]
        content = await client.get(f"/assets/{job['asset_id']}/versions/1/content")
    assert content.content == await anyio.Path(file).read_bytes()


async def test_pause_keeps_what_arrived_and_resume_sends_the_rest(
    server: Server, proxy: CuttingProxy, page: Page, video: Path
) -> None:
    row = await drop(page, video)
    await proxy.passed(SIZE // 3)
    await row.get_by_role("button", name="Pause").click()
    await expect(row).to_have_attribute("data-status", "paused")
    async with server.client() as client:
        (job,) = (await client.get("/jobs")).json()["items"]
    assert job["status"] == "UPLOADING"
    await expect(page.get_by_test_id("job-row")).to_have_count(0)  # the row that is there shows the same file
    await row.get_by_role("button", name="Resume").click()
    await proxy.passed(SIZE // 2)
    await page.get_by_role("button", name="Pause all").click()
    await expect(row).to_have_attribute("data-status", "paused")
    await page.get_by_role("button", name="Resume all").click()
    await arrived(server, page, video)
    assert proxy.repeated == 0


async def test_a_line_that_is_cut_again_and_again_is_taken_up_where_it_was(
    server: Server, proxy: CuttingProxy, page: Page, video: Path
) -> None:
    await drop(page, video)
    for share in (1, 2, 3):
        await proxy.passed(share * SIZE // 4)
        proxy.cut()
    await arrived(server, page, video)
    assert proxy.cuts == 3
    assert proxy.repeated == 0


async def test_an_outage_is_waited_for(server: Server, proxy: CuttingProxy, page: Page, video: Path) -> None:
    await drop(page, video)
    await proxy.passed(SIZE // 2)
    proxy.close()
    await expect(page.get_by_test_id("sending")).to_contain_text("Waiting for the server")
    proxy.open()
    await arrived(server, page, video)
    assert proxy.repeated == 0


async def test_a_byte_that_changes_on_the_way_is_noticed_and_its_slice_sent_again(
    server: Server, proxy: CuttingProxy, page: Page, video: Path
) -> None:
    await drop(page, video)
    for share in (1, 2):
        await proxy.passed(share * SIZE // 4)
        proxy.spoils += 1
    await arrived(server, page, video)
    assert proxy.spoils == 0
    assert proxy.repeated == 0


async def test_a_small_file_that_changes_on_the_way_is_sent_again_whole(
    server: Server, proxy: CuttingProxy, page: Page, tmp_path: Path
) -> None:
    small = tmp_path / "small.bin"
    small.write_bytes(random.Random(8).randbytes(2 * MIB))  # noqa: S311  no secret
    proxy.spoils = 1
    await page.get_by_test_id("file-input").set_input_files(small)
    await expect(page.locator('[data-testid="job-row"][data-status="COMPLETE"]')).to_have_count(1)
    async with server.client() as client:
        told = (await client.get("/jobs")).json()["items"]
        jobs = {job["code"]: job for job in told}
        content = await client.get(f"/assets/{jobs[None]['asset_id']}/versions/1/content")
    assert jobs.keys() == {None, "content_mismatch"}
    assert content.content == small.read_bytes()


async def test_after_a_reload_the_same_file_goes_on_and_no_other_does(
    server: Server, proxy: CuttingProxy, page: Page, video: Path
) -> None:
    await drop(page, video)
    await proxy.passed(SIZE // 2)
    await page.reload()
    hint = page.get_by_test_id("interrupted")
    await expect(hint).to_contain_text("1 upload was interrupted: drop the file again to continue")
    await expect(hint).to_contain_text(video.name)
    proxy.cut()  # what the page had handed over before its end is still on the way
    sent, acknowledged = proxy.sent, proxy.acknowledged
    assert acknowledged > 0
    await drop(page, video)
    await expect(hint).to_have_count(0)
    await arrived(server, page, video)
    assert proxy.sent - sent < SIZE - acknowledged + ELSE
    assert proxy.repeated == 0


async def test_after_a_browser_was_killed_the_file_goes_on(
    server: Server, proxy: CuttingProxy, tmp_path: Path, video: Path
) -> None:
    profile = tmp_path / "profile"
    proxy.pace = 4 * MIB
    async with async_playwright() as play:
        async with window(play, profile) as context:
            page = await opened(context, server.link.replace(server.url, proxy.url))
            await drop(page, video)
            await remembered(profile)
            cookies = await context.cookies()  # Chromium writes them down every half minute only
            kill(profile)
        proxy.pace = PACE
        async with window(play, profile) as context:
            await context.add_cookies(
                [{**cookie, "url": proxy.url, "domain": None, "path": None} for cookie in cookies]
            )
            page = await opened(context, proxy.url)
            await expect(page.get_by_test_id("interrupted")).to_contain_text(video.name)
            assert proxy.acknowledged > 0
            await drop(page, video)
            await arrived(server, page, video)
    assert proxy.repeated == 0


async def remembered(profile: Path) -> None:
    """Wait until the browser has written down that the upload is under way, which it does every few seconds."""
    with anyio.fail_after(30):
        while not await to_thread.run_sync(_is_remembered, profile):  # noqa: ASYNC110  nothing tells of it
            await anyio.sleep(0.1)


def _is_remembered(profile: Path) -> bool:
    return any(b"/api/v1/files/" in log.read_bytes() for log in profile.rglob("Local Storage/leveldb/*.log"))


def kill(profile: Path) -> None:
    """Kill the browser of this profile, its main process and so all others."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:  # it has ended meanwhile
            continue
        if f"--user-data-dir={profile}" in command and not any(part.startswith("--type=") for part in command):
            os.kill(int(process.name), signal.SIGKILL)


async def test_interrupted_uploads_can_be_forgotten(
    server: Server, proxy: CuttingProxy, page: Page, video: Path
) -> None:
    await drop(page, video)
    await proxy.passed(SIZE // 4)
    await page.reload()
    await page.get_by_role("button", name="Forget it").click()
    await expect(page.get_by_test_id("interrupted")).to_have_count(0)
    await expect(page.get_by_test_id("job-row")).to_have_attribute("data-status", "CANCELLED")
    await page.reload()
    await expect(page.get_by_test_id("job-row")).to_be_visible()
    await expect(page.get_by_test_id("interrupted")).to_have_count(0)


async def test_cancelling_frees_the_server_of_it(server: Server, proxy: CuttingProxy, page: Page, video: Path) -> None:
    row = await drop(page, video)
    await proxy.passed(SIZE // 4)
    await row.get_by_role("button", name="Cancel").click()
    await expect(row).to_have_count(0)
    await expect(page.get_by_test_id("job-row")).to_have_attribute("data-status", "CANCELLED")
    await page.reload()
    await expect(page.get_by_test_id("job-row")).to_be_visible()
    await expect(page.get_by_test_id("interrupted")).to_have_count(0)


async def test_what_the_server_would_refuse_is_not_sent(
    server: Server, proxy: CuttingProxy, page: Page, tmp_path: Path
) -> None:
    empty = tmp_path / "empty.bin"
    empty.touch()
    row = await drop(page, empty)
    await expect(row).to_contain_text("The file is empty. Check the file on your disk: it has no content.")
    async with server.client() as client:
        assert (await client.get("/jobs")).json()["items"] == []
