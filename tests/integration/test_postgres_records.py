"""The promises of the records, kept by PostgreSQL; and those that only a database has to keep."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest

from asset_ingest.adapters.repos.postgres.pool import open_pool
from asset_ingest.adapters.repos.postgres.readers import Borrowed, open_readers
from asset_ingest.adapters.repos.postgres.records import PostgresRecords
from asset_ingest.adapters.repos.postgres.sql import Sql
from asset_ingest.core.errors import Conflict, DatabaseUnavailable, InvalidRequest, Misconfigured
from asset_ingest.core.model.access import Member, Studio
from asset_ingest.core.ports.repos import JobQuery
from asset_ingest.core.ports.system_records import SystemRecords
from asset_ingest.testing.records import AddStudio, RecordsContract
from asset_ingest.testing.records.samples import Samples, keep_asset, keep_steps


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[asyncpg.Pool]:
    async with open_pool(database_url, max_size=12) as pool:
        yield pool


@pytest.fixture
async def records(pool: asyncpg.Pool, database_url: str) -> AsyncIterator[PostgresRecords]:
    async with (
        open_readers(database_url, max_size=4) as readers,
        open_readers(database_url, max_size=2, role="ingest_system") as doormen,
    ):
        yield PostgresRecords(pool, readers, doormen)


@pytest.fixture
def add_studio(pool: asyncpg.Pool) -> AddStudio:
    async def add(studio: Studio, member: Member) -> None:
        await pool.execute(
            "INSERT INTO studio (id, name, created_at, slug) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            *(studio.id, studio.name, studio.created_at, studio.slug),
        )
        await pool.execute(
            "INSERT INTO member (id, studio_id, name, role, created_at, email) VALUES ($1, $2, $3, $4, $5, $6)",
            *(member.id, member.studio_id, member.name, member.role, member.created_at, member.email),
        )

    return add


@pytest.fixture
async def ours(add_studio: AddStudio) -> Samples:
    samples = Samples.fresh()
    await add_studio(samples.studio, samples.member)
    return samples


class TestPostgresRecords(RecordsContract):
    @pytest.fixture
    def system(self, records: PostgresRecords) -> SystemRecords:
        return records.system


async def test_a_studio_of_twice_the_weight_gets_twice_the_turns(
    pool: asyncpg.Pool, records: PostgresRecords, ours: Samples, add_studio: AddStudio
) -> None:
    heavy = Samples.fresh()
    await add_studio(heavy.studio, heavy.member)
    await pool.execute("UPDATE studio SET weight = 2 WHERE id = $1", heavy.id)
    for samples in (ours, heavy) * 6:
        async with records.transaction(samples.id) as tx:
            await keep_steps(tx, samples, {})
    served = [
        (await records.system.work.dispatch({"ingest": room}, timedelta(hours=1)))[0].studio_id for room in range(1, 7)
    ]
    assert (served.count(heavy.id), served.count(ours.id)) == (4, 2)


async def test_a_row_that_refers_to_nothing_is_a_conflict(records: PostgresRecords, ours: Samples) -> None:
    with pytest.raises(Conflict):
        async with records.transaction(ours.id) as tx:
            await tx.uploads.add(ours.upload(ours.job()))


async def test_a_refused_statement_that_the_block_passes_over_is_not_forgotten(
    records: PostgresRecords, ours: Samples
) -> None:
    job, other = ours.job(), ours.job()

    async def pass_over() -> None:
        async with records.transaction(ours.id) as tx:
            await tx.jobs.add(other)
            await tx.jobs.add(job)
            with suppress(Conflict):
                await tx.jobs.add(job)

    with pytest.raises(Conflict, match="nothing of it was kept"):
        await pass_over()


async def test_a_deadlock_is_a_conflict_for_one_and_success_for_the_other(
    records: PostgresRecords, ours: Samples
) -> None:
    jobs = [ours.job(), ours.job()]
    async with records.transaction(ours.id) as tx:
        for job in jobs:
            await tx.jobs.add(job)
    both_hold_one = asyncio.Barrier(2)

    async def lock(first: int, second: int) -> None:
        async with records.transaction(ours.id) as tx:
            await tx.jobs.lock(jobs[first].id)
            await both_hold_one.wait()
            await tx.jobs.lock(jobs[second].id)

    done = await asyncio.gather(lock(0, 1), lock(1, 0), return_exceptions=True)
    assert {type(each) for each in done} == {Conflict, type(None)}


@pytest.mark.parametrize("name", ["nul\0", "lone surrogate \ud800"])
async def test_what_no_text_can_hold_is_an_invalid_request(records: PostgresRecords, ours: Samples, name: str) -> None:
    for job in (ours.job(original_filename=name), ours.job(metadata={"name": name})):
        with pytest.raises(InvalidRequest):
            async with records.transaction(ours.id) as tx:
                await tx.jobs.add(job)
    with pytest.raises(InvalidRequest):
        async with records.transaction(ours.id) as tx:
            await tx.jobs.page(JobQuery(1, text=name))


async def test_a_number_beyond_the_column_is_an_invalid_request(records: PostgresRecords, ours: Samples) -> None:
    with pytest.raises(InvalidRequest):
        async with records.transaction(ours.id) as tx:
            await tx.jobs.add(ours.job(size=1 << 63))


async def test_a_connection_cut_in_the_middle_is_our_error_and_the_next_transaction_works(
    database_url: str, records: PostgresRecords, ours: Samples
) -> None:
    job = ours.job()

    async def add_while_cut(*, then_read: bool) -> None:
        async with records.transaction(ours.id) as tx:
            await tx.jobs.add(job)
            await _cut_all_others(database_url)
            if then_read:
                await tx.jobs.get(job.id)

    with pytest.raises(DatabaseUnavailable):
        await add_while_cut(then_read=True)
    with pytest.raises(DatabaseUnavailable):
        await add_while_cut(then_read=False)
    async with records.transaction(ours.id) as tx:
        assert await tx.jobs.page(JobQuery(9)) == []


async def test_a_callers_error_is_told_even_where_the_connection_is_gone(
    database_url: str, records: PostgresRecords, ours: Samples
) -> None:
    async def fail() -> None:
        async with records.transaction(ours.id) as tx:
            await tx.events.watermark()
            await _cut_all_others(database_url)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()


async def test_a_database_that_is_not_there_is_our_error(database_url: str) -> None:
    with pytest.raises(DatabaseUnavailable):
        async with open_pool(database_url.replace("/test_", "/no_such_"), max_size=1):
            pass
    with pytest.raises(Misconfigured):
        async with open_pool("mysql://root@localhost/x", max_size=1):
            pass


async def test_no_connection_stays_in_use(pool: asyncpg.Pool, records: PostgresRecords, ours: Samples) -> None:
    async def work(number: int) -> None:
        async with records.transaction(ours.id) as tx:
            await keep_asset(tx, ours)
            if number % 3 == 0:
                raise ZeroDivisionError
            if number % 3 == 1:
                await asyncio.Event().wait()

    tasks = [asyncio.create_task(work(number)) for number in range(9)]
    await asyncio.wait([task for number, task in enumerate(tasks) if number % 3 != 1])
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    assert pool.get_idle_size() == pool.get_size()


async def test_readers_outlive_what_is_called_off(database_url: str, ours: Samples) -> None:
    async with open_readers(database_url, max_size=2) as readers:

        async def work(number: int) -> int:
            async with Borrowed(readers, Sql, ours.id) as sql:
                await sql.value("SELECT pg_sleep(600)" if number % 2 else "SELECT 1")
            return number

        tasks = [asyncio.create_task(work(number)) for number in (0, 2, 1)]
        await asyncio.wait(tasks[:2])
        tasks[2].cancel()
        await asyncio.wait(tasks)
        assert await asyncio.gather(*(work(number) for number in (4, 6, 8))) == [4, 6, 8]


async def test_readers_come_back_after_the_database_went_away(database_url: str, ours: Samples) -> None:
    async with open_readers(database_url, max_size=1) as readers:
        for _ in range(2):
            async with Borrowed(readers, Sql, ours.id) as sql:
                assert await sql.value("SELECT ingest_studio()") == ours.id
            await _cut_all_others(database_url)


async def test_readers_write_nothing_and_see_one_studio(
    database_url: str, records: PostgresRecords, ours: Samples
) -> None:
    async with open_readers(database_url, max_size=1) as readers:
        async with Borrowed(readers, Sql, ours.id) as sql:
            assert await sql.value("SELECT count(*) FROM studio") == 1
            with pytest.raises(DatabaseUnavailable):
                await sql.run("DELETE FROM asset")
        async with Borrowed(readers, Sql, Samples.fresh().id) as sql:
            assert await sql.value("SELECT count(*) FROM studio") == 0


async def test_a_lock_is_held_until_the_transaction_ends(
    database_url: str, records: PostgresRecords, ours: Samples
) -> None:
    job, order = ours.job(), list[str]()
    async with records.transaction(ours.id) as tx:
        await tx.jobs.add(job)

    async def second() -> None:
        async with records.transaction(ours.id) as tx:
            locked = await tx.jobs.lock(job.id)
            order.append("second")
            await tx.jobs.save(replace(locked, revision=3))

    async with records.transaction(ours.id) as tx:
        locked = await tx.jobs.lock(job.id)
        waiting = asyncio.create_task(second())
        await _until_somebody_waits(database_url)
        order.append("first")
        await tx.jobs.save(replace(locked, revision=2))
    await waiting
    assert order == ["first", "second"]


async def _cut_all_others(url: str) -> None:
    await _ask(
        url,
        "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )


async def _until_somebody_waits(url: str) -> None:
    while not await _ask(
        url,
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
    ):
        pass  # the test's own timeout bounds this


async def _ask(url: str, question: str) -> object:
    connection = await asyncpg.connect(url, timeout=10, command_timeout=10)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()
