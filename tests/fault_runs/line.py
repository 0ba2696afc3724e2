"""One HTTP request over a connection of its own, which may break wherever a schedule says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

PIECE = 16 << 10
ANSWER_SECONDS = 60
"""After this long a server hangs, on however busy a machine."""


class Lost(Exception):
    """There is no answer, and nobody can say what the server did."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def offset(self) -> int | None:
        said = self.headers.get("upload-offset")
        return None if said is None else int(said)


@dataclass(frozen=True, slots=True)
class Break:
    """What happens to one request on its way: nothing, unless said.

    `cut` breaks the connection once so many bytes of the body are sent; `deaf` breaks it before a word of the answer
    is read, `lossy` behind the last. `hold` stops the body at byte `held_at` until it is set, and sets `holding`.
    """

    cut: int | None = None
    deaf: bool = False
    lossy: bool = False
    hold: asyncio.Event | None = None
    held_at: int = 0
    holding: asyncio.Event = field(default_factory=asyncio.Event)


WHOLE = Break()


async def ask(
    url: str, method: str, path: str, headers: Mapping[str, str], body: bytes = b"", broken: Break = WHOLE
) -> Answer:
    """Send a request and return its answer; raises Lost for one that breaks, on purpose or not."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            return await _ask(url, method, path, headers, body, broken)
    except TimeoutError as error:
        raise AssertionError(f"the server hangs: {method} {path} has no answer in {ANSWER_SECONDS} s") from error
    except (OSError, EOFError) as error:
        raise Lost from error


async def _ask(url: str, method: str, path: str, headers: Mapping[str, str], body: bytes, broken: Break) -> Answer:
    where = urlsplit(url)
    reads, writes = await asyncio.open_connection(where.hostname, where.port)
    try:
        said = {"Host": where.netloc, "Connection": "close", "Content-Length": str(len(body)), **headers}
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in said.items()), "", ""]
        writes.write("\r\n".join(lines).encode())
        sending = asyncio.create_task(_send(writes, body, broken))
        try:
            if broken.cut is not None or broken.deaf:
                await sending
                raise EOFError
            answer = await _answer(reads, method)
        finally:
            sending.cancel()
            with suppress(OSError, EOFError, asyncio.CancelledError):
                await sending
        if broken.lossy:
            raise EOFError
        return answer
    finally:
        writes.transport.abort()


async def _send(writes: asyncio.StreamWriter, body: bytes, broken: Break) -> None:
    end = len(body) if broken.cut is None else broken.cut
    for start in range(0, end, PIECE):
        if broken.hold and start + PIECE > broken.held_at and not broken.holding.is_set():
            broken.holding.set()
            await broken.hold.wait()
        writes.write(body[start : min(start + PIECE, end)])
        await writes.drain()


async def _answer(reads: asyncio.StreamReader, method: str) -> Answer:
    head = (await reads.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    status = int(head[0].split(" ")[1])
    pairs = (line.split(":", 1) for line in head[1:] if line)
    headers = {name.strip().lower(): value.strip() for name, value in pairs}
    if 100 <= status < 200:
        return await _answer(reads, method)
    size = int(headers.get("content-length", "0"))
    body = b"" if method == "HEAD" or status == 204 else await reads.readexactly(size)
    return Answer(status, headers, body)
