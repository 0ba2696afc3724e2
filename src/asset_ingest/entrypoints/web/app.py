"""The web door, put together."""

from __future__ import annotations

import asyncio
import logging
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from aiohttp import web

from asset_ingest.bootstrap import App
from asset_ingest.core.ports.telemetry import Observer
from asset_ingest.entrypoints.web import (
    access,
    accounts,
    api_keys,
    approvals,
    asset_edits,
    assets,
    audit,
    comments,
    deliveries,
    files,
    groups,
    hooks,
    jobs,
    live,
    members,
    notifications,
    shared,
    shares,
    straight,
    transfers,
    uploads,
    versions,
)
from asset_ingest.entrypoints.web.access_log import note_request
from asset_ingest.entrypoints.web.cors import preflight
from asset_ingest.entrypoints.web.docs import Reference
from asset_ingest.entrypoints.web.errors import answer_errors
from asset_ingest.entrypoints.web.headers import on_prepare
from asset_ingest.entrypoints.web.health import mount_health
from asset_ingest.entrypoints.web.openapi import document
from asset_ingest.entrypoints.web.options import APP, CLOSING, OPTIONS, WebOptions
from asset_ingest.entrypoints.web.pages import mount_pages
from asset_ingest.entrypoints.web.trailers import Runner
from asset_ingest.entrypoints.web.welcome import WELCOME, Welcome
from asset_ingest.entrypoints.web.wire import Operations, mount

OPERATIONS: Operations = (
    *access.OPERATIONS,
    *accounts.OPERATIONS,
    *members.OPERATIONS,
    *api_keys.OPERATIONS,
    *uploads.OPERATIONS,
    *transfers.OPERATIONS,
    *deliveries.OPERATIONS,
    *hooks.OPERATIONS,
    *groups.OPERATIONS,
    *files.OPERATIONS,
    *jobs.OPERATIONS,
    *assets.OPERATIONS,
    *shares.OPERATIONS,
    *shared.OPERATIONS,
    *comments.OPERATIONS,
    *approvals.OPERATIONS,
    *notifications.OPERATIONS,
    *asset_edits.OPERATIONS,
    *versions.OPERATIONS,
    *audit.OPERATIONS,
    *live.OPERATIONS,
)

KEEP_ALIVE_SECONDS = 75
LONGEST_LINE = 128 * 1024
"""Bytes of an address: room for what a query may say, a note of 10,000 characters, in any script."""
LINGER_SECONDS = 5
"""How long a refused upload is still read and thrown away, so that its client gets to see why."""
SHUTDOWN_SECONDS = 5


def make_app(app: App, options: WebOptions) -> web.Application:
    """Return the web application over wired use cases; whoever runs it also runs `app.events.fan_out()`."""
    others_may_ask = [preflight] if options.cors_origins else []
    served = web.Application(middlewares=[note_request, answer_errors, *others_may_ask])
    served[APP], served[OPTIONS], served[CLOSING] = app, options, asyncio.Event()
    served[WELCOME] = Welcome(app.observer, options.live.recheck)
    served.on_response_prepare.append(on_prepare)
    served.on_response_prepare.append(files.on_prepare)
    served.on_response_prepare.append(straight.on_prepare)
    served.on_shutdown.append(_close_what_stays_open)
    mount(OPERATIONS, served.router)
    _reference().mount(served.router)
    mount_health(served.router)
    mount_pages(served.router)
    return served


@cache
def _reference() -> Reference:
    """Return what never changes while the process lives, and takes longer to make than all the rest."""
    return Reference(document(OPERATIONS, _version()))


def make_runner(served: web.Application) -> web.AppRunner:
    """Return the runner with the limits this program needs: our own request log, and no inflating of what comes in."""
    return Runner(
        served,
        access_log=None,
        logger=_unquoting(served[APP].observer),
        auto_decompress=False,
        max_line_size=LONGEST_LINE,
        keepalive_timeout=KEEP_ALIVE_SECONDS,
        lingering_time=LINGER_SECONDS,
        shutdown_timeout=SHUTDOWN_SECONDS,
    )


class _Unquoted(logging.Handler):
    """Tells what the HTTP parser complains of without its words: they quote the request, keys and cookies included."""

    def __init__(self, observer: Observer) -> None:
        super().__init__()
        self._observer = observer

    def emit(self, record: logging.LogRecord) -> None:
        kind = record.exc_info[0] if record.exc_info else None
        self._observer.noted("http.unreadable", complaint=kind.__name__ if kind else record.levelname)


def _unquoting(observer: Observer) -> logging.Logger:
    logger = logging.Logger("asset_ingest.http")  # noqa: LOG001  ours alone: no handler of somebody else's hears it
    logger.addHandler(_Unquoted(observer))
    return logger


async def _close_what_stays_open(served: web.Application) -> None:
    served[CLOSING].set()


def _version() -> str:
    try:
        return version("asset-ingest")
    except PackageNotFoundError:  # run from a checkout that was never installed
        return "unreleased"
