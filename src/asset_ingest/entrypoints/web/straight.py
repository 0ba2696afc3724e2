"""A large body straight from its connection: of its bytes there is nothing to be parsed, and each saves a copy."""

from __future__ import annotations

import asyncio
from typing import Final

from aiohttp import StreamReader, hdrs, web

from asset_ingest.entrypoints.web.trailers import Connection

LARGE: Final = 32 << 20
"""Bytes from which it is worth a connection: the parser has not seen this body's end, so no request can follow it."""
_AT_ONCE: Final = 512 << 10
"""Bytes that are taken from the socket at once. More were slower: they fall out of the processor's cache."""

_WENT_STRAIGHT: Final = web.RequestKey("went_straight", bool)
_HAS_ANSWER: Final = web.RequestKey("has_answer", bool)


class _Straight(asyncio.Protocol):
    """Stands in for the framework's protocol while the rest of a body comes; all but bytes goes on to that one."""

    def __init__(self, framework: asyncio.Protocol, content: StreamReader, missing: int) -> None:
        self._framework = framework
        self._content = content
        self._missing = missing

    def data_received(self, data: bytes) -> None:
        if not self._missing:
            return  # a request that nobody will answer: the answer before it says that the connection ends
        piece = data[: self._missing]
        self._missing -= len(piece)
        self._content.feed_data(piece)
        if not self._missing:
            self._content.feed_eof()

    def eof_received(self) -> bool | None:
        return self._framework.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self._framework.connection_lost(exc)

    def pause_writing(self) -> None:
        self._framework.pause_writing()

    def resume_writing(self) -> None:
        self._framework.resume_writing()


def is_large(request: web.Request) -> bool:
    return (request.content_length or 0) >= LARGE


def go_straight(request: web.Request) -> None:
    """Have the rest of a body of known length bypass the parser, once all that came before has been read.

    Not of a connection that ends, since some of it may be dropped already, nor once an answer has begun, which did not
    say that the connection ends with it.
    """
    transport, connection = request.transport, request.protocol
    missing = (request.content_length or 0) - request.content.total_bytes
    is_ending = isinstance(connection, Connection) and connection.is_ending
    if transport is None or not missing or is_ending or _HAS_ANSWER in request:
        return
    if hasattr(transport, "max_size"):  # of asyncio's own, not of uvloop's
        transport.max_size = _AT_ONCE
    transport.set_protocol(_Straight(connection, request.content, missing))
    request[_WENT_STRAIGHT] = True


async def on_prepare(request: web.Request, answer: web.StreamResponse) -> None:
    """Let the answer to a body that went straight be the last of its connection."""
    request[_HAS_ANSWER] = True
    if _WENT_STRAIGHT in request:
        answer.force_close()
        answer.headers[hdrs.CONNECTION] = "close"
