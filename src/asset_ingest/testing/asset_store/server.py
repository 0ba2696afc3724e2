"""The server: its routes, its log and its script of faults."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal

from aiohttp import web

from asset_ingest.testing.asset_store.faults import Fault
from asset_ingest.testing.asset_store.page import page_of
from asset_ingest.testing.asset_store.products import PRODUCTS, Product
from asset_ingest.testing.media import png

Where = Literal["page", "picture", "robots"]

OPEN = "User-agent: *\nAllow: /packages/\nDisallow: /api/\n"
PICTURE = png(64, 48)
_ID = re.compile(r"(?:^|-)(\d+)$")


@dataclass(frozen=True, slots=True)
class Hit:
    """One request as it arrived."""

    where: Where
    path: str
    headers: dict[str, str]


@dataclass
class AssetStore:
    """The store's state, for a test to look at and to change. The next requests to a place meet its `faults` first."""

    products: dict[str, Product]
    url: str = ""
    robots: str = OPEN
    pages: dict[str, str] = field(default_factory=dict)
    """Pages by product id, in place of those that the store would show."""
    hits: list[Hit] = field(default_factory=list)
    at_once: int = 0
    """How many requests there ever were at the same time."""
    _now: int = 0
    _faults: list[tuple[Where, Fault]] = field(default_factory=list)

    @property
    def host(self) -> str:
        return self.url.removeprefix("http://")

    def next(self, where: Where, *faults: Fault) -> None:
        """Let the next requests to `where` meet `faults`, one each."""
        self._faults += [(where, fault) for fault in faults]

    def paths(self, where: Where) -> list[str]:
        """Return what was asked for, in order."""
        return [hit.path for hit in self.hits if hit.where == where]

    @web.middleware
    async def door(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        where = _where(request.path)
        self.hits.append(Hit(where, request.path, dict(request.headers)))
        self._now += 1
        self.at_once = max(self.at_once, self._now)
        try:
            for number, (place, fault) in enumerate(self._faults):
                if place == where:
                    del self._faults[number]
                    return await fault(request)
            return await handler(request)
        finally:
            self._now -= 1

    async def answer_robots(self, _: web.Request) -> web.StreamResponse:
        return web.Response(text=self.robots)

    async def answer_page(self, request: web.Request) -> web.StreamResponse:
        last = request.path.rstrip("/").rpartition("/")[2]
        product = self.products.get(found[1]) if (found := _ID.search(last)) else None
        if product is None:
            return web.Response(status=404, text="<html>Nothing here.</html>", content_type="text/html")
        if request.path != product.path:
            return web.Response(status=301, headers={"Location": product.path})
        others = [other for other in self.products.values() if other is not product]
        shown = self.pages.get(product.id) or page_of(product, self.host, others=others)
        return web.Response(text=shown, content_type="text/html", headers={"Set-Cookie": "_csrf=0; Path=/"})

    async def answer_picture(self, _: web.Request) -> web.StreamResponse:
        return web.Response(body=PICTURE, content_type="image/png")


def _where(path: str) -> Where:
    return "robots" if path.endswith("/robots.txt") else "page" if path.startswith("/packages/") else "picture"


@asynccontextmanager
async def asset_store(*products: Product) -> AsyncIterator[AssetStore]:
    """Run a store with `products`, or else the invented ones, on a free port of the loopback."""
    store = AssetStore({product.id: product for product in products or PRODUCTS})
    app = web.Application(middlewares=[store.door])
    app.router.add_get("/robots.txt", store.answer_robots)
    app.router.add_get("/packages/{path:.*}", store.answer_page)
    app.router.add_get("/key-image/{name}", store.answer_picture)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        store.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield store
    finally:
        await runner.cleanup()
