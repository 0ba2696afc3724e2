"""The promises of everything that stands on PostgreSQL, kept by the one that Debian ships: older than the wheel's."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from anyio.from_thread import BlockingPortal
from tests.integration import test_postgres_locks_and_cache as locks_and_cache
from tests.integration import test_postgres_queue_and_notifier as queue_and_notifier
from tests.integration import test_postgres_records as over_the_wheel
from tests.integration.postgres_fixture import _create, _served, _url

from asset_ingest.adapters.postgres_server.embedded import EmbeddedServer
from asset_ingest.adapters.repos.postgres.migrate import migrate, pending

MISSING = "there is no PostgreSQL of Debian's: apt-get install --no-install-recommends postgresql-15"


@pytest.fixture(scope="session")
def postgres_server(
    postgres_portal: BlockingPortal, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[EmbeddedServer]:
    """A cluster of this file's own, made and served by Debian's programs."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name))
    if not folders:
        pytest.fail(MISSING) if os.environ.get("CI") == "true" else pytest.skip(MISSING)
    served = _served(tmp_path_factory.mktemp("debian"), folders[0])
    with postgres_portal.wrap_async_context_manager(served) as server:
        yield server


@pytest.fixture(scope="session")
def migrated_template(postgres_portal: BlockingPortal, postgres_server: EmbeddedServer) -> str:
    postgres_portal.call(_create, postgres_server, "migrated", "template0")
    postgres_portal.call(migrate, _url(postgres_server, "migrated"))
    return "migrated"


pool = over_the_wheel.pool
records = over_the_wheel.records
add_studio = over_the_wheel.add_studio
ours = over_the_wheel.ours
tasks = queue_and_notifier.tasks
notifier = queue_and_notifier.notifier


async def test_it_is_another_postgresql(pool: asyncpg.Pool, postgres_server: EmbeddedServer) -> None:
    said = await pool.fetchval("SELECT version()")
    assert f"PostgreSQL {postgres_server.version}" in said
    assert "Debian" in said


async def test_every_migration_is_applied(database_url: str) -> None:
    assert await pending(database_url) == []


class TestRecords(over_the_wheel.TestPostgresRecords):
    pass


class TestLocks(locks_and_cache.TestPostgresLocks):
    pass


class TestCache(locks_and_cache.TestPostgresCache):
    pass


class TestTaskQueue(queue_and_notifier.TestPostgresTaskQueue):
    pass


class TestNotifier(queue_and_notifier.TestPostgresNotifier):
    pass
