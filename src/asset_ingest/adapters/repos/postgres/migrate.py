"""Brings a database to the shape that this program expects, by numbered SQL files, each once."""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio
import asyncpg
from anyio import to_thread

from asset_ingest.adapters.repos.postgres.failures import our_errors
from asset_ingest.core.errors import DatabaseUnavailable, InvalidRequest, Misconfigured

MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 0x41535345  # any number that no other user of this database's advisory locks takes
_TABLE = """CREATE TABLE IF NOT EXISTS schema_migration (
    version int PRIMARY KEY, name text NOT NULL, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now()
)"""


@dataclass(frozen=True, slots=True)
class Migration:
    version: int
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


async def migrate(dsn: str, folder: Path = MIGRATIONS, *, patience: float = 60.0) -> list[str]:
    """Apply the files `NNNN_name.sql` of `folder` that the database lacks, in order, and return their names.

    Each file is one transaction: on an error it leaves nothing behind. Any number of programs may start this at once:
    one works while the others wait, up to `patience` seconds. Raises Misconfigured when an applied file has changed,
    when the database knows a newer one, or when a file fails.
    """
    wanted = await to_thread.run_sync(_read, folder)
    async with _only_one(dsn, patience) as connection:
        await connection.execute(_TABLE)
        rows = await connection.fetch("SELECT version, name, sha256 FROM schema_migration ORDER BY version")
        applied = {row["version"]: row["sha256"] for row in rows}
        _refuse_other_history({m.version: m for m in wanted}, applied)
        missing = [migration for migration in wanted if migration.version not in applied]
        for migration in missing:
            await _apply(connection, migration)
    return [migration.name for migration in missing]


async def pending(dsn: str, folder: Path = MIGRATIONS) -> list[str]:
    """Return the names of what `migrate` would apply, changing nothing."""
    wanted = await to_thread.run_sync(_read, folder)
    async with _connected(dsn) as connection:
        known = await connection.fetchval("SELECT to_regclass('schema_migration') IS NOT NULL")
        rows = await connection.fetch("SELECT version, sha256 FROM schema_migration") if known else []
    applied = {row["version"]: row["sha256"] for row in rows}
    _refuse_other_history({m.version: m for m in wanted}, applied)
    return [migration.name for migration in wanted if migration.version not in applied]


def _read(folder: Path) -> list[Migration]:
    found: dict[int, Migration] = {}
    for file in sorted(folder.glob("*.sql")):
        number = re.match(r"(\d{4})_\w+$", file.stem)
        if number is None or int(number[1]) in found:
            raise Misconfigured(f"the migration {file.name} needs a number of its own, as in 0001_name.sql")
        found[int(number[1])] = Migration(int(number[1]), file.stem, file.read_text(encoding="utf-8"))
    return list(found.values())


@asynccontextmanager
async def _only_one(dsn: str, patience: float) -> AsyncIterator[asyncpg.Connection]:
    async with _connected(dsn) as connection:
        await _take_turn(connection, patience)
        yield connection  # the session ends, and its lock with it


@asynccontextmanager
async def _connected(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    try:
        with our_errors():
            connection = await asyncpg.connect(dsn, timeout=10, command_timeout=600)
    except InvalidRequest:  # a ValueError of the driver, which may quote the address
        raise Misconfigured("ASSET_INGEST_DATABASE_URL cannot be used as it is") from None
    try:
        yield connection
    finally:
        await connection.close(timeout=10)


async def _take_turn(connection: asyncpg.Connection, patience: float) -> None:
    # Asked again and again: a session that blocks in pg_advisory_lock() deadlocks with CREATE INDEX CONCURRENTLY.
    with anyio.move_on_after(patience):
        while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):  # noqa: ASYNC110  see above
            await anyio.sleep(0.05)
        return
    raise DatabaseUnavailable(f"another program has been migrating the database for more than {patience:g} s")


def _refuse_other_history(wanted: dict[int, Migration], applied: dict[int, str]) -> None:
    for version, sha256 in applied.items():
        if version not in wanted:
            raise Misconfigured(
                f"the database is newer than this program (it has migration {version:04}): start the newer program"
            )
        if wanted[version].sha256 != sha256:
            raise Misconfigured(
                f"the migration {wanted[version].name} was changed after it was applied to this database:"
                " put the old text back and make the change in a new file"
            )


async def _apply(connection: asyncpg.Connection, migration: Migration) -> None:
    try:
        async with connection.transaction():
            await connection.execute(migration.sql)
            await connection.execute(
                "INSERT INTO schema_migration (version, name, sha256) VALUES ($1, $2, $3)",
                migration.version,
                migration.name,
                migration.sha256,
            )
    except asyncpg.PostgresError as error:
        raise Misconfigured(f"the migration {migration.name} failed: {error}") from error
