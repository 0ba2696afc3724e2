"""A person works on one asset in a real Chromium: names it, tags it, sends and compares versions, puts it away."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from httpx import AsyncClient
from playwright.async_api import Page, expect
from tests.integration.server import Server, ended, serving
from tests.integration.test_browser import page_of
from tests.packages import RECORD, small_package

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

OLD, NEW = "2021.3.0f1", "2022.3.1f1"
"""Versions of Unity, as the packages of two versions of one asset name them."""


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with serving(tmp_path / "data") as running:
        yield running


async def send(client: AsyncClient, path: str, content: bytes, **asked: str) -> str:
    """Send a package and return the id of its asset."""
    headers = {"Content-Disposition": 'attachment; filename="props.unitypackage"'}
    answer = await client.post(path, params=asked, content=content, headers=headers)
    return str((await ended(client, answer.json()["jobs"][0]["id"]))["asset_id"])


def newer() -> bytes:
    return small_package(record={**RECORD, "unity_version": NEW})


async def one_asset(server: Server) -> str:
    async with server.client() as client:
        return await send(client, "/assets", small_package())


async def two_versions(server: Server) -> str:
    async with server.client() as client:
        asset_id = await send(client, "/assets", small_package())
        await send(client, f"/assets/{asset_id}/versions", newer(), change_note="Newer Unity")
        return asset_id


async def now(server: Server, asset_id: str) -> dict[str, Any]:
    async with server.client() as client:
        answer: dict[str, Any] = (await client.get(f"/assets/{asset_id}")).json()
        return answer


async def look(page: Page, server: Server, asset_id: str, asked: str = "") -> None:
    await page.goto(f"{server.url}/assets/{asset_id}{asked}")
    await expect(page.get_by_test_id("version-menu")).to_be_visible()


async def test_who_renames_what_somebody_else_has_renamed_is_asked(server: Server) -> None:
    asset_id = await one_asset(server)
    async with page_of(server) as page, server.client() as client:
        await look(page, server, asset_id)
        await page.get_by_test_id("rename").press("Enter")
        field = page.get_by_test_id("name-field")
        await field.fill("Mine")
        await client.patch(f"/assets/{asset_id}", json={"name": "Theirs"})
        await field.press("Enter")
        await expect(page.get_by_test_id("name-clash")).to_contain_text("Theirs")
        await page.get_by_test_id("clash-mine").click()
        await expect(page.get_by_role("heading", name="Mine")).to_be_visible()
        await expect(page.get_by_test_id("rename")).to_be_focused()
        assert (await now(server, asset_id))["name"] == "Mine"
        await page.get_by_test_id("rename").click()
        await client.patch(f"/assets/{asset_id}", json={"tags": ["elsewhere"]})
        await field.fill("Mine again")
        await field.press("Enter")
        await expect(page.get_by_role("heading", name="Mine again")).to_be_visible()  # another thing: nobody is asked
        await client.patch(f"/assets/{asset_id}", json={"name": "Live"})
        await expect(page.get_by_role("heading", name="Live")).to_be_visible()


async def test_tags_are_typed_or_taken_from_those_that_there_are(server: Server) -> None:
    asset_id = await one_asset(server)
    async with server.client() as client:
        other = await send(client, "/assets", newer())
        await client.patch(f"/assets/{other}", json={"tags": ["wooden"]})
    async with page_of(server) as page, server.client() as client:
        await look(page, server, asset_id)
        await page.get_by_test_id("tag-add").click()
        field = page.get_by_test_id("tag-field")
        await field.fill("woo")
        await expect(page.get_by_role("option", name="wooden")).to_be_visible()
        await field.press("ArrowDown")
        await field.press("Enter")
        tags = page.get_by_test_id("tags")
        await expect(tags).to_contain_text("wooden")
        await client.patch(f"/assets/{asset_id}", json={"tags": ["wooden", "theirs"]})  # nobody's tag is lost
        await field.fill("Hero")
        await field.press("Enter")
        await expect(tags.get_by_role("listitem")).to_have_count(3)
        await field.press("Escape")
        await expect(page.get_by_test_id("tag-add")).to_be_focused()
        await page.get_by_role("button", name="Remove the tag wooden").click()
        await expect(tags.get_by_role("listitem")).to_have_count(2)
        assert (await now(server, asset_id))["tags"] == ["theirs", "hero"]


async def test_a_version_is_sent_from_the_page_and_rolled_back(server: Server) -> None:
    asset_id = await one_asset(server)
    async with page_of(server) as page:
        await look(page, server, asset_id)
        await page.get_by_test_id("new-version").click()
        chosen = {"name": "props.unitypackage", "mimeType": "application/octet-stream", "buffer": newer()}
        await page.get_by_test_id("version-input").set_input_files([chosen])  # type: ignore[list-item]
        await page.get_by_test_id("version-note").fill("Newer Unity")
        await page.get_by_test_id("version-send").click()
        menu = page.get_by_test_id("version-menu")
        await expect(menu).to_contain_text("Version 2")  # who follows the current version sees it without a move
        await expect(page.get_by_test_id("arriving")).to_have_count(0)
        await menu.press("ArrowDown")
        listed = page.get_by_test_id("version-list")
        await expect(listed.get_by_role("option")).to_have_count(2)
        await expect(listed.get_by_role("option").first).to_contain_text("Newer Unity")
        await listed.press("ArrowDown")
        await listed.press("Enter")
        await expect(page).to_have_url(f"{server.url}/assets/{asset_id}?v=1")
        await page.get_by_test_id("roll-back").click()
        await page.get_by_test_id("roll-back-reason").fill("too new")
        await page.get_by_test_id("roll-back-ask-do").click()
        await expect(menu).to_contain_text("Current")
        await expect(menu).to_contain_text("Version 1")
        asset = await now(server, asset_id)
        assert (asset["current_version"], asset["latest_version"]) == (1, 2)
        async with page.expect_download() as saving:
            await page.get_by_test_id("download-shown").click()
        assert await anyio.Path(await (await saving.value).path()).read_bytes() == small_package()


async def test_whoever_looks_at_an_old_version_is_offered_the_one_that_arrives(server: Server) -> None:
    asset_id = await two_versions(server)
    async with page_of(server) as page:
        await look(page, server, asset_id, "?v=1")
        await page.get_by_test_id("new-version").click()
        other = {"name": "other.bin", "mimeType": "application/octet-stream", "buffer": b"other"}
        await page.get_by_test_id("version-input").set_input_files([other])  # type: ignore[list-item]
        await page.get_by_test_id("version-send").click()
        await page.get_by_test_id("version-show").click()
        await expect(page.get_by_test_id("version-menu")).to_contain_text("Version 3")
        await expect(page).to_have_url(f"{server.url}/assets/{asset_id}")


async def test_a_file_that_is_dropped_is_the_next_version_and_two_are_refused(server: Server) -> None:
    asset_id = await one_asset(server)
    drop = """names => {
        const data = new DataTransfer();
        for (const name of names) data.items.add(new File([name], name));
        window.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
    }"""
    async with page_of(server) as page:
        await look(page, server, asset_id)
        await page.evaluate(drop, ["one.txt", "two.txt"])
        await expect(page.get_by_text("A version is one file")).to_be_visible()
        await page.evaluate(drop, ["one.txt"])
        await expect(page.get_by_test_id("new-version-ask")).to_contain_text("one.txt")
        await page.get_by_test_id("version-note").press("Escape")
        await expect(page.get_by_test_id("new-version-ask")).to_have_count(0)
        assert (await now(server, asset_id))["latest_version"] == 1


async def test_two_versions_are_compared(server: Server) -> None:
    asset_id = await two_versions(server)
    async with page_of(server) as page:
        await look(page, server, asset_id, "?tab=versions")
        await page.get_by_test_id("compare").click()
        differs = page.locator('[data-testid="difference"][data-field="unity_version"]')
        await expect(differs).to_contain_text(OLD)
        await expect(differs).to_contain_text(NEW)
        await expect(page.locator('[data-field="title"]')).to_have_count(0)
        await page.get_by_role("button", name="Show what is the same").click()
        await expect(page.get_by_test_id("compared")).to_contain_text(RECORD["title"])  # type: ignore[arg-type]
        await page.get_by_test_id("version-checks").first.click()
        await expect(page.get_by_test_id("checks")).to_contain_text("Read back from the store unchanged")
        await look(page, server, asset_id, "?v=1&tab=details")
        await expect(page.locator('[data-fact="unity_version"]').first).to_contain_text(OLD)


async def test_custom_fields_are_checked_kept_and_never_written_over_unseen(server: Server) -> None:
    asset_id = await one_asset(server)
    async with page_of(server) as page, server.client() as client:
        await look(page, server, asset_id, "?tab=details")
        await page.get_by_test_id("custom-edit").click()
        row = page.get_by_test_id("custom-row")
        await row.get_by_placeholder("Value").fill("12")
        await page.get_by_test_id("custom-save").click()
        await expect(row).to_contain_text("Give this field a name")
        await row.get_by_placeholder("Field").fill("cut")
        await page.get_by_test_id("custom-save").click()
        await expect(page.locator('[data-fact="cut"]')).to_contain_text("12")
        assert (await now(server, asset_id))["custom"] == {"cut": 12}
        await page.get_by_test_id("custom-edit").click()
        await row.get_by_placeholder("Value").fill("final")
        await client.patch(f"/assets/{asset_id}", json={"custom": {"cut": 13, "vendor": "Tiny"}})
        await page.get_by_test_id("custom-save").click()
        await expect(page.get_by_test_id("custom-clash")).to_contain_text("13")
        await page.get_by_test_id("clash-mine").click()
        await expect(page.locator('[data-fact="cut"]')).to_contain_text("final")
        assert (await now(server, asset_id))["custom"] == {"cut": "final", "vendor": "Tiny"}


async def test_the_trail_is_narrowed_and_exported(server: Server) -> None:
    asset_id = await two_versions(server)
    async with page_of(server) as page:
        await look(page, server, asset_id, "?tab=audit")
        rows = page.get_by_test_id("trail-row")
        await expect(rows.filter(has_text="added version 2: “Newer Unity”")).to_have_count(1)
        await page.get_by_role("button", name="Versions", exact=True).click()
        await expect(rows).to_have_count(2)
        async with page.expect_download() as saving:
            await page.get_by_test_id("audit-csv").click()
        saved = await saving.value
        assert saved.suggested_filename == f"audit-{asset_id}.csv"
        table = list(csv.DictReader(io.StringIO(await anyio.Path(await saved.path()).read_text())))
        assert [row["type"] for row in table] == ["version.created", "version.created"]


async def test_an_asset_goes_into_the_trash_comes_back_and_goes_for_good(server: Server) -> None:
    asset_id = await one_asset(server)
    async with page_of(server) as page:
        await look(page, server, asset_id)
        await page.get_by_test_id("trash").click()
        await page.get_by_test_id("trash-ask-do").click()
        await expect(page.get_by_test_id("in-trash")).to_be_visible()
        await expect(page.get_by_test_id("new-version")).to_have_count(0)
        await page.get_by_test_id("restore").click()
        await expect(page.get_by_test_id("in-trash")).to_have_count(0)
        await expect(page.get_by_test_id("new-version")).to_be_visible()
        async with server.client() as client:
            await client.delete(f"/assets/{asset_id}")
        await page.get_by_test_id("purge").click()
        await page.get_by_test_id("purge-ask-do").click()
        await expect(page.get_by_text("deleted for good")).to_be_visible()
        await page.reload()
        await expect(page.get_by_text("There is no such asset")).to_be_visible()


async def test_a_link_ends_when_its_maker_says(server: Server) -> None:
    asset_id = await one_asset(server)
    async with page_of(server) as page:
        await look(page, server, asset_id, "?tab=sharing")
        await page.get_by_test_id("share-life").select_option("1")
        await page.get_by_test_id("share-create").click()
        await expect(page.get_by_test_id("shares")).to_contain_text("ends in 23 hours")


async def test_the_tabs_are_walked_with_the_arrows_and_stand_in_the_address(server: Server) -> None:
    asset_id = await one_asset(server)
    async with page_of(server) as page:
        await look(page, server, asset_id)
        await page.get_by_test_id("tab-review").focus()
        for name in ("details", "contents", "versions", "sharing", "audit"):
            await page.keyboard.press("ArrowRight")
            await expect(page.get_by_test_id(f"tab-{name}")).to_be_focused()
            await expect(page.get_by_role("tabpanel", name=name)).to_be_visible()
            await expect(page).to_have_url(f"{server.url}/assets/{asset_id}?tab={name}")
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("tabpanel")).to_be_focused()
        await page.get_by_test_id("tab-audit").press("Home")
        await expect(page.get_by_test_id("tab-review")).to_be_focused()


@pytest.mark.parametrize("dark", [False, True])
async def test_a_phone_shows_every_part_without_scrolling_sideways(server: Server, dark: bool) -> None:  # noqa: FBT001
    asset_id = await two_versions(server)
    async with page_of(server, width=390, dark=dark) as page:
        for tab in ("review", "details", "contents", "versions", "sharing", "audit"):
            await look(page, server, asset_id, f"?tab={tab}")
            await expect(page.get_by_test_id(f"tab-{tab}")).to_be_in_viewport()
            assert await page.evaluate("document.documentElement.scrollWidth") <= 390


async def test_a_version_that_is_not_there_says_so(server: Server) -> None:
    asset_id = await one_asset(server)
    async with page_of(server) as page:
        await look(page, server, asset_id, "?v=7")
        await page.get_by_role("link", name="Show the current one").click()
        await expect(page.get_by_test_id("version-menu")).to_contain_text("Version 1")
