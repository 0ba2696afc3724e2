"""One GET, careful from its address to its last byte."""

from __future__ import annotations

import re
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from types import MappingProxyType
from typing import Final, cast
from urllib.parse import SplitResult, urlsplit

import anyio
import httpcore
from anyio import lowlevel, to_thread

from asset_ingest.adapters.safe_fetch.connecting import PublicOnly, Resolve, resolved
from asset_ingest.adapters.safe_fetch.public_address import Address, is_this_machine
from asset_ingest.adapters.safe_fetch.refusals import Refused, TooMuch
from asset_ingest.adapters.safe_fetch.unpacking import unpacker
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

    def __init__(self, response: httpcore.Response, translating: Callable[[], AbstractContextManager[None]]) -> None:
        self._response = response
        self._translating = translating
        self.status = response.status
        self.headers: Mapping[str, str] = _joined(response.headers)

    def chunks(self, largest: int) -> AsyncGenerator[bytes, None]:
        """Yield the body, unpacked. Raises TooMuch as soon as it is known to be longer than `largest` bytes.

        Raises ServiceUnavailable when the body breaks off, or nothing of it comes for the time limit.
        """
        return self._counted(self._unpacked(), largest)

    def chunks_as_sent(self, largest: int) -> AsyncGenerator[bytes, None]:
        """Yield the body as it is on the wire, packed or not; otherwise like `chunks`."""
        return self._counted(self._as_sent(), largest)

    async def _counted(self, body: AsyncGenerator[bytes, None], largest: int) -> AsyncGenerator[bytes, None]:
        length = self.headers.get("content-length", "")
        seen = int(length) if length.isdecimal() else 0
        if seen > largest:
            raise TooMuch(f"it has more than {largest} bytes")
        seen = 0
        async with aclosing(body) as pieces:
            async for piece in pieces:
                seen += len(piece)
                if seen > largest:
                    raise TooMuch(f"it has more than {largest} bytes")
                yield piece

    async def _unpacked(self) -> AsyncGenerator[bytes, None]:
        unpack = unpacker(self.headers.get("content-encoding", ""))
        async with aclosing(self._as_sent()) as packed:
            async for data in packed:
                for piece in unpack(data):
                    yield piece
                    await lowlevel.checkpoint()  # a little data may unpack to many pieces
        for piece in unpack(b""):
            yield piece

    async def _as_sent(self) -> AsyncGenerator[bytes, None]:
        stream = cast("AsyncGenerator[bytes, None]", self._response.aiter_stream())
        with self._translating():
            async with aclosing(stream) as pieces:
                async for piece in pieces:
                    yield piece


@dataclass(frozen=True, slots=True)
class Reach:
    """What may be asked where the caller names no hosts. `inside` are addresses let at though not public: stand-ins."""

    schemes: tuple[str, ...] = ("https",)
    ports: tuple[int, ...] = (443,)
    inside: Collection[Address] = ()


class SafeFetch:
    """GET from public hosts, by https unless `reach` says more.

    `loopback` lets at this machine too, also by http: for stand-ins.
    """

    def __init__(
        self,
        user_agent: str,
        *,
        seconds: float = 30.0,
        loopback: bool = False,
        reach: Reach = Reach(),
        resolve: Resolve = resolved,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._user_agent = user_agent
        self._seconds = seconds
        self._loopback = loopback
        self._reach = reach
        self._backend = PublicOnly(resolve, reach.inside, loopback=loopback)
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

    def check(self, url: str, *, hosts: Collection[str] | None) -> None:
        """Raise Refused for an address of which that can be told without asking anybody; `hosts` as for `opened`."""
        host = self._checked(url, hosts).hostname or ""
        try:
            address = ip_address(host)
        except ValueError:
            return
        self._backend.judge(host, address)

    @asynccontextmanager
    async def opened(
        self,
        url: str,
        *,
        hosts: Collection[str] | None,
        accept: str = "*/*",
        encoding: str = "gzip",
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> AsyncIterator[Answer]:
        """Ask for `url` and give the answer while its body comes in; silence as long as the time limit ends it.

        `headers` go along, and only ever what any client would say.
        `hosts` are those that may be asked, each with its port unless that is 443; None is any that is in reach.
        """
        parts = self._checked(url, hosts)
        own = {"User-Agent": self._user_agent, "Accept": accept, "Accept-Encoding": encoding}
        sent = list({**own, **headers}.items())
        tls = await self._certificates() if parts.scheme == "https" else None
        pool = httpcore.AsyncConnectionPool(tls, max_connections=1, network_backend=self._backend)
        patience = {"timeout": dict.fromkeys(("connect", "read", "write", "pool"), self._seconds)}
        with self._translating(parts):
            async with pool, pool.stream("GET", _raw(parts), headers=sent, extensions=patience) as response:
                yield Answer(response, lambda: self._translating(parts))

    @contextmanager
    def _translating(self, parts: SplitResult) -> Iterator[None]:
        try:
            yield
        except httpcore.TimeoutException:
            raise self._silent(parts) from None
        except httpcore.ProtocolError:  # its words quote what came, and that may quote the address, secret and all
            raise ServiceUnavailable(f"{parts.hostname} broke off, or does not speak HTTP as it should") from None
        except httpcore.NetworkError as error:
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
        if parts.scheme not in self._reach.schemes and not (parts.scheme == "http" and inside):
            raise Refused(f"only {' or '.join(self._reach.schemes)} is fetched")
        if hosts is None and port not in {None, *self._reach.ports} and not inside:
            raise Refused(f"it names port {port}, and only {' and '.join(map(str, self._reach.ports))} may be asked")
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
