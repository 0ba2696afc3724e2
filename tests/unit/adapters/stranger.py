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


@dataclass
class Origin:
    """A file on a stranger's server, which knows parts of it; `cuts` says after how many bytes answers break off.

    `asked` are the first bytes that were asked for.
    """

    content: bytes
    tag: str | None = '"1"'
    ranges: bool = True
    cuts: list[int] = field(default_factory=list)
    headers: tuple[str, ...] = ()
    asked: list[int] = field(default_factory=list)

    def on(self, server: Stranger, path: str) -> str:
        """Serve it there and return the address."""

        async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(self.answer(server.asked[-1]))
            await writer.drain()

        server.answers[path] = answer
        return server.at(path)

    def answer(self, head: str) -> bytes:
        said = {name.lower(): value for name, _, value in (line.partition(": ") for line in head.split("\r\n")[1:])}
        whole = not self.ranges or said.get("if-range") != self.tag
        start = 0 if whole else int(said["range"].removeprefix("bytes=").removesuffix("-"))
        self.asked.append(start)
        tagged = [*self.headers, *([f"ETag: {self.tag}"] if self.tag else [])]
        if not whole:
            tagged.append(f"Content-Range: bytes {start}-{len(self.content) - 1}/{len(self.content)}")
        answer = said_of(200 if whole else 206, self.content[start:], *tagged)
        head_length = answer.index(b"\r\n\r\n") + 4
        return answer[: head_length + self.cuts.pop(0)] if self.cuts else answer


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
