"""A folder that is dropped again, in a real Chromium: what has arrived in its group is not sent a second time."""

from __future__ import annotations

import os
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Page, Route, async_playwright, expect
from tests.integration.cutting_proxy import CuttingProxy, cutting_proxy
from tests.integration.server import Server, serving
from tests.integration.test_browser import PATIENCE, page_of
from tests.integration.test_browser_resume import ELSE, kill, opened, window

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

KIB = 1 << 10
MIB = 1 << 20
LARGE = 24 * MIB
SMALL = 12
PACE = 4 * MIB
NOT_HELD = {"PENDING", "UPLOADING"}


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
def folder(tmp_path: Path) -> Path:
    """Small files, two of which are equal but for their place, and a large one in their midst."""
    folder = tmp_path / "Spring crates"
    (folder / "inner").mkdir(parents=True)
    chance = random.Random(11)  # noqa: S311  no secret
    for number in range(SMALL):
        (folder / f"{'a' if number < SMALL // 2 else 'z'}{number:02}.bin").write_bytes(chance.randbytes(512 * KIB))
    (folder / "middle.bin").write_bytes(chance.randbytes(LARGE))
    for place in (folder / "licence.txt", folder / "inner" / "licence.txt"):
        place.write_text("as it comes")
        os.utime(place, (1_700_000_000, 1_700_000_000))
    return folder


def files_of(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def drop(page: Page, folder: Path) -> None:
    await page.get_by_test_id("folder-input").set_input_files(folder)


async def only_group(client: httpx.AsyncClient) -> dict[str, Any]:
    group: dict[str, Any]
    (group,) = (await client.get("/groups")).json()["items"]
    return group


async def jobs_of(client: httpx.AsyncClient, group: dict[str, Any]) -> list[dict[str, Any]]:
    jobs: list[dict[str, Any]] = (await client.get(f"/groups/{group['id']}/jobs?limit=100")).json()["items"]
    return jobs


async def held(client: httpx.AsyncClient) -> int:
    """How many bytes of the only group the server has."""
    count = 0
    for job in await jobs_of(client, await only_group(client)):
        if job["status"] not in NOT_HELD:
            count += job["size"]
            continue
        answer = await client.head(f"/files/{job['upload_id']}", headers={"Tus-Resumable": "1.0.0"})
        count += int(answer.headers["Upload-Offset"])
    return count


async def arrived(server: Server, page: Page, folder: Path) -> None:
    """Wait on the page of the only group until it has each file once, complete, and compare every byte."""
    files = files_of(folder)
    await page.get_by_role("navigation").get_by_role("link", name="Groups").click()
    await page.get_by_test_id("group").get_by_role("link").click()
    figures = page.get_by_test_id("group-head")
    await expect(figures).to_contain_text(f"{len(files)} of {len(files)} files ready", timeout=2 * PATIENCE)
    await expect(page.get_by_role("button", name="Cancel all")).to_have_count(0)
    async with server.client() as client:
        group = await only_group(client)
        jobs = await jobs_of(client, group)
        contents = [await client.get(f"/assets/{job['asset_id']}/versions/1/content") for job in jobs]
    assert sorted(answer.content for answer in contents) == sorted(path.read_bytes() for path in files)


async def only_the_first(route: Route) -> None:
    """Let no file be announced that comes behind the large one: it waits until the end."""
    if '"filename":"z' not in (route.request.post_data or ""):
        await route.continue_()


async def test_after_a_browser_was_killed_the_folder_goes_on_and_no_file_is_there_twice(
    server: Server, proxy: CuttingProxy, tmp_path: Path, folder: Path
) -> None:
    profile = tmp_path / "profile"
    total = sum(path.stat().st_size for path in files_of(folder))
    async with async_playwright() as play, server.client() as client:
        async with window(play, profile) as context:
            page = await opened(context, server.link.replace(server.url, proxy.url))
            cookies = await context.cookies()  # Chromium writes them down every half minute only
            await page.route("**/api/v1/uploads", only_the_first)
            await drop(page, folder)
            await proxy.passed(total // 2)
            kill(profile)
        proxy.cut()  # what the page had handed over before its end is still on the way
        before = await held(client)
        assert 0 < before < total
        proxy.pace, proxy.sent = 4 * PACE, 0
        async with window(play, profile) as context:
            await context.add_cookies(
                [{**cookie, "url": proxy.url, "domain": None, "path": None} for cookie in cookies]
            )
            page = await opened(context, proxy.url)
            await drop(page, folder)
            await expect(page.get_by_test_id("sent-before")).to_contain_text("here already, not sent again")
            await arrived(server, page, folder)
    assert proxy.sent < total - before + ELSE


async def test_a_group_that_looks_complete_is_gone_on_with_if_files_of_it_were_left(
    server: Server, folder: Path
) -> None:
    (folder / "middle.bin").unlink()
    announced = 0

    async def some(route: Route) -> None:
        nonlocal announced
        announced += 1
        await (route.continue_() if announced <= 4 else route.abort())

    async with page_of(server) as page, server.client() as client:
        page.on("dialog", lambda dialog: dialog.accept())  # "leave this page?"
        await page.route("**/api/v1/uploads", some)
        await drop(page, folder)
        complete = page.locator('[data-testid="job-row"][data-status="COMPLETE"]')
        await expect(complete).to_have_count(4)
        assert (await only_group(client))["status"] == "COMPLETED"
        await page.unroute("**/api/v1/uploads")
        await page.reload()
        await drop(page, folder)
        await expect(page.get_by_test_id("sent-before")).to_contain_text("4 files were here already, not sent again")
        await arrived(server, page, folder)


async def test_a_whole_folder_is_a_new_group_elsewhere_and_only_what_changed_on_the_page_of_its_own(
    server: Server, folder: Path
) -> None:
    (folder / "middle.bin").unlink()
    files = files_of(folder)
    async with page_of(server) as page, server.client() as client:
        await drop(page, folder)
        await arrived(server, page, folder)
        (folder / "a00.bin").write_bytes(b"another take")
        await drop(page, folder)
        note = page.get_by_test_id("sent-before")
        await expect(note).to_contain_text(f"{len(files) - 1} files were here already, not sent again")
        await expect(page.get_by_test_id("job-row")).to_have_count(len(files) + 1)
        await note.get_by_role("button", name="Dismiss").click()
        await expect(note).to_have_count(0)
        await page.get_by_role("navigation").get_by_role("link", name="Uploads").click()
        await drop(page, folder)
        await page.get_by_role("navigation").get_by_role("link", name="Groups").click()
        await expect(page.get_by_test_id("group")).to_have_count(2)
        await expect(page.get_by_test_id("group").first).to_contain_text(f"{len(files)} of {len(files)} files ready")
        groups = (await client.get("/groups")).json()["items"]
        assert sorted(sum(each["jobs"].values()) for each in groups) == [len(files), len(files) + 1]
