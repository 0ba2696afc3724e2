"""A relay of TCP that breaks connections off in the middle of what the client sends: a network that comes and goes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

PIECE = 16 << 10


@dataclass(slots=True)
class CuttingRelay:
    """`budgets` are the bytes that the next connections may send before they break; those behind the last never do."""

    port: int
    budgets: list[int]
    cuts: int = 0
    url: str = ""
    relaying: set[asyncio.Task[None]] = field(default_factory=set)

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._relay(reader, writer))
        self.relaying.add(task)
        task.add_done_callback(self.relaying.discard)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        budget = self.budgets.pop(0) if self.budgets else None
        upstream, onward = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            back = asyncio.create_task(self._pass_on(upstream, writer, None))
            try:
                await self._pass_on(reader, onward, budget)
            finally:
                back.cancel()
                await asyncio.wait([back])
        finally:
            writer.transport.abort()
            onward.transport.abort()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, budget: int | None) -> None:
        """Pass on what comes until it ends, or until the budget is spent."""
        passed = 0
        with suppress(ConnectionError):
            while piece := await reader.read(PIECE):
                passed += len(piece)
                if budget is not None and passed > budget:
                    self.cuts += 1
                    return
                writer.write(piece)
                await writer.drain()


@asynccontextmanager
async def cutting(port: int, budgets: Iterable[int]) -> AsyncIterator[CuttingRelay]:
    """Relay to a server on this machine."""
    relay = CuttingRelay(port, list(budgets))
    server = await asyncio.start_server(relay.accept, "127.0.0.1", 0)
    relay.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        try:
            yield relay
        finally:
            under_way = tuple(relay.relaying)
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)
