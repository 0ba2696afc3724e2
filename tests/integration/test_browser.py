"""A person drops packages onto the page in a real Chromium and watches them become assets."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright, expect
from tests.integration.server import Server, serving

from asset_ingest.testing.unity_packages import PackageItem, build_package, picture

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

PACKAGES = Path(__file__).parent.parent / "data" / "unity"
DROPPED = ["playfab-papertrail.unitypackage", "unidot-negscale.unitypackage", "unitypackagenet-test.unitypackage"]
# As root Chromium has no sandbox; the rest keeps it from calling home on a machine without a network.
ARGUMENTS = (
    *("--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
PATIENCE = 30_000
"""Milliseconds until an expectation fails."""

expect.set_options(timeout=PATIENCE)


@asynccontextmanager
async def page_of(server: Server, *, width: int = 1280, dark: bool = False) -> AsyncIterator[Page]:
    """Open the sign-in link; errors on the page fail the test."""
    async with async_playwright() as play:
        browser = await play.chromium.launch(executable_path=os.environ["CHROMIUM"], args=ARGUMENTS)
        page = await browser.new_page(
            viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light"
        )
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        await page.goto(server.link)
        await expect(page.get_by_test_id("drop-zone")).to_be_visible()
        try:
            yield page
        finally:
            await browser.close()
        assert wrong == []


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with serving(tmp_path / "data") as running:
        yield running


async def test_dropped_packages_become_assets_with_pictures_and_entries(server: Server) -> None:
    async with page_of(server) as page:
        assert "signin" not in page.url  # the token does not stay in the address bar
        await page.get_by_test_id("file-input").set_input_files([PACKAGES / name for name in DROPPED])
        complete = page.locator('[data-testid="job-row"][data-status="COMPLETE"]')
        await expect(complete).to_have_count(len(DROPPED))
        await page.locator("tr", has_text="unidot-negscale").get_by_role("link", name="Open asset").click()
        await expect(page.get_by_role("heading", name="unidot-negscale")).to_be_visible()
        await expect(page.locator("main img").first).to_have_js_property("complete", value=True)
        await page.get_by_test_id("tab-contents").click()
        entries = page.get_by_test_id("entry-row")
        await expect(entries.first).to_be_visible()
        everything = await entries.count()
        await page.get_by_test_id("entry-search").fill(".PREFAB")
        await expect(entries.first).to_contain_text(".prefab")
        await expect(entries).to_have_count(1)
        assert everything > 1


async def test_the_library_shows_thumbnails(server: Server) -> None:
    async with page_of(server) as page:
        await page.get_by_test_id("file-input").set_input_files(PACKAGES / "unidot-negscale.unitypackage")
        await expect(page.locator('[data-testid="job-row"][data-status="COMPLETE"]')).to_have_count(1)
        await page.get_by_role("link", name="Library").click()
        thumbnail = page.get_by_test_id("asset-card").locator("img")
        await expect(thumbnail).to_be_visible()
        assert await thumbnail.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0


async def test_a_broken_package_says_what_is_wrong_and_what_to_do(server: Server, tmp_path: Path) -> None:
    cut = tmp_path / "cut.unitypackage"
    cut.write_bytes((PACKAGES / "unidot-negscale.unitypackage").read_bytes()[:-4000])
    async with page_of(server) as page:
        await page.get_by_test_id("file-input").set_input_files(cut)
        await expect(page.locator('[data-testid="job-row"][data-status="ERROR"]')).to_have_count(1)
        await expect(page.get_by_test_id("job-error")).to_contain_text("Download or export the package again")


async def test_the_table_is_true_without_a_reload(server: Server) -> None:
    async with page_of(server) as page:
        await expect(page.get_by_test_id("connection-state")).to_have_attribute("data-state", "live")
        async with server.client() as client:  # somebody else uploads
            await client.post("/assets", files={"file": ("theirs.txt", b"hello")})
        row = page.get_by_test_id("job-row")
        await expect(row).to_have_attribute("data-status", "COMPLETE")
        async with server.client() as client:
            job_id = await row.get_attribute("data-job-id")
            await client.delete(f"/jobs/{job_id}")
        await expect(row).to_have_count(0)


async def test_a_job_shows_its_steps(server: Server) -> None:
    async with page_of(server) as page:
        await page.get_by_test_id("file-input").set_input_files(PACKAGES / "unidot-negscale.unitypackage")
        row = page.locator('[data-testid="job-row"][data-status="COMPLETE"]')
        await row.click()
        drawer = page.get_by_test_id("job-drawer")
        await expect(drawer.get_by_test_id("step")).to_have_count(5)
        await expect(drawer.locator('[data-step="unity.listing"]')).to_have_attribute("data-status", "SKIPPED")
        await expect(drawer).to_contain_text("Asking the store page is turned off")


async def test_a_used_link_explains_itself(server: Server) -> None:
    async with page_of(server):
        pass
    async with async_playwright() as play:
        browser = await play.chromium.launch(executable_path=os.environ["CHROMIUM"], args=ARGUMENTS)
        page = await browser.new_page()
        await page.goto(server.link)
        await expect(page.get_by_test_id("signin-error")).to_contain_text("used already")
        await browser.close()


async def test_a_large_package_is_searched_while_typing(server: Server, tmp_path: Path) -> None:
    big = tmp_path / "big.unitypackage"
    items = [PackageItem(f"Assets/Props/Thing{number:05}.prefab", b"x") for number in range(20_000)]
    big.write_bytes(build_package([*items, PackageItem("Assets/Icon.png", picture(8, 8), preview=picture(8, 8))]))
    async with page_of(server) as page:
        await page.get_by_test_id("file-input").set_input_files(big)
        await expect(page.locator('[data-testid="job-row"][data-status="COMPLETE"]')).to_have_count(1)
        await page.get_by_role("link", name="Open asset").click()
        await page.get_by_test_id("tab-contents").click()
        await page.get_by_test_id("entry-search").press_sequentially("thing19999")
        await expect(page.get_by_test_id("entry-row")).to_have_count(1)
        await expect(page.get_by_test_id("entry-row")).to_contain_text("Thing19999.prefab")


@pytest.mark.parametrize("dark", [False, True])
async def test_a_phone_shows_everything_without_scrolling_sideways(server: Server, dark: bool) -> None:  # noqa: FBT001
    async with page_of(server, width=360, dark=dark) as page:
        await page.get_by_test_id("file-input").set_input_files(PACKAGES / DROPPED[0])
        await expect(page.locator('[data-testid="job-row"][data-status="COMPLETE"]')).to_have_count(1)
        for path in ("/", "/assets", "/publishers"):
            await page.goto(server.url + path)
            await expect(page.get_by_role("main")).to_be_visible()
            assert await page.evaluate("document.documentElement.scrollWidth") <= 360


async def test_the_keyboard_reaches_the_drop_zone_and_the_search(server: Server) -> None:
    async with page_of(server) as page:
        reached: set[str] = set()
        for _ in range(20):
            await page.keyboard.press("Tab")
            reached.add(await page.evaluate("document.activeElement.textContent || document.activeElement.type"))
        assert {"Choose files", "search"} <= {name.strip() for name in reached}


async def test_the_focus_stays_where_somebody_works(server: Server) -> None:
    async with page_of(server) as page:
        await page.get_by_test_id("file-input").set_input_files([PACKAGES / name for name in DROPPED])
        rows = page.locator('[data-testid="job-row"][data-status="COMPLETE"]')
        await expect(rows).to_have_count(len(DROPPED))
        next_name = rows.nth(1).locator(".file-name")
        below = await next_name.text_content()
        await rows.first.get_by_test_id("job-forget").press("Enter")
        await expect(rows).to_have_count(len(DROPPED) - 1)
        await expect(page.get_by_role("link", name=below or "")).to_be_focused()
        await page.keyboard.press("Enter")
        await page.get_by_test_id("job-drawer").get_by_test_id("job-forget").press("Enter")
        await expect(rows).to_have_count(len(DROPPED) - 2)
        await expect(page.get_by_role("main")).to_be_focused()
