"""The interim response 104 of the IETF's resumable uploads: what a client hears before the answer.

Sent to a client that asks for it by a version we know, on a server that may: not every proxy survives it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from aiohttp import HttpVersion11, web

from asset_ingest.core.errors import IngestError
from asset_ingest.core.model.ids import UploadId
from asset_ingest.entrypoints.web import structured_fields
from asset_ingest.entrypoints.web.options import OPTIONS
from asset_ingest.entrypoints.web.resumable import CREATED
from asset_ingest.entrypoints.web.transfer import write_interim
from asset_ingest.entrypoints.web.wire import Call

INTEROP: Final = "Upload-Draft-Interop-Version"
INTEROP_VERSIONS: Final = frozenset({6, 8, 9, 10})

_STATUS: Final = "104 Upload Resumption Supported"


def _wanted(request: web.Request) -> bool:
    asks = structured_fields.count(", ".join(request.headers.getall(INTEROP, [])) or None) in INTEROP_VERSIONS
    return asks and request.app[OPTIONS].interim_responses and request.version >= HttpVersion11


async def announce(request: web.Request, limit: str) -> None:
    """Say where the upload that was just created can be resumed, and what is taken there."""
    if _wanted(request):
        location = request[CREATED]["Location"]
        await write_interim(request, _STATUS, {"Location": location, "Upload-Limit": limit})


@asynccontextmanager
async def telling_offsets(call: Call[Any], upload_id: UploadId, offset: int) -> AsyncIterator[None]:
    """Say every now and then how many bytes are safe, while they come in: those a client need not keep."""
    if not _wanted(call.request):
        yield
        return
    telling = asyncio.create_task(_tell_offsets(call, upload_id, offset))
    try:
        yield
    finally:
        telling.cancel()
        await asyncio.wait([telling])
        if not telling.cancelled():
            telling.result()


async def _tell_offsets(call: Call[Any], upload_id: UploadId, told: int) -> None:
    while True:
        await asyncio.sleep(call.request.app[OPTIONS].interim_pace)
        try:
            offset = (await call.app.transfers.get(call.who, upload_id)).offset
            if offset > told:
                await write_interim(call.request, _STATUS, {"Upload-Offset": str(offset)})
                told = offset
        except (IngestError, ConnectionError):  # whoever takes in the bytes meets the same, and says it
            return
