"""Uploads over many requests: their plan, their parts, their end. The bytes themselves come by other doors."""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPMethod, HTTPStatus
from typing import Annotated
from uuid import UUID

from aiohttp import web
from pydantic import BeforeValidator, Field, TypeAdapter

from asset_ingest.core.errors import Code, InvalidRequest
from asset_ingest.core.model.access import Action
from asset_ingest.core.model.ids import AssetId, GroupId, UploadId
from asset_ingest.core.model.jobs import Lane
from asset_ingest.core.model.uploads import Method
from asset_ingest.core.services.imports import ImportView, NewImport
from asset_ingest.core.services.jobs import Page
from asset_ingest.core.services.transfers import NewUpload
from asset_ingest.core.services.transfers.views import PartView, Plan, SignedPart, UploadView
from asset_ingest.entrypoints.web.asking import ContentMd5, Note, digits
from asset_ingest.entrypoints.web.wire import Call, Operation, Operations

_WORD = r"[A-Za-z0-9!#$&^_.+-]+"
ContentType = Annotated[str, Field(max_length=255, pattern=rf"^{_WORD}/{_WORD}( ?;[ -~]+)?$")]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
# As S3 writes it: eight bytes in base64, of which the last sign has but four bits to say.
Crc64Nvme = Annotated[str, Field(pattern="^[A-Za-z0-9+/]{10}[AEIMQUYcgkosw048]=$")]


PartNumber = Annotated[int, Field(ge=1, le=100_000)]


@dataclass(frozen=True, slots=True)
class Announced:
    """What a client says of a file before it sends it. `method` is a wish; the plan says what it is to be.

    With an `asset_id` it is to be the next version of that asset, and `change_note` says what is new.
    With a `url` we fetch the file ourselves, and its server says its name, unless `filename` does, and its size.
    `content_md5`, sixteen bytes in base64, is signed where the plan is a `single`: no other bytes are taken then.
    """

    filename: str | None = None
    size: Annotated[int, Field(ge=0)] | None = None
    content_type: ContentType | None = None
    sha256: Sha256 | None = None
    crc64nvme: Crc64Nvme | None = None
    content_md5: ContentMd5 | None = None
    group_id: UUID | None = None
    method: Method | None = None
    lane: Lane = Lane.INTERACTIVE
    url: Annotated[str, Field(max_length=4000)] | None = None
    asset_id: UUID | None = None
    change_note: Note = ""


@dataclass(frozen=True, slots=True)
class OpenUpload:
    body: Announced


@dataclass(frozen=True, slots=True)
class OneUpload:
    upload_id: UUID


@dataclass(frozen=True, slots=True)
class ManyParts:
    upload_id: UUID
    limit: Annotated[int, BeforeValidator(digits), Field(ge=1, le=1000)] = 1000
    cursor: Annotated[int, BeforeValidator(digits), Field(ge=0, le=100_000)] = 0


@dataclass(frozen=True, slots=True)
class Numbers:
    """Which parts. Of a number in `content_md5` no other bytes are taken: sixteen bytes in base64, as HTTP has it."""

    numbers: Annotated[list[PartNumber], Field(min_length=1, max_length=1000)]
    content_md5: Annotated[dict[Annotated[PartNumber, BeforeValidator(digits)], ContentMd5], Field(max_length=1000)] = (
        field(default_factory=dict)
    )


@dataclass(frozen=True, slots=True)
class SignParts:
    upload_id: UUID
    body: Numbers


_IMPORT = TypeAdapter(ImportView)


async def open_upload(call: Call[OpenUpload]) -> Plan | web.StreamResponse:
    told = call.asked.body
    group_id = GroupId(told.group_id) if told.group_id else None
    if told.url is not None:
        return await _import(call, told.url, group_id)
    if told.filename is None:
        raise InvalidRequest("say what the file is called, or give the url to fetch it from", "filename")
    new = NewUpload(
        told.filename,
        told.size,
        told.content_type,
        told.sha256,
        crc64nvme=told.crc64nvme,
        content_md5=told.content_md5,
        group_id=group_id,
        method=told.method,
        lane=told.lane,
        asset_id=AssetId(told.asset_id) if told.asset_id else None,
        change_note=told.change_note,
    )
    return await call.app.transfers.open(call.who, new)


