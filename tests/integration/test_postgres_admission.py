"""Who takes the last place, when many ask for it at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from asset_ingest.adapters.clock.system import SystemClock, Uuid7
from asset_ingest.adapters.notifier.memory import MemoryNotifier
from asset_ingest.adapters.repos.postgres.pool import open_pool
from asset_ingest.adapters.repos.postgres.records import PostgresRecords
from asset_ingest.adapters.telemetry.memory import MemoryObserver
from asset_ingest.core.errors import QuotaExceeded, TooManyUploads
from asset_ingest.core.journeys import Journeys
from asset_ingest.core.model.access import Principal, Role
from asset_ingest.core.ports.upload_repos import Claim, Usage
from asset_ingest.core.services.admission import Quota, Quotas
from asset_ingest.core.services.announcing import announce, announced
from asset_ingest.core.services.uploads import UploadLimits
from asset_ingest.testing.records.samples import Samples

MIB = 1 << 20
WAITS = UploadLimits().abandoned_after


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[asyncpg.Pool]:
    async with open_pool(database_url, max_size=24) as pool:
        yield pool


@pytest.fixture
async def ours(pool: asyncpg.Pool) -> Samples:
    samples = Samples.fresh()
    studio = samples.studio
    await pool.execute(
        "INSERT INTO studio (id, name, created_at) VALUES ($1, $2, $3)", studio.id, studio.name, studio.created_at
    )
    return samples


async def outcomes(pool: asyncpg.Pool, ours: Samples, quota: Quota, sizes: list[int]) -> list[object]:
    """Announce files of these sizes, all at once."""
    who = Principal(ours.id, ours.member.id, ours.member.name, Role.ADMIN, "c-1")
    journeys = Journeys(PostgresRecords(pool), MemoryNotifier(), SystemClock(), Uuid7(), MemoryObserver())

    async def one(size: int) -> None:
        await announce(journeys, Quotas(quota), announced(journeys, who, "a.bin", size, WAITS))

    return await asyncio.gather(*map(one, sizes), return_exceptions=True)


async def usage(pool: asyncpg.Pool, ours: Samples) -> Usage:
    async with PostgresRecords(pool).transaction(ours.id) as tx:
        return await tx.uploads.usage()


# The server takes 200 connections: where more than 200 MiB are free, small files are let in side by side.
@pytest.mark.parametrize(
    ("quota", "size", "room"),
    [(30, 1, 30), (30, 7, 4), (240 * MIB, MIB, 240), (240 * MIB, 16 * MIB, 15)],
    ids=["one by one", "one by one, with a rest", "side by side until it gets tight", "large files"],
)
async def test_exactly_as_many_bytes_are_let_in_as_there_is_room_for(
    pool: asyncpg.Pool, ours: Samples, quota: int, size: int, room: int
) -> None:
    ended = await outcomes(pool, ours, Quota(stored=quota), [size] * (room + 40))
    assert (ended.count(None), {type(each) for each in ended}) == (room, {type(None), QuotaExceeded})
    assert await usage(pool, ours) == Usage(room * size, room)


@pytest.mark.parametrize("places", [1, 10, 240])
async def test_exactly_as_many_uploads_are_let_in_as_there_are_places(
    pool: asyncpg.Pool, ours: Samples, places: int
) -> None:
    ended = await outcomes(pool, ours, Quota(uploads=places), [5] * (places + 40))
    assert (ended.count(None), {type(each) for each in ended}) == (places, {type(None), TooManyUploads})


async def test_small_files_far_from_the_limit_do_not_wait_for_one_another(pool: asyncpg.Pool, ours: Samples) -> None:
    records, far = PostgresRecords(pool), Claim(10 << 10, 1 << 40, None)
    async with records.transaction(ours.id) as one, records.transaction(ours.id) as other:
        await one.uploads.claim(far)
        await asyncio.wait_for(other.uploads.claim(far), 10)


async def test_close_to_the_limit_the_second_waits_for_the_first(pool: asyncpg.Pool, ours: Samples) -> None:
    records, close = PostgresRecords(pool), Claim(10, 20, None)
    job = ours.job()
    async with records.transaction(ours.id) as other:
        async with records.transaction(ours.id) as one:
            await one.uploads.claim(close)
            waiting = asyncio.create_task(other.uploads.claim(close))
            await one.jobs.add(job)
            await one.uploads.add(ours.upload(job, size=15))
            assert not waiting.done()
        assert await asyncio.wait_for(waiting, 10) == Usage(15, 1)
    async with pool.acquire() as connection:
        assert await connection.fetchval("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == 0


async def test_a_studio_waits_for_no_other(pool: asyncpg.Pool, ours: Samples) -> None:
    records, close = PostgresRecords(pool), Claim(10, 20, None)
    async with records.transaction(ours.id) as one, records.transaction(Samples.fresh().id) as other:
        await one.uploads.claim(close)
        await asyncio.wait_for(other.uploads.claim(close), 10)


async def test_blobs_that_are_removed_are_counted_out(pool: asyncpg.Pool, ours: Samples) -> None:
    async with PostgresRecords(pool).transaction(ours.id) as tx:
        for size in (10, 7):
            await tx.versions.put_blob(ours.blob(size=size))
    assert await usage(pool, ours) == Usage(17, 0)
    await pool.execute("DELETE FROM blob WHERE size = 10")
    assert await usage(pool, ours) == Usage(7, 0)
