"""A visitor of the stand-in store whose time passes only when it waits."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from asset_ingest.adapters.cache.memory import MemoryCache
from asset_ingest.adapters.clock.memory import ManualClock
from asset_ingest.adapters.listings.asset_store import AssetStoreListings, Manners, StorePlace
from asset_ingest.adapters.locks.memory import MemoryLocks
from asset_ingest.testing.asset_store import AssetStore


@dataclass
class Visitor:
    """Processes share its cache, locks and clock; `pauses` are the seconds that they waited."""

    store: AssetStore
    contact: str = "ops@studio.example"
    clock: ManualClock = field(default_factory=ManualClock)
    locks: MemoryLocks = field(default_factory=MemoryLocks)
    pauses: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.cache = MemoryCache(self.clock)

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.clock.advance(timedelta(seconds=seconds))

    def process(self, manners: Manners | None = None) -> AssetStoreListings:
        place = StorePlace(contact=self.contact, version="1.2.3", url=self.store.url, loopback=True)
        return AssetStoreListings(place, self.cache, self.locks, self.clock, manners=manners, sleep=self.sleep)
