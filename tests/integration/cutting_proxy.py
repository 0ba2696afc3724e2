"""A proxy of TCP between a browser and the server: it cuts lines or spoils bytes on command, and counts what passes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

PIECE = 64 << 10
HEADS = 16 << 10
"""A piece larger than that ends in bytes of a body."""
_OFFSET = re.compile(rb"\r\nUpload-Offset: ([0-9]+)\r\n", re.IGNORECASE)


@dataclass(slots=True)
class CuttingProxy:
    """`sent` are the bytes from clients that were passed on, over all connections.

    Of one upload in many requests it also sees how many bytes the server has `acknowledged`, and how many of those a
    client sent again (`repeated`). In as many pieces of bodies as `spoils` says it changes a byte. `pace` bytes from a
    client may pass in a second, so that something can happen while a file is on its way.
    """

    port: int
    url: str = ""
    sent: int = 0
    acknowledged: int = 0
    repeated: int = 0
    cuts: int = 0
    pace: int | None = None
    spoils: int = 0
    is_open: bool = True
    _lines: set[asyncio.Task[None]] = field(default_factory=set)
    _moved: asyncio.Condition = field(default_factory=asyncio.Condition)

    def cut(self) -> None:
        """Cut all lines now; new ones are let in."""
        self.cuts += 1
        for line in tuple(self._lines):
            line.cancel()

    def close(self) -> None:
        """Cut all lines and let no new one in: an outage."""
        self.is_open = False
        self.cut()

    def open(self) -> None:
        self.is_open = True

    async def passed(self, size: int) -> None:
        """Wait until clients have sent this many bytes in all."""
        async with self._moved:
            await self._moved.wait_for(lambda: self.sent >= size)

    # --- the lines ----------------------------------------------------------------------------------------------

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = asyncio.create_task(self._line(reader, writer))
        self._lines.add(line)
        line.add_done_callback(self._lines.discard)

    async def _line(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self.is_open:
            writer.transport.abort()
            return
        answers, onward = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            with suppress(ConnectionError):
                async with asyncio.TaskGroup() as both:
                    both.create_task(self._forth(reader, onward))
                    both.create_task(self._back(answers, writer))
        except* ConnectionError:  # one side is gone: the other follows
            pass
        finally:
            writer.transport.abort()
            onward.transport.abort()

    async def _forth(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(PIECE):
            if piece.startswith(b"PATCH ") and (found := _OFFSET.search(piece)):
                self.repeated += max(0, self.acknowledged - int(found[1]))
            writer.write(self._spoiled(piece))
            await writer.drain()
            await self._count(len(piece))
        raise ConnectionResetError

    async def _back(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(PIECE):
            if piece.startswith(b"HTTP/1.1 20") and (found := _OFFSET.search(piece)):
                self.acknowledged = max(self.acknowledged, int(found[1]))
            writer.write(piece)
            await writer.drain()
        raise ConnectionResetError

    def _spoiled(self, piece: bytes) -> bytes:
        if self.spoils == 0 or len(piece) <= HEADS:
            return piece
        self.spoils -= 1
        return piece[:-1] + bytes([piece[-1] ^ 1])

    async def _count(self, size: int) -> None:
        self.sent += size
        async with self._moved:
            self._moved.notify_all()
        if self.pace is not None:
            await asyncio.sleep(size / self.pace)


@asynccontextmanager
async def cutting_proxy(port: int) -> AsyncIterator[CuttingProxy]:
    """Stand before the server at this port of this machine."""
    proxy = CuttingProxy(port)
    server = await asyncio.start_server(proxy.accept, "127.0.0.1", 0)
    proxy.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        try:
            yield proxy
        finally:
            proxy.close()
            await asyncio.gather(*tuple(proxy._lines), return_exceptions=True)
