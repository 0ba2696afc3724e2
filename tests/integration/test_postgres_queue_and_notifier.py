"""Ids and notices through PostgreSQL: the promises of the ports, and what happens when connections are cut."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
import pytest

from asset_ingest.adapters.notifier.postgres import PostgresNotifier
from asset_ingest.adapters.notifier.wire import decode, encode
from asset_ingest.adapters.repos.postgres.pool import open_pool
from asset_ingest.adapters.task_queue.postgres import PostgresTaskQueue
from asset_ingest.core.errors import DatabaseUnavailable
from asset_ingest.core.model.ids import JobId, StepId, StudioId
from asset_ingest.core.ports.notifier import Progressed, WorkCommitted
from asset_ingest.testing.notifier import NotifierContract
from asset_ingest.testing.task_queue import TaskSourceContract

STUDIO = StudioId(UUID(int=1))
ONE = StepId(UUID(int=1))


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[asyncpg.Pool]:
    async with open_pool(database_url, max_size=6) as pool:
        yield pool


@pytest.fixture
def notifier(pool: asyncpg.Pool, database_url: str) -> PostgresNotifier:
    return PostgresNotifier(pool, database_url)


@pytest.fixture
async def tasks(pool: asyncpg.Pool, database_url: str) -> AsyncIterator[PostgresTaskQueue]:
    async with PostgresTaskQueue(pool, database_url) as queue:
        yield queue


class TestPostgresTaskQueue(TaskSourceContract):
    @pytest.fixture
    def source(self, tasks: PostgresTaskQueue) -> PostgresTaskQueue:
        return tasks


class TestPostgresNotifier(NotifierContract):
    pass


async def test_a_taker_in_another_process_hears_of_what_was_put(
    pool: asyncpg.Pool, database_url: str, tasks: PostgresTaskQueue
) -> None:
    async with PostgresTaskQueue(pool, database_url) as elsewhere:
        taking = asyncio.create_task(elsewhere.take(["ingest"]))
        await _until(database_url, SOMEBODY_LISTENS)
        await tasks.put("ingest", ONE)
        assert await taking == ONE


async def test_a_taker_goes_on_after_its_ear_was_cut(database_url: str, tasks: PostgresTaskQueue) -> None:
    taking = asyncio.create_task(tasks.take(["ingest"]))
    await _until(database_url, SOMEBODY_LISTENS)
    await _until(database_url, CUT_LISTENERS)
    await tasks.put("ingest", ONE)
    assert await taking == ONE


async def test_a_follower_hears_again_after_its_connection_was_cut(
    database_url: str, notifier: PostgresNotifier
) -> None:
    async with notifier.follow() as notices:
        await _until(database_url, CUT_LISTENERS)
        await _until(database_url, SOMEBODY_LISTENS)
        await notifier.publish(WorkCommitted())
        assert await anext(notices) == WorkCommitted()


async def test_a_follower_who_leaves_takes_the_connection_along(database_url: str, notifier: PostgresNotifier) -> None:
    async with notifier.follow():
        pass
    await _until(database_url, NOBODY_LISTENS)


async def test_what_others_say_on_the_channel_is_passed_over(pool: asyncpg.Pool, notifier: PostgresNotifier) -> None:
    async with notifier.follow() as notices:
        for strange in ("", "no JSON", '["x",1]', '["f","no id",1]', '["f",1,1]', '["p"]', "{}", "[" * 7999):
            await pool.execute("SELECT pg_notify('notices', $1)", strange)
        await notifier.publish(WorkCommitted())
        assert await anext(notices) == WorkCommitted()


async def test_without_a_database_all_say_so(database_url: str) -> None:
    async with open_pool(database_url, max_size=1) as pool:
        nowhere = database_url.replace("/test_", "/no_such_")
        notifier = PostgresNotifier(pool, nowhere)
        with pytest.raises(DatabaseUnavailable):
            async with notifier.follow():
                pass
        async with PostgresTaskQueue(pool, nowhere) as tasks:
            with pytest.raises(DatabaseUnavailable):
                await tasks.take(["ingest"])
    async with PostgresTaskQueue(pool, database_url) as tasks:  # the pool is closed by now
        with pytest.raises(DatabaseUnavailable):
            await tasks.put("ingest", ONE)
    with pytest.raises(DatabaseUnavailable):
        await notifier.publish(WorkCommitted())


def test_a_notice_is_a_short_text() -> None:
    longest = Progressed(STUDIO, JobId(UUID(int=2**128 - 1)), 100, "unity.contact_sheet")
    assert decode(encode(longest)) == longest
    assert len(encode(longest)) < 200


_LISTENING = (
    "FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE 'LISTEN%' AND state = 'idle'"
)
SOMEBODY_LISTENS = f"SELECT count(*) > 0 {_LISTENING}"
NOBODY_LISTENS = f"SELECT count(*) = 0 {_LISTENING}"
CUT_LISTENERS = f"SELECT count(pg_terminate_backend(pid, 5000)) > 0 {_LISTENING}"


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url, timeout=10, command_timeout=10)
    try:
        yield connection
    finally:
        await connection.close()


async def _until(url: str, question: str) -> None:
    """Ask until the answer is yes; the test's own timeout bounds it."""
    async with _connected(url) as connection:
        while not await connection.fetchval(question):
            pass
