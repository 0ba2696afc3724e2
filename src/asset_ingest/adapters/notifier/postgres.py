"""Notices between processes that share a PostgreSQL, by NOTIFY."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import Final

import asyncpg

from asset_ingest.adapters.notifier.ear import Ear, following
from asset_ingest.adapters.notifier.inbox import Inbox
from asset_ingest.adapters.notifier.wire import decode, encode
from asset_ingest.core.errors import DatabaseUnavailable
from asset_ingest.core.ports.notifier import Notice, Notifier

_CHANNEL: Final = "notices"
_NOTIFY: Final = "SELECT set_config('synchronous_commit', 'off', true), pg_notify($1, $2)"
"""A notice is lost with the server anyway, so nobody waits until its commit is on the disk: there is nothing in it."""
_PATIENCE: Final = 10.0  # seconds for any wait on the database
_HEARTBEAT: Final = 30.0  # seconds of silence after which a follower asks whether its connection still stands


class PostgresNotifier(Notifier):
    """A Notifier over LISTEN and NOTIFY; each follower has a connection of its own, beside the pool."""

    def __init__(self, pool: asyncpg.Pool, dsn: str, *, backlog: int = 1000) -> None:
        self._pool = pool
        self._dsn = dsn
        self._backlog = backlog

    async def publish(self, notice: Notice) -> None:
        with _our_errors():
            async with self._pool.acquire(timeout=_PATIENCE) as connection:
                await connection.execute(_NOTIFY, _CHANNEL, encode(notice))

    def follow(self) -> AbstractAsyncContextManager[AsyncIterator[Notice]]:
        inbox = Inbox(self._backlog)
        return following(_PostgresEar(self._dsn, inbox), inbox)


class _PostgresEar(Ear):
    def __init__(self, dsn: str, inbox: Inbox) -> None:
        self._dsn = dsn
        self._inbox = inbox
        self._connection: asyncpg.Connection | None = None

    async def open(self) -> None:
        with _our_errors():
            self._connection = await asyncpg.connect(self._dsn, timeout=_PATIENCE, command_timeout=_PATIENCE)
            try:
                await self._connection.add_listener(_CHANNEL, self._hear)
            except BaseException:
                await self.close()
                raise

    def _hear(self, _connection: object, _pid: int, _channel: str, payload: str) -> None:
        self._inbox.put(decode(payload))

    async def until_lost(self) -> None:
        assert self._connection is not None  # noqa: S101  told to mypy
        ear, lost = self._connection, asyncio.Event()
        ear.add_termination_listener(lambda _connection: lost.set())
        while not (lost.is_set() or ear.is_closed()):
            try:
                async with asyncio.timeout(_HEARTBEAT):
                    await lost.wait()
            except TimeoutError:
                if not await _answers(ear):
                    return

    async def close(self) -> None:
        if self._connection is not None:
            self._connection.terminate()


async def _answers(ear: asyncpg.Connection) -> bool:
    """Ask, because a connection whose other end vanished without a word stays silent for hours."""
    try:
        await ear.execute("SELECT 1", timeout=_PATIENCE)
    except _LOST:
        return False
    return True


_LOST: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)


@contextmanager
def _our_errors() -> Iterator[None]:
    try:
        yield
    except _LOST as error:
        raise DatabaseUnavailable("the notifier's database does not answer") from error
