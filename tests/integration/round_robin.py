"""A proxy that gives each connection to the next of several servers, as a load balancer does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import cycle
from urllib.parse import urlsplit


class RoundRobin:
    """`served` says which server each connection was given to."""

    def __init__(self, urls: Sequence[str]) -> None:
        self.url = ""
        self.served: list[str] = []
        self._next = cycle(urls)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        url = next(self._next)
        self.served.append(url)
        place = urlsplit(url)
        inner_reader, inner_writer = await asyncio.open_connection(place.hostname, place.port)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(_pump(reader, inner_writer))
                group.create_task(_pump(inner_reader, writer))
        finally:
            writer.close()
            inner_writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while chunk := await reader.read(64 * 1024):
            writer.write(chunk)
            await writer.drain()
        writer.write_eof()


@asynccontextmanager
async def round_robin(urls: Sequence[str]) -> AsyncIterator[RoundRobin]:
    """Run one before these servers, on a free port of the loopback."""
    proxy = RoundRobin(urls)
    server = await asyncio.start_server(proxy._connect, "127.0.0.1", 0)
    proxy.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield proxy
    finally:
        server.close()
