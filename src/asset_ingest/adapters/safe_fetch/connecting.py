"""Connections to public addresses only. httpx has no place to say so; httpcore, on which it stands, has one."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from ipaddress import ip_address
from typing import Final

import anyio
import httpcore

from asset_ingest.adapters.safe_fetch.public_address import Address, is_public
from asset_ingest.adapters.safe_fetch.refusals import NotPublic

Resolve = Callable[[str, int], Awaitable[Sequence[Address]]]

_ADDRESSES_TRIED: Final = 4


class PublicOnly(httpcore.AsyncNetworkBackend):
    """Resolves names itself and connects to nothing but what it has judged."""

    def __init__(self, resolve: Resolve, inside: Collection[Address] = (), *, loopback: bool) -> None:
        self._tcp = httpcore.AnyIOBackend()
        self._resolve = resolve
        self._inside = frozenset(inside)
        self._loopback = loopback

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 -- httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        failed: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in await self._judged(host, port):
            try:
                return await self._tcp.connect_tcp(str(address), port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed

    async def _judged(self, host: str, port: int) -> Sequence[Address]:
        """Refuse a name as soon as one of its addresses is inside: which of them answers must not be luck."""
        addresses = await self._resolve(host, port)
        for address in addresses:
            self.judge(host, address)
        return addresses[:_ADDRESSES_TRIED]

    def judge(self, host: str, address: Address) -> None:
        """Raise NotPublic for an address that we do not connect to."""
        allowed = is_public(address) or address in self._inside or (self._loopback and address.is_loopback)
        if not allowed:
            raise NotPublic(f"{host} leads to {address}, which is no public address")

    async def sleep(self, seconds: float) -> None:
        await self._tcp.sleep(seconds)


async def resolved(host: str, port: int) -> Sequence[Address]:
    """Ask the machine's resolver."""
    try:
        found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(f"its name cannot be resolved: {error}") from error
    return list(dict.fromkeys(ip_address(sockaddr[0]) for *_, sockaddr in found))
