"""A reverse proxy that stands before a real HTTP server and loses, delays or replaces answers as the test says.

What a caller cannot tell apart, a test can bring about here: a request that never arrived, and one that was carried out
and whose answer was lost.
"""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import aiohttp
from aiohttp import web
from yarl import URL

Forward = Callable[[], Awaitable[web.Response]]
Fault = Callable[[web.Request, Forward], Awaitable[web.StreamResponse]]

_HOP_BY_HOP: Final = frozenset(
    {"connection", "content-encoding", "content-length", "host", "keep-alive", "te", "trailer", "transfer-encoding"}
)
_LARGEST_BODY: Final = 1 << 30


def answering(status: int, body: bytes = b"", content_type: str = "text/plain", **headers: str) -> Fault:
    """Answer this instead; the server never hears of it. Underscores in header names become hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    async def act(_: web.Request, __: Forward) -> web.StreamResponse:
        return web.Response(status=status, body=body, content_type=content_type, headers=named)

    return act


async def resetting(request: web.Request, _: Forward) -> web.StreamResponse:
    """Break the connection; the server never hears of the request."""
    return _abort(request)


async def losing_the_answer(request: web.Request, forward: Forward) -> web.StreamResponse:
    """Let the server carry the request out, then break the connection."""
    await forward()
    return _abort(request)


def replacing_the_answer(status: int, body: bytes = b"", content_type: str = "text/plain") -> Fault:
    """Let the server carry the request out, then answer this: a proxy that lost patience."""

    async def act(_: web.Request, forward: Forward) -> web.StreamResponse:
        await forward()
        return web.Response(status=status, body=body, content_type=content_type)

    return act


async def hanging(_: web.Request, forward: Forward) -> web.StreamResponse:
    """Let the server carry the request out, then never answer."""
    await forward()
    await asyncio.Event().wait()
    raise AssertionError("nobody sets it")


def delaying(until: asyncio.Event, reached: asyncio.Event | None = None) -> Fault:
    """Set `reached` when the request is here, and pass it on once `until` is set."""

    async def act(_: web.Request, forward: Forward) -> web.StreamResponse:
        if reached is not None:
            reached.set()
        await until.wait()
        return await forward()

    return act


def arriving_late(until: asyncio.Event, done: asyncio.Event) -> Fault:
    """Answer 504 at once; the server gets the request only when `until` is set, and `done` is set after that."""
    under_way: list[asyncio.Task[None]] = []  # the loop itself keeps no task alive

    async def later(forward: Forward) -> None:
        await until.wait()
        await forward()
        done.set()

    async def act(_: web.Request, forward: Forward) -> web.StreamResponse:
        under_way.append(asyncio.create_task(later(forward)))
        return web.Response(status=504)

    return act


def _abort(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=502)  # goes nowhere


@dataclass
class FaultProxy:
    """The proxy's state, for the test to look at and to change. `asked`: method and path of every request, in order.

    `chooser` is asked for a fault where the script has none; for benches that lose answers by chance.
    """

    upstream: str
    url: str = ""
    asked: list[tuple[str, str]] = field(default_factory=list)
    chooser: Callable[[web.Request], Fault | None] = lambda _: None
    _script: list[tuple[str, re.Pattern[str], Fault]] = field(default_factory=list)

    def next(self, method: str, path: str, *faults: Fault) -> None:
        """Let the next requests whose whole path matches the expression `path` meet `faults`, one each."""
        self._script += [(method, re.compile(path), fault) for fault in faults]

    def times(self, method: str, path: str) -> int:
        """Return how often it was asked."""
        return sum(asked == method and bool(re.fullmatch(path, where)) for asked, where in self.asked)

    @property
    def spent(self) -> bool:
        """Tell whether every fault of the script was met."""
        return not self._script

    def _fault(self, request: web.Request) -> Fault | None:
        for number, (method, path, fault) in enumerate(self._script):
            if method == request.method and path.fullmatch(request.path):
                del self._script[number]
                return fault
        return self.chooser(request)

    async def handle(self, request: web.Request, session: aiohttp.ClientSession) -> web.StreamResponse:
        self.asked.append((request.method, request.path))
        fault = self._fault(request)
        body = await request.read()

        async def forward() -> web.Response:
            headers = [(name, value) for name, value in request.headers.items() if name.lower() not in _HOP_BY_HOP]
            address = URL(self.upstream + request.raw_path, encoded=True)
            async with session.request(
                request.method, address, headers=headers, data=io.BytesIO(body) if body else None, allow_redirects=False
            ) as answer:
                kept = [(name, value) for name, value in answer.headers.items() if name.lower() not in _HOP_BY_HOP]
                return web.Response(status=answer.status, body=await answer.read(), headers=kept)

        return await (fault(request, forward) if fault else forward())


@asynccontextmanager
async def fault_proxy(upstream: str) -> AsyncIterator[FaultProxy]:
    """Run a proxy before `upstream`, an address without a path, on a free port of the loopback."""
    proxy = FaultProxy(upstream.rstrip("/"))
    async with aiohttp.ClientSession(auto_decompress=False, timeout=aiohttp.ClientTimeout(total=120)) as session:

        async def handle(request: web.Request) -> web.StreamResponse:
            return await proxy.handle(request, session)

        app = web.Application(client_max_size=_LARGEST_BODY)
        app.router.add_route("*", "/{path:.*}", handle)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            proxy.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            yield proxy
        finally:
            await runner.cleanup()
