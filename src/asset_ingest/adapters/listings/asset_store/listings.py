"""The store page as a source, with its manners."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

import anyio

from asset_ingest.adapters.listings.asset_store.memory import Memory
from asset_ingest.adapters.listings.asset_store.pages import Pages
from asset_ingest.adapters.listings.asset_store.pictures import fetch_picture, picture_address
from asset_ingest.adapters.listings.asset_store.place import Manners, StorePlace, origin_of
from asset_ingest.adapters.listings.asset_store.robots import RobotsGate
from asset_ingest.adapters.listings.asset_store.visits import Sleep, Visits
from asset_ingest.adapters.listings.asset_store.walls import Breaker, Walled
from asset_ingest.adapters.safe_fetch import SafeFetch
from asset_ingest.core.errors import ServiceUnavailable
from asset_ingest.core.ports.cache import Cache
from asset_ingest.core.ports.clock import Clock
from asset_ingest.core.ports.examination import Examinable, Finding
from asset_ingest.core.ports.listings import Answer, Blocked, Found, Listing, NotListed, StoreListings
from asset_ingest.core.ports.locks import Locks

_PRODUCT_ID: Final = re.compile(r"[1-9][0-9]{0,17}")  # it becomes part of an address
_SUBJECT: Final = "Asset Store"
_UNREACHED: Final = "Check the way out to the internet, and ASSET_INGEST_STORE_PAGE_URL."


class AssetStoreListings(StoreListings, Examinable):
    """StoreListings from the public product pages, one request at a time over all processes that share the ports."""

    def __init__(
        self,
        place: StorePlace,
        cache: Cache,
        locks: Locks,
        clock: Clock,
        *,
        manners: Manners | None = None,
        sleep: Sleep = anyio.sleep,
        fetch: SafeFetch | None = None,
    ) -> None:
        manners = manners or Manners()
        fetch = fetch or SafeFetch(place.user_agent, seconds=manners.seconds, loopback=place.loopback)
        self._place = place
        self._clock = clock
        self._visits = Visits(fetch, cache, locks, clock, manners.spacing, sleep)
        self._robots = RobotsGate(self._visits, cache, clock, manners.robots)
        self._pages = Pages(place, self._visits, self._robots, clock)
        self._memory = Memory(place.origin, cache, clock, manners)
        self._breaker = Breaker(cache, clock, manners.first_pause, manners.longest_pause)

    async def look_up(self, product_id: str) -> Answer:
        if not _PRODUCT_ID.fullmatch(product_id):
            return NotListed()
        if (known := await self._known(product_id)) is not None:
            return known
        async with self._visits.turn():
            if (known := await self._known(product_id)) is not None:  # while we waited, somebody asked
                return known
            return await self._asked(product_id)

    async def _known(self, product_id: str) -> Answer | None:
        return await self._memory.recall(product_id) or await self._breaker.blocked(self._place.origin)

    async def _asked(self, product_id: str) -> Answer:
        try:
            answer = await self._pages.ask(product_id)
        except Walled as wall:
            return await self._breaker.trip(self._place.origin, wall)
        if isinstance(answer, Found | NotListed):
            await self._breaker.close(self._place.origin)
            await self._memory.keep(product_id, answer)
        return answer

    async def picture(self, listing: Listing) -> bytes | None:
        url = picture_address(listing.image_url, self._place)
        if url is None:
            return None
        origin = origin_of(url)
        async with self._visits.turn():
            if blocked := await self._breaker.blocked(origin):
                raise ServiceUnavailable(f"the store's pictures are out of reach now: {blocked.reason}")
            try:
                asked = await self._robots.of(origin)
                if not asked.robots.allows(urlsplit(url).path):
                    return None
                picture = await fetch_picture(url, self._place, self._visits, self._clock, asked.robots.pause)
            except Walled as wall:
                await self._breaker.trip(origin, wall)
                raise ServiceUnavailable(f"the store's pictures are out of reach now: {wall.reason}") from wall
            await self._breaker.close(origin)
            return picture

    async def examine(self) -> Sequence[Finding]:
        """Read robots.txt, as the first request of every day does; no product is asked for."""
        try:
            async with self._visits.turn():
                blocked = await self._breaker.blocked(self._place.origin)
                return [_kept_out(blocked) if blocked else await self._greeted()]
        except ServiceUnavailable as error:
            return [Finding(_SUBJECT, error.message, _UNREACHED)]

    async def _greeted(self) -> Finding:
        try:
            asked = await self._robots.fetched(self._place.origin)
        except Walled as wall:
            return _kept_out(await self._breaker.trip(self._place.origin, wall))
        if asked.robots.allows("/packages/slug/1"):
            return Finding(_SUBJECT, f"{self._place.origin} answers, and its robots.txt lets programs at product pages")
        return Finding(
            _SUBJECT,
            f"the robots.txt of {self._place.origin} keeps programs from product pages, so none is asked for",
            "Turn ASSET_INGEST_STORE_PAGE off, or ask the store for access.",
        )


def _kept_out(blocked: Blocked) -> Finding:
    until = f"{blocked.until:%Y-%m-%d %H:%M} UTC"
    return Finding(
        _SUBJECT,
        f"the store does not answer us now: {blocked.reason}",
        f"We ask again after {until} by ourselves; if this stays, turn ASSET_INGEST_STORE_PAGE off.",
    )
