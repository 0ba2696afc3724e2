"""Which revision of a thing a client has read, and wants to change: `ETag` out, `If-Match` in."""

from __future__ import annotations

import re
from typing import Any

from aiohttp import web

from asset_ingest.core.errors import InvalidRequest

_TAG = re.compile(r'"(\d{1,9})"', re.ASCII)

IF_MATCH: dict[str, Any] = {
    "parameters": [{"name": "If-Match", "in": "header", "schema": {"type": "string", "examples": ['"3"']}}]
}
"""What a document says of an operation that takes it."""


def etag(revision: int) -> dict[str, str]:
    """Return the header that names the revision."""
    return {"ETag": f'"{revision}"'}


def revision_read(request: web.Request) -> int | None:
    """Return the revision in `If-Match`; None without that header, or where any will do (`*`)."""
    said = request.headers.get("If-Match", "*").strip()
    if said == "*":
        return None
    tag = _TAG.fullmatch(said)
    if tag is None:
        raise InvalidRequest("is the ETag of what you have read", "If-Match")
    return int(tag[1])


def revision_needed(request: web.Request) -> int:
    """Return the revision in `If-Match`, without which nobody knows what is to be changed."""
    revision = revision_read(request)
    if revision is None:
        raise InvalidRequest("is needed: the ETag of what you have read", "If-Match")
    return revision
