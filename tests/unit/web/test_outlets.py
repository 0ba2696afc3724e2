"""The way of frames to a socket: the bytes that RFC 6455 asks for, and patience that has an end."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from aiohttp import WSCloseCode, WSMsgType, web
from aiohttp._websocket.reader import WebSocketDataQueue
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import WebSocketReader
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.web.conftest import Site
from tests.unit.web.door import API

from asset_ingest.adapters.notifier.websockets import Hub
from asset_ingest.bootstrap import memory_ports
from asset_ingest.core.model.ids import StudioId
from asset_ingest.core.ports.notifier import Frame, Told
from asset_ingest.entrypoints.web.options import LiveTiming, WebOptions
from asset_ingest.entrypoints.web.outlets import EventOutlet, text_message


def frame(text: str) -> Frame:
    return Frame(None, "progress", text)


# --- bytes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "head"),
    [
        (0, b"\x81\x00"),
        (125, b"\x81\x7d"),
        (126, b"\x81\x7e\x00\x7e"),
        (65_535, b"\x81\x7e\xff\xff"),
        (65_536, b"\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00"),
    ],
)
def test_the_length_takes_as_little_room_as_it_can(size: int, head: bytes) -> None:
    assert text_message(frame("x" * size)) == head + b"x" * size


async def read(sent: bytes, count: int) -> list[str]:
    """Return the messages that aiohttp's own reader finds."""
    loop = asyncio.get_running_loop()
    queue = WebSocketDataQueue(BaseProtocol(loop), 1 << 30, loop=loop)
    failed, rest = WebSocketReader(queue, 1 << 20, compress=False, decode_text=True).feed_data(sent)
    assert (failed, rest) == (False, b"")
    found = [await queue.read() for _ in range(count)]
    assert {each.type for each in found} <= {WSMsgType.TEXT}
    return [each.data for each in found]


TEXTS = st.text(max_size=50) | st.sampled_from([62, 63, 125, 126, 32_767, 32_768, 65_535, 65_536]).map("é".__mul__)


@settings(max_examples=50)
@given(st.lists(TEXTS, max_size=4))
def test_what_is_told_together_is_read_one_by_one(texts: list[str]) -> None:
    assert asyncio.run(read(Told([frame(text) for text in texts]).encoded(text_message), len(texts))) == texts


# --- sockets that behave as few do ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Raw:
    """A socket without a library that reads, pongs or closes for it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def message(self) -> tuple[int, bytes]:
        """Return the next one's opcode and payload."""
        first, size = await self.reader.readexactly(2)
        if size >= 126:
            size = int.from_bytes(await self.reader.readexactly(2 if size == 126 else 8))
        return first & 15, await self.reader.readexactly(size)

    async def text(self) -> dict[str, int]:
        kind, payload = await self.message()
        assert kind == WSMsgType.TEXT
        found: dict[str, int] = json.loads(payload)
        return found

    async def until_the_end(self) -> tuple[list[int], bytes]:
        """Return the numbers that are still heard, and the goodbye; empty where we were too slow for that, too."""
        heard: list[int] = []
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while (said := await self.message())[0] == WSMsgType.TEXT:
                heard.append(json.loads(said[1])["n"])
            return heard, said[1]
        return heard, b""

    def send(self, kind: int, payload: bytes) -> None:
        """Send a whole message, masked with zeros."""
        assert 126 <= len(payload) < 1 << 16 or kind > 7
        size = bytes([0x80 | len(payload)]) if kind > 7 else b"\xfe" + len(payload).to_bytes(2)
        self.writer.write(bytes([0x80 | kind]) + size + bytes(4) + payload)


@asynccontextmanager
async def raw(site: Site, *, room: int = 1 << 16) -> AsyncIterator[Raw]:
    """Open a socket whose kernel keeps about as many bytes; its hello has been heard."""
    opened = socket.socket()
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
    opened.setblocking(False)
    await asyncio.get_running_loop().sock_connect(opened, ("127.0.0.1", site.client.port))
    reader, writer = await asyncio.open_connection(sock=opened, limit=room)
    writer.write(
        f"GET {API}/ws?after=0 HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Authorization: Bearer {site.admin_key}\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
    )
    try:
        assert b" 101 " in await reader.readuntil(b"\r\n\r\n")
        found = Raw(reader, writer)
        await found.text()
        yield found
    finally:
        writer.transport.abort()


