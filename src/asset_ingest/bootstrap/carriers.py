"""What carries work, notices and words out of a process, as settings choose."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from typing import TYPE_CHECKING

from asset_ingest.bootstrap.extras import needing
from asset_ingest.core.errors import Misconfigured
from asset_ingest.core.ports.notifier import Notifier
from asset_ingest.core.ports.task_queue import TaskQueue, TaskSource
from asset_ingest.core.ports.telemetry import Observer

if TYPE_CHECKING:  # no part of the base install
    import asyncpg
    import dramatiq

    from asset_ingest.settings import Settings


async def task_ends(
    settings: Settings, told: Observer, pool: asyncpg.Pool, dsn: str, stack: AsyncExitStack
) -> tuple[TaskQueue, TaskSource | None]:
    """Return where the dispatcher puts ids, and where a worker pulls them from, unless a broker hands them over."""
    if settings.redis_url:
        with needing("redis", "ASSET_INGEST_REDIS_URL"):
            from asset_ingest.adapters.task_queue.dramatiq import DramatiqTaskQueue, open_broker

        broker = open_broker(redis_url(settings), told, prefix=settings.redis_prefix)
        stack.callback(broker.close)
        return DramatiqTaskQueue(broker), None
    from asset_ingest.adapters.task_queue.postgres import PostgresTaskQueue

    queue = await stack.enter_async_context(PostgresTaskQueue(pool, dsn))
    return queue, queue


@contextmanager
def task_broker(settings: Settings, told: Observer) -> Iterator[dramatiq.Broker]:
    """Open the broker that hands ids to a worker of as many hands as settings say."""
    from asset_ingest.adapters.task_queue.dramatiq import open_broker

    broker = open_broker(redis_url(settings), told, hands=settings.worker_concurrency, prefix=settings.redis_prefix)
    try:
        yield broker
    finally:
        broker.close()


async def notifier(settings: Settings, pool: asyncpg.Pool, dsn: str, stack: AsyncExitStack) -> Notifier:
    """Return what carries notices between processes."""
    if settings.notices == "redis":
        with needing("redis", "ASSET_INGEST_NOTICES=redis"):
            from asset_ingest.adapters.notifier.redis import RedisNotifier

        return await stack.enter_async_context(RedisNotifier(redis_url(settings), prefix=settings.redis_prefix))
    from asset_ingest.adapters.notifier.postgres import PostgresNotifier

    return PostgresNotifier(pool, dsn)


def observer(settings: Settings) -> Observer:
    """Return what writes the log of a process."""
    from asset_ingest.adapters.telemetry.logs import LogObserver

    return LogObserver(settings.log_level)


def redis_url(settings: Settings) -> str:
    """Return the address of Redis, where something chosen needs one."""
    if settings.redis_url is None:
        raise Misconfigured("ASSET_INGEST_REDIS_URL is not set, and something that is chosen needs it")
    return settings.redis_url.get_secret_value()
