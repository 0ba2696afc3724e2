"""`asset-ingest work`: one worker process, or several under one that watches over them, until told to stop."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import anyio

from asset_ingest.bootstrap import QUEUES, App, observer, running, task_broker
from asset_ingest.core.errors import Misconfigured
from asset_ingest.entrypoints.worker_child import STOP_SECONDS, WorkerChild
from asset_ingest.settings import Settings

HARD_STOP_SECONDS = 12.0
"""After this a native call that does not return is left to the operating system."""


def command(queues: Sequence[str], processes: int, until_stdin_closes: bool) -> None:
    """Run steps of `queues` (none: of all) until SIGTERM, SIGINT or, if asked, the end of standard input."""
    settings = Settings()
    if settings.database_url is None:
        raise Misconfigured(
            "a worker of its own needs ASSET_INGEST_DATABASE_URL; 'asset-ingest serve' brings its worker along"
        )
    chosen = _known(queues)
    if processes == 1:
        work = partial(_work, settings, settings.database_url.get_secret_value(), chosen)
        limit = HARD_STOP_SECONDS
    else:
        work = partial(_watch_over, settings, chosen, processes)
        limit = STOP_SECONDS + 5.0  # children have the limit above, and are killed after STOP_SECONDS
    asyncio.run(_until_told(work, limit, until_stdin_closes))


def _known(queues: Sequence[str]) -> tuple[str, ...]:
    if strange := sorted(set(queues) - set(QUEUES)):
        raise Misconfigured(f"there is no queue {', '.join(strange)}; --queue takes {', '.join(QUEUES)}")
    return tuple(queue for queue in QUEUES if queue in queues) or QUEUES


async def _work(settings: Settings, dsn: str, queues: Sequence[str]) -> None:
    async with running(settings, dsn) as app:
        if app.worker is None:
            await _work_for_broker(settings, app, queues)
        else:
            await replace(app.worker, queues=queues).run()


async def _work_for_broker(settings: Settings, app: App, queues: Sequence[str]) -> None:
    from asset_ingest.entrypoints.worker import PushedWorker

    with task_broker(settings, app.observer) as broker:
        await PushedWorker(broker, app.runner, app.observer, queues, settings.worker_concurrency).run()


async def _watch_over(settings: Settings, queues: Sequence[str], processes: int) -> None:
    arguments = [argument for queue in queues for argument in ("--queue", queue)]
    child = WorkerChild({}, [], observer(settings), arguments)
    async with anyio.create_task_group() as group:
        for _ in range(processes):
            group.start_soon(child.run)


async def _until_told(work: Callable[[], Coroutine[Any, Any, None]], limit: float, until_stdin_closes: bool) -> None:
    """Work until somebody says stop; an end that takes longer than `limit` seconds is cut short."""
    stop, loop = anyio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if until_stdin_closes:
        threading.Thread(target=_watch_stdin, args=(loop, stop, limit), daemon=True, name="lifeline").start()
    async with anyio.create_task_group() as group:
        group.start_soon(work)
        await stop.wait()
        _limit_the_end(limit)
        group.cancel_scope.cancel()


def _watch_stdin(loop: asyncio.AbstractEventLoop, stop: anyio.Event, limit: float) -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    loop.call_soon_threadsafe(stop.set)
    _limit_the_end(limit)  # the loop itself may hang


def _limit_the_end(seconds: float) -> None:
    timer = threading.Timer(seconds, os._exit, args=(1,))
    timer.daemon = True
    timer.start()