@dataclass(frozen=True, slots=True)
class Stage:
    """A site whose hub the test tells things, of so many bytes each."""

    site: Site
    hub: Hub
    studio_id: StudioId

    def tell(self, number: int, size: int = 0) -> None:
        self.hub.tell(self.studio_id, frame(json.dumps({"n": number, "rest": "x" * size})))


@pytest.fixture
async def stage(open_site: Callable, tmp_path: Path) -> Stage:
    return await set_up(open_site, Hub(), WebOptions(static=tmp_path))


async def set_up(open_site: Callable, hub: Hub, options: WebOptions) -> Stage:
    site = await open_site(options, ports=replace(memory_ports(), audience=hub))
    admin = await site.program.ports.system.access.first_admin()
    return Stage(site, hub, admin.studio_id)


async def test_who_reads_nothing_is_dropped_and_the_others_go_on(open_site: Callable, tmp_path: Path) -> None:
    stage = await set_up(open_site, Hub(most=8), WebOptions(static=tmp_path))
    told = 0
    async with raw(stage.site, room=4096) as deaf:
        async with raw(stage.site) as quick:
            for told in range(1, 301):  # 9 MB: more than any kernel keeps for one socket
                stage.tell(told, 30_000)
                assert (await quick.text())["n"] == told
        while stage.hub.studios():  # noqa: ASYNC110  nobody rings when a seat is left; the test has a time limit
            await asyncio.sleep(0)
        heard, goodbye = await deaf.until_the_end()
    assert heard == list(range(1, len(heard) + 1))
    assert len(heard) < told
    assert goodbye in {WSCloseCode.TRY_AGAIN_LATER.to_bytes(2), b""}


async def test_who_comes_late_has_missed_nothing_and_heard_nothing_twice(stage: Stage) -> None:
    async with raw(stage.site, room=4096) as late, raw(stage.site) as quick:
        for number in range(1, 801):  # the short way, then, when nothing goes any more, the long one
            stage.tell(number, 10_000)
            assert (await quick.text())["n"] == number
        assert [(await late.text())["n"] for _ in range(800)] == list(range(1, 801))
        stage.tell(801)  # and the short one again
        assert (await late.text())["n"] == 801


async def test_the_last_frames_are_heard_before_the_goodbye(stage: Stage) -> None:
    async with raw(stage.site) as opened:
        for number in range(50):
            stage.tell(number, 1000)
        stopping = asyncio.create_task(stage.site.client.server.close())
        assert [(await opened.text())["n"] for _ in range(50)] == list(range(50))
        assert await opened.message() == (WSMsgType.CLOSE, WSCloseCode.GOING_AWAY.to_bytes(2))
        opened.writer.close()
        await stopping


async def test_nothing_is_told_behind_a_goodbye(stage: Stage) -> None:
    async with raw(stage.site) as opened:
        opened.send(WSMsgType.TEXT, b"x" * 10_000)
        assert await opened.message() == (WSMsgType.CLOSE, WSCloseCode.MESSAGE_TOO_BIG.to_bytes(2))
        stage.tell(1)
        await asyncio.sleep(0)
        opened.send(WSMsgType.CLOSE, b"")
        assert await opened.reader.read() == b""


async def test_a_heartbeat_is_heard_between_frames_and_silence_ends_the_socket(
    open_site: Callable, tmp_path: Path
) -> None:
    stage = await set_up(open_site, Hub(), WebOptions(static=tmp_path, live=LiveTiming(heartbeat=0.5)))
    async with raw(stage.site) as opened:
        for number in range(3):
            stage.tell(number)
            assert (await opened.text())["n"] == number
            assert await opened.message() == (WSMsgType.PING, b"")
            opened.send(WSMsgType.PONG, b"")
        assert await opened.message() == (WSMsgType.PING, b"")
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            await opened.message()


class Stuck(web.StreamResponse):
    """A response whose client takes nothing."""

    async def write(self, data: bytes | bytearray | memoryview) -> None:
        await asyncio.Event().wait()


async def test_a_comment_waits_no_longer_than_an_event_for_one_who_takes_nothing() -> None:
    with pytest.raises(TimeoutError):
        await EventOutlet(Stuck(), 0.01).write(": still here")
