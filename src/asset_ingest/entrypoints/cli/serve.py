"""`asset-ingest serve`: everything, from one command."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
from aiohttp import web
from anyio import to_thread

from asset_ingest.bootstrap import App, Database, database, migrate, running
from asset_ingest.core.errors import Misconfigured
from asset_ingest.entrypoints.web.app import make_app, make_runner
from asset_ingest.entrypoints.web.options import WebOptions
from asset_ingest.entrypoints.worker_child import WorkerChild
from asset_ingest.settings import Settings

KEY_FILE = "admin.key"


def command(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; raises Misconfigured for what an operator must change."""
    asyncio.run(_serve(settings))


async def _serve(settings: Settings) -> None:
    """Until READY a signal stops the start wherever it is; after it, a signal asks for a clean end."""
    ready, stop = anyio.Event(), anyio.Event()
    with anyio.CancelScope() as start:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, lambda: stop.set() if ready.is_set() else start.cancel())
        await to_thread.run_sync(_make_folder, settings.data)
        async with database(settings) as db:
            await migrate(db.dsn)
            async with running(settings, db.dsn) as app, _listening(settings, app) as url:
                await _greet(settings, app, url)
                gc.collect()
                gc.freeze()  # what is there now stays: no later collection has to look through all of it again
                ready.set()
                await _until(stop, settings, app, db)


def _make_folder(data: Path) -> None:
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Misconfigured(
            f"cannot use the data folder {data}: {error.strerror}; choose another with --data"
        ) from error


async def _until(stop: anyio.Event, settings: Settings, app: App, db: Database) -> None:
    async with anyio.create_task_group() as group:
        group.start_soon(app.upkeep.run)
        group.start_soon(app.events.fan_out)
        group.start_soon(app.imports.run)
        group.start_soon(app.arrivals.run)
        group.start_soon(app.resets.run)
        if db.wait_died:
            group.start_soon(db.wait_died)
            group.start_soon(_worker_child(settings, app, db).run)
        await stop.wait()
        group.cancel_scope.cancel()


def _worker_child(settings: Settings, app: App, db: Database) -> WorkerChild:
    """Return a worker that has our environment, and is told what flags or we ourselves decided."""
    told = {"ASSET_INGEST_DATA": str(settings.data.resolve()), "ASSET_INGEST_DATABASE_URL": db.dsn}
    return WorkerChild(told, [db.children_fd] if db.children_fd is not None else [], app.observer)


@asynccontextmanager
async def _listening(settings: Settings, app: App) -> AsyncIterator[str]:
    runner = make_runner(make_app(app, _options(settings)))
    await runner.setup()
    try:
        listener = _bind(settings)
        await web.SockSite(runner, listener).start()
        yield settings.public_url or _url(listener)
    finally:
        await runner.cleanup()


def _bind(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=1024)
    except OSError as error:
        raise Misconfigured(
            f"cannot listen on {settings.host} port {settings.port}: {error.strerror}; choose another with --port"
        ) from error


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{shown}:{port}"


def _options(settings: Settings) -> WebOptions:
    return WebOptions(
        public_url=settings.public_url,
        cors_origins=settings.cors_origins,
        proxies=settings.proxies,
        receive_timeout=settings.receive_timeout,
        interim_responses=settings.interim_responses,
        hooks=_hooks(settings),
    )


def _hooks(settings: Settings) -> dict[str, str]:
    """Return which stores may tell us of new objects, and by what we know them."""
    told = {"minio": settings.hook_minio_token, "ceph": settings.hook_ceph_token, "b2": settings.hook_b2_secret}
    return {provider: secret.get_secret_value() for provider, secret in told.items() if secret}


async def _greet(settings: Settings, app: App, url: str) -> None:
    """Print where we are and how to get in. The link is for this terminal alone; it is never logged."""
    secret = await app.access.found_local_studio()
    key_file = settings.data / KEY_FILE
    has_file = await to_thread.run_sync(key_file.exists)
    if secret is None and not has_file and settings.database_url is None:  # else another node has the file
        secret = await app.access.replace_admin_key()
    if secret is not None:
        await to_thread.run_sync(_write_secret, key_file, secret)
    token = await app.access.sign_in_link()
    print(f"READY {url}", flush=True)
    print(f"Sign in once with {url}/#signin={token}", flush=True)
    if secret is not None or has_file:
        print(f"Programs use the key in {key_file}", file=sys.stderr, flush=True)


def _write_secret(path: Path, secret: str) -> None:
    """Write the file whole or not at all, readable by its owner alone from the first moment."""
    unfinished = path.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secret + "\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
