"""The live frames of the server, over connections that come and go."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

import httpx

from asset_ingest.client.connection import Connection
from asset_ingest.client.errors import PASSING, BrokenOff, ClientError, NotUnderstood
from asset_ingest.client.event_stream import EventStreamDecoder, ServerSentEvent
from asset_ingest.client.record import Record

Frame = dict[str, Any]

SILENCE = 90.0
"""Seconds without a byte, not even a comment, after which a connection counts as dead."""


async def frames(connection: Connection, after: int | None) -> AsyncGenerator[Frame, None]:
    """Yield the server's frames from behind `after` on, or from now on, and `{"kind": "offline"}` at every gap.

    After a gap it resumes where it was, for ever, if it ever was connected; a refusal or nonsense is raised.
    """
    met, failures = False, 0
    while True:
        try:
            async with aclosing(_connected(connection, after)) as arriving:
                async for frame in arriving:
                    met, failures, after = True, 0, _position(frame, after)
                    yield frame
            lost: ClientError = BrokenOff(f"{connection.origin} ended the stream of events")
        except PASSING as error:
            lost = error
        failures += 1
        if not met and failures >= connection.backoff.attempts:
            raise lost
        if met and failures == 1:
            yield {"kind": "offline", "detail": lost.message}
        await connection.backoff.rest(failures, lost.retry_after)


async def _connected(connection: Connection, after: int | None) -> AsyncGenerator[Frame, None]:
    headers = {"Accept": "text/event-stream", "Cache-Control": "no-store"}
    if after is not None:
        headers["Last-Event-ID"] = str(after)
    async with connection.answer("GET", "/events", headers=headers, patience=SILENCE) as response:
        if not response.headers.get("Content-Type", "").startswith("text/event-stream"):
            raise NotUnderstood(f"{connection.origin} answers no event stream where one should be")
        async for event in _events(response):
            yield _frame(event)


async def _events(response: httpx.Response) -> AsyncIterator[ServerSentEvent]:
    decoder = EventStreamDecoder()
    async for chunk in response.aiter_bytes():
        for event in decoder.feed(chunk):
            yield event


def _frame(event: ServerSentEvent) -> Frame:
    try:
        record = Record.of("frame", json.loads(event.data))
    except (ValueError, RecursionError):
        raise NotUnderstood("the server's event is no JSON") from None
    return {"kind": event.name, **record.fields}


def _position(frame: Frame, after: int | None) -> int | None:
    """Return the number to resume behind, now that `frame` has arrived.

    A first hello fixes where "now" is; a later one says nothing about what was replayed, so it moves nothing.
    """
    record = Record("frame", frame)
    match record.need("kind", str):
        case "fact":
            return record.get("seq", int) or after
        case "watermark" | "reset":
            return record.need("upto", int)
        case "hello" if after is None:
            return record.need("upto", int)
    return after
