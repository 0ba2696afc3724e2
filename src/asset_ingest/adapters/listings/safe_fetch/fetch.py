"""One GET, careful from its address to its last byte."""

from __future__ import annotations

import re
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Iterable, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Final, cast
from urllib.parse import SplitResult, urlsplit

import anyio
import httpcore
from anyio import lowlevel, to_thread

from asset_ingest.adapters.listings.safe_fetch.connecting import PublicOnly, Resolve, resolved
from asset_ingest.adapters.listings.safe_fetch.public_address import is_this_machine
from asset_ingest.adapters.listings.safe_fetch.refusals import Refused, TooMuch
from asset_ingest.adapters.listings.safe_fetch.unpacking import unpacker
from asset_ingest.core.errors import ServiceUnavailable

_URL: Final = re.compile(r"[!-\[\]-~]{1,4000}")  # visible ASCII without \
_HTTPS_PORT: Final = 443


@dataclass(frozen=True, slots=True)
class Fetched:
    """A whole answer. Header names are in lower case; the body is only that of a success."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Answer:
    """The head of an answer whose body is still to come."""

    def __init__(self, response: httpcore.Response) -> None:
        self._response = response
        self.status = response.status
        self.headers: Mapping[str, str] = _joined(response.headers)

    async def chunks(self, largest: int) -> AsyncGenerator[bytes, None]:
        """Yield the body, unpacked. Raises TooMuch as soon as it is known to be longer than `largest` bytes."""
        length = self.headers.get("content-length", "")
        seen = int(length) if length.isdecimal() else 0
        if seen > largest:
            raise TooMuch(f"it has more than {largest} bytes")
        seen = 0
        async with aclosing(self._unpacked()) as pieces:
            async for piece in pieces:
                seen += len(piece)
                if seen > largest:
                    raise TooMuch(f"it has more than {largest} bytes")
                yield piece

    async def _unpacked(self) -> AsyncGenerator[bytes, None]:
        unpack = unpacker(self.headers.get("content-encoding", ""))
        stream = cast("AsyncGenerator[bytes, None]", self._response.aiter_stream())
        async with aclosing(stream) as packed:
            async for data in packed:
                for piece in unpack(data):
                    yield piece
                    await lowlevel.checkpoint()  # a little data may unpack to many pieces
        for piece in unpack(b""):
            yield piece


class SafeFetch:
    """GET of https addresses on public hosts. `loopback` lets at this machine too, also by http: for stand-ins."""

    def __init__(
        self,
        user_agent: str,
        *,
        seconds: float = 30.0,
        loopback: bool = False,
        resolve: Resolve = resolved,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._user_agent = user_agent
        self._seconds = seconds
        self._loopback = loopback
        self._backend = PublicOnly(resolve, loopback=loopback)
        self._tls = tls

    async def get(self, url: str, *, hosts: Collection[str] | None, largest: int, accept: str = "*/*") -> Fetched:
        """Fetch `url` whole, within the time limit; `hosts` as for `opened`.

        Raises Refused before anything is sent, or when what comes is not to be taken; ServiceUnavailable when no
        answer comes.
        """
        try:
            with anyio.fail_after(self._seconds):
                async with self.opened(url, hosts=hosts, accept=accept) as answer:
                    body = b"".join([piece async for piece in answer.chunks(largest)]) if answer.status < 300 else b""
        except TimeoutError:
            raise self._silent(urlsplit(url)) from None
        return Fetched(answer.status, answer.headers, body)

    @asynccontextmanager
    async def opened(self, url: str, *, hosts: Collection[str] | None, accept: str = "*/*") -> AsyncIterator[Answer]:
        """Ask for `url` and give the answer while its body comes in; silence as long as the time limit ends it.

        `hosts` are those that may be asked, each with its port unless that is 443; None is any public one, at 443.
        """
        parts = self._checked(url, hosts)
        headers = [("User-Agent", self._user_agent), ("Accept", accept), ("Accept-Encoding", "gzip")]
        tls = await self._certificates() if parts.scheme == "https" else None
        pool = httpcore.AsyncConnectionPool(tls, max_connections=1, network_backend=self._backend)
        patience = {"timeout": dict.fromkeys(("connect", "read", "write", "pool"), self._seconds)}
        try:
            async with pool, pool.stream("GET", _raw(parts), headers=headers, extensions=patience) as response:
                yield Answer(response)
        except httpcore.TimeoutException:
            raise self._silent(parts) from None
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            said = str(error) or "the connection broke"
            raise ServiceUnavailable(f"{parts.hostname} does not answer as it should: {said}") from error

    async def _certificates(self) -> ssl.SSLContext:
        """Read those that we trust, once: there are many."""
        if self._tls is None:
            self._tls = await to_thread.run_sync(httpcore.default_ssl_context)
        return self._tls

    def _silent(self, parts: SplitResult) -> ServiceUnavailable:
        return ServiceUnavailable(f"{parts.hostname} took longer than {self._seconds:g} seconds to answer")

    def _checked(self, url: str, hosts: Collection[str] | None) -> SplitResult:
        """Take the address apart once: what is checked is what is asked."""
        try:
            parts = urlsplit(url)
            port, host = parts.port, parts.hostname
        except ValueError:
            raise Refused("it is no web address") from None
        if not _URL.fullmatch(url) or not host or "@" in parts.netloc:
            raise Refused("it is no plain web address")
        inside = self._loopback and is_this_machine(host)
        if parts.scheme != "https" and not (parts.scheme == "http" and inside):
            raise Refused("only https is fetched")
        if hosts is None and port not in {None, _HTTPS_PORT} and not inside:
            raise Refused(f"port {port} is not asked")
        if hosts is not None and parts.netloc.lower().removesuffix(f":{_HTTPS_PORT}") not in hosts:
            raise Refused(f"{host[:100]} is none of the hosts that may be asked")
        return parts


def _raw(parts: SplitResult) -> httpcore.URL:
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return httpcore.URL(scheme=parts.scheme, host=parts.hostname or "", port=parts.port, target=target)


def _joined(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return headers by name; what came twice is joined, as HTTP has it, and then is neither of the two."""
    joined: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined
