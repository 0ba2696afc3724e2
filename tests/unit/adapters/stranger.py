"""A server of a stranger, byte by byte as the test says: HTTP libraries do not lie well enough."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Act = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Stranger:
    """Answers each path with the bytes the test gave it, then closes. `asked` are the heads of all requests."""

    host: str
    port: int = 0
    answers: dict[str, bytes | Act] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def at(self, path: str, name: str | None = None) -> str:
        return f"http://{name or self.host}:{self.port}{path}"

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            self.asked.append(head)
            said = self.answers.get(head.split(" ")[1], said_of(404))
            if isinstance(said, bytes):
                writer.write(said)
                await writer.drain()
            else:
                await said(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # whoever asked has heard enough
        finally:
            writer.close()


def said_of(status: int, body: bytes = b"", *headers: str) -> bytes:
    """Return an answer, with its length unless a header of it speaks of that."""
    lines = [f"HTTP/1.1 {status} X", *headers]
    if not any(header.lower().startswith(("content-length", "transfer-encoding")) for header in headers):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def leading(to: str, status: int = 302) -> bytes:
    return said_of(status, b"", f"Location: {to}")


@asynccontextmanager
async def stranger(host: str) -> AsyncIterator[Stranger]:
    served = Stranger(host)
    server = await asyncio.start_server(served.answer, host, 0)
    served.port = server.sockets[0].getsockname()[1]
    try:
        yield served
    finally:
        server.close()
        await server.wait_closed()
