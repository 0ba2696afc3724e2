"""A cable between a client and a server, to be held and cut in the middle of whatever passes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

PIECE = 64 << 10


@dataclass
class Wire:
    """Carries connections to `upstream`, an address that may change; `sent` counts the bytes towards the server."""

    upstream: str
    url: str = ""
    sent: int = 0
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    _hold_at: int | None = None
    _open: asyncio.Event = field(default_factory=asyncio.Event)
    _ends: set[asyncio.StreamWriter] = field(default_factory=set)

    def hold(self, after: int) -> None:
        """Stop after so many bytes more, and set `reached`."""
        self._hold_at = self.sent + after
        self.reached.clear()
        self._open.clear()

    def cut(self) -> None:
        """Break all connections; new ones pass."""
        self._hold_at = None
        self._open.set()
        for end in self._ends:
            end.transport.abort()

    async def carry(self, client_reads: asyncio.StreamReader, client_writes: asyncio.StreamWriter) -> None:
        where = urlsplit(self.upstream)
        self._ends.add(client_writes)
        try:
            with suppress(OSError):
                server_reads, server_writes = await asyncio.open_connection(where.hostname, where.port)
                self._ends.add(server_writes)
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._up(client_reads, server_writes))
                    group.create_task(_down(server_reads, client_writes))
                self._ends.discard(server_writes)
        finally:
            self._ends.discard(client_writes)
            client_writes.close()

    async def _up(self, reads: asyncio.StreamReader, writes: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reads.read(PIECE):
                if self._hold_at is not None and self.sent + len(piece) > self._hold_at:
                    self.reached.set()
                    await self._open.wait()
                self.sent += len(piece)
                writes.write(piece)
                await writes.drain()
        writes.close()


async def _down(reads: asyncio.StreamReader, writes: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await reads.read(PIECE):
            writes.write(piece)
            await writes.drain()
    writes.close()


@asynccontextmanager
async def wire_to(upstream: str) -> AsyncIterator[Wire]:
    """Lay a wire to a server on a free port of the loopback."""
    wire = Wire(upstream)
    listening = await asyncio.start_server(wire.carry, "127.0.0.1", 0)
    wire.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    try:
        yield wire
    finally:
        listening.close()
        wire.cut()
        await listening.wait_closed()
