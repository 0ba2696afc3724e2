"""`asset-ingest work`: one worker process, until told to stop."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading

import anyio

from asset_ingest.bootstrap import running
from asset_ingest.core.errors import Misconfigured
from asset_ingest.settings import Settings

HARD_STOP_SECONDS = 12.0
"""After this a native call that does not return is left to the operating system."""


def command(until_stdin_closes: bool) -> None:
    """Run steps until SIGTERM, SIGINT or, if asked, the end of standard input."""
    settings = Settings()
    if settings.database_url is None:
        raise Misconfigured(
            "a worker of its own needs ASSET_INGEST_DATABASE_URL; 'asset-ingest serve' brings its worker along"
        )
    asyncio.run(_work(settings, settings.database_url.get_secret_value(), until_stdin_closes))


async def _work(settings: Settings, dsn: str, until_stdin_closes: bool) -> None:
    stop = anyio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if until_stdin_closes:
        threading.Thread(target=_watch_stdin, args=(loop, stop), daemon=True, name="lifeline").start()
    async with running(settings, dsn) as app, anyio.create_task_group() as group:
        group.start_soon(app.worker.run)
        await stop.wait()
        _limit_the_end()
        group.cancel_scope.cancel()


def _watch_stdin(loop: asyncio.AbstractEventLoop, stop: anyio.Event) -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    loop.call_soon_threadsafe(stop.set)
    _limit_the_end()  # the loop itself may hang


def _limit_the_end() -> None:
    timer = threading.Timer(HARD_STOP_SECONDS, os._exit, args=(1,))
    timer.daemon = True
    timer.start()
