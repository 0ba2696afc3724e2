"""Asking for one product page and judging what comes."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from anyio import to_thread

from asset_ingest.adapters.listings.asset_store.place import StorePlace
from asset_ingest.adapters.listings.asset_store.robots import RobotsGate
from asset_ingest.adapters.listings.asset_store.visits import Visits, led_to
from asset_ingest.adapters.listings.asset_store.walls import Walled, challenges, refuse_walls
from asset_ingest.adapters.safe_fetch import Fetched, NotPublic, Refused
from asset_ingest.core.errors import ServiceUnavailable
from asset_ingest.core.formats.store_page import (
    LARGEST_PAGE,
    BadStorePage,
    OtherProduct,
    StorePage,
    read_store_page,
)
from asset_ingest.core.ports.clock import Clock
from asset_ingest.core.ports.listings import Answer, Blocked, Found, Listing, Malformed, NotListed

_REDIRECTS: Final = 3
_GONE: Final = frozenset({404, 410})
_DOORS: Final = frozenset({401, 403})
_HTML: Final = frozenset({"text/html", "application/xhtml+xml"})


class Pages:
    """Product pages by id. Every method is called inside a turn, and raises Walled where the store keeps us out."""

    def __init__(self, place: StorePlace, visits: Visits, robots: RobotsGate, clock: Clock) -> None:
        self._place = place
        self._visits = visits
        self._robots = robots
        self._clock = clock

    async def ask(self, product_id: str) -> Answer:
        """Fetch the page by the id alone; the store leads on to the page's own address."""
        url = f"{self._place.origin}/packages/slug/{product_id}"
        asked = await self._robots.of(self._place.origin)
        for _ in range(_REDIRECTS + 1):
            if not asked.robots.allows(urlsplit(url).path):
                return Blocked("its robots.txt asks programs to stay away from this page", asked.until)
            try:
                fetched = await self._fetched(url, asked.robots.pause)
            except Refused as refusal:
                return Malformed(f"the page cannot be read: {refusal}")
            if not 300 <= fetched.status < 400:
                return await self._judged(fetched, url, product_id)
            path = led_to(url, fetched, self._place.hosts)
            if path is None or not _names(path, product_id):
                return Malformed("the store leads from the product to another place")
            url = f"{self._place.origin}{path}"
        return Malformed("the store leads from page to page and never to the product")

    async def _fetched(self, url: str, spacing: float) -> Fetched:
        try:
            return await self._visits.get(
                url, hosts=self._place.hosts, largest=LARGEST_PAGE, accept="text/html", spacing=spacing
            )
        except NotPublic as refusal:
            raise ServiceUnavailable(f"the Asset Store cannot be asked: {refusal}") from refusal

    async def _judged(self, fetched: Fetched, url: str, product_id: str) -> Answer:
        refuse_walls(fetched, self._clock.now(), also=_DOORS)
        if fetched.status in _GONE:
            return NotListed()
        if fetched.status != 200:
            return Malformed(f"the store answers with status {fetched.status}")
        if fetched.headers.get("content-type", "").partition(";")[0].strip().lower() not in _HTML:
            return Malformed("the store answers with something else than a page")
        try:
            page = await to_thread.run_sync(read_store_page, fetched.body, product_id)
        except OtherProduct:  # shown in place of one that was withdrawn
            return NotListed()
        except BadStorePage as error:
            if challenges(fetched.body):
                raise Walled("it wants to see a person (captcha)") from error
            return Malformed(str(error))
        return Found(_listing(page, url)) if page.listed else NotListed()


def _names(path: str, product_id: str) -> bool:
    """Tell whether the address ends with the product's own id: slugs may end with other digits."""
    last = path.rstrip("/").rpartition("/")[2]
    return last == product_id or last.endswith(f"-{product_id}")


def _listing(page: StorePage, url: str) -> Listing:
    return Listing(
        product_id=page.product_id,
        url=url,
        title=page.title,
        publisher_id=page.publisher_id,
        publisher_name=page.publisher_name,
        publisher_url=page.publisher_url,
        version=page.version,
        category=page.category,
        description=page.description,
        tags=page.tags,
        unity_versions=page.unity_versions,
        published_on=page.published_on,
        image_url=page.image_url,
    )
