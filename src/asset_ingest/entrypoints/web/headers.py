"""Headers that every answer carries, errors and streams included."""

from __future__ import annotations

import re
from urllib.parse import urlsplit
from uuid import uuid4

from aiohttp import web

from asset_ingest.entrypoints.web.cors import allow_reading
from asset_ingest.entrypoints.web.options import APP, BASE, OPTIONS

CORRELATION = web.RequestKey("correlation", str)
STARTED = web.RequestKey("started", bool)

_CORRELATION_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)

POLICY = (
    "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; style-src 'self'; script-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; connect-src 'self'"
)
"""What our page may do. It reads how long a video is (`blob:`) before it sends it, perhaps to a bucket elsewhere."""
STRANGERS_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"
"""For bytes that somebody dropped: whatever a browser takes them for, they run nothing."""

_ALWAYS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}.items()


def correlation_of(request: web.Request) -> str:
    """Return the id that ties this request to its log lines and facts: the client's, if it is harmless, else ours."""
    if CORRELATION not in request:
        offered = request.headers.get("X-Correlation-ID", "")
        request[CORRELATION] = offered if _CORRELATION_ID.fullmatch(offered) else uuid4().hex
    return request[CORRELATION]


def over_https(request: web.Request) -> bool:
    """Say whether browsers reach us by HTTPS, here or at a proxy that the operator told us of."""
    public_url = request.app[OPTIONS].public_url
    return urlsplit(public_url).scheme == "https" if public_url else request.secure


def _policy(request: web.Request) -> str:
    direct = request.app[APP].transfers.direct
    return f"{POLICY} {direct.origin}" if direct and direct.origin else POLICY


async def on_prepare(request: web.Request, response: web.StreamResponse) -> None:
    """Complete the headers just before they leave; what a handler has set stays."""
    request[STARTED] = True
    headers = response.headers
    headers["X-Correlation-ID"] = correlation_of(request)
    headers.setdefault("Content-Security-Policy", _policy(request))
    for name, value in _ALWAYS:
        headers.setdefault(name, value)
    if over_https(request):
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if request.path.startswith(BASE):
        headers.setdefault("Cache-Control", "no-store")
    allow_reading(request, response)
