"""What can go wrong between a client and S3. Each fault stands in the way of one request.

A fault gets the request and `work`, which does what was asked and answers; it may call it or not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web

from asset_ingest.testing.s3_server.answers import Refusal
from asset_ingest.testing.s3_server.objects import Download

Work = Callable[[], Awaitable[web.StreamResponse]]
Fault = Callable[[web.Request, Work], Awaitable[web.StreamResponse]]


def refusing(status: int, code: str, message: str = "", **headers: str) -> Fault:
    """Answer an error once the body has arrived; underscores in header names become hyphens."""

    async def act(request: web.Request, _: Work) -> web.StreamResponse:
        await request.content.read()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return Refusal(status, code, message).answer(request.path, named)

    return act


def slow_down(retry_after: int | None = None) -> Fault:
    """Answer as a provider that has enough: 503 SlowDown."""
    headers = {} if retry_after is None else {"Retry_After": str(retry_after)}
    return refusing(503, "SlowDown", "Please reduce your request rate.", **headers)


def failing() -> Fault:
    return refusing(500, "InternalError", "We encountered an internal error. Please try again.")


def error_in_200(code: str = "InternalError") -> Fault:
    """Answer 200 with an error in the body, as Complete and Copy may; nothing was done."""

    async def act(request: web.Request, _: Work) -> web.StreamResponse:
        await request.content.read()
        body = Refusal(200, code, "We encountered an internal error. Please try again.").document(request.path)
        return web.Response(body=body, content_type="application/xml")

    return act


def saying(body: bytes, status: int = 200, content_type: str = "text/html") -> Fault:
    """Answer these bytes, as a proxy on the way may."""

    async def act(request: web.Request, _: Work) -> web.StreamResponse:
        await request.content.read()
        return web.Response(body=body, status=status, content_type=content_type)

    return act


def resetting(after: int = 0) -> Fault:
    """Reset the connection once `after` bytes of the request's body have arrived."""

    async def act(request: web.Request, _: Work) -> web.StreamResponse:
        await _take(request, after)
        return reset(request)

    return act


def stalling(reached: asyncio.Event | None = None, after: int = 0) -> Fault:
    """Take `after` bytes of the body, tell `reached`, and then neither read nor answer until the client goes away."""

    async def act(request: web.Request, _: Work) -> web.StreamResponse:
        await _take(request, after)
        if reached is not None:
            reached.set()
        await asyncio.Event().wait()  # ends with the connection, which cancels this
        raise AssertionError

    return act


def held(until: asyncio.Event, reached: asyncio.Event | None = None) -> Fault:
    """Do what was asked only once the test says so: a slow server, without a clock."""

    async def act(_: web.Request, work: Work) -> web.StreamResponse:
        if reached is not None:
            reached.set()
        await until.wait()
        return await work()

    return act


def losing_the_answer() -> Fault:
    """Do what was asked, then reset the connection before a word of the answer."""

    async def act(request: web.Request, work: Work) -> web.StreamResponse:
        await work()
        return reset(request)

    return act


def corrupting_the_etag() -> Fault:
    """Do what was asked and answer with another digest: the bytes were bent on their way."""

    async def act(_: web.Request, work: Work) -> web.StreamResponse:
        response = await work()
        response.headers["ETag"] = '"00000000000000000000000000000bad"'
        return response

    return act


def breaking_off(after: int) -> Fault:
    """Answer a GetObject in full by its headers, but reset the connection after so many bytes of the body."""

    async def act(_: web.Request, work: Work) -> web.StreamResponse:
        response = await work()
        assert isinstance(response, Download), "only a GetObject can break off"
        response.cut_after = after
        return response

    return act


async def _take(request: web.Request, size: int) -> None:
    taken = 0
    while taken < size and (chunk := await request.content.readany()):
        taken += len(chunk)


def reset(request: web.Request) -> web.StreamResponse:
    """Close the connection; what was written before may still arrive, and this answer never does."""
    if request.transport is not None:
        request.transport.close()
    return web.Response()
