"""tus 1.0: uploads that survive what happens to their connection, as https://tus.io/protocols/resumable-upload says."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web

from asset_ingest.core.errors import (
    Cancelled,
    ChecksumMismatch,
    IngestError,
    InvalidRequest,
    LengthMismatch,
    Overlong,
    TooSlow,
    UploadInterrupted,
)
from asset_ingest.core.model.jobs import Lane
from asset_ingest.core.model.uploads import SessionStatus
from asset_ingest.core.services.transfers import NewUpload
from asset_ingest.core.services.transfers.views import UploadView
from asset_ingest.entrypoints.web import tus_headers
from asset_ingest.entrypoints.web.checking import Checking, PromisedBefore, PromisedBehind, Unchecked
from asset_ingest.entrypoints.web.errors import UnsupportedMediaType, Wording, status_of
from asset_ingest.entrypoints.web.resumable import (
    NAMELESS,
    RETRY_AFTER,
    Creating,
    Resource,
    StillFinishing,
    body,
    continued,
    ended_well,
    note_created,
    path_of,
    received_at_once,
    refuse_overlong,
    standing,
    waited,
)
from asset_ingest.entrypoints.web.trailers import trailer
from asset_ingest.entrypoints.web.transfer import has_body
from asset_ingest.entrypoints.web.wire import Call

VERSION: Final = "1.0.0"
RESUMABLE: Final = "Tus-Resumable"
BYTES: Final = "application/offset+octet-stream"
EXTENSIONS: Final = (
    "creation",
    "creation-with-upload",
    "creation-defer-length",
    "expiration",
    "checksum",
    "checksum-trailer",
    "termination",
    "concatenation",
)

CHECKSUM_DIFFERS: Final = 460
"""A status of tus alone."""


class OtherVersion(InvalidRequest):
    """The client speaks no tus that we know, or does not say so."""

    remedy = f"Send the header {RESUMABLE}: {VERSION}, or Upload-Complete for the IETF's resumable uploads."


# --- what this server can -------------------------------------------------------------------------------------


async def abilities(call: Call[Any]) -> Mapping[str, str]:
    """Return the headers that say what is offered here."""
    taken = await call.app.transfers.taken()
    return {
        "Tus-Version": VERSION,
        "Tus-Extension": ",".join(EXTENSIONS),
        "Tus-Max-Size": str(taken.largest),
        "Tus-Checksum-Algorithm": ",".join(call.app.transfers.checksum_algorithms),
    }


# --- the verbs --------------------------------------------------------------------------------------------------


async def create(call: Call[Creating]) -> web.Response:
    """Open an upload, and take in what bytes come with the request."""
    request = call.request
    refuse_other_versions(request)
    concatenation = tus_headers.concatenation(_header(request, tus_headers.CONCAT))
    if isinstance(concatenation, tus_headers.Whole):
        return await _join(call, concatenation)
    new, checking, sends_bytes = _new(call, _promised_length(request)), _checking(request), has_body(request)
    if sends_bytes:
        _refuse_other_types(request)
        refuse_overlong(request, 0, new.size)
    if concatenation is not None:
        view = await call.app.transfers.open_partial(call.who, new.size, new.client_metadata)
    elif (landed := await received_at_once(call, new, checking.checksum)) is not None:
        return web.Response(status=HTTPStatus.CREATED, headers=_progress(landed))
    else:
        view = await call.app.transfers.open_resumable(call.who, new)
    note_created(request, view)
    if sends_bytes:
        view = await _append(call, view, 0, None, checking)
    return web.Response(status=HTTPStatus.CREATED, headers=_progress(view))


async def _join(call: Call[Creating], whole: tus_headers.Whole) -> web.Response:
    """Open an upload that gets its bytes from others; it is answered before it has them."""
    request = call.request
    for name in (tus_headers.LENGTH, tus_headers.DEFER_LENGTH):
        if name in request.headers:
            raise InvalidRequest("is that of its pieces, and must not be sent", name)
    if has_body(request):
        raise InvalidRequest("an upload that is joined from others takes no bytes of its own", tus_headers.CONCAT)
    view = await call.app.transfers.open_joined(call.who, _new(call, None), whole.pieces)
    note_created(request, view)
    return web.Response(status=HTTPStatus.CREATED, headers=_expiry(view))


async def look(call: Call[Resource]) -> web.Response:
    """Say how much has arrived; of an upload that is being joined nothing is said of that before its end."""
    refuse_other_versions(call.request)
    view = await standing(call)
    being_joined = view.status is SessionStatus.FINALISING
    headers = {"Cache-Control": "no-store", **(_expiry(view) if being_joined else _progress(view))}
    if view.is_partial:
        headers[tus_headers.CONCAT] = "partial"
    elif view.joined_from:
        headers[tus_headers.CONCAT] = "final;" + " ".join(path_of(piece) for piece in view.joined_from)
    if view.size is None:
        headers[tus_headers.DEFER_LENGTH] = "1"
    else:
        headers[tus_headers.LENGTH] = str(view.size)
    if view.client_metadata:
        headers[tus_headers.METADATA] = view.client_metadata
    return web.Response(status=HTTPStatus.OK, headers=headers)


async def append(call: Call[Resource]) -> web.Response:
    """Take in bytes where the upload stands."""
    request = call.request
    refuse_other_versions(request)
    _refuse_other_types(request)
    offset = tus_headers.byte_count(_header(request, tus_headers.OFFSET), tus_headers.OFFSET)
    if offset is None:
        raise InvalidRequest("says where the bytes belong, and must be sent", tus_headers.OFFSET)
    size = tus_headers.byte_count(_header(request, tus_headers.LENGTH), tus_headers.LENGTH)
    checking = _checking(request)
    view = await continued(call, offset, size, lambda view: _append(call, view, offset, size, checking))
    return web.Response(status=HTTPStatus.NO_CONTENT, headers=_progress(view))


async def terminate(call: Call[Resource]) -> web.Response:
    """Stop the upload and forget its bytes."""
    refuse_other_versions(call.request)
    await waited(call)
    await call.app.transfers.cancel(call.who, call.asked.upload_id)
    return web.Response(status=HTTPStatus.NO_CONTENT)


def _new(call: Call[Creating], size: int | None) -> NewUpload:
    request, asked = call.request, call.asked
    said = _header(request, tus_headers.METADATA) or ""
    metadata = tus_headers.metadata(said)
    return NewUpload(
        metadata.filename or asked.filename or NAMELESS,
        size=size,
        content_type=metadata.content_type,
        sha256=metadata.sha256,
        group_id=asked.group_id,
        asset_id=asked.asset_id or metadata.asset_id,
        change_note=asked.change_note or metadata.change_note or "",
        lane=Lane(asked.lane),
        client_metadata=said,
    )


def _promised_length(request: web.Request) -> int | None:
    length, deferred = _header(request, tus_headers.LENGTH), _header(request, tus_headers.DEFER_LENGTH)
    return tus_headers.promised_length(length, deferred)


async def _append(
    call: Call[Resource] | Call[Creating], view: UploadView, offset: int, size: int | None, checking: Checking
) -> UploadView:
    chunks = checking.passing(body(call.request))
    append = call.app.transfers.append
    return ended_well(await append(call.who, view.id, offset, chunks, size=size, checksum=checking.checksum))


def _progress(view: UploadView) -> dict[str, str]:
    return {tus_headers.OFFSET: str(view.offset), **_expiry(view)}


def _expiry(view: UploadView) -> dict[str, str]:
    """Say when the upload goes unless somebody does something; what is complete stays, but for a piece of another."""
    goes = view.is_partial or view.status is not SessionStatus.COMPLETED
    return {"Upload-Expires": format_datetime(view.expires_at, usegmt=True)} if goes else {}


# --- the headers ------------------------------------------------------------------------------------------------


def refuse_other_versions(request: web.Request) -> None:
    said = request.headers.getall(RESUMABLE, [])
    if said != [VERSION]:
        raise OtherVersion(f"this server speaks {VERSION}, the request {', '.join(said) or 'does not say'}", RESUMABLE)


def _refuse_other_types(request: web.Request) -> None:
    if request.content_type != BYTES:
        raise UnsupportedMediaType(f"bytes are sent as {BYTES}")


def _header(request: web.Request, name: str) -> str | None:
    values = request.headers.getall(name, [])
    if len(values) > 1:
        raise InvalidRequest("sent more than once", name)
    return values[0] if values else None


def _checking(request: web.Request) -> Checking:
    """Say how the bytes of this request are checked: by a header before them, by a trailer behind them, or not."""
    said = _header(request, tus_headers.CHECKSUM)
    if said is not None:
        return PromisedBefore(tus_headers.checksum(said))
    announced = ",".join(request.headers.getall("Trailer", [])).lower().split(",")
    if tus_headers.CHECKSUM.lower() in (name.strip() for name in announced):
        return PromisedBehind(lambda: trailer(request, tus_headers.CHECKSUM))
    return Unchecked()


# --- refusals ---------------------------------------------------------------------------------------------------


def wording(error: IngestError) -> Wording | None:
    """Say a refusal as tus does; None where it says nothing of its own."""
    status, title = _status(error)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR and not isinstance(error, UploadInterrupted | TooSlow):
        return None
    return Wording(status, title, headers=_headers(error))


def _status(error: IngestError) -> tuple[int, str]:
    match error:
        case ChecksumMismatch():
            return CHECKSUM_DIFFERS, "Checksum Mismatch"
        case OtherVersion():
            found = HTTPStatus.PRECONDITION_FAILED
        case StillFinishing():
            found = HTTPStatus.LOCKED
        case Overlong():
            found = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        case InvalidRequest() | LengthMismatch():
            found = HTTPStatus.BAD_REQUEST
        case Cancelled():
            found = HTTPStatus.GONE
        case UploadInterrupted() | TooSlow():
            found = HTTPStatus.SERVICE_UNAVAILABLE  # clients go on from the offset after this one
        case _:
            found = status_of(error)
    return found.value, found.phrase


def _headers(error: IngestError) -> dict[str, str]:
    if isinstance(error, OtherVersion):
        return {"Tus-Version": VERSION}
    return {"Retry-After": RETRY_AFTER} if isinstance(error, StillFinishing | UploadInterrupted | TooSlow) else {}
