"""Trailers of a chunked body: the framework reads and drops them, so the end of what arrived is kept beside it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from asset_ingest.entrypoints.web.errors import unreadable

KEPT: Final = 4096
"""Bytes of a connection that are remembered; trailers longer than that count as not sent."""

_AT_THE_END = re.compile(rb"\r\n0+[ \t]*(?:;[^\r\n]*)?\r\n((?:[^\r\n]+\r\n)*)\r\n\Z")


class Connection(web.RequestHandler):
    """A connection that remembers the last bytes it received, and whether it is to end."""

    __slots__ = ("_end", "is_ending")

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._end = b""
        self.is_ending = False  # from then on the framework drops what comes, also the rest of a body

    def close(self) -> None:
        self.is_ending = True
        super().close()

    def data_received(self, data: bytes) -> None:
        self._end = bytes(data[-KEPT:]) if len(data) >= KEPT else (self._end + data)[-KEPT:]
        super().data_received(data)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Refuse what the parser could not read as all is refused, without its words: they quote the request."""
        super().handle_error(request, status, exc, message)
        return unreadable(status)

    @property
    def trailer_section(self) -> bytes:
        """Return the lines behind the last chunk, if the connection's last bytes are the end of a chunked body."""
        found = _AT_THE_END.search(self._end)
        return found[1] if found else b""


class Server(web.Server):
    """Makes such connections."""

    def __init__(self, made: web.Server, connection: Mapping[str, Any]) -> None:
        super().__init__(made.request_handler, request_factory=made.request_factory)
        self._connection = connection

    def __call__(self) -> web.RequestHandler:
        return Connection(self, loop=asyncio.get_running_loop(), **self._connection)


class Runner(web.AppRunner):
    """Runs an application whose handlers can read trailers; `connection` says how patient its connections are."""

    def __init__(self, served: web.Application, *, shutdown_timeout: float, **connection: Any) -> None:
        super().__init__(served, shutdown_timeout=shutdown_timeout)
        self._connection = connection

    async def _make_server(self) -> web.Server:
        return Server(await super()._make_server(), self._connection)


def trailer(request: web.Request, name: str) -> str | None:
    """Return a field of the trailers, once the body has been read to its end; None where it was not sent."""
    connection = request.protocol
    if not isinstance(connection, Connection):
        return None
    wanted = name.lower().encode()
    for line in connection.trailer_section.split(b"\r\n"):
        key, separator, value = line.partition(b":")
        if separator and key.lower() == wanted:
            return value.strip(b" \t").decode("latin-1")
    return None
