"""Fixtures: one embedded server for the whole session, and a migrated database of its own for each test that asks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal

from asset_ingest.adapters.postgres_server.embedded import EmbeddedServer, embedded_postgres
from asset_ingest.adapters.postgres_server.lock import DataFolderLock
from asset_ingest.adapters.repos.postgres.migrate import migrate


@pytest.fixture(scope="session")
def postgres_portal() -> Iterator[BlockingPortal]:
    """A loop in a thread of its own that outlives the loops of all tests."""
    with start_blocking_portal() as portal:
        yield portal


@pytest.fixture(scope="session")
def postgres_server(
    postgres_portal: BlockingPortal, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[EmbeddedServer]:
    data = tmp_path_factory.mktemp("postgres")
    with postgres_portal.wrap_async_context_manager(_served(data)) as server:
        yield server


@asynccontextmanager
async def _served(data: Path, bin_dir: Path | None = None) -> AsyncIterator[EmbeddedServer]:
    options = {"fsync": "off", "max_connections": "200"}
    async with (
        DataFolderLock(data) as lock,
        embedded_postgres(data, lock, bin_dir=bin_dir, options=options) as server,
    ):
        yield server


@pytest.fixture(scope="session")
def migrated_template(postgres_portal: BlockingPortal, postgres_server: EmbeddedServer) -> str:
    """The name of a database that has every migration and no connection, ready to be cloned."""
    name = "migrated"
    postgres_portal.call(_create, postgres_server, name, "template0")
    postgres_portal.call(migrate, _url(postgres_server, name))
    return name


@pytest.fixture
def database_url(
    postgres_portal: BlockingPortal, postgres_server: EmbeddedServer, migrated_template: str
) -> Iterator[str]:
    """A migrated database for this test alone, owned by the role in the URL."""
    with postgres_portal.wrap_async_context_manager(_database(postgres_server, migrated_template)) as url:
        yield url


@pytest.fixture
def new_database(
    postgres_portal: BlockingPortal, postgres_server: EmbeddedServer, migrated_template: str
) -> Iterator[Callable[[], str]]:
    """Make a migrated database at each call; all are dropped at the end of the test."""
    with ExitStack() as stack:

        def make() -> str:
            database = _database(postgres_server, migrated_template)
            return stack.enter_context(postgres_portal.wrap_async_context_manager(database))

        yield make


@pytest.fixture
def empty_database_url(postgres_portal: BlockingPortal, postgres_server: EmbeddedServer) -> Iterator[str]:
    """A database for this test alone in which nothing has been migrated."""
    with postgres_portal.wrap_async_context_manager(_database(postgres_server, "template0")) as url:
        yield url


@asynccontextmanager
async def _database(server: EmbeddedServer, template: str) -> AsyncIterator[str]:
    name = f"test_{uuid4().hex}"
    await _create(server, name, template)
    try:
        yield _url(server, name)
    finally:
        await _as_admin(server, f"DROP DATABASE {name} WITH (FORCE)")


async def _create(server: EmbeddedServer, name: str, template: str) -> None:
    await _as_admin(server, f"CREATE DATABASE {name} TEMPLATE {template} OWNER ingest STRATEGY wal_log")


async def _as_admin(server: EmbeddedServer, statement: str) -> None:
    connection = await asyncpg.connect(server.admin_dsn, timeout=10, command_timeout=30)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _url(server: EmbeddedServer, database: str) -> str:
    return urlsplit(server.dsn)._replace(path=f"/{database}").geturl()
