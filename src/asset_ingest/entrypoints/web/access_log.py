"""One line per request, for whoever runs this: what, how it ended, how long. Never a query, which may hold secrets."""

from __future__ import annotations

import time

from aiohttp import web
from aiohttp.typedefs import Handler

from asset_ingest.entrypoints.web.headers import correlation_of
from asset_ingest.entrypoints.web.options import APP

CLIENT_WENT_AWAY = 499
"""As nginx counts requests whose client did not wait for the answer."""


@web.middleware
async def note_request(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Note the request once it is answered; routes are named by their pattern, so that ids do not make thousands."""
    began, answer = time.perf_counter(), None
    try:
        answer = await handler(request)
    finally:
        resource = request.match_info.route.resource
        request.app[APP].observer.noted(
            "http.request",
            correlation_id=correlation_of(request),
            method=request.method,
            route=resource.canonical if resource else "unmatched",
            status=answer.status if answer else CLIENT_WENT_AWAY,
            ms=round((time.perf_counter() - began) * 1000, 1),
            bytes=_size(answer) if answer else 0,
        )
    return answer


def _size(answer: web.StreamResponse) -> int:
    return answer.body_length if answer.prepared else answer.content_length or 0
