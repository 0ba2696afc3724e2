"""The IETF's resumable uploads (draft-ietf-httpbis-resumable-upload), interoperability versions 6, 8, 9, 10 and none.

What those versions differ in, we need not tell apart: a header that is not written well counts as not sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web
from pydantic import TypeAdapter

from asset_ingest.core.errors import (
    Cancelled,
    IngestError,
    InvalidRequest,
    LengthMismatch,
    OffsetMismatch,
    TooLarge,
    TooSlow,
    UploadInterrupted,
)
from asset_ingest.core.model.jobs import Lane
from asset_ingest.core.model.uploads import SessionStatus
from asset_ingest.core.services.transfers import Checksum, NewUpload
from asset_ingest.core.services.transfers.views import Limits, UploadView
from asset_ingest.entrypoints.web import structured_fields, tus_headers
from asset_ingest.entrypoints.web.disposition import filename_in
from asset_ingest.entrypoints.web.errors import UnsupportedMediaType, Wording, status_of
from asset_ingest.entrypoints.web.interim import announce, telling_offsets
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
    received_at_once,
    refuse_overlong,
    stands_still,
    waited,
)
from asset_ingest.entrypoints.web.transfer import has_body
from asset_ingest.entrypoints.web.wire import Call

COMPLETE: Final = "Upload-Complete"
LENGTH: Final = "Upload-Length"
LIMIT: Final = "Upload-Limit"
OFFSET: Final = "Upload-Offset"
BYTES: Final = "application/partial-upload"

_PROBLEM_TYPES = "https://iana.org/assignments/http-problem-types#"
_SHA256_SIZE = 32
_VIEW = TypeAdapter(UploadView)


@dataclass(frozen=True, slots=True)
class Said:
    """What a request says of its bytes; None where it says nothing, or nothing that can be read."""

    complete: bool | None
    offset: int | None
    length: int | None
    checksum: Checksum | None

    def whole(self, request: web.Request, offset: int) -> int | None:
        """Return the size of the whole file, as far as this request knows; raises LengthMismatch where it disagrees."""
        if not self.complete or request.content_length is None:
            return self.length
        end = offset + (request.content_length or 0)
        if self.length not in {None, end}:
            raise LengthMismatch(self.length or 0, end)
        return end


def said(request: web.Request) -> Said:
    digest = structured_fields.byte_sequence(_field(request, "Content-Digest"), "sha-256")
    return Said(
        complete=structured_fields.boolean(_field(request, COMPLETE)),
        offset=structured_fields.count(_field(request, OFFSET)),
        length=structured_fields.count(_field(request, LENGTH)),
        checksum=Checksum("sha256", lambda: digest) if digest is not None else None,
    )


def speaks(request: web.Request) -> bool:
    """Say whether a request that is not of tus is one of these."""
    return said(request).complete is not None or request.content_type == BYTES


# --- the verbs --------------------------------------------------------------------------------------------------


async def abilities(call: Call[Any]) -> Mapping[str, str]:
    """Return the headers that say what is offered here."""
    return {LIMIT: _limit(await call.app.transfers.taken())}


async def create(call: Call[Creating]) -> web.Response:
    """Open an upload, and take in what bytes come with the request."""
    request, told = call.request, said(call.request)
    if request.content_type.startswith("multipart/"):
        raise UnsupportedMediaType("a form is sent to /assets; here the body is the file")
    size = told.whole(request, 0)
    refuse_overlong(request, 0, size)
    limits, new = await call.app.transfers.taken(), _new(call, size)
    if told.complete and (view := await received_at_once(call, new, told.checksum)) is not None:
        return _answer(view, limits, HTTPStatus.CREATED)
    view = await call.app.transfers.open_resumable(call.who, new)
    note_created(request, view)
    await announce(request, _limit(limits))
    if has_body(request) or told.complete:
        view = await _append(call, view, 0, None, told)
    return _answer(view, limits, HTTPStatus.CREATED)


async def look(call: Call[Resource]) -> web.Response:
    """Say how much has arrived; who sent before has lost the upload with this, so that the offset stays true."""
    view = await stands_still(call)
    headers = {"Cache-Control": "no-store"}
    if view.size is not None:
        headers[LENGTH] = str(view.size)
    return _state(view, await call.app.transfers.taken(), headers)


async def show(call: Call[Resource]) -> web.Response:
    """Show how the upload stands, however it ended, and disturb nobody who is sending to it."""
    view = await call.app.transfers.get(call.who, call.asked.upload_id)
    headers = {"Cache-Control": "no-store"}
    return _with_view(_state(view, await call.app.transfers.taken(), headers, HTTPStatus.OK), view)


async def append(call: Call[Resource]) -> web.Response:
    """Take in bytes where the upload stands."""
    request, told = call.request, said(call.request)
    if request.content_type != BYTES:
        raise UnsupportedMediaType(f"bytes are sent as {BYTES}")
    offset = told.offset
    if offset is None:
        raise InvalidRequest("should be the number of the first byte sent, and must be there", OFFSET)
    if told.complete is None:
        raise InvalidRequest("should be ?1 with the last bytes, else ?0, and must be there", COMPLETE)
    size = told.whole(request, offset)
    view = await continued(call, offset, size, lambda view: _append(call, view, offset, size, told))
    return _answer(view, await call.app.transfers.taken(), HTTPStatus.OK)


async def terminate(call: Call[Resource]) -> web.Response:
    """Stop the upload and forget its bytes."""
    await waited(call)
    await call.app.transfers.cancel(call.who, call.asked.upload_id)
    return web.Response(status=HTTPStatus.NO_CONTENT)


def _new(call: Call[Creating], size: int | None) -> NewUpload:
    request = call.request
    digest = structured_fields.byte_sequence(_field(request, "Repr-Digest"), "sha-256")
    metadata = _metadata(request)
    return NewUpload(
        _filename(request) or metadata.filename or call.asked.filename or NAMELESS,
        size=size,
        content_type=metadata.content_type if request.content_type == BYTES else request.content_type,
        sha256=digest.hex() if digest is not None and len(digest) == _SHA256_SIZE else None,
        group_id=call.asked.group_id,
        asset_id=call.asked.asset_id or metadata.asset_id,
        change_note=call.asked.change_note or metadata.change_note or "",
        lane=Lane(call.asked.lane),
        client_metadata=(_field(request, tus_headers.METADATA) or "") if metadata.pairs else "",
    )


async def _append(
    call: Call[Creating] | Call[Resource], view: UploadView, offset: int, size: int | None, told: Said
) -> UploadView:
    async with telling_offsets(call, view.id, offset):
        view = await call.app.transfers.append(
            call.who,
            view.id,
            offset,
            body(call.request),
            size=size,
            is_last=bool(told.complete),
            checksum=told.checksum,
        )
    if told.complete and ended_well(view).status is not SessionStatus.COMPLETED:
        raise LengthMismatch(view.size or 0, view.offset)
    return ended_well(view)


# --- the headers ------------------------------------------------------------------------------------------------


def _field(request: web.Request, name: str) -> str | None:
    """Return a field; sent more than once it is a list, as RFC 9110 reads it."""
    values = request.headers.getall(name, [])
    return ", ".join(values) if values else None


def _filename(request: web.Request) -> str | None:
    return filename_in(request.headers.get("Content-Disposition", ""))


def _metadata(request: web.Request) -> tus_headers.Metadata:
    """Read the header of tus that clients of both protocols send here too; it is no part of this one."""
    try:
        return tus_headers.metadata(_field(request, tus_headers.METADATA) or "")
    except InvalidRequest:
        return tus_headers.Metadata({})


def _limit(limits: Limits, view: UploadView | None = None) -> str:
    told = {"max_size": limits.largest, "min_size": 0}
    if limits.largest_append is not None:
        told["max_append_size"] = limits.largest_append
    if view is not None and view.status is not SessionStatus.COMPLETED:
        told["max_age"] = max(0, int((view.expires_at - datetime.now(UTC)).total_seconds()))
    return structured_fields.dictionary(**told)


def _answer(view: UploadView, limits: Limits, status: HTTPStatus) -> web.Response:
    """Answer with the upload once it is complete; before, `status` is for what was created by this very request."""
    if view.status is not SessionStatus.COMPLETED:
        return _state(view, limits, {}, HTTPStatus.NO_CONTENT if status is HTTPStatus.OK else status)
    return _with_view(_state(view, limits, {}, status), view)


def _with_view(answer: web.Response, view: UploadView) -> web.Response:
    answer.body = _VIEW.dump_json(view)
    answer.content_type = "application/json"
    return answer


def _state(
    view: UploadView, limits: Limits, headers: Mapping[str, str], status: HTTPStatus = HTTPStatus.NO_CONTENT
) -> web.Response:
    complete = view.status is SessionStatus.COMPLETED
    stands = {COMPLETE: "?1" if complete else "?0", OFFSET: str(view.offset), LIMIT: _limit(limits, view)}
    return web.Response(status=status, headers={**stands, **headers})


# --- refusals ---------------------------------------------------------------------------------------------------


def wording(error: IngestError) -> Wording | None:
    """Say a refusal as this protocol does; None where it says nothing of its own."""
    headers = {COMPLETE: "?0"}
    match error:
        case OffsetMismatch():
            members = {"expected-offset": error.held, "provided-offset": error.sent}
            headers[OFFSET] = str(error.held)
            return _problem("mismatching-upload-offset", "Mismatching Upload Offset", 409, members, headers)
        case LengthMismatch():
            return _problem("inconsistent-upload-length", "Inconsistent Upload Length Values", 400, {}, headers)
        case StillFinishing() | UploadInterrupted() | TooSlow():
            unavailable = HTTPStatus.SERVICE_UNAVAILABLE  # clients go on from the offset after this one
            return Wording(unavailable, unavailable.phrase, headers={**headers, "Retry-After": RETRY_AFTER})
        case InvalidRequest():
            return Wording(HTTPStatus.BAD_REQUEST, HTTPStatus.BAD_REQUEST.phrase, headers=headers)
        case Cancelled():
            return Wording(HTTPStatus.GONE, HTTPStatus.GONE.phrase, headers=headers)
        case TooLarge():
            headers[LIMIT] = structured_fields.dictionary(max_size=error.limit)
    status = status_of(error)
    return Wording(status, status.phrase, headers=headers) if status < HTTPStatus.INTERNAL_SERVER_ERROR else None


def _problem(kind: str, title: str, status: int, members: Mapping[str, object], headers: Mapping[str, str]) -> Wording:
    return Wording(status, title, _PROBLEM_TYPES + kind, members, headers)
