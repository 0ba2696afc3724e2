"""What the store told us lately of each product: facts, never pages."""

from __future__ import annotations

from dataclasses import asdict

from asset_ingest.adapters.listings.asset_store.place import Manners
from asset_ingest.core.ports.cache import Cache
from asset_ingest.core.ports.clock import Clock
from asset_ingest.core.ports.listings import Answer, Found, Listing, NotListed

_LISTS = ("tags", "unity_versions")


class Memory:
    """Only what says something of the product is remembered: not that we were blocked, nor that a page was broken."""

    def __init__(self, origin: str, cache: Cache, clock: Clock, manners: Manners) -> None:
        self._origin = origin
        self._cache = cache
        self._clock = clock
        self._manners = manners

    async def recall(self, product_id: str) -> Found | NotListed | None:
        match await self._cache.recall(self._name(product_id)):
            case {"listing": None}:
                return NotListed()
            case {"listing": dict(told)}:
                return _found(told)
        return None

    async def keep(self, product_id: str, answer: Answer) -> None:
        now = self._clock.now()
        match answer:
            case Found(listing):
                await self._cache.keep(self._name(product_id), {"listing": asdict(listing)}, now + self._manners.found)
            case NotListed():
                await self._cache.keep(self._name(product_id), {"listing": None}, now + self._manners.not_listed)

    def _name(self, product_id: str) -> str:
        return f"asset-store/listing/{self._origin}/{product_id}"


def _found(told: dict[str, object]) -> Found | None:
    lists = {name: tuple(value) for name in _LISTS if isinstance(value := told.get(name), list)}
    try:
        return Found(Listing(**{**told, **lists}))  # type: ignore[arg-type]  # JSON of ours
    except TypeError:  # kept by a version that knew other fields
        return None
