"""Signs of life of an open WebSocket: asked for only where nothing else shows that the other side is there."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from typing import Final

from aiohttp import WSMessage, WSMsgType

from asset_ingest.entrypoints.web.outlets import SocketOutlet

_PING: Final = b"\x89\x00"
"""A whole ping without a payload (RFC 6455, 5.5.2)."""


class Pulse:
    """Pings a connection to which nothing was sent for so many seconds, and hangs up if as long nothing comes back.

    While frames go out, whether they arrive is the kernel's to find out: it ends a connection on which what was sent
    is not acknowledged in three times that (TCP_USER_TIMEOUT of Linux; elsewhere it takes the kernel some minutes).
    Thousands of sockets that are told something all the time so cost no pings, each of which is more work than a frame.
    """

    __slots__ = ("_asked", "_has_heard", "_outlet", "_seconds", "_timer")

    def __init__(self, outlet: SocketOutlet, seconds: float) -> None:
        self._outlet = outlet
        self._seconds = seconds
        self._has_heard = self._asked = False
        connection = outlet.transport.get_extra_info("socket")
        if hasattr(socket, "TCP_USER_TIMEOUT") and connection.family in {socket.AF_INET, socket.AF_INET6}:
            with suppress(OSError):  # of a connection that is lost already
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(3000 * seconds))
        self._timer = asyncio.get_running_loop().call_later(seconds, self._beat)

    async def heard(self, message: WSMessage) -> bool:
        """Take a sign of life; say whether the message was no more than that."""
        self._has_heard = True
        if message.type is WSMsgType.PING:
            await self._outlet.socket.pong(message.data)
        return message.type in {WSMsgType.PING, WSMsgType.PONG}

    def stop(self) -> None:
        self._timer.cancel()

    def _beat(self) -> None:
        if self._asked and not self._has_heard:
            self._outlet.transport.abort()
            return
        self._asked = self._outlet.is_open and not self._outlet.has_sent
        self._has_heard = self._outlet.has_sent = False
        if self._asked:
            self._outlet.transport.write(_PING)
        self._timer = asyncio.get_running_loop().call_later(self._seconds, self._beat)
