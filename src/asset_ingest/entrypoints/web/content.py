"""Serving stored bytes: whole, in part (RFC 9110 Range, If-Range), not at all (HEAD, If-None-Match)."""

from __future__ import annotations

import re
from contextlib import aclosing
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import sha256

from aiohttp import web

from asset_ingest.core.errors import RangeNotSatisfiable
from asset_ingest.core.services.assets import Content
from asset_ingest.entrypoints.web.disposition import attachment
from asset_ingest.entrypoints.web.headers import STRANGERS_POLICY
from asset_ingest.entrypoints.web.options import APP
from asset_ingest.entrypoints.web.transfer import hand_on

_RANGE = re.compile(r"bytes=[ \t]*(\d{0,19})-(\d{0,19})[ \t]*", re.ASCII | re.IGNORECASE)
_TAGS = re.compile(r'(?:W/)?("[^"]*")')

FOR_EVER = "private, max-age=31536000, immutable"
A_WHILE = "private, max-age=3600"
ASK_AGAIN = "private, no-cache"
NEVER = "private, no-store"
"""How long a browser may keep them."""


async def serve_download(request: web.Request, content: Content, cache: str = ASK_AGAIN) -> web.StreamResponse:
    """Serve an original: always saved, never shown, whatever its bytes are."""
    headers = {"Content-Disposition": attachment(content.filename), "Cache-Control": cache}
    return await _serve(request, content, headers)


async def serve_picture(request: web.Request, content: Content, cache: str) -> web.StreamResponse:
    """Serve a picture that we made ourselves."""
    return await _serve(request, content, {"Cache-Control": cache})


async def _serve(request: web.Request, content: Content, headers: dict[str, str]) -> web.StreamResponse:
    tag = f'"{content.tag}"'
    headers |= {"ETag": tag, "Accept-Ranges": "bytes", "Content-Security-Policy": STRANGERS_POLICY}
    if content.created_at:
        headers["Last-Modified"] = http_date(content.created_at)
    if unchanged(request.headers.get("If-None-Match"), tag):
        return web.Response(status=304, headers=headers)
    await request.app[APP].assets.check(content)
    wanted = _wanted(request, tag, headers.get("Last-Modified"), content.size)
    start, end = wanted or (0, content.size)
    if wanted:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{content.size}"
    answer = web.StreamResponse(status=206 if wanted else 200, headers=headers)
    answer.content_type, answer.content_length = content.content_type, end - start
    await _send(request, answer, content, start, end)
    return answer


async def _send(request: web.Request, answer: web.StreamResponse, content: Content, start: int, end: int) -> None:
    """Send the bytes; the answer begins only once the store has given the first of them."""
    if request.method == "HEAD" or start == end:
        await answer.prepare(request)
        return
    async with aclosing(request.app[APP].assets.read(content, start, end)) as chunks:
        first = await anext(chunks)
        await answer.prepare(request)
        await hand_on(request, answer, first)
        async for chunk in chunks:
            await hand_on(request, answer, chunk)
        await answer.write_eof()


def serve_json(request: web.Request, body: bytes) -> web.Response:
    """Serve JSON that clients ask for again and again: what a client holds already is not sent again."""
    tag = f'"{sha256(body).hexdigest()[:32]}"'
    if unchanged(request.headers.get("If-None-Match"), tag):
        return web.Response(status=304, headers={"ETag": tag})
    return web.Response(body=body, content_type="application/json", headers={"ETag": tag})


def unchanged(if_none_match: str | None, tag: str) -> bool:
    """Say whether the client holds these very bytes."""
    return if_none_match is not None and (if_none_match.strip() == "*" or tag in _TAGS.findall(if_none_match))


def _wanted(request: web.Request, tag: str, modified: str | None, size: int) -> tuple[int, int] | None:
    """Return what part to send; None for the whole. If-Range gives the whole when the bytes are others by now."""
    asked, held = request.headers.get("Range"), request.headers.get("If-Range")
    if asked is None or request.method != "GET" or (held is not None and held.strip() not in {tag, modified}):
        return None
    return range_of(asked, size)


def range_of(asked: str, size: int) -> tuple[int, int] | None:
    """Return `[start, end)` of one byte range; None for what may be ignored: other units, several ranges, nonsense.

    Raises RangeNotSatisfiable when no byte of it exists.
    """
    match = _RANGE.fullmatch(asked.strip())
    if match is None or match[1] == match[2] == "":
        return None
    if match[1] == "":
        start, end = max(0, size - int(match[2])), size
    else:
        start, end = int(match[1]), min(size, int(match[2]) + 1) if match[2] else size
        if match[2] and int(match[2]) < start:
            return None
    if start >= size:
        raise RangeNotSatisfiable(size)
    return start, end


def http_date(moment: datetime) -> str:
    """Return the moment as HTTP writes it, in whole seconds."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)
