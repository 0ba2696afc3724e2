"""How smoothly the library scrolls at 100,000 assets, next to an empty page of the same height in the same browser.

    python bench/library_scroll.py [assets]

A Chromium opens `/assets` of `asset-ingest serve` over the PostgreSQL that it brings. Each frame moves the window by so
many pixels and notes how long the one before took: at the top as people read, then down to the last asset as fast as
pages come, then at the bottom as people read, and back. Beside it the same steps over a page with nothing on it: what
is above that is ours. The page must be built (`npm run build`, copied to `static`).
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
from pathlib import Path

from parts.servers import emptied, postgres
from playwright.async_api import Page, async_playwright

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from tests.integration.server import serving  # noqa: E402
from tests.integration.test_browser import ARGUMENTS  # noqa: E402
from tests.many_assets import fill  # noqa: E402

WORK = HERE / ".work" / "library"
READING, FLINGING = 40, 1200
"""Pixels a frame."""
FRAMES = 300

STEPS = """([step, most]) => new Promise((resolve) => {
    const times = [];
    let last = performance.now();
    const frame = (now) => {
        times.push(now - last);
        last = now;
        const before = scrollY;
        scrollBy(0, step);
        if (times.length < most && scrollY !== before) requestAnimationFrame(frame);
        else resolve(times.slice(1));
    };
    requestAnimationFrame(frame);
})"""
STATE = """() => ({
    nodes: document.querySelectorAll('*').length,
    loaded: Number(document.querySelector('[data-testid=shelf]')?.dataset.loaded ?? 0),
    heap: performance.memory.usedJSHeapSize / 2 ** 20,
})"""


async def scrolled(page: Page, step: int, most: int = FRAMES) -> list[float]:
    times: list[float] = await page.evaluate(STEPS, [step, most])
    return times


def told(what: str, times: list[float], floor: list[float]) -> None:
    def of(found: list[float]) -> str:
        cuts = statistics.quantiles(found, n=20)
        return f"p50 {statistics.median(found):5.1f}  p95 {cuts[18]:5.1f}  worst {max(found):6.1f} ms"

    print(f"{what:22} {of(times)}  ({len(times)} frames)   empty page: {of(floor)}", flush=True)


async def to_the_end(page: Page, assets: int) -> tuple[list[float], int]:
    """Scroll down until all assets are there; return the times of frames, and the most nodes there ever were."""
    times: list[float] = []
    most = 0
    while True:
        times += await scrolled(page, FLINGING)
        state = await page.evaluate(STATE)
        most = max(most, state["nodes"])
        if state["loaded"] >= assets:
            return times, most
        await page.wait_for_function(
            "loaded => Number(document.querySelector('[data-testid=shelf]').dataset.loaded) > loaded",
            arg=state["loaded"],
        )


async def measured(url: str, link: str, assets: int) -> None:
    async with async_playwright() as play:
        browser = await play.chromium.launch(
            executable_path=os.environ["CHROMIUM"], args=[*ARGUMENTS, "--enable-precise-memory-info"]
        )
        viewport = {"width": 1440, "height": 900}
        empty = await browser.new_page(viewport=viewport)  # type: ignore[arg-type]  # a TypedDict
        await empty.set_content("<div style='height: 5000000px'></div>")
        floor, fast = await scrolled(empty, READING), await scrolled(empty, FLINGING)
        await empty.close()
        page = await browser.new_page(viewport=viewport)  # type: ignore[arg-type]
        await page.goto(link)
        await page.get_by_test_id("drop-zone").wait_for()
        await page.goto(f"{url}/assets?view=grid")
        await page.get_by_test_id("asset-card").first.wait_for()
        told("reading, at the top", await scrolled(page, READING), floor)
        before = await page.evaluate(STATE)
        way, most = await to_the_end(page, assets)
        told("down to the last", way, fast)
        told("reading, at the bottom", await scrolled(page, -READING), floor)
        after = await page.evaluate(STATE)
        await browser.close()
    print(f"nodes: {before['nodes']} at the top, at most {most} on the way, {after['nodes']} at the bottom")
    print(f"heap: {before['heap']:.1f} MiB at the top, {after['heap']:.1f} MiB with {after['loaded']:,} assets passed")


async def run(assets: int) -> None:
    with emptied(WORK) as folder, postgres(folder / "postgres") as database:
        async with serving(folder / "data", ASSET_INGEST_DATABASE_URL=database.dsn) as server:
            await fill(database.dsn, assets)
            await measured(server.url, server.link, assets)


if __name__ == "__main__":
    asyncio.run(run(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
