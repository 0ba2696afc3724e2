"""Connections for questions of one statement, lent and taken back without a timer, a task or a round trip."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Final, Literal, TypeVar
from uuid import UUID

import anyio
import asyncpg

from asset_ingest.adapters.repos.postgres.failures import LOST, our_errors
from asset_ingest.adapters.repos.postgres.pool import COMMAND_TIMEOUT, PATIENCE, SESSION, teach

Use = TypeVar("Use")

IDLE_AT_MOST: Final = 300.0
"""Seconds; what was silent for longer may have been cut off on the way without a word."""

_NEVER_ALL: Final = {"enable_seqscan": "off", "jit": "off"}
"""Pages and single things are read here, for which there are indexes. Where few things own most rows of a table (one
package of many), the planner takes any other for as large, and would read all of the table for each."""


class Reader(asyncpg.Connection):  # type: ignore[misc]  # asyncpg has no types
    """A connection that can only read. In the role of one studio it sees that one until another one is read.

    So a question needs no transaction around it: of three round trips there is left one.
    """

    _studio: UUID | None = None

    async def see(self, studio_id: UUID) -> None:
        """Have the walls stand around this studio from now on."""
        if self._studio != studio_id:
            self._studio = None  # whatever becomes of the next line
            await self.execute(f"SET ingest.studio = '{UUID(bytes=studio_id.bytes)}'")
            self._studio = studio_id


class Readers:
    """Up to `max_size` connections that open when they are needed.

    Nothing of a loan is left on a connection: no transaction, no lock, no setting that the next one relies on. That is
    why it needs none of what asyncpg's own pool does for each loan, which takes longer than a short statement; and why
    a statement that was called off needs no care: the connection waits for its end before the next one.
    """

    def __init__(self, dsn: str, *, max_size: int, role: str) -> None:
        self._dsn = dsn
        self._session = {**SESSION, **_NEVER_ALL, "role": role, "default_transaction_read_only": "on"}
        self._room = asyncio.Semaphore(max_size)
        self._idle: list[tuple[Reader, float]] = []
        self._open: set[Reader] = set()

    async def borrow(self) -> Reader:
        """Return a connection that nobody else has, within PATIENCE. Whoever has it gives it back."""
        if self._room.locked():
            async with asyncio.timeout(PATIENCE):
                await self._room.acquire()
        else:
            await self._room.acquire()
        try:
            return self._rested() or await self._connected()
        except BaseException:
            self._room.release()
            raise

    def give_back(self, reader: Reader) -> None:
        if reader.is_closed():
            self._open.discard(reader)
            reader.terminate()  # it may have been cut off without having tidied up
        else:
            self._idle.append((reader, time.monotonic()))
        self._room.release()

    async def close(self) -> None:
        """End all connections; those that do not end in time by force."""
        with anyio.move_on_after(PATIENCE):
            for reader in list(self._open):
                with suppress(*LOST):
                    await reader.close(timeout=PATIENCE)
        for reader in list(self._open):
            reader.terminate()

    def _rested(self) -> Reader | None:
        """Return the connection that came back last, if there is one that holds."""
        oldest = time.monotonic() - IDLE_AT_MOST
        while self._idle:
            reader, since = self._idle.pop()
            if since >= oldest and not reader.is_closed():
                return reader
            self._open.discard(reader)
            reader.terminate()
        return None

    async def _connected(self) -> Reader:
        reader = await asyncpg.connect(
            self._dsn,
            timeout=PATIENCE,
            command_timeout=COMMAND_TIMEOUT,
            server_settings=self._session,
            connection_class=Reader,
        )
        self._open.add(reader)
        try:
            await teach(reader)
        except BaseException:
            self._open.discard(reader)
            reader.terminate()
            raise
        return reader  # type: ignore[no-any-return]  # asyncpg has no types


class Borrowed(AbstractAsyncContextManager[Use]):
    """One connection for as long as the block lasts, as `use` makes it; a class, since a generator takes longer."""

    __slots__ = ("_reader", "_readers", "_studio_id", "_use")

    def __init__(self, readers: Readers, use: Callable[[Reader], Use], studio_id: UUID | None = None) -> None:
        self._readers, self._use, self._studio_id = readers, use, studio_id

    async def __aenter__(self) -> Use:
        with our_errors():
            self._reader = await self._readers.borrow()
            try:
                if self._studio_id is not None:
                    await self._reader.see(self._studio_id)
            except BaseException:
                self._readers.give_back(self._reader)
                raise
        return self._use(self._reader)

    async def __aexit__(self, *_how_it_ended: object) -> None:
        self._readers.give_back(self._reader)


@asynccontextmanager
async def open_readers(
    dsn: str, *, max_size: int, role: Literal["ingest_app", "ingest_system"] = "ingest_app"
) -> AsyncIterator[Readers]:
    """Have connections for reading what one studio may see, or, as the system, for finding out who asks.

    As `ingest_app` nobody can step out of the walls. No connection is opened yet.
    """
    readers = Readers(dsn, max_size=max_size, role=role)
    try:
        yield readers
    finally:
        with anyio.CancelScope(shield=True):
            await readers.close()