async def _import(call: Call[OpenUpload], url: str, group_id: GroupId | None) -> web.Response:
    told = call.asked.body
    for name in ("size", "method", "crc64nvme", "content_md5"):
        if getattr(told, name) is not None:
            raise InvalidRequest("this is for files that a client sends, not for those that we fetch", name)
    asset_id = AssetId(told.asset_id) if told.asset_id else None
    new = NewImport(url, told.filename, told.sha256, group_id, told.lane, asset_id, told.change_note)
    view = await call.app.imports.begin(call.who, new)
    return web.Response(status=HTTPStatus.ACCEPTED, body=_IMPORT.dump_json(view), content_type="application/json")


async def get_upload(call: Call[OneUpload]) -> UploadView:
    return await call.app.transfers.get(call.who, UploadId(call.asked.upload_id))


async def list_parts(call: Call[ManyParts]) -> Page[PartView]:
    asked = call.asked
    return await call.app.transfers.parts(call.who, UploadId(asked.upload_id), asked.cursor, asked.limit)


async def sign_parts(call: Call[SignParts]) -> list[SignedPart]:
    upload_id, wanted = UploadId(call.asked.upload_id), call.asked.body
    return await call.app.transfers.sign(call.who, upload_id, wanted.numbers, wanted.content_md5)


async def look_for_parts(call: Call[OneUpload]) -> UploadView:
    return await call.app.transfers.look_for_parts(call.who, UploadId(call.asked.upload_id))


async def complete_upload(call: Call[OneUpload]) -> UploadView:
    return await call.app.transfers.complete(call.who, UploadId(call.asked.upload_id))


async def cancel_upload(call: Call[OneUpload]) -> None:
    await call.app.transfers.cancel(call.who, UploadId(call.asked.upload_id))


_OPENING = (
    Code.EMPTY_FILE,
    Code.INVALID_FILENAME,
    Code.TOO_LARGE,
    Code.QUOTA_EXCEEDED,
    Code.TOO_MANY_UPLOADS,
    Code.NOT_FOUND,
    Code.NOT_POSSIBLE_NOW,
    Code.STORE_UNAVAILABLE,
)
_OPEN = (Code.NOT_FOUND, Code.NOT_POSSIBLE_NOW, Code.UPLOAD_GONE, Code.STORE_UNAVAILABLE)

OPERATIONS: Operations = (
    Operation(
        HTTPMethod.POST,
        "/uploads",
        open_upload,
        "Announce a file and learn how to send it, or have it fetched from an address",
        OpenUpload,
        Plan,
        status=201,
        later=ImportView,
        action=Action.UPLOAD,
        refusals=_OPENING,
    ),
    Operation(
        HTTPMethod.GET,
        "/uploads/{upload_id}",
        get_upload,
        "How an upload stands",
        OneUpload,
        UploadView,
        refusals=(Code.NOT_FOUND,),
    ),
    Operation(
        HTTPMethod.GET,
        "/uploads/{upload_id}/parts",
        list_parts,
        "The parts of an upload, stored and missing, by number",
        ManyParts,
        Page[PartView],
        refusals=(Code.NOT_FOUND,),
    ),
    Operation(
        HTTPMethod.POST,
        "/uploads/{upload_id}/parts:sign",
        sign_parts,
        "Addresses to which parts, or the one request of a `single`, may be sent for ten minutes, to where bytes live",
        SignParts,
        list[SignedPart],
        action=Action.UPLOAD,
        refusals=_OPEN,
    ),
    Operation(
        HTTPMethod.POST,
        "/uploads/{upload_id}/parts:look",
        look_for_parts,
        "Look in the store for parts that were sent there, so that the list of parts says so",
        OneUpload,
        UploadView,
        action=Action.UPLOAD,
        refusals=_OPEN,
    ),
    Operation(
        HTTPMethod.POST,
        "/uploads/{upload_id}/complete",
        complete_upload,
        "Say that all bytes are there; they are looked for, checked, and worked on",
        OneUpload,
        UploadView,
        status=202,
        action=Action.UPLOAD,
        refusals=(*_OPEN, Code.LENGTH_MISMATCH, Code.INVALID_REQUEST),
    ),
    Operation(
        HTTPMethod.DELETE,
        "/uploads/{upload_id}",
        cancel_upload,
        "Stop an upload and free what it stored",
        OneUpload,
        status=204,
        action=Action.CANCEL_JOB,
        refusals=_OPEN,
    ),
)
