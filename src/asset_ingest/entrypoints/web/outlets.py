"""The way of frames to a connection: encoded once for all, and written without a task where nothing is in the way."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from dataclasses import dataclass
from typing import Protocol

from aiohttp import WSCloseCode, web

from asset_ingest.core.ports.notifier import Frame, Told

LARGEST = 64 * 1024
"""Bytes that are handed to a connection at once; asyncio holds back who writes on while as many wait to go."""
_WHOLE_TEXT = 0x81
_TWO_BYTES, _EIGHT_BYTES = 126, 127


def text_message(frame: Frame) -> bytes:
    """Return the frame as one unmasked text message (RFC 6455, 5.2), which is the same for every socket."""
    payload = frame.text.encode()
    size = len(payload)
    if size < _TWO_BYTES:
        return bytes((_WHOLE_TEXT, size)) + payload
    if size < 1 << 16:
        return bytes((_WHOLE_TEXT, _TWO_BYTES)) + size.to_bytes(2) + payload
    return bytes((_WHOLE_TEXT, _EIGHT_BYTES)) + size.to_bytes(8) + payload


class Outlet(Protocol):
    """What carries frames to one watcher."""

    @abstractmethod
    def take(self, told: Told) -> bool:
        """Hand all frames on at once, or none; never waits."""

    @abstractmethod
    async def send(self, frame: Frame) -> None:
        """Hand the frame on, waiting while too much is under way.

        Raises TimeoutError for a client that takes nothing, ConnectionError for one that has gone.
        """


class Socket(web.WebSocketResponse):
    """A socket that lets its outlet know when it begins to say goodbye."""

    __slots__ = ("outlet",)
    outlet: SocketOutlet

    async def close(self, *, code: int = WSCloseCode.OK, message: bytes = b"", drain: bool = True) -> bool:
        self.outlet.is_open = False
        return await super().close(code=code, message=message, drain=drain)


@dataclass(slots=True, eq=False)
class SocketOutlet(Outlet):
    """Writes to the socket's transport, beside aiohttp, which shakes hands, reads, answers pings and says goodbye.

    That is sound because both write whole messages at once, and no compression makes one depend on those before.
    """

    socket: Socket
    request: web.Request
    transport: asyncio.WriteTransport
    patience: float  # seconds that a client may take for what is under way
    has_sent: bool = False  # since somebody has looked
    is_open: bool = True

    def __post_init__(self) -> None:
        self.socket.outlet = self

    def take(self, told: Told) -> bool:
        """Write, if all that was written before has gone."""
        message, transport = told.encoded(text_message), self.transport
        if not self.is_open or transport.get_write_buffer_size() or transport.is_closing() or len(message) > LARGEST:
            return False
        transport.write(message)
        self.has_sent = True
        return True

    async def send(self, frame: Frame) -> None:
        if not self.is_open or self.transport.is_closing():
            raise ConnectionResetError("the socket is closed")
        self.transport.write(text_message(frame))
        self.has_sent = True
        if self.request.protocol.writing_paused:
            async with asyncio.timeout(self.patience):
                await self.request.writer.drain()


@dataclass(frozen=True, slots=True)
class EventOutlet(Outlet):
    """Writes server-sent events; aiohttp frames them, as chunks or not, so none go past it."""

    stream: web.StreamResponse
    patience: float

    def take(self, told: Told) -> bool:  # noqa: ARG002  the port's
        return False

    async def send(self, frame: Frame) -> None:
        number = f"id: {frame.seq}\n" if frame.seq is not None else ""
        await self.write(f"event: {frame.kind}\n{number}data: {frame.text}")

    async def write(self, block: str) -> None:
        """Write a block of lines, an event or a comment, with the patience that `send` has."""
        async with asyncio.timeout(self.patience):
            await self.stream.write(f"{block}\n\n".encode())
