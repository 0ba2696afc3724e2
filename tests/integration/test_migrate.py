"""Each migration happens once, whole, in order, whoever starts it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from asset_ingest.adapters.repos.postgres.migrate import migrate
from asset_ingest.core.errors import DatabaseUnavailable, Misconfigured

FIRST = "CREATE TABLE noun (id int);\nCREATE INDEX ON noun (id);\n"
SECOND = "CREATE FUNCTION two() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 2; END $$;\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "0001_nouns.sql").write_text(FIRST)
    (tmp_path / "0002_verbs.sql").write_text(SECOND)
    (tmp_path / "README.md").write_text("not a migration")
    return tmp_path


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url, timeout=10, command_timeout=10)
    try:
        yield connection
    finally:
        await connection.close()


async def test_each_file_is_applied_once_and_in_order(empty_database_url: str, folder: Path) -> None:
    assert await migrate(empty_database_url, folder) == ["0001_nouns", "0002_verbs"]
    assert await migrate(empty_database_url, folder) == []
    (folder / "0003_more.sql").write_text("INSERT INTO noun SELECT two();")
    assert await migrate(empty_database_url, folder) == ["0003_more"]
    async with connected(empty_database_url) as connection:
        assert await connection.fetchval("SELECT id FROM noun") == 2


async def test_of_many_starters_each_file_is_applied_by_one(empty_database_url: str, folder: Path) -> None:
    done = await asyncio.gather(*(migrate(empty_database_url, folder) for _ in range(8)))
    assert sorted(name for names in done for name in names) == ["0001_nouns", "0002_verbs"]


async def test_a_file_that_fails_leaves_nothing_behind_and_can_be_mended(empty_database_url: str, folder: Path) -> None:
    broken = folder / "0003_broken.sql"
    broken.write_text("CREATE TABLE half (id int); SELECT no_such_thing();")
    with pytest.raises(Misconfigured, match=r"0003_broken.*no_such_thing"):
        await migrate(empty_database_url, folder)
    async with connected(empty_database_url) as connection:
        assert await connection.fetchval("SELECT to_regclass('half')") is None
        assert await connection.fetchval("SELECT to_regclass('noun')") is not None
    broken.write_text("CREATE TABLE half (id int);")
    assert await migrate(empty_database_url, folder) == ["0003_broken"]


async def test_a_file_that_changed_after_it_was_applied_is_refused(empty_database_url: str, folder: Path) -> None:
    await migrate(empty_database_url, folder)
    (folder / "0001_nouns.sql").write_text(FIRST + "-- a thought\n")
    with pytest.raises(Misconfigured, match="0001_nouns was changed"):
        await migrate(empty_database_url, folder)


async def test_other_line_ends_are_no_change(empty_database_url: str, folder: Path) -> None:
    await migrate(empty_database_url, folder)
    (folder / "0001_nouns.sql").write_bytes(FIRST.replace("\n", "\r\n").encode())
    assert await migrate(empty_database_url, folder) == []


async def test_a_database_newer_than_the_program_is_refused(empty_database_url: str, folder: Path) -> None:
    await migrate(empty_database_url, folder)
    (folder / "0002_verbs.sql").unlink()
    with pytest.raises(Misconfigured, match="newer than this program"):
        await migrate(empty_database_url, folder)


@pytest.mark.parametrize("name", ["0001_same.sql", "nouns.sql", "3_short.sql"])
async def test_a_file_without_a_number_of_its_own_is_refused(empty_database_url: str, folder: Path, name: str) -> None:
    (folder / name).write_text("SELECT 1")
    with pytest.raises(Misconfigured, match=name):
        await migrate(empty_database_url, folder)


async def test_waiting_for_another_migrator_is_bounded(empty_database_url: str, folder: Path) -> None:
    async with connected(empty_database_url) as other:
        await other.execute(f"SELECT pg_advisory_lock({0x41535345})")
        with pytest.raises(DatabaseUnavailable, match="another program"):
            await migrate(empty_database_url, folder, patience=0.1)


async def test_a_database_that_is_not_there_is_our_error(empty_database_url: str, folder: Path) -> None:
    with pytest.raises(DatabaseUnavailable, match="does not exist"):
        await migrate(empty_database_url.replace("/test_", "/no_such_"), folder)


async def test_the_migrations_of_this_program_are_in_each_cloned_database(database_url: str) -> None:
    assert await migrate(database_url) == []
