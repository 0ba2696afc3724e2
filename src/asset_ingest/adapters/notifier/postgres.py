"""Notices between processes that share a PostgreSQL, by NOTIFY."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from itertools import chain, repeat
from typing import Final

import anyio
import asyncpg

from asset_ingest.adapters.notifier.wire import decode, encode
from asset_ingest.core.errors import DatabaseUnavailable
from asset_ingest.core.ports.notifier import Notice, Notifier

_CHANNEL: Final = "notices"
_PATIENCE: Final = 10.0  # seconds for any wait on the database
_HEARTBEAT: Final = 30.0  # seconds of silence after which a follower asks whether its connection still stands
_BACKOFF: Final = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)  # seconds between attempts to connect again; the last repeats


class PostgresNotifier(Notifier):
    """A Notifier over LISTEN and NOTIFY.

    Each follower has a connection of its own, beside the pool. When that is lost it connects again until it succeeds;
    notices of the meantime are missed, as the port allows.
    """

    def __init__(self, pool: asyncpg.Pool, dsn: str, *, backlog: int = 1000) -> None:
        self._pool = pool
        self._dsn = dsn
        self._backlog = backlog

    async def publish(self, notice: Notice) -> None:
        with _our_errors():
            async with self._pool.acquire(timeout=_PATIENCE) as connection:
                await connection.execute("SELECT pg_notify($1, $2)", _CHANNEL, encode(notice))

    def follow(self) -> AbstractAsyncContextManager[AsyncIterator[Notice]]:
        return self._follow()

    @asynccontextmanager
    async def _follow(self) -> AsyncIterator[AsyncIterator[Notice]]:
        inbox = _Inbox(self._backlog)
        ear = _Ear(self._dsn, inbox)
        with _our_errors():
            await ear.open()
        keeper = asyncio.create_task(ear.keep_open())
        keeper.add_done_callback(inbox.end)
        try:
            yield inbox
        finally:
            keeper.cancel()
            with anyio.CancelScope(shield=True):
                await asyncio.wait([keeper])
            ear.close()
            if not keeper.cancelled():
                keeper.result()  # it ends by itself only when something is broken here: say so


class _Ear:
    """A connection that listens into an inbox."""

    def __init__(self, dsn: str, inbox: _Inbox) -> None:
        self._dsn = dsn
        self._inbox = inbox
        self._connection: asyncpg.Connection | None = None

    async def open(self) -> None:
        self._connection = await asyncpg.connect(self._dsn, timeout=_PATIENCE, command_timeout=_PATIENCE)
        try:
            await self._connection.add_listener(_CHANNEL, self._inbox.put)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        if self._connection is not None:
            self._connection.terminate()

    async def keep_open(self) -> None:
        while True:
            await _until_lost(self._connection)
            self.close()
            await self._open_again()

    async def _open_again(self) -> None:
        for seconds in chain(_BACKOFF, repeat(_BACKOFF[-1])):
            try:
                await self.open()
            except _LOST:
                await asyncio.sleep(seconds)
            else:
                return


class _Inbox(AsyncIterator[Notice]):
    """What one follower has not read yet; the oldest falls out when it is full."""

    def __init__(self, limit: int) -> None:
        self._notices: deque[Notice] = deque(maxlen=limit)
        self._news = asyncio.Event()
        self._ended = False

    def put(self, _connection: object, _pid: int, _channel: str, payload: str) -> None:
        notice = decode(payload)
        if notice is not None:
            self._notices.append(notice)
            self._news.set()

    def end(self, _keeper: object) -> None:
        self._ended = True
        self._news.set()

    async def __anext__(self) -> Notice:
        while not self._notices:
            if self._ended:
                raise StopAsyncIteration
            self._news.clear()
            await self._news.wait()
        return self._notices.popleft()


async def _until_lost(ear: asyncpg.Connection) -> None:
    lost = asyncio.Event()
    ear.add_termination_listener(lambda _connection: lost.set())
    while not (lost.is_set() or ear.is_closed()):
        try:
            async with asyncio.timeout(_HEARTBEAT):
                await lost.wait()
        except TimeoutError:
            if not await _answers(ear):
                return


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
