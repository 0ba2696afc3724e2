"""People look through the library in a real Chromium: far down, narrowed, by keys, many at once, on a phone."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest
from playwright.async_api import Locator, Page, Route, expect
from tests.integration.server import Server, serving
from tests.integration.test_browser import page_of
from tests.many_assets import fill

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

MANY, SOME = 2000, 240
MOST_CARDS = 120
"""In the document at once, however far somebody scrolls."""


@pytest.fixture
async def server(tmp_path: Path, database_url: str) -> AsyncIterator[Server]:
    async with serving(tmp_path / "data", ASSET_INGEST_DATABASE_URL=database_url) as running:
        yield running


def cards(page: Page) -> Locator:
    return page.get_by_test_id("asset-card")


def card(page: Page, number: int) -> Locator:
    return cards(page).filter(has_text=f"{number:06}")


async def opened(page: Page, server: Server, address: str = "/assets") -> None:
    await page.goto(server.url + address)
    await expect(cards(page).first).to_be_visible()
    await expect(page.get_by_test_id("connection-state")).to_have_attribute("data-state", "live")


async def bulk(server: Server, action: str, *numbers: int) -> None:
    """Do what somebody else does meanwhile."""
    async with server.client() as client:
        ids = [f"{number:032x}" for number in numbers]
        answer = (await client.post("/assets:bulk", json={"action": action, "ids": ids})).json()
    assert [item["error"] for item in answer["items"]] == [None] * len(numbers)


async def selected(page: Page, count: int) -> None:
    await expect(page.get_by_test_id("selection-bar")).to_contain_text(f"{count} selected")


async def place_of(where: Locator) -> float:
    box = await where.bounding_box()
    assert box
    return box["y"]


async def test_scrolling_reaches_every_asset_and_the_page_stays_small(server: Server, database_url: str) -> None:
    await fill(database_url, MANY)
    async with page_of(server) as page:
        await opened(page, server)
        shelf = page.get_by_test_id("shelf")
        loaded = 0
        while loaded < MANY:
            await expect(shelf).not_to_have_attribute("data-loaded", str(loaded))
            loaded = int(await shelf.get_attribute("data-loaded") or 0)
            await page.evaluate("window.scrollTo(0, document.documentElement.scrollHeight)")
            assert await cards(page).count() <= MOST_CARDS
        await expect(card(page, 1)).to_be_visible()
        await page.evaluate("window.scrollTo(0, 0)")  # what was forgotten on the way is read again
        await expect(card(page, MANY)).to_be_visible()
        assert await cards(page).count() <= MOST_CARDS
        assert await page.evaluate("document.querySelectorAll('*').length") < 3000


async def test_going_back_finds_the_place_where_one_was(server: Server, database_url: str) -> None:
    await fill(database_url, SOME)
    async with page_of(server) as page:
        await opened(page, server)
        await expect(page.get_by_test_id("shelf")).to_have_attribute("data-loaded", "200")  # two pages ahead
        await page.evaluate("window.scrollTo(0, 3000)")
        middle = card(page, 165)
        await expect(middle).to_be_visible()
        before = await place_of(middle)
        await middle.get_by_role("link").click()
        await expect(page.get_by_role("heading", name="000165")).to_be_visible()
        await page.go_back()
        await expect(middle).to_be_visible()
        assert abs(await place_of(middle) - before) <= 2


async def test_a_link_shows_what_its_sender_saw(server: Server, database_url: str) -> None:
    await fill(database_url, SOME)
    async with page_of(server) as page:
        await opened(page, server)
        await page.get_by_role("button", name="Photo").click()
        await page.get_by_test_id("sort").select_option("name")
        await page.get_by_test_id("tag-filter").fill("outdoor")
        await page.get_by_test_id("tag-filter").press("Enter")
        await page.get_by_role("button", name="List").click()
        await page.get_by_test_id("asset-search").fill("castle")
        await expect(page).to_have_url(re.compile("q=castle"))
        wanted = [n for n in range(1, SOME + 1) if n % 5 == 1 and n % 4 == 2 and n % 7 == 0 and n % 100]
        await expect(cards(page)).to_have_count(len(wanted))
        names = await cards(page).locator(".shelf-name").all_text_contents()
        assert names == [f"Castle {n:06}" for n in wanted]
        await page.goto(page.url)
        await expect(cards(page)).to_have_count(len(wanted))
        assert await cards(page).locator(".shelf-name").all_text_contents() == names
        await expect(page.get_by_role("button", name="List")).to_have_attribute("aria-pressed", "true")
        await page.get_by_test_id("asset-search").fill("nothing has this name")
        await expect(page.get_by_text("No asset matches")).to_be_visible()
        await page.get_by_test_id("clear-filters").click()
        await expect(card(page, 2)).to_be_visible()  # the first by name, which is still the order


async def test_many_go_into_the_trash_come_back_and_go_for_good(server: Server, database_url: str) -> None:
    await fill(database_url, SOME)
    async with page_of(server) as page:
        await opened(page, server)
        await cards(page).nth(0).hover()
        await cards(page).nth(0).get_by_role("checkbox").check()
        await cards(page).nth(4).click(modifiers=["Shift"])
        await selected(page, 5)
        await page.get_by_role("button", name="Trash").click()
        await expect(page.get_by_test_id("bulk-report")).to_contain_text("5 assets moved to the trash")
        await expect(card(page, SOME)).to_have_count(0)
        await page.get_by_role("link", name="Trash").click()
        await expect(cards(page)).to_have_count(5)
        await cards(page).first.press("Control+a")
        await selected(page, 5)
        await cards(page).filter(has_text=f"{SOME:06}").get_by_role("checkbox").uncheck()
        await page.get_by_role("button", name="Restore").click()
        await expect(page.get_by_test_id("bulk-report")).to_contain_text("4 assets restored")
        await expect(cards(page)).to_have_count(1)
        await cards(page).first.press("Space")
        await page.get_by_role("button", name="Delete for good").click()
        await page.get_by_test_id("purge-dialog").get_by_role("button", name="Cancel").click()
        await expect(cards(page)).to_have_count(1)
        await page.get_by_role("button", name="Delete for good").click()
        await page.get_by_test_id("purge-dialog").get_by_role("button", name="Delete for good").click()
        await expect(page.get_by_text("The trash is empty")).to_be_visible()
        await page.get_by_role("link", name="In use").click()
        await expect(card(page, SOME - 1)).to_be_visible()


async def test_of_many_each_that_failed_is_named(server: Server, database_url: str) -> None:
    await fill(database_url, SOME)
    async with page_of(server) as page:
        await opened(page, server)
        await page.evaluate("window.scrollTo(0, 100)")
        await cards(page).first.focus()
        await page.keyboard.press("Space")
        await page.keyboard.press("Shift+ArrowRight")
        await selected(page, 2)
        await bulk(server, "trash", SOME - 1)
        await page.get_by_role("button", name="Add tags").click()
        await page.get_by_test_id("bulk-tags").fill("checked, final")
        await page.keyboard.press("Enter")
        report = page.get_by_test_id("bulk-report")
        await expect(report).to_contain_text("1 asset tagged, 1 asset not")
        await expect(report).to_contain_text(f"{SOME - 1:06}: The asset is in the trash.")
        await selected(page, 1)
        await expect(card(page, SOME)).to_contain_text("checked")


async def test_keys_move_select_and_open(server: Server, database_url: str) -> None:
    await fill(database_url, SOME)
    async with page_of(server) as page:
        await opened(page, server)
        at = page.locator(":focus")
        await cards(page).first.focus()
        await page.keyboard.press("ArrowRight")
        await expect(at).to_have_attribute("data-index", "1")
        await page.keyboard.press("End")  # the last one that is loaded: the focus goes where nothing was drawn before
        await expect(at).to_have_attribute("data-index", re.compile(r"99|\d{3}"))
        await expect(at).to_be_in_viewport()
        await page.keyboard.press("Home")
        await expect(at).to_contain_text(f"{SOME:06}")
        await page.keyboard.press("Space")
        await page.keyboard.press("Shift+ArrowDown")
        columns = int(await page.get_by_test_id("shelf").get_attribute("aria-colcount") or 0)
        await selected(page, columns + 1)
        await page.keyboard.press("Control+a")
        await selected(page, int(await page.get_by_test_id("shelf").get_attribute("data-loaded") or 0))
        await page.keyboard.press("Escape")
        await expect(page.get_by_test_id("selection-bar")).to_have_count(0)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name=f"{SOME - columns:06}")).to_be_visible()


async def test_the_focus_stays_in_the_list_when_its_card_leaves(server: Server, database_url: str) -> None:
    await fill(database_url, SOME)
    await bulk(server, "trash", SOME)
    async with page_of(server) as page:
        await opened(page, server)
        shelf = page.get_by_test_id("shelf")
        await expect(shelf).to_have_attribute("data-loaded", "200")
        asked, released = anyio.Event(), anyio.Event()

        async def held(route: Route) -> None:
            asked.set()
            await released.wait()
            await route.continue_()

        await page.route(lambda address: "/api/v1/assets?" in address and "cursor" not in address, held)
        await cards(page).first.focus()
        await bulk(server, "restore", SOME)  # at the top the list is read from its start
        await asked.wait()
        await page.keyboard.press("End")
        await expect(page.locator(":focus")).to_have_attribute("data-index", "199")
        released.set()
        await expect(page.locator(":focus")).to_have_attribute("data-index", "99")  # so long is it now
        await page.keyboard.press("Home")
        await expect(page.locator(":focus")).to_contain_text(f"{SOME:06}")


async def test_news_appear_and_nobody_loses_their_place(server: Server, database_url: str) -> None:
    await fill(database_url, SOME)
    await bulk(server, "trash", SOME, SOME - 1)
    async with page_of(server) as page:
        await opened(page, server)
        await bulk(server, "restore", SOME)
        await expect(card(page, SOME)).to_be_visible()  # at the top it comes by itself
        await page.evaluate("window.scrollTo(0, 1000)")
        watched = card(page, SOME - 25)
        await expect(watched).to_be_visible()
        before = await place_of(watched)
        await bulk(server, "restore", SOME - 1)
        await bulk(server, "trash", SOME - 24)
        await expect(page.get_by_test_id("fresh")).to_contain_text("1 asset new")
        await expect(card(page, SOME - 24)).to_contain_text("Has left this list")
        assert await place_of(watched) == before
        await page.get_by_test_id("fresh").click()
        await expect(card(page, SOME - 1)).to_be_in_viewport()
        await expect(card(page, SOME - 24)).to_have_count(0)


async def test_without_a_server_it_says_so_and_tries_again(server: Server, database_url: str) -> None:
    await fill(database_url, 3)
    async with page_of(server) as page:
        await page.context.set_offline(True)
        await page.get_by_role("link", name="Library").click()
        await expect(page.get_by_test_id("library-problem")).to_contain_text("The server cannot be reached")
        await page.context.set_offline(False)
        await page.get_by_role("button", name="Try again").click()
        await expect(cards(page)).to_have_count(3)


async def test_an_empty_library_says_how_to_begin(server: Server) -> None:
    async with page_of(server) as page:
        await page.get_by_role("link", name="Library").click()
        await expect(page.get_by_text("The library is empty")).to_be_visible()
        await page.get_by_role("link", name="Trash").click()
        await expect(page.get_by_text("The trash is empty")).to_be_visible()


@pytest.mark.parametrize("view", ["grid", "list"])
async def test_a_phone_shows_and_selects_without_scrolling_sideways(
    server: Server, database_url: str, view: str
) -> None:
    await fill(database_url, SOME)
    async with page_of(server, width=360) as page:
        await opened(page, server, f"/assets?view={view}")
        assert await page.evaluate("scrollY") == 0  # the search is in sight
        await cards(page).nth(1).hover()
        await cards(page).nth(1).get_by_role("checkbox").check()
        await selected(page, 1)
        await page.get_by_text("More filters").click()
        await expect(page.get_by_test_id("tag-filter")).to_be_visible()
        assert await page.evaluate("document.documentElement.scrollWidth") <= 360
