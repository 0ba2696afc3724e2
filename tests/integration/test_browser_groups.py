"""Groups on the page, in a real Chromium: a folder becomes one, and moves as one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect
from tests.integration.server import Server, serving
from tests.integration.test_browser import PACKAGES, page_of

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with serving(tmp_path / "data") as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "Spring crates"
    (folder / "inner").mkdir(parents=True)
    (folder / "good.unitypackage").write_bytes((PACKAGES / "unidot-negscale.unitypackage").read_bytes())
    (folder / "inner" / "note.txt").write_text("hello")
    (folder / "inner" / "cut.unitypackage").write_bytes(
        (PACKAGES / "unidot-negscale.unitypackage").read_bytes()[:-4000]
    )
    return folder


async def test_a_folder_is_a_group_that_is_watched_and_ended_as_one(server: Server, folder: Path) -> None:
    async with page_of(server) as page:
        await page.get_by_test_id("folder-input").set_input_files(folder)
        await page.get_by_role("navigation").get_by_role("link", name="Groups").click()
        group = page.get_by_test_id("group")
        await expect(group).to_contain_text("Spring crates")
        await expect(group).to_have_attribute("data-status", "FAILED")  # without a reload: one of the files is broken
        await expect(group).to_contain_text("2 of 3 files ready · 1 failed")
        await group.get_by_role("link").click()
        await expect(page.get_by_role("heading", name="Spring crates")).to_be_visible()
        await expect(page.get_by_test_id("job-row")).to_have_count(3)
        await page.get_by_role("link", name="note.txt").click()
        await expect(page.get_by_test_id("job-drawer")).to_contain_text("note.txt")
        await page.keyboard.press("Escape")
        await expect(page.get_by_test_id("group-head")).to_be_visible()
        await page.get_by_test_id("group-retry").click()
        await expect(page.get_by_test_id("group-status")).to_have_text("Some failed")
        await page.get_by_test_id("group-delete").click()
        await expect(page.get_by_text("There is no group yet")).to_be_visible()
    async with server.client() as client:
        assert (await client.get("/groups")).json()["items"] == []
        assert (await client.get("/jobs")).json()["items"] == []


async def test_a_retry_is_offered_for_what_failed_at_its_work_alone(server: Server) -> None:
    async with server.client() as client:
        group = (await client.post("/groups", json={"name": "Friday"})).json()
        assert (await client.post(f"/assets?filename=a.txt&group_id={group['id']}", content=b"")).status_code == 422
    async with page_of(server) as page:
        await page.goto(f"{server.url}/groups/{group['id']}")
        await expect(page.get_by_test_id("group-head")).to_contain_text("1 failed · 1 file never arrived: send again")
        await expect(page.get_by_test_id("group-delete")).to_be_visible()
        await expect(page.get_by_test_id("group-retry")).to_have_count(0)


async def test_files_join_the_group_that_is_open(server: Server, folder: Path) -> None:
    async with page_of(server) as page:
        await page.goto(f"{server.url}/groups")
        await page.get_by_test_id("group-name").fill("Friday")
        await page.keyboard.press("Enter")
        await expect(page.get_by_test_id("drop-zone")).to_contain_text("into “Friday”")
        await page.get_by_test_id("file-input").set_input_files(folder / "inner" / "note.txt")
        await expect(page.get_by_test_id("group-status")).to_have_text("Ready")
        async with server.client() as client:  # somebody else adds one
            (group,) = (await client.get("/groups")).json()["items"]
            await client.post(f"/assets?filename=theirs.txt&group_id={group['id']}", content=b"theirs")
        await expect(page.get_by_test_id("job-row")).to_have_count(2)
        await expect(page.get_by_test_id("group-head")).to_contain_text("2 of 2 files ready")


async def test_what_a_file_is_stands_in_its_row_before_it_is_sent(server: Server, tmp_path: Path) -> None:
    lying = tmp_path / "photo.jpg"
    lying.write_bytes(b"PK\x03\x04" + bytes(9 << 20))
    async with page_of(server) as page:
        await page.route("**/api/v1/uploads", lambda route: route.abort())
        await page.get_by_test_id("file-input").set_input_files(lying)
        row = page.get_by_test_id("upload-row")
        await expect(row.get_by_test_id("upload-looks")).to_have_text("ZIP archive")
        await expect(row.get_by_test_id("upload-odd")).to_have_text("Named .jpg, but looks like a ZIP archive")
