"""Ids on their way to workers, in a table of PostgreSQL; takers are woken by NOTIFY."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Final, Self

import anyio
import asyncpg

from asset_ingest.core.errors import DatabaseUnavailable
from asset_ingest.core.model.ids import StepId
from asset_ingest.core.ports.task_queue import TaskQueue, TaskSource

_CHANNEL: Final = "task_queue"
_PATIENCE: Final = 10.0  # seconds for any wait on the database
_SAFETY: Final = 1.0  # seconds after which a taker looks without having been woken

PUT = f"""
WITH added AS (
    INSERT INTO task_queue (step_id, queue) VALUES ($1, $2) ON CONFLICT (step_id) DO NOTHING RETURNING queue
) SELECT pg_notify('{_CHANNEL}', queue) FROM added"""  # noqa: S608  a name of ours
TAKE = """
DELETE FROM task_queue WHERE step_id = (
    SELECT step_id FROM task_queue WHERE queue = ANY($1::text[]) ORDER BY put_at, step_id LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING queue, step_id"""


class PostgresTaskQueue(TaskQueue, TaskSource):
    """A queue between processes that share a database.

    All takers of one object share one connection of their own, on which they listen; leaving the context closes it.
    A database that went away raises DatabaseUnavailable; the next `take` connects again. A cancelled `take` puts back
    what it took.
    """

    def __init__(self, pool: asyncpg.Pool, dsn: str) -> None:
        self._pool = pool
        self._dsn = dsn
        self._ear: asyncpg.Connection | None = None
        self._opening = anyio.Lock()
        self._bell = asyncio.Event()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._ear is not None:
            self._ear.terminate()

    async def put(self, queue: str, step_id: StepId) -> None:
        with _our_errors():
            async with self._pool.acquire(timeout=_PATIENCE) as connection:
                await connection.execute(PUT, step_id, queue)

    async def take(self, queues: Sequence[str]) -> StepId:
        while True:
            await self._listen()
            bell = self._bell  # from before the look, so that what is put after it is heard
            taken = await self._take_oldest(queues)
            if taken is not None:
                return taken
            with anyio.move_on_after(_SAFETY):
                await bell.wait()

    async def _take_oldest(self, queues: Sequence[str]) -> StepId | None:
        taking = asyncio.create_task(self._delete_oldest(queues))
        try:
            taken = await asyncio.shield(taking)
        except asyncio.CancelledError:
            with anyio.CancelScope(shield=True):
                await self._put_back(taking)
            raise
        return taken and taken[1]

    async def _put_back(self, taking: asyncio.Task[tuple[str, StepId] | None]) -> None:
        # Nobody waits for it any more, but the id may have left the table already. If the database goes just now, the
        # error belongs to nobody: the dispatcher will offer the step again.
        with suppress(DatabaseUnavailable):
            taken = await taking
            if taken is not None:
                await self.put(*taken)

    async def _delete_oldest(self, queues: Sequence[str]) -> tuple[str, StepId] | None:
        with _our_errors():
            async with self._pool.acquire(timeout=_PATIENCE) as connection:
                taken = await connection.fetchrow(TAKE, list(queues))
        return taken and (taken["queue"], taken["step_id"])

    async def _listen(self) -> None:
        async with self._opening:
            if self._ear is None or self._ear.is_closed():
                with _our_errors():
                    self._ear = await self._open_ear()

    async def _open_ear(self) -> asyncpg.Connection:
        ear = await asyncpg.connect(self._dsn, timeout=_PATIENCE, command_timeout=_PATIENCE)
        try:
            await ear.add_listener(_CHANNEL, self._ring)
            ear.add_termination_listener(self._ring)  # whoever waits should open another one
        except BaseException:
            ear.terminate()
            raise
        return ear

    def _ring(self, *_notification: object) -> None:
        self._bell.set()
        self._bell = asyncio.Event()


@contextmanager
def _our_errors() -> Iterator[None]:
    try:
        yield
    except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError) as error:
        raise DatabaseUnavailable("the task queue's database does not answer") from error
