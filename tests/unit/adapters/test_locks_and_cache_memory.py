from __future__ import annotations

from datetime import timedelta

import pytest

from asset_ingest.adapters.cache.memory import MemoryCache
from asset_ingest.adapters.clock.memory import ManualClock
from asset_ingest.adapters.locks.memory import MemoryLocks
from asset_ingest.testing.cache import CacheContract
from asset_ingest.testing.locks import LocksContract

HOUR = timedelta(hours=1)


class TestMemoryLocks(LocksContract):
    @pytest.fixture
    def locks(self) -> MemoryLocks:
        return MemoryLocks()

    async def test_a_name_nobody_wants_any_more_takes_no_memory(self, locks: MemoryLocks) -> None:
        async with locks.hold("a"):
            pass
        assert not locks._locks
        assert not locks._wanted


class TestMemoryCache(CacheContract):
    @pytest.fixture
    def clock(self) -> ManualClock:
        return ManualClock()

    @pytest.fixture
    def cache(self, clock: ManualClock) -> MemoryCache:
        return MemoryCache(clock, most=3)

    async def test_time_makes_it_forget(self, cache: MemoryCache, clock: ManualClock) -> None:
        await cache.keep("a", 1, clock.now() + HOUR)
        clock.advance(HOUR - timedelta(seconds=1))
        assert await cache.recall("a") == 1
        clock.advance(timedelta(seconds=1))
        assert await cache.recall("a") is None

    async def test_the_oldest_makes_room(self, cache: MemoryCache, clock: ManualClock) -> None:
        for number in range(4):
            await cache.keep(str(number), number, clock.now() + HOUR)
        assert [await cache.recall(str(number)) for number in range(4)] == [None, 1, 2, 3]
