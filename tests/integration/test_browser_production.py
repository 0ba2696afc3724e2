"""The page over the production shape: the tests of the embedded one, unchanged, and what only this shape can show."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect
from tests.integration.ceph import free_ports
from tests.integration.production_fixture import Environment
from tests.integration.round_robin import round_robin
from tests.integration.server import Server, serving, working
from tests.integration.strapi_fixture import StrapiServer
from tests.integration.strapi_shelf import StrapiShelf
from tests.integration.test_browser import (
    DROPPED,
    PACKAGES,
    page_of,
    test_a_broken_package_says_what_is_wrong_and_what_to_do,
    test_dropped_packages_become_assets_with_pictures_and_entries,
    test_the_library_shows_thumbnails,
    test_the_table_is_true_without_a_reload,
)

__all__ = [
    "test_a_broken_package_says_what_is_wrong_and_what_to_do",
    "test_dropped_packages_become_assets_with_pictures_and_entries",
    "test_the_library_shows_thumbnails",
    "test_the_table_is_true_without_a_reload",
]

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


@pytest.fixture
async def server(tmp_path: Path, production: Environment) -> AsyncIterator[Server]:
    async with serving(tmp_path / "data", **production) as running, working(running.data, 2, **production):
        yield running


async def test_two_nodes_behind_one_proxy_show_the_same_live_table(tmp_path: Path, production: Environment) -> None:
    ports = free_ports(2)
    async with round_robin([f"http://127.0.0.1:{port}" for port in ports]) as proxy:
        environment = {**production, "ASSET_INGEST_PUBLIC_URL": proxy.url}
        first, second = ({**environment, "ASSET_INGEST_PORT": str(port)} for port in ports)
        async with (
            serving(tmp_path / "one", **first) as one,
            serving(tmp_path / "two", **second) as two,
            working(one.data, 2, **environment),
            page_of(one) as mine,
            page_of(two) as theirs,
        ):
            await mine.get_by_test_id("file-input").set_input_files([PACKAGES / name for name in DROPPED])
            for page in (mine, theirs):
                await expect(page.get_by_test_id("connection-state")).to_have_attribute("data-state", "live")
                complete = page.locator('[data-testid="job-row"][data-status="COMPLETE"]')
                await expect(complete).to_have_count(len(DROPPED))
        assert len(set(proxy.served)) == 2


async def test_what_somebody_changed_in_strapi_is_shown_and_set_right(server: Server, strapi: StrapiServer) -> None:
    async with page_of(server) as page:
        await page.get_by_test_id("file-input").set_input_files(PACKAGES / "unidot-negscale.unitypackage")
        await expect(page.locator('[data-testid="job-row"][data-status="COMPLETE"]')).to_have_count(1)
        async with strapi.editing() as editor:
            shelf = StrapiShelf(editor)
            (ident,) = await shelf.assets()
            await shelf.rename(ident, "Renamed by an editor")
        await page.get_by_role("link", name="Open asset").click()
        await page.get_by_test_id("tab-details").click()
        await page.get_by_test_id("publication-check").click()
        await expect(page.get_by_test_id("differences")).to_contain_text("Renamed by an editor")
        await expect(page.get_by_test_id("publication-status")).to_have_text("drifted")
        await page.get_by_test_id("publication-repeat").click()
        await expect(page.get_by_test_id("publication-status")).to_have_text("published")
        async with strapi.editing() as editor:
            assert (await StrapiShelf(editor).assets())[ident].name == "unidot-negscale"
