"""Letting pages of listed origins call the API with a key. Cookies stay ours: no credentials are ever allowed."""

from __future__ import annotations

from aiohttp import web
from aiohttp.typedefs import Handler

from asset_ingest.entrypoints.web.options import OPTIONS

_METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"
_MAY_SEND = (
    "Accept, Authorization, Content-Digest, Content-Disposition, Content-MD5, Content-Type, If-Match, "
    "If-None-Match, If-Range, Last-Event-ID, Range, Repr-Digest, Tus-Resumable, Upload-Checksum, Upload-Complete, "
    "Upload-Concat, Upload-Defer-Length, Upload-Draft-Interop-Version, Upload-Length, Upload-Metadata, Upload-Offset, "
    "X-Content-SHA256, X-Correlation-ID, X-HTTP-Method-Override, X-Request-ID, X-Requested-With"
)
_MAY_READ = (
    "Accept-Ranges, Content-Disposition, Content-Range, ETag, Location, Retry-After, Tus-Checksum-Algorithm, "
    "Tus-Extension, Tus-Max-Size, Tus-Resumable, Tus-Version, Upload-Complete, Upload-Concat, Upload-Defer-Length, "
    "Upload-Expires, Upload-Length, Upload-Limit, Upload-Metadata, Upload-Offset, X-Correlation-ID, X-Job-Id"
)


def allow_reading(request: web.Request, response: web.StreamResponse) -> None:
    """Let a listed origin read the answer."""
    origins = request.app[OPTIONS].cors_origins
    if not origins:
        return
    response.headers.add("Vary", "Origin")
    if (origin := request.headers.get("Origin")) in origins:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = _MAY_READ
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"


@web.middleware
async def preflight(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer a listed origin's question before it sends the real request; any other gets the router's refusal."""
    asked = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
    if not asked or request.headers.get("Origin") not in request.app[OPTIONS].cors_origins:
        return await handler(request)
    return web.Response(
        status=204,
        headers={
            "Access-Control-Allow-Methods": _METHODS,
            "Access-Control-Allow-Headers": _MAY_SEND,
            "Access-Control-Max-Age": "600",
        },
    )
