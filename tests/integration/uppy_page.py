"""Pages with Uppy in one real Chromium, for tests to drive."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Browser, Page, async_playwright
from tests.integration.test_browser import ARGUMENTS

SENT_MILLISECONDS: Final = 60_000


@dataclass(frozen=True, slots=True)
class UppyPage:
    """One page with Uppy, and what its uploads come to."""

    page: Page

    async def begin(self, road: str, url: str, key: str, file: Path) -> None:
        await self.page.locator("input").set_input_files(file)
        await self.page.evaluate("([road, url, key]) => window.begin(road, url, key)", [road, url, key])

    async def end(self) -> dict[str, Any]:
        """Wait until the upload has ended, well or not."""
        async with asyncio.timeout(SENT_MILLISECONDS / 1000):
            told: dict[str, Any] = await self.page.evaluate("window.done")
        return told

    async def progressed(self, share: int) -> None:
        """Wait until so many percent are sent."""
        await self.page.wait_for_function(
            "share => window.uppy.getState().totalProgress >= share", arg=share, timeout=SENT_MILLISECONDS
        )


@asynccontextmanager
async def uppy_browser() -> AsyncIterator[Browser]:
    """Run one Chromium: it takes longer to start than most of what it does here."""
    async with async_playwright() as play:
        browser = await play.chromium.launch(executable_path=os.environ["CHROMIUM"], args=ARGUMENTS)
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def uppy_page(browser: Browser, site: str) -> AsyncIterator[UppyPage]:
    """Open the page as somebody new; an error that nobody caught fails the test."""
    wrong: list[str] = []
    page = await browser.new_page()
    page.on("pageerror", lambda error: wrong.append(str(error)))
    await page.goto(site)
    try:
        yield UppyPage(page)
    finally:
        await page.close()
    assert wrong == []
