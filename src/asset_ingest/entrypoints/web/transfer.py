"""Bytes through a connection, in both directions; silence for too long ends it, and so does a trickle."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Final

from aiohttp import HttpVersion11, StreamReader, web

from asset_ingest.core.errors import TooLarge, UploadInterrupted
from asset_ingest.core.services.landing import SMALL
from asset_ingest.entrypoints.web.options import APP, OPTIONS
from asset_ingest.entrypoints.web.straight import go_straight, is_large

SOON: Final = 0.25
"""Seconds for a small body to come; a slower one is better seen while it does."""


class _Silence:
    """Ends a wait for the next bytes that takes too long. One timer for a body: one for each piece would add up."""

    def __init__(self, content: StreamReader, patience: float) -> None:
        self._content = content
        self._patience = patience
        self._loop = asyncio.get_running_loop()
        self._since: float | None = None
        self._timer = self._loop.call_later(patience, self._look)

    def begins(self) -> None:
        self._since = self._loop.time()

    def ends(self) -> None:
        self._since = None

    def stop(self) -> None:
        self._timer.cancel()

    def _look(self) -> None:
        waited = 0.0 if self._since is None else self._loop.time() - self._since
        if waited >= self._patience:
            self._content.set_exception(TimeoutError())
        else:
            self._timer = self._loop.call_later(self._patience - waited, self._look)


async def arriving(request: web.Request) -> AsyncIterator[bytes]:
    """Yield the body in whatever pieces arrive.

    Raises UploadInterrupted when it breaks off or falls silent, TooSlow when it trickles; what came before is yielded.
    """
    pace, content = request.app[APP].intake.pace(), request.content
    silence = _Silence(content, request.app[OPTIONS].receive_timeout)
    may_go_straight = is_large(request)
    try:
        while True:
            chunk = content.read_nowait()
            if not chunk:
                if may_go_straight:
                    may_go_straight = False
                    go_straight(request)
                pace.wait()
                silence.begins()
                chunk = await content.readany()
                silence.ends()
            if not chunk:
                return
            pace.came(len(chunk))
            yield chunk
            if not content.at_eof():  # who has sent everything was fast enough
                pace.check()
    except TimeoutError as error:
        content.set_exception(None)  # type: ignore[arg-type]  # who sends on is still read, and gets to see the answer
        raise UploadInterrupted from error
    except (ConnectionError, web.RequestPayloadError) as error:
        raise UploadInterrupted from error
    finally:
        silence.stop()


def has_body(request: web.Request) -> bool:
    return request.body_exists and request.content_length != 0


async def here_soon(request: web.Request) -> bytes | None:
    """Return a small body that is here already or comes at once; of any other nothing is taken, and None returned."""
    if not 0 < (request.content_length or 0) <= SMALL or "Expect" in request.headers:
        return None
    try:
        async with asyncio.timeout(SOON):
            await request.content.wait_eof()
    except (TimeoutError, ConnectionError, web.RequestPayloadError):  # whoever reads it comes upon the reason
        return None
    return request.content.read_nowait()


async def invite_body(request: web.Request) -> None:
    """Tell a client that waits for leave (`Expect: 100-continue`) to send its body now."""
    waits = request.headers.get("Expect", "").lower() == "100-continue" and request.version >= HttpVersion11
    if waits and not request.content.is_eof():
        await write_interim(request, "100 Continue", {})


async def small_body(request: web.Request, most: int) -> bytes:
    """Return a body that is wanted whole; raises TooLarge for one of more bytes."""
    if (request.content_length or 0) > most:
        raise TooLarge(most)
    await invite_body(request)
    raw = bytearray()
    async for chunk in arriving(request):
        raw += chunk
        if len(raw) > most:
            raise TooLarge(most)
    return bytes(raw)


async def write_interim(request: web.Request, status: str, headers: Mapping[str, str]) -> None:
    """Send an interim response, which HTTP/1.1 allows before the answer; the answer itself is still to come."""
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers.items())]
    try:
        await request.writer.write("\r\n".join([*lines, "", ""]).encode())
        await request.writer.drain()
    finally:  # also where nobody waits for the drain: the framework takes what was written for the answer's beginning
        request.writer.output_size = 0


async def hand_on(request: web.Request, answer: web.StreamResponse, chunk: bytes) -> None:
    """Send a piece of the answer; a client that takes nothing for too long is gone."""
    try:
        async with asyncio.timeout(request.app[OPTIONS].receive_timeout):
            await answer.write(chunk)
    except TimeoutError as error:
        hang_up(request)
        raise ConnectionAbortedError("the client stopped reading") from error


def hang_up(request: web.Request) -> None:
    """End the connection without waiting for a peer that takes nothing any more."""
    if request.transport is not None:
        request.transport.abort()
