"""What every open connection of a watcher shares, whatever carries its frames."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from uuid import UUID

from aiohttp import WSCloseCode, web

from asset_ingest.core.errors import IngestError, Unauthenticated
from asset_ingest.core.ports.notifier import Frame
from asset_ingest.core.services.frames import control_frame
from asset_ingest.core.services.listening import Listener
from asset_ingest.entrypoints.web.asking import Number
from asset_ingest.entrypoints.web.auth import credential_of
from asset_ingest.entrypoints.web.headers import correlation_of
from asset_ingest.entrypoints.web.options import CLOSING
from asset_ingest.entrypoints.web.outlets import Outlet
from asset_ingest.entrypoints.web.transfer import hang_up
from asset_ingest.entrypoints.web.welcome import SIGNED_OUT, WELCOME
from asset_ingest.entrypoints.web.wire import Call

WATERMARK_SECONDS = 1.0

Watch = Callable[[], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Following:
    """`after` is the last `seq` seen; `subject` is the id of the one job or asset to hear of."""

    after: Number | None = None
    subject: UUID | None = None


async def first_to_end(*watches: Watch) -> int:
    """Run them side by side and return the close code that the first one to end says; the others are cancelled.

    Of the standard library, because thousands of connections stay in here: a task of anyio's takes 2 KB more.
    """
    said: list[int] = []
    running: list[asyncio.Task[None]] = []

    async def run(watch: Watch) -> None:
        said.append(await watch())
        for other in running:
            if other is not asyncio.current_task():
                other.cancel()

    async with asyncio.TaskGroup() as group:
        running += [group.create_task(run(watch)) for watch in watches]
    return said[0]


async def tell(call: Call[Following], listener: Listener, after: int | None, outlet: Outlet) -> int:
    """Send the watcher its frames until it is too slow, gone, welcome no more, or the records are gone."""
    try:
        async with aclosing(_frames(call, listener, after, outlet)) as frames:
            async for frame in frames:
                await outlet.send(frame)
    except TimeoutError:
        hang_up(call.request)
    except ConnectionError:
        return WSCloseCode.OK  # it has gone, so nobody hears the code
    except Unauthenticated:
        return SIGNED_OUT
    except IngestError as error:
        call.app.observer.failed("live.broken_off", error, correlation_id=correlation_of(call.request))
        return WSCloseCode.INTERNAL_ERROR
    return WSCloseCode.TRY_AGAIN_LATER


async def while_welcome(request: web.Request, listener: Listener) -> int:
    """End once the credential holds no more, if no fact said so."""
    return await request.app[WELCOME].ends(credential_of(request), listener)


async def while_open(request: web.Request) -> int:
    """End once the server stops."""
    await request.app[CLOSING].wait()
    return WSCloseCode.GOING_AWAY


async def _frames(
    call: Call[Following], listener: Listener, after: int | None, outlet: Outlet
) -> AsyncGenerator[Frame]:
    """Yield what the watcher asked for. In place of other facts it learns now and then how far it has heard."""
    told_at, clock, subject = 0.0, asyncio.get_running_loop().time, call.asked.subject
    short = outlet.take if subject is None else None
    async with aclosing(call.app.events.listen(listener, after, short)) as frames:
        async for frame in frames:
            if frame.kind != "withheld" and _is_about(frame, subject):
                yield frame
            elif frame.seq is not None and clock() - told_at >= WATERMARK_SECONDS:
                told_at = clock()
                yield control_frame("watermark", frame.seq)


def _is_about(frame: Frame, subject: UUID | None) -> bool:
    if subject is None or frame.kind not in {"fact", "progress"}:
        return True
    if str(subject) not in frame.text:  # most are about something else, and this is cheap
        return False
    told = json.loads(frame.text)
    return str(subject) in {told.get("job_id"), told.get("subject", {}).get("id")}
