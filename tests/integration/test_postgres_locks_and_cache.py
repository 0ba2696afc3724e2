"""One at a time, and a memory in common, between processes that share a PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import anyio
import asyncpg
import pytest

from asset_ingest.adapters.cache.postgres import PostgresCache
from asset_ingest.adapters.clock.memory import ManualClock
from asset_ingest.adapters.locks.postgres import PostgresLocks
from asset_ingest.adapters.repos.postgres.pool import open_pool
from asset_ingest.core.errors import DatabaseUnavailable, ServiceUnavailable
from asset_ingest.testing.cache import CacheContract
from asset_ingest.testing.locks import LocksContract

HOUR = timedelta(hours=1)
NOBODY = "postgresql://nobody:nothing@127.0.0.1:1/none"


class TestPostgresLocks(LocksContract):
    @pytest.fixture
    def locks(self, database_url: str) -> PostgresLocks:
        return PostgresLocks(database_url)

    async def test_two_processes_exclude_each_other(self, locks: PostgresLocks, database_url: str) -> None:
        impatient = PostgresLocks(database_url, longest_wait=0.05)
        async with locks.hold("a"):
            with pytest.raises(ServiceUnavailable, match="another worker"):
                async with impatient.hold("a"):
                    pass
            async with impatient.hold("b"):
                pass

    async def test_a_holder_whose_connection_is_cut_lets_go(self, locks: PostgresLocks, database_url: str) -> None:
        async with locks.hold("a"):
            admin = await asyncpg.connect(database_url)
            await admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_locks"
                " WHERE locktype = 'advisory' AND pid <> pg_backend_pid() AND database ="
                " (SELECT oid FROM pg_database WHERE datname = current_database())"
            )
            await admin.close()
            with anyio.fail_after(10):
                async with PostgresLocks(database_url).hold("a"):
                    pass

    async def test_a_database_that_is_away_is_our_error(self) -> None:
        with pytest.raises(DatabaseUnavailable):
            async with PostgresLocks(NOBODY).hold("a"):
                pass


class TestPostgresCache(CacheContract):
    @pytest.fixture
    def clock(self) -> ManualClock:
        return ManualClock()

    @pytest.fixture
    async def pool(self, database_url: str) -> AsyncIterator[asyncpg.Pool]:
        async with open_pool(database_url, max_size=2) as pool:
            yield pool

    @pytest.fixture
    def cache(self, pool: asyncpg.Pool, clock: ManualClock) -> PostgresCache:
        return PostgresCache(pool, clock)

    async def test_what_is_over_leaves_the_table(
        self, cache: PostgresCache, clock: ManualClock, pool: asyncpg.Pool
    ) -> None:
        await cache.keep("old", 1, clock.now() + HOUR)
        clock.advance(HOUR)
        await cache.keep("new", 2, clock.now() + HOUR)
        assert [row["name"] for row in await pool.fetch("SELECT name FROM cache")] == ["new"]
