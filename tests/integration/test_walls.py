"""The second wall between studios, on a real server and as the role that the program works as."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
from tests.integration.test_journeys import opened
from tests.worker_walls_suite import Kept, Rows, WorkerWallsSuite

from asset_ingest.adapters.postgres_server.embedded import EmbeddedServer
from asset_ingest.adapters.repos.postgres.access import ADD_MEMBER, ADD_STUDIO
from asset_ingest.adapters.repos.postgres.pool import open_pool
from asset_ingest.adapters.repos.postgres.records import PostgresRecords, walled
from asset_ingest.adapters.repos.postgres.sql import Sql, transaction
from asset_ingest.adapters.repos.postgres.walls import refuse_open_walls
from asset_ingest.bootstrap import Ports
from asset_ingest.core.errors import IngestError, Misconfigured
from asset_ingest.core.model.ids import StudioId
from asset_ingest.testing.records.samples import Samples

TABLES = """
SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND EXISTS (
    SELECT FROM pg_attribute WHERE attrelid = pg_class.oid AND attname = 'studio_id' AND NOT attisdropped)"""


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[asyncpg.Pool]:
    async with open_pool(database_url, max_size=4) as pool:
        yield pool


@pytest.fixture
async def ours(pool: asyncpg.Pool) -> Samples:
    return await with_a_job(pool)


@pytest.fixture
async def theirs(pool: asyncpg.Pool) -> Samples:
    return await with_a_job(pool)


async def with_a_job(pool: asyncpg.Pool) -> Samples:
    records, of = PostgresRecords(pool), Samples.fresh()
    async with transaction(pool) as sql:
        await sql.write(ADD_STUDIO, of.studio)
        await sql.write(ADD_MEMBER, of.member)
    async with records.transaction(of.id) as tx:
        job = of.job()
        await tx.jobs.add(job)
        await tx.uploads.add(of.upload(job))
        await tx.events.add(of.fact())
    return of


async def seen(sql: Sql, table: str) -> set[object]:
    column = "id" if table == "studio" else "studio_id"
    return {record[column] for record in await sql.records(f"SELECT DISTINCT {column} FROM {table}")}  # noqa: S608


async def test_without_a_where_the_other_studio_is_not_there(
    pool: asyncpg.Pool, ours: Samples, theirs: Samples
) -> None:
    async with transaction(pool, walled(ours.id)) as sql:
        assert await sql.value("SELECT current_user") == "ingest_app"
        for table in ("upload_job", "upload_session", "fact", "member", "studio"):
            assert await seen(sql, table) == {ours.id}
    async with transaction(pool, walled(theirs.id)) as sql:
        assert await seen(sql, "upload_job") == {theirs.id}


async def test_without_a_studio_there_are_no_rows(pool: asyncpg.Pool, ours: Samples) -> None:
    async with transaction(pool, "BEGIN; SET LOCAL ROLE ingest_app") as sql:
        for table in [record["relname"] for record in await sql.records(TABLES)]:
            assert await sql.value(f"SELECT count(*) FROM {table}") == 0  # noqa: S608
    async with transaction(pool) as sql:
        assert ours.id in await seen(sql, "upload_job")  # the dispatcher and its like see all


async def test_nobody_writes_rows_of_another_studio(pool: asyncpg.Pool, ours: Samples, theirs: Samples) -> None:
    async with transaction(pool, walled(ours.id)) as sql:
        assert await sql.run("UPDATE upload_job SET progress = 99") == 1
        assert await sql.run("DELETE FROM fact") == 1
    with pytest.raises(IngestError):
        async with transaction(pool, walled(ours.id)) as sql:
            await sql.run("UPDATE upload_job SET studio_id = $1", theirs.id)


async def test_the_wall_goes_with_the_transaction(pool: asyncpg.Pool, ours: Samples) -> None:
    async with transaction(pool, walled(ours.id)):
        pass
    async with pool.acquire() as connection:
        assert await connection.fetchval("SELECT current_user") == "ingest_system"
        assert await connection.fetchval("SELECT ingest_studio()") is None


async def test_every_table_of_studios_has_a_wall(pool: asyncpg.Pool) -> None:
    async with transaction(pool) as sql:
        await refuse_open_walls(sql)


@pytest.mark.parametrize(
    "breach",
    [
        "ALTER ROLE ingest_app BYPASSRLS",
        "ALTER ROLE ingest_app SUPERUSER",
        "GRANT CREATE ON SCHEMA public TO ingest_app; ALTER TABLE fact OWNER TO ingest_app",
        "ALTER TABLE fact DISABLE ROW LEVEL SECURITY",
        "CREATE TABLE forgotten (studio_id uuid)",
    ],
)
async def test_a_breach_is_found(postgres_server: EmbeddedServer, database_url: str, breach: str) -> None:
    database = urlsplit(postgres_server.admin_dsn)._replace(path=urlsplit(database_url).path).geturl()
    admin = await asyncpg.connect(database)
    undone = admin.transaction()
    await undone.start()
    try:
        await admin.execute(breach)
        with pytest.raises(Misconfigured):
            await refuse_open_walls(Sql(admin))
    finally:
        await undone.rollback()
        await admin.close()


class TestWorkerWalls(WorkerWallsSuite):
    """Over every table that has rows of studios."""

    @pytest.fixture
    async def ports(self, database_url: str, tmp_path: Path) -> AsyncIterator[Ports]:
        async with AsyncExitStack() as stack:
            yield await opened(database_url, tmp_path, stack)

    @pytest.fixture
    def kept(self, pool: asyncpg.Pool) -> Kept:
        async def rows(studio_id: StudioId) -> Rows:
            async with transaction(pool) as sql:
                tables = sorted(record["relname"] for record in await sql.records(TABLES))
                chosen = "SELECT row_to_json(t)::text AS row FROM {} AS t WHERE studio_id = $1 ORDER BY 1"
                return {
                    table: [record["row"] for record in await sql.records(chosen.format(table), studio_id)]
                    for table in tables
                }

        return rows
