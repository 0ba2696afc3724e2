"""What every Cache promises. Subclasses bring `cache`, empty, and `clock`, which it tells the time by."""

from __future__ import annotations

from datetime import timedelta

import pytest

from asset_ingest.core.ports.cache import Cache
from asset_ingest.core.ports.clock import Clock

HOUR = timedelta(hours=1)


class CacheContract:
    async def test_what_nobody_kept_is_nothing(self, cache: Cache) -> None:
        assert await cache.recall("a") is None

    @pytest.mark.parametrize("value", [{"a": [1, None, "ä"]}, [], "text", 0, False, {"deep": {"er": {"still": 1.5}}}])
    async def test_a_value_comes_back_as_it_was(self, cache: Cache, clock: Clock, value: object) -> None:
        await cache.keep("a", value, clock.now() + HOUR)
        assert await cache.recall("a") == value

    async def test_the_latest_value_replaces_the_earlier(self, cache: Cache, clock: Clock) -> None:
        await cache.keep("a", 1, clock.now() + HOUR)
        await cache.keep("a", 2, clock.now() + HOUR)
        assert await cache.recall("a") == 2

    async def test_names_are_apart(self, cache: Cache, clock: Clock) -> None:
        await cache.keep("a", 1, clock.now() + HOUR)
        await cache.keep("A", 2, clock.now() + HOUR)
        assert (await cache.recall("a"), await cache.recall("A")) == (1, 2)

    async def test_a_value_is_gone_when_its_time_is_over(self, cache: Cache, clock: Clock) -> None:
        await cache.keep("a", 1, clock.now())
        assert await cache.recall("a") is None

    async def test_what_is_over_can_be_kept_anew(self, cache: Cache, clock: Clock) -> None:
        await cache.keep("a", 1, clock.now() - HOUR)
        await cache.keep("a", 2, clock.now() + HOUR)
        assert await cache.recall("a") == 2

    async def test_changing_what_was_given_changes_nothing_kept(self, cache: Cache, clock: Clock) -> None:
        value = {"a": 1}
        await cache.keep("a", value, clock.now() + HOUR)
        value["a"] = 2
        assert await cache.recall("a") == {"a": 1}
