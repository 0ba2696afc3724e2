"""Watching changes: the same frames over a WebSocket and over server-sent events."""

from __future__ import annotations

import asyncio
from functools import partial
from http import HTTPMethod

import anyio
from aiohttp import WSCloseCode, WSMsgType, web
from pydantic import TypeAdapter, ValidationError

from asset_ingest.core.errors import Code, InvalidRequest
from asset_ingest.core.services.listening import Listener
from asset_ingest.entrypoints.web.asking import Number
from asset_ingest.entrypoints.web.auth import credential_of, refuse_other_pages
from asset_ingest.entrypoints.web.looking import MESSAGE, Resume, look
from asset_ingest.entrypoints.web.options import OPTIONS
from asset_ingest.entrypoints.web.outlets import EventOutlet, Socket, SocketOutlet
from asset_ingest.entrypoints.web.pulse import Pulse
from asset_ingest.entrypoints.web.transfer import hang_up
from asset_ingest.entrypoints.web.watching import Following, first_to_end, tell, while_open, while_welcome
from asset_ingest.entrypoints.web.wire import Call, Operation, Operations

LONGEST_MESSAGE = 4096
GOODBYE_SECONDS = 3.0
RECONNECT_MS = 2000

_EVENT_ID = TypeAdapter(Number)


# --- WebSocket --------------------------------------------------------------------------------------------------


async def follow_by_websocket(call: Call[Following]) -> web.WebSocketResponse:
    """Send frames until either side leaves; the close code says why we did."""
    credential = credential_of(call.request)
    if not credential.is_key:
        refuse_other_pages(call.request)
    socket = Socket(autoping=False, max_msg_size=LONGEST_MESSAGE, compress=False, timeout=GOODBYE_SECONDS)
    if not socket.can_prepare(call.request).ok:
        raise InvalidRequest("this address speaks WebSocket only; server-sent events are at /events")
    if call.request.transport is None:
        return socket  # it has gone already
    timing = call.request.app[OPTIONS].live
    outlet = SocketOutlet(socket, call.request, call.request.transport, timing.send)
    await socket.prepare(call.request)
    pulse = Pulse(outlet, timing.heartbeat)
    resume: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()
    if call.asked.after is not None:
        resume.set_result(call.asked.after)
    listener = Listener(call.who, partial(credential.principal, call.request))
    try:
        code = await first_to_end(
            partial(_hear, call, outlet, pulse, listener, resume),
            partial(_tell, call, outlet, listener, resume),
            partial(while_welcome, call.request, listener),
            partial(while_open, call.request),
        )
    finally:
        pulse.stop()
        call.app.presence.drop(listener)
    await _say_goodbye(call.request, socket, code)
    return socket


async def _hear(
    call: Call[Following],
    outlet: SocketOutlet,
    pulse: Pulse,
    listener: Listener,
    resume: asyncio.Future[int | None],
) -> int:
    """Take what the client says: first where it resumes. Hearing on is what notices that it left."""
    async for message in outlet.socket:
        if await pulse.heard(message):
            continue
        if message.type is not WSMsgType.TEXT:
            return WSCloseCode.UNSUPPORTED_DATA
        try:
            said = MESSAGE.validate_json(message.data)
        except ValidationError:
            return WSCloseCode.POLICY_VIOLATION
        if not isinstance(said, Resume):
            if not resume.done():
                return WSCloseCode.POLICY_VIOLATION
            await look(call.app, listener, said)
        elif not resume.done():
            resume.set_result(said.after)
    return outlet.socket.close_code or WSCloseCode.OK


async def _tell(
    call: Call[Following], outlet: SocketOutlet, listener: Listener, resume: asyncio.Future[int | None]
) -> int:
    with anyio.move_on_after(call.request.app[OPTIONS].live.first_message):
        await asyncio.shield(resume)
    if not resume.done():
        resume.set_result(None)
    return await tell(call, listener, resume.result(), outlet)


async def _say_goodbye(request: web.Request, socket: web.WebSocketResponse, code: int) -> None:
    try:
        async with asyncio.timeout(GOODBYE_SECONDS):
            await socket.close(code=code)
    except TimeoutError:
        hang_up(request)


# --- server-sent events -----------------------------------------------------------------------------------------


async def follow_by_events(call: Call[Following]) -> web.StreamResponse:
    """Send frames as events; who comes back with Last-Event-ID goes on where it stopped."""
    request, credential, after = call.request, credential_of(call.request), _resume_point(call)
    listener = Listener(call.who, partial(credential.principal, request))
    stream = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
    await stream.prepare(request)

    outlet = EventOutlet(stream, request.app[OPTIONS].live.send)
    await first_to_end(
        partial(_comment, request, outlet),
        partial(tell, call, listener, after, outlet),
        partial(while_welcome, request, listener),
        partial(while_open, request),
    )
    return stream


async def _comment(request: web.Request, outlet: EventOutlet) -> int:
    """Say now and then that the stream is alive; that is also how one who has gone is noticed."""
    try:
        await outlet.write(f"retry: {RECONNECT_MS}")
        while True:
            await asyncio.sleep(request.app[OPTIONS].live.comment)
            await outlet.write(": still here")
    except TimeoutError:
        hang_up(request)
        return WSCloseCode.TRY_AGAIN_LATER
    except ConnectionError:
        return WSCloseCode.OK


def _resume_point(call: Call[Following]) -> int | None:
    """Return what was seen last; a browser that reconnects repeats its first address, so the header counts for more."""
    last = call.request.headers.get("Last-Event-ID")
    if not last:
        return call.asked.after
    try:
        return _EVENT_ID.validate_python(last)
    except ValidationError:
        raise InvalidRequest("should be the number of a fact", "Last-Event-ID") from None


_LAST = {"name": "Last-Event-ID", "in": "header", "schema": {"type": "string"}}

OPERATIONS: Operations = (
    Operation(
        HTTPMethod.GET,
        "/events",
        follow_by_events,
        "Facts and progress as server-sent events; each event is named by the `kind` of its data",
        Following,
        streams=True,
        extra={
            "parameters": [_LAST],
            "responses": {
                "200": {
                    "description": "Frames, until either side leaves",
                    "content": {"text/event-stream": {"schema": {"type": "string"}}},
                }
            },
        },
    ),
    Operation(
        HTTPMethod.GET,
        "/ws",
        follow_by_websocket,
        'Facts and progress as JSON messages over a WebSocket; the first message may be `{"after": seq}`',
        Following,
        streams=True,
        refusals=(Code.FORBIDDEN,),
        extra={"responses": {"101": {"description": "A WebSocket; close code 4401 means signed out"}}},
    ),
)
