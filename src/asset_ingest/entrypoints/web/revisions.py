"""Which revision of a thing a client has read, and wants to change: `ETag` out, `If-Match` in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from asset_ingest.core.model.revisions import Read

_REVISIONS: Final = re.compile(r'(?<!W/)"(\d{1,9})"', re.ASCII)  # a weak tag matches nothing here (RFC 9110)

IF_MATCH: Mapping[str, Any] = {
    "parameters": [
        {
            "name": "If-Match",
            "in": "header",
            "description": "The ETag that was read: 412, with the current state, if somebody was faster",
            "schema": {"type": "string"},
        }
    ]
}
"""What the document says of an operation that takes it."""


def etag(revision: int) -> dict[str, str]:
    """Return the header that names the revision."""
    return {"ETag": f'"{revision}"'}


def read_by(request: web.Request) -> Read:
    """Return the revisions that If-Match allows; without it, or by `*`, whatever there is is changed."""
    said = request.headers.getall("If-Match", [])
    if not said or "*" in (each.strip() for each in said):
        return None
    return frozenset(int(number) for number in _REVISIONS.findall(", ".join(said)))
