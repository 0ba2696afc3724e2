"""Taking files in: one as the body, or many as a form. Bytes pass through; nothing is kept here."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, replace
from http import HTTPMethod
from typing import Any, Literal

from aiohttp import web

from asset_ingest.core.errors import Code, InvalidRequest
from asset_ingest.core.model.access import Action, require
from asset_ingest.core.model.ids import AssetId, GroupId
from asset_ingest.core.model.jobs import Lane
from asset_ingest.core.services.uploads import IncomingFile
from asset_ingest.entrypoints.web.acknowledging import Acknowledged, AllAtOnce, Line, Lines, wants_lines
from asset_ingest.entrypoints.web.asking import Note
from asset_ingest.entrypoints.web.disposition import filename_in
from asset_ingest.entrypoints.web.form import FormReader, boundary_in
from asset_ingest.entrypoints.web.form_files import FormFiles, Outcome
from asset_ingest.entrypoints.web.transfer import arriving, here_soon, invite_body
from asset_ingest.entrypoints.web.wire import Call, Operation, Operations

_SHA256 = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Sending:
    """`filename` is for raw bodies whose client cannot send a Content-Disposition."""

    lane: Literal["interactive", "bulk"] = "interactive"
    filename: str | None = None
    group_id: GroupId | None = None

    @property
    def pattern(self) -> IncomingFile:
        return IncomingFile("", lane=Lane(self.lane), group_id=self.group_id)


@dataclass(frozen=True, slots=True)
class SendingVersion:
    """The same for the next version of an asset; `change_note` says what is new in it."""

    asset_id: AssetId
    change_note: Note = ""
    lane: Literal["interactive", "bulk"] = "interactive"
    filename: str | None = None
    group_id: GroupId | None = None

    @property
    def pattern(self) -> IncomingFile:
        return IncomingFile(
            "", lane=Lane(self.lane), group_id=self.group_id, asset_id=self.asset_id, change_note=self.change_note
        )


async def upload_version(call: Call[SendingVersion]) -> Acknowledged | web.StreamResponse:
    """Take the next version of an asset; several files become one version each."""
    require(call.who, Action.ADD_VERSION)
    await call.app.assets.get(call.who, call.asked.asset_id)  # of what is not there not a byte is taken
    return await _take_in(call)


async def upload_assets(call: Call[Sending]) -> Acknowledged | web.StreamResponse:
    """Take one or many files; each is safe once it is acknowledged."""
    return await _take_in(call)


async def _take_in(call: Call[Sending] | Call[SendingVersion]) -> Acknowledged | web.StreamResponse:
    require(call.who, Action.UPLOAD)
    acknowledging = Lines(call.request) if wants_lines(call.request) else AllAtOnce(call.request)
    landings = _of_form(call) if call.request.content_type.startswith("multipart/") else _of_body(call)
    async with aclosing(landings):
        async for landed in landings:
            await acknowledging.add(*landed)
    return await acknowledging.answer()


# --- one file as the body ---------------------------------------------------------------------------------------


async def _of_body(call: Call[Sending] | Call[SendingVersion]) -> AsyncGenerator[list[Outcome]]:
    request = call.request
    named = filename_in(request.headers.get("Content-Disposition", ""))
    filename = call.asked.filename if named is None else named
    if filename is None:
        raise InvalidRequest("a raw body needs a file name here, or in ?filename=", "Content-Disposition")
    promised = _promised_sha256(request)
    file = replace(call.asked.pattern, filename=filename, size=request.content_length, sha256=promised)
    if (content := await here_soon(request)) is not None:
        yield [await call.app.uploads.receive_whole(call.who, file, content)]
    else:
        yield [await call.app.uploads.receive(call.who, file, _body(request))]


async def _body(request: web.Request) -> AsyncIterator[bytes]:
    await invite_body(request)  # only now: until here the file could be refused without a byte sent
    async for chunk in arriving(request):
        yield chunk


def _promised_sha256(request: web.Request) -> str | None:
    promised = request.headers.get("X-Content-SHA256")
    if promised is not None and not _SHA256.fullmatch(promised):
        raise InvalidRequest("should be 64 hexadecimal digits", "X-Content-SHA256")
    return promised.lower() if promised else None


# --- many files as a form ---------------------------------------------------------------------------------------


def _of_form(call: Call[Sending] | Call[SendingVersion]) -> AsyncGenerator[list[Outcome]]:
    form = FormReader(_body(call.request), _boundary(call.request))
    return FormFiles(call.app.uploads, call.who, call.asked.pattern).received(form)


def _boundary(request: web.Request) -> bytes:
    if request.content_type != "multipart/form-data":
        raise InvalidRequest("of the multipart types only multipart/form-data is taken", "Content-Type")
    return boundary_in(request.headers["Content-Type"])


_BINARY = {"schema": {"type": "string", "format": "binary"}}
_FORM = {"schema": {"type": "object", "additionalProperties": {"type": "string", "format": "binary"}}}

_REFUSALS = (
    Code.FORBIDDEN,
    Code.NOT_FOUND,
    Code.TOO_LARGE,
    Code.QUOTA_EXCEEDED,
    Code.TOO_MANY_UPLOADS,
    Code.TOO_MANY_BODIES,
    Code.TOO_SLOW,
    Code.UNSUPPORTED_MEDIA_TYPE,
    Code.UPLOAD_INTERRUPTED,
    Code.STORE_FULL,
    Code.STORE_UNAVAILABLE,
)
_TAKEN: dict[str, Any] = {
    "parameters": [
        {"name": name, "in": "header", "description": why, "schema": {"type": "string"}}
        for name, why in (
            ("Content-Disposition", "The name of a raw body, as filename or filename* (RFC 6266)"),
            ("X-Content-SHA256", "What a raw body must hash to; other bytes are refused: content_mismatch"),
        )
    ],
    "requestBody": {
        "required": True,
        "content": {"multipart/form-data": _FORM, "application/octet-stream": _BINARY},
    },
}

OPERATIONS: Operations = (
    Operation(
        HTTPMethod.POST,
        "/assets",
        upload_assets,
        "Take in files: one as the raw body, or any number as multipart/form-data",
        Sending,
        Acknowledged,
        line=Line,
        status=202,
        takes_bytes=True,
        action=Action.UPLOAD,
        refusals=_REFUSALS,
        extra=_TAKEN,
    ),
    Operation(
        HTTPMethod.POST,
        "/assets/{asset_id}/versions",
        upload_version,
        "Take in the next version of an asset, as the raw body or as multipart/form-data",
        SendingVersion,
        Acknowledged,
        line=Line,
        status=202,
        takes_bytes=True,
        action=Action.ADD_VERSION,
        refusals=(*_REFUSALS, Code.NOT_POSSIBLE_NOW),
        extra=_TAKEN,
    ),
)
