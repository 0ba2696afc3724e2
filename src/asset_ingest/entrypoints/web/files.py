"""`/files`: one upload, two resumable protocols. Each request says which it speaks; the next may speak the other.

With `Tus-Resumable` it is tus, with `Upload-Complete` or the IETF's media type the IETF's.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPMethod, HTTPStatus
from typing import Any, Final, TypeVar

from aiohttp import web

from asset_ingest.core.errors import Code, IngestError
from asset_ingest.core.model.access import Action
from asset_ingest.core.services.transfers.views import UploadView
from asset_ingest.entrypoints.web import ietf, tus
from asset_ingest.entrypoints.web.errors import MethodNotAllowed, Wording, problem_answer
from asset_ingest.entrypoints.web.options import BASE
from asset_ingest.entrypoints.web.resumable import CREATED, FILES, Creating, Resource
from asset_ingest.entrypoints.web.wire import Call, Nothing, Operation, Operations

OVERRIDE: Final = "X-HTTP-Method-Override"
"""For clients behind something that lets only GET and POST pass."""

Asked = TypeVar("Asked")
Verb = Callable[[Call[Asked]], Awaitable[web.Response]]


@dataclass(frozen=True, slots=True)
class Speech:
    """The verbs of one protocol, and how it says a refusal; without a wording of its own it says it as all of us do."""

    create: Verb[Creating]
    look: Verb[Resource]
    append: Verb[Resource]
    terminate: Verb[Resource]
    wording: Callable[[IngestError], Wording | None]

    async def told(self, verb: Verb[Asked], call: Call[Asked]) -> web.Response:
        try:
            return await verb(call)
        except IngestError as error:
            wording = self.wording(error)
            if wording is None:
                raise
            return problem_answer(call.request, error, wording)


TUS: Final = Speech(tus.create, tus.look, tus.append, tus.terminate, tus.wording)
IETF: Final = Speech(ietf.create, ietf.look, ietf.append, ietf.terminate, ietf.wording)


def _speech(request: web.Request) -> Speech:
    return IETF if tus.RESUMABLE not in request.headers and ietf.speaks(request) else TUS


def _speech_without_bytes(request: web.Request) -> Speech:
    """Tell them apart where the IETF's protocol has no mark of its own; tus always has."""
    return TUS if tus.RESUMABLE in request.headers else IETF


# --- the verbs --------------------------------------------------------------------------------------------------


async def create_resumable(call: Call[Creating]) -> web.Response:
    speech = _speech(call.request)
    return await speech.told(speech.create, call)


async def look_at_resumable(call: Call[Resource]) -> web.Response:
    speech = _speech_without_bytes(call.request)
    return await speech.told(speech.look, call)


async def show_resumable(call: Call[Resource]) -> web.Response:
    return await ietf.show(call)


async def append_to_resumable(call: Call[Resource]) -> web.Response:
    speech = _speech(call.request)
    return await speech.told(speech.append, call)


async def end_resumable(call: Call[Resource]) -> web.Response:
    speech = _speech_without_bytes(call.request)
    return await speech.told(speech.terminate, call)


async def override_resumable(call: Call[Resource]) -> web.Response:
    """Do what the header says in place of the method."""
    verbs = {
        HTTPMethod.DELETE: end_resumable,
        HTTPMethod.HEAD: look_at_resumable,
        HTTPMethod.PATCH: append_to_resumable,
    }
    wanted = call.request.headers.get(OVERRIDE, HTTPMethod.POST).upper()
    if wanted not in verbs:
        raise MethodNotAllowed(wanted, {*verbs, HTTPMethod.OPTIONS})
    return await verbs[HTTPMethod(wanted)](call)


async def resumable_abilities(call: Call[Nothing]) -> web.Response:
    return await _abilities(call, "OPTIONS, POST")


async def resumable_abilities_here(call: Call[Resource]) -> web.Response:
    return await _abilities(call, "DELETE, GET, HEAD, OPTIONS, PATCH, POST")


async def _abilities(call: Call[Any], allowed: str) -> web.Response:
    offered = {**await tus.abilities(call), **await ietf.abilities(call)}
    return web.Response(status=HTTPStatus.NO_CONTENT, headers={"Allow": allowed, **offered})


async def on_prepare(request: web.Request, response: web.StreamResponse) -> None:
    """Say on every answer, refusals and failures included, that tus is spoken here, and where a new upload is."""
    if request.path == BASE + FILES or request.path.startswith(f"{BASE}{FILES}/"):
        response.headers[tus.RESUMABLE] = tus.VERSION
    response.headers.update(request.get(CREATED, {}))


# --- the table --------------------------------------------------------------------------------------------------


def _header(name: str, why: str) -> dict[str, object]:
    return {"name": name, "in": "header", "description": why, "schema": {"type": "string"}}


_PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
_UPLOAD = {"application/json": {"schema": {"$ref": "#/components/schemas/UploadView"}}}
_OWN_REFUSALS = {
    "412": {"description": "Another version of tus than 1.0.0, or none", "content": _PROBLEM},
    "423": {"description": "All bytes are here and being made into one object; ask again", "content": _PROBLEM},
    "460": {"description": "The bytes have another checksum than `Upload-Checksum` says", "content": _PROBLEM},
}
_BYTES = {"schema": {"type": "string", "format": "binary"}}
_SPOKEN = _header(tus.RESUMABLE, "1.0.0 for tus; without it, the IETF's protocol")
_COMPLETE = _header(ietf.COMPLETE, "IETF: `?1` with the last bytes, else `?0`")
_CONCAT = _header("Upload-Concat", "tus: `partial`, or `final;` and the addresses of partial uploads, to join them")
_LENGTH = _header(ietf.LENGTH, "Bytes of the whole file")
_CHECKSUM = _header("Upload-Checksum", "tus: algorithm and digest in base64; may be a trailer. IETF: `Content-Digest`")

