"""One Strapi, spoken to over HTTP: bounded in time and size, never led elsewhere, and its token never told."""

from __future__ import annotations

import ipaddress
import json
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import anyio
import httpx
from anyio import to_thread

from asset_ingest.adapters.cms.strapi.errors import Answer, Doubtful, refusal
from asset_ingest.core.errors import Misconfigured

LARGEST_ANSWER: Final = 8 << 20
"""Bytes that we read at most. We ask for a few entries at once, and Strapi takes entries of a few MB at most."""

Params = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Part:
    """A file to send as a form."""

    name: str
    content: bytes = field(repr=False)
    content_type: str
    about: Mapping[str, object]


@asynccontextmanager
async def connected(url: str, token: str, seconds: float) -> AsyncIterator[StrapiClient]:
    """Yield a client that opens nothing until its first request. Raises Misconfigured for what cannot work."""
    origin, token = _checked_url(url), _checked_token(token)
    trusted = await to_thread.run_sync(httpx.create_ssl_context) if origin.startswith("https:") else None
    async with _http(origin, token, trusted) as http:
        yield StrapiClient(http, origin, token, seconds)


def _http(origin: str, token: str, trusted: ssl.SSLContext | None) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        headers={"Authorization": f"Bearer {token}", "Accept": "application/json", "Accept-Encoding": "identity"},
        verify=trusted or False,  # over plain HTTP nothing is to be verified, and reading all roots is slow
        follow_redirects=False,  # whoever redirects would get the token
        trust_env=not _is_this_machine(origin),  # a proxy cannot reach our own loopback
        limits=httpx.Limits(max_connections=32, keepalive_expiry=2),  # Node hangs up after 5 s; be well before it
    )


class StrapiClient:
    """Asks once; who calls knows what is safe to repeat. Each failure comes out as one of our errors."""

    def __init__(self, http: httpx.AsyncClient, origin: str, token: str, seconds: float) -> None:
        self._http = http
        self.origin = origin
        self._token = token
        self._seconds = seconds

    async def get(self, doing: str, path: str, params: Params) -> Any:
        """Return the JSON at `/api/<path>`; `doing` completes the sentence 'could not …'."""
        return await self._ask(doing, path, self._http.build_request("GET", self._url(path), params=params))

    async def write(self, doing: str, method: str, path: str, body: object, params: Params | None = None) -> Any:
        """Send `body` as JSON. Doubtful means that it may have been written all the same."""
        content = json.dumps(body, allow_nan=False).encode()
        headers = {"Content-Type": "application/json"}
        request = self._http.build_request(method, self._url(path), params=params, content=content, headers=headers)
        return await self._ask(doing, path, request)

    async def upload(self, doing: str, part: Part, seconds: float) -> Any:
        """Send a file to the media library. Doubtful means that it may be there all the same."""
        request = self._http.build_request(
            "POST",
            self._url("upload"),
            files={"files": (part.name, part.content, part.content_type)},
            data={"fileInfo": json.dumps(part.about)},
        )
        return await self._ask(doing, "upload", request, seconds)

    def _url(self, path: str) -> str:
        return f"{self.origin}/api/{path}"

    async def _ask(self, doing: str, path: str, request: httpx.Request, seconds: float | None = None) -> Any:
        answer = await self._answer(doing, request, seconds or self._seconds)
        if not 200 <= answer.status < 300:
            raise refusal(answer, doing, path.partition("/")[0])
        return answer.json()

    async def _answer(self, doing: str, request: httpx.Request, seconds: float) -> Answer:
        request.extensions = {**request.extensions, "timeout": httpx.Timeout(seconds).as_dict()}
        try:
            with anyio.fail_after(seconds):  # httpx bounds each wait; a trickle would last for ever
                return await self._read(request)
        except (TimeoutError, httpx.TimeoutException):
            raise Doubtful(f"could not {doing}: Strapi did not answer within {seconds:g} seconds") from None
        except httpx.RequestError as error:
            why = str(error) or type(error).__name__
            raise Doubtful(f"could not {doing}: the connection to {self.origin} failed: {why}") from error

    async def _read(self, request: httpx.Request) -> Answer:
        response = await self._http.send(request, stream=True)
        try:
            body = bytearray()
            async for chunk in response.aiter_raw():  # as it came: compressed, it could be a bomb
                body += chunk
                if len(body) > LARGEST_ANSWER:
                    raise Doubtful(f"Strapi's answer is larger than {LARGEST_ANSWER} bytes")
        finally:
            await response.aclose()
        told = response.headers
        return Answer(
            response.status_code, told.get("content-type", ""), bytes(body), told.get("location", ""), self._token
        )


def _is_this_machine(url: str) -> bool:
    host = httpx.URL(url).host
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _checked_url(url: str) -> str:
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        raise Misconfigured("ASSET_INGEST_STRAPI_URL makes no sense as an address") from None
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise Misconfigured("ASSET_INGEST_STRAPI_URL must begin with http:// or https:// and name a host")
    if parsed.userinfo or parsed.query or parsed.fragment:
        raise Misconfigured("ASSET_INGEST_STRAPI_URL must hold no password, query or fragment")
    return str(parsed).rstrip("/").removesuffix("/api")


def _checked_token(token: str) -> str:
    token = token.strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise Misconfigured("ASSET_INGEST_STRAPI_TOKEN is empty or has characters that no API token has")
    return token
