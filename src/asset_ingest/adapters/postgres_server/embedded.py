"""The embedded server: started, made ready, watched, stopped."""

from __future__ import annotations

import os
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, NoReturn
from urllib.parse import quote

import anyio
import asyncpg
from anyio import to_thread

from asset_ingest.adapters.postgres_server.binaries import find_binaries
from asset_ingest.adapters.postgres_server.child import running_child
from asset_ingest.adapters.postgres_server.cluster import clear_stale, ensure_cluster
from asset_ingest.adapters.postgres_server.demote import choose_user
from asset_ingest.adapters.postgres_server.folders import ServerFolder, socket_folder
from asset_ingest.adapters.postgres_server.lock import DataFolderLock
from asset_ingest.adapters.postgres_server.passwords import ADMIN, OWNER
from asset_ingest.core.errors import DatabaseUnavailable, Misconfigured

DATABASE = "asset_ingest"
ROLES = ("ingest_app", "ingest_system")
"""What the program works as; its schema says what each may do. Only a superuser makes roles, so the schema cannot."""
LARGEST_LOG = 10 * 1024 * 1024
_OPTIONS = {
    "listen_addresses": "",  # a socket in a private folder only
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "shared_buffers": "64MB",
    # The log is for operators: no statements, no values of rows.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_checkpoints": "off",
}


@dataclass(frozen=True, slots=True)
class _Running:
    process: Process
    folder: ServerFolder

    async def stopped(self) -> DatabaseUnavailable:
        """Say that the server is gone, in the words of its log."""
        tail = await to_thread.run_sync(self.folder.log_tail)
        code = self.process.returncode
        return DatabaseUnavailable(f"PostgreSQL has stopped (exit {code}); the end of {self.folder.log}: {tail}")


@dataclass(frozen=True, slots=True)
class EmbeddedServer:
    """A running server. `dsn` is for the role that owns our database and no more; `admin_dsn` is the superuser's."""

    dsn: str = field(repr=False)
    admin_dsn: str = field(repr=False)
    pid: int
    version: str
    _running: _Running = field(repr=False)

    async def wait_died(self) -> NoReturn:
        """Wait until the server is gone and raise DatabaseUnavailable: a task for whoever cannot go on without it."""
        await self._running.process.wait()
        raise await self._running.stopped()


@asynccontextmanager
async def embedded_postgres(
    data: Path,
    lock: DataFolderLock,
    *,
    bin_dir: Path | None = None,
    timeout: float = 30.0,  # noqa: ASYNC109  after a crash recovery takes its time: the operator's to set
    options: Mapping[str, str] | None = None,
) -> AsyncIterator[EmbeddedServer]:
    """Run PostgreSQL with its files under `data`, which `lock` holds, and stop it at the end.

    It listens on a socket only, asks for passwords, and is ready when the context begins. `options` are settings of
    the server that replace ours. Raises Misconfigured for what an operator must change, DatabaseUnavailable when the
    server does not answer within `timeout` seconds. Enter from the main thread or one that lives as long (see child).
    """
    folder = ServerFolder(await to_thread.run_sync(data.resolve))
    await to_thread.run_sync(lambda: folder.home.mkdir(mode=0o700, exist_ok=True))
    binaries = await find_binaries(bin_dir)
    run_as = await choose_user(folder, binaries)
    settings = {**_OPTIONS, **(options or {})}
    with await to_thread.run_sync(_open_log, folder.log) as log:
        passwords = await ensure_cluster(
            folder, binaries, run_as, log=log, children_fd=lock.children_fd, sync=settings.get("fsync") != "off"
        )
        async with socket_folder(folder, run_as.owner) as run:
            await to_thread.run_sync(clear_stale, folder, run)
            command = [str(binaries.postgres), "-D", str(folder.cluster), *_flags(settings, run)]
            async with running_child(command, run_as=run_as, output=log, pass_fds=[lock.children_fd]) as process:
                running = _Running(process, folder)
                admin_dsn = _dsn(ADMIN, passwords.admin, "postgres", run)
                await _make_ready(running, admin_dsn, passwords.owner, timeout)
                dsn = _dsn(OWNER, passwords.owner, DATABASE, run)
                yield EmbeddedServer(dsn, admin_dsn, process.pid, binaries.version, running)


def _open_log(log: Path) -> IO[bytes]:
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        log.replace(log.with_name(log.name + ".1"))
    return os.fdopen(os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab")


def _flags(settings: Mapping[str, str], run: Path) -> list[str]:
    """Say every setting on the command line, so that a file edited long ago cannot open a port."""
    return [f"--{name}={value}" for name, value in {**settings, "unix_socket_directories": str(run)}.items()]


def _dsn(role: str, password: str, database: str, run: Path) -> str:
    return f"postgresql://{role}:{quote(password, safe='')}@/{database}?host={quote(str(run), safe='')}"


async def _make_ready(running: _Running, admin_dsn: str, password: str, seconds: float) -> None:
    try:
        with anyio.fail_after(seconds):
            admin = await _first_connection(running, admin_dsn)
            try:
                await _ensure_database(admin, password)
            finally:
                await admin.close()
    except TimeoutError as error:
        tail = await to_thread.run_sync(running.folder.log_tail)
        raise DatabaseUnavailable(f"PostgreSQL did not answer within {seconds:g} s: {tail}") from error
    except asyncpg.InvalidPasswordError as error:
        raise Misconfigured(f"{running.folder.passwords} does not fit this database: restore it") from error


async def _first_connection(running: _Running, admin_dsn: str) -> asyncpg.Connection:
    while running.process.returncode is None:
        try:
            return await asyncpg.connect(admin_dsn, timeout=5)
        except (OSError, asyncpg.CannotConnectNowError, asyncpg.ConnectionDoesNotExistError):
            await anyio.sleep(0.01)
    raise await running.stopped()


async def _ensure_database(admin: asyncpg.Connection, password: str) -> None:
    """Make the role and its database where they are missing: a first start may have stopped between the two."""
    if not await admin.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", OWNER):
        create = await admin.fetchval(f"SELECT format('CREATE ROLE {OWNER} LOGIN PASSWORD %L', $1::text)", password)
        await admin.execute(create)
    for role in ROLES:
        if not await admin.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", role):
            await admin.execute(f"CREATE ROLE {role} NOLOGIN NOINHERIT; GRANT {role} TO {OWNER}")
    if not await admin.fetchval("SELECT true FROM pg_database WHERE datname = $1", DATABASE):
        await admin.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")
