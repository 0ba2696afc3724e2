"""What can come instead of an answer. Each fault stands in the way of one request."""

from __future__ import annotations

import gzip
from collections.abc import Awaitable, Callable

import anyio
from aiohttp import web

from asset_ingest.testing.media import png

Fault = Callable[[web.Request], Awaitable[web.StreamResponse]]

CHALLENGE = b"<html><title>Just a moment...</title><p>Are you a robot? Solve the captcha.</p></html>"


def saying(body: bytes | str, status: int = 200, content_type: str = "text/html", **headers: str) -> Fault:
    """Answer these bytes; underscores in header names become hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    content = body.encode() if isinstance(body, str) else body

    async def act(_: web.Request) -> web.StreamResponse:
        return web.Response(body=content, status=status, headers={"Content-Type": content_type, **named})

    return act


def refusing(status: int, retry_after: str | None = None) -> Fault:
    """Answer an error, with the wait that a busy server asks for."""
    return saying(b"no", status, **({} if retry_after is None else {"Retry_After": retry_after}))


def accepting() -> Fault:
    """Answer 202 and nothing else, as a wall against programs does."""
    return saying(b"", 202)


def challenging() -> Fault:
    """Answer a page for a person to prove that they are one, as if all were well."""
    return saying(CHALLENGE)


def leading(to: str, status: int = 301) -> Fault:
    """Lead on to another address."""
    return saying(b"", status, Location=to)


def flood(megabytes: int, content_type: str = "image/png") -> Fault:
    """Send a picture of so many megabytes, without saying how long it is."""

    async def act(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": content_type})
        await response.prepare(request)
        await response.write(png(64, 48))
        for _ in range(megabytes):
            await response.write(bytes(1 << 20))
        return response

    return act


def announcing(length: int, content_type: str = "image/png") -> Fault:
    """Say that so many bytes will come, and send none."""

    async def act(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": content_type, "Content-Length": str(length)})
        await response.prepare(request)
        return response

    return act


def packed(body: bytes, content_type: str = "image/png", encoding: str = "gzip", cut: int = 0) -> Fault:
    """Send `body` in gzip, less its last `cut` bytes, whatever was asked for."""
    content = gzip.compress(body)
    return saying(content[: len(content) - cut], content_type=content_type, Content_Encoding=encoding)


def bomb(megabytes: int, content_type: str = "image/png") -> Fault:
    """Send a few bytes that unpack to so many megabytes."""
    return packed(bytes(megabytes << 20), content_type)


def stalling(content_type: str = "text/html") -> Fault:
    """Begin an answer and never end it."""

    async def act(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": content_type})
        await response.prepare(request)
        await response.write(b"<html>")
        await anyio.sleep_forever()
        return response

    return act


def dropping() -> Fault:
    """Break the connection without an answer."""

    async def act(request: web.Request) -> web.StreamResponse:
        if request.transport is not None:
            request.transport.close()
        raise ConnectionResetError

    return act