_SENDING = (
    Code.FORBIDDEN,
    Code.TOO_LARGE,
    Code.QUOTA_EXCEEDED,
    Code.TOO_MANY_BODIES,
    Code.TOO_SLOW,
    Code.UNSUPPORTED_MEDIA_TYPE,
    Code.STORE_FULL,
    Code.STORE_UNAVAILABLE,
)
_HERE = f"{FILES}/{{upload_id}}"

OPERATIONS: Operations = (
    Operation(
        HTTPMethod.OPTIONS,
        FILES,
        resumable_abilities,
        "What is offered here, in headers: `Tus-Version`, `Tus-Extension`, `Tus-Max-Size`, `Upload-Limit`",
        Nothing,
        status=204,
        public=True,
    ),
    Operation(
        HTTPMethod.POST,
        FILES,
        create_resumable,
        "Open a resumable upload by tus 1.0 or the IETF's draft; bytes may come with it",
        Creating,
        UploadView,
        status=201,
        takes_bytes=True,
        action=Action.UPLOAD,
        refusals=(
            *_SENDING,
            Code.NOT_FOUND,
            Code.TOO_MANY_UPLOADS,
            Code.EMPTY_FILE,
            Code.INVALID_FILENAME,
            Code.UPLOAD_INTERRUPTED,
        ),
        extra={
            "parameters": [
                _SPOKEN,
                _LENGTH,
                _header("Upload-Defer-Length", "tus: `1` where the length is told later"),
                _header("Upload-Metadata", "tus: `filename`, `filetype`, `sha256` and whatever else, in base64"),
                _header("Content-Disposition", "IETF: the file's name"),
                _CONCAT,
                _COMPLETE,
                _CHECKSUM,
            ],
            "requestBody": {"content": {tus.BYTES: _BYTES, "*/*": _BYTES}},
            "responses": {
                "201": {
                    "description": "Open; `Location` is its address. A body once it is complete",
                    "content": _UPLOAD,
                },
                **_OWN_REFUSALS,
            },
        },
    ),
    Operation(
        HTTPMethod.OPTIONS,
        _HERE,
        resumable_abilities_here,
        "What is offered here, in headers",
        Resource,
        status=204,
        public=True,
    ),
    Operation(
        HTTPMethod.HEAD,
        _HERE,
        look_at_resumable,
        "How much has arrived, in the header `Upload-Offset`",
        Resource,
        refusals=(Code.NOT_FOUND, Code.UPLOAD_GONE),
        extra={
            "parameters": [_SPOKEN],
            "responses": {
                "200": {"description": "tus"},
                "204": {"description": "IETF"},
                "412": _OWN_REFUSALS["412"],
                "423": _OWN_REFUSALS["423"],
            },
        },
    ),
    Operation(
        HTTPMethod.GET,
        _HERE,
        show_resumable,
        "How the upload stands, whichever protocol it speaks",
        Resource,
        UploadView,
        refusals=(Code.NOT_FOUND,),
    ),
    Operation(
        HTTPMethod.PATCH,
        _HERE,
        append_to_resumable,
        "Send bytes behind those that have arrived",
        Resource,
        takes_bytes=True,
        action=Action.UPLOAD,
        refusals=(
            *_SENDING,
            Code.NOT_FOUND,
            Code.OFFSET_MISMATCH,
            Code.WRITER_REPLACED,
            Code.UPLOAD_GONE,
            Code.UPLOAD_INTERRUPTED,
        ),
        extra={
            "parameters": [_SPOKEN, _header("Upload-Offset", "Where the bytes belong"), _LENGTH, _COMPLETE, _CHECKSUM],
            "requestBody": {"content": {tus.BYTES: _BYTES, ietf.BYTES: _BYTES}},
            "responses": {
                "200": {"description": "IETF: the upload is complete", "content": _UPLOAD},
                "204": {"description": "Taken; `Upload-Offset` says how much there is now"},
                **_OWN_REFUSALS,
            },
        },
    ),
    Operation(
        HTTPMethod.DELETE,
        _HERE,
        end_resumable,
        "Stop the upload and forget its bytes",
        Resource,
        status=204,
        action=Action.CANCEL_JOB,
        refusals=(Code.FORBIDDEN, Code.NOT_FOUND, Code.UPLOAD_GONE),
        extra={
            "parameters": [_SPOKEN],
            "responses": {"204": {"description": "Done"}, "412": _OWN_REFUSALS["412"]},
        },
    ),
    Operation(
        HTTPMethod.POST,
        _HERE,
        override_resumable,
        "Do what `X-HTTP-Method-Override` says: PATCH, HEAD or DELETE",
        Resource,
        takes_bytes=True,
        action=Action.UPLOAD,
        refusals=(*_SENDING, Code.NOT_FOUND, Code.METHOD_NOT_ALLOWED, Code.OFFSET_MISMATCH, Code.UPLOAD_GONE),
        extra={
            "parameters": [_header(OVERRIDE, "The method that is meant")],
            "requestBody": {"content": {tus.BYTES: _BYTES, ietf.BYTES: _BYTES}},
            "responses": {
                "200": {"description": "As the method that is meant", "content": _UPLOAD},
                "204": {"description": "As the method that is meant"},
                **_OWN_REFUSALS,
            },
        },
    ),
)
