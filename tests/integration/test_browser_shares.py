"""Somebody without an account opens a share link in a real Chromium: looks, types a password, saves the file."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from playwright.async_api import Page, async_playwright, expect
from tests.integration.server import Server, serving
from tests.integration.test_browser import ARGUMENTS
from tests.packages import small_package

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

PASSWORD = "correct horse"


@asynccontextmanager
async def stranger(*, width: int = 1280, dark: bool = False) -> AsyncIterator[Page]:
    """Yield a page of a browser that was never here; errors on the page and answers of 5xx fail the test."""
    async with async_playwright() as play:
        browser = await play.chromium.launch(executable_path=os.environ["CHROMIUM"], args=ARGUMENTS)
        page = await browser.new_page(
            viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light"
        )
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("response", lambda answer: wrong.append(answer.url) if answer.status >= 500 else None)
        try:
            yield page
        finally:
            await browser.close()
        assert wrong == []


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with serving(tmp_path / "data") as running:
        yield running


async def shared(server: Server, **wanted: object) -> tuple[str, Any]:
    """Return the path of a package's links, and a new one."""
    async with server.client() as client:
        headers = {"Content-Disposition": 'attachment; filename="props.unitypackage"'}
        job = (await client.post("/assets", content=small_package(), headers=headers)).json()["jobs"][0]
        with anyio.fail_after(60):
            while job["status"] != "COMPLETE":
                job = (await client.get(f"/jobs/{job['id']}")).json()
        path = f"/assets/{job['asset_id']}/shares"
        return path, (await client.post(path, json=wanted)).json()


async def test_a_stranger_looks_and_saves_until_the_link_is_revoked(server: Server) -> None:
    path, made = await shared(server, may_download=True)
    async with stranger() as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url + str(request.headers)))
        await page.goto(made["url"])
        await expect(page.get_by_role("heading", name="Crates & Barrels")).to_be_visible()
        await expect(page.locator(".share-picture img")).to_be_visible()
        async with page.expect_download() as saving:
            await page.get_by_test_id("download").click()
        saved = await saving.value
        assert (saved.suggested_filename, await anyio.Path(await saved.path()).read_bytes()) == (
            "props.unitypackage",
            small_package(),
        )
        token = made["url"].partition("#")[2]
        assert not any(token in each for each in asked), "no address and no referrer has the token"
        assert not any("/auth/" in each or "/ws" in each for each in asked), "nobody asks who is signed in"
        async with server.client() as client:
            await client.delete(f"{path}/{made['share']['id']}")
        await page.reload()
        await expect(page.get_by_text("does not work any more")).to_be_visible()


async def test_a_password_is_asked_for_and_the_file_cannot_be_saved_where_it_may_not(server: Server) -> None:
    _, made = await shared(server, password=PASSWORD)
    async with stranger(width=390, dark=True) as page:
        await page.goto(made["url"])
        await page.get_by_test_id("share-password").fill("wrong")
        await page.get_by_test_id("share-open").click()
        await expect(page.get_by_test_id("share-wrong")).to_be_visible()
        await page.get_by_test_id("share-password").fill(PASSWORD)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="Crates & Barrels")).to_be_visible()
        await expect(page.get_by_test_id("download")).to_have_count(0)
        wide = await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        assert not wide, "a phone scrolls down, never sideways"


async def test_a_member_makes_a_link_on_the_assets_page_and_revokes_it(server: Server) -> None:
    path, made = await shared(server)
    async with stranger() as page, server.client() as client:
        await client.delete(f"{path}/{made['share']['id']}")
        await page.goto(server.link)
        await expect(page.get_by_test_id("drop-zone")).to_be_visible()
        await page.goto(f"{server.url}{path.removesuffix('/shares')}?tab=sharing")
        await page.get_by_test_id("share-download").check()
        await page.get_by_test_id("share-create").click()
        url = await page.get_by_test_id("share-url").input_value()
        async with stranger() as outside:
            await outside.goto(url)
            await expect(outside.get_by_test_id("download")).to_be_visible()
        await page.get_by_test_id("revoke").click()
        await expect(page.get_by_test_id("shares")).to_have_count(0)


async def test_a_link_that_lost_its_end_says_so(server: Server) -> None:
    async with stranger() as page:
        await page.goto(f"{server.url}/s")
        await expect(page.get_by_text("does not work any more")).to_be_visible()
