"""One server, spoken to over HTTP; every failure comes out as a ClientError, and never with the key in it."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import AsyncIterable, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx

from asset_ingest.client.backoff import Backoff
from asset_ingest.client.errors import (
    BrokenOff,
    ClientError,
    KeyRefused,
    Missing,
    Misused,
    NotUnderstood,
    Refused,
    Unavailable,
    Unreachable,
)
from asset_ingest.client.record import Record

LARGEST_ANSWER = 8 << 20
"""Bytes of JSON that we read at most: pages hold at most a thousand small items."""

BUSY = frozenset({429, 502, 503, 504})

_NEVER_CONNECTED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


class Connection:
    """Requests below `<url>/api/v1`, signed with the API key. Opens nothing until the first request."""

    def __init__(self, url: str, api_key: str, timeout: float, backoff: Backoff) -> None:
        self.origin = _checked_address(url)
        self.backoff = backoff
        self._base = f"{self.origin}/api/v1"
        self._timeout = timeout
        self._http = httpx.AsyncClient(
            headers={"Authorization": f"Bearer {_checked_key(api_key)}"},
            timeout=timeout,
            verify=self.origin.startswith("https:"),  # else nothing is to be verified, and reading all roots is slow
            trust_env=not is_this_machine(url),  # a proxy cannot reach our own loopback, and must not see the key
        )

    async def close(self) -> None:
        await self._http.aclose()

    @asynccontextmanager
    async def answer(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        content: AsyncIterable[bytes] | bytes | None = None,
        patience: float | None = None,
    ) -> AsyncIterator[httpx.Response]:
        """Ask once and give the answer with its body unread; `patience` is how many seconds it may stay silent.

        Errors of the connection, also while the body is read, become ours; an answer that is no success is raised.
        """
        timeout = httpx.Timeout(self._timeout, read=patience or self._timeout)
        try:
            async with self._http.stream(
                method, self._base + path, params=params, headers=headers, content=content, timeout=timeout
            ) as response:
                if not response.is_success:
                    raise await _refusal(response)
                yield response
        except httpx.RequestError as error:
            raise self._ours(error) from error

    async def get(self, path: str, params: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Return the JSON object at `path`, asked for again while failures may pass."""

        async def once() -> dict[str, Any]:
            async with self.answer("GET", path, params=params) as response:
                return await json_object(response)

        return await self.backoff.persist(once)

    def _ours(self, error: httpx.RequestError) -> ClientError:
        why = str(error) or type(error).__name__
        if isinstance(error, _NEVER_CONNECTED):
            return Unreachable(f"there is no connection to {self.origin}: {why}")
        if isinstance(error, httpx.DecodingError):
            return NotUnderstood(f"the answer of {self.origin} is damaged: {why}")
        return BrokenOff(f"the connection to {self.origin} broke: {why}")


def is_this_machine(url: str) -> bool:
    """Tell whether the address stays on the machine we run on."""
    host = httpx.URL(url).host
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _checked_address(url: str) -> str:
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, TypeError) as error:
        raise Misused(f"the address of the server makes no sense: {error}") from None
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise Misused("the address of the server must start with http:// or https:// and name a host")
    if parsed.userinfo or parsed.query or parsed.fragment:
        raise Misused("the address of the server must hold no password, query or fragment")
    return str(parsed).rstrip("/")


def _checked_key(api_key: str) -> str:
    key = api_key.strip()
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise Misused("the API key is empty or holds characters that no key has")
    return key


async def json_object(response: httpx.Response) -> dict[str, Any]:
    """Read the answer as one JSON object, within LARGEST_ANSWER."""
    raw = await _read(response, LARGEST_ANSWER)
    if raw is None:
        raise NotUnderstood("the server's answer is larger than any that the contract allows")
    try:
        return dict(Record.of("object", json.loads(raw)).fields)
    except (ValueError, RecursionError):
        raise NotUnderstood("the server's answer is no JSON") from None


async def _read(response: httpx.Response, most: int) -> bytes | None:
    """Return the whole body, or None once it is longer than `most`."""
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > most:
            return None
    return bytes(body)


async def _refusal(response: httpx.Response) -> ClientError:
    """Return the error that the answer states, as well as it states it: proxies speak no problem details."""
    status = response.status_code
    problem = _problem(await _read(response, 1 << 16) or b"")
    kind = {401: KeyRefused, 404: Missing, 410: Missing}.get(status, Unavailable if status in BUSY else Refused)
    plain = f"the server answered {status} {response.reason_phrase}".rstrip()
    if response.is_redirect:
        plain = f"the server sends us on to {response.headers.get('Location', 'nowhere')!r}; use that address"
    return kind(
        problem.get("detail") or problem.get("title") or plain,
        code=problem.get("code"),
        remedy=problem.get("remedy"),
        status=status,
        correlation_id=problem.get("correlation_id") or response.headers.get("X-Correlation-ID"),
        retry_after=_seconds(response.headers.get("Retry-After")),
    )


def _problem(raw: bytes) -> dict[str, str]:
    try:
        said = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return {key: value for key, value in said.items() if isinstance(value, str)} if isinstance(said, dict) else {}


def _seconds(retry_after: str | None) -> float | None:
    """Read Retry-After in seconds; as a date it is ignored, for our clock may differ."""
    return float(retry_after) if retry_after and retry_after.isascii() and retry_after.isdigit() else None
