"""Where the store is our own disk, signed requests come here. The signature is the credential: no key, no cookie."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from http import HTTPMethod, HTTPStatus
from typing import Annotated

from aiohttp import web
from pydantic import Field, TypeAdapter, ValidationError

from asset_ingest.core.errors import Code, InvalidRequest, LengthMismatch, NotFound, SignatureRefused
from asset_ingest.core.ports.object_store import Grant
from asset_ingest.entrypoints.web.asking import ContentMd5
from asset_ingest.entrypoints.web.errors import UnsupportedMediaType, Wording, problem_answer
from asset_ingest.entrypoints.web.transfer import arriving, invite_body
from asset_ingest.entrypoints.web.wire import Call, Operation, Operations

Said = Annotated[str, Field(max_length=512)]
_MD5 = TypeAdapter[str](ContentMd5)


@dataclass(frozen=True, slots=True)
class Signed:
    """What a signed request says; every field is covered by the signature."""

    key: Said
    size: Said
    until: Said
    signature: Said
    type: Said | None = None
    md5: Said | None = None
    upload: Said | None = None
    part: Said | None = None


class LengthRequired(InvalidRequest):
    remedy = "Send the header Content-Length with the size that was signed; do not send the body in chunks."

    def __init__(self) -> None:
        super().__init__("the request does not say how long its body is", "Content-Length")


async def put_signed(call: Call[Signed]) -> web.Response:
    """Take in what was signed: of any other length not a byte is read."""
    request, deliveries = call.request, call.app.deliveries
    if deliveries is None:
        raise NotFound("page", request.path)
    grant = deliveries.admit(request.method, request.query)
    if request.content_length is None:
        wording = Wording(HTTPStatus.LENGTH_REQUIRED, HTTPStatus.LENGTH_REQUIRED.phrase)
        return problem_answer(request, LengthRequired(), wording)
    if request.content_length != grant.size:
        raise LengthMismatch(grant.size, request.content_length)
    if grant.content_type and request.headers.get("Content-Type", "").lower() != grant.content_type.lower():
        raise UnsupportedMediaType(f"this was signed for {grant.content_type}, and the body says another type")
    tag = await deliveries.receive(replace(grant, content_md5=_promised(request, grant)), _body(request))
    return web.Response(headers={"ETag": f'"{tag}"'})


def _promised(request: web.Request, grant: Grant) -> str | None:
    """Return the MD5 that the bytes must have; raise SignatureRefused, as a bucket does, if another was signed."""
    said = request.headers.get("Content-MD5")
    if grant.content_md5 is not None and said != grant.content_md5:
        raise SignatureRefused("this was signed with a Content-MD5, and the request has another or none")
    try:
        return None if said is None else _MD5.validate_python(said)
    except ValidationError:
        raise InvalidRequest("should be sixteen bytes in base64", "Content-MD5") from None


async def _body(request: web.Request) -> AsyncIterator[bytes]:
    await invite_body(request)
    async for chunk in arriving(request):
        yield chunk


OPERATIONS: Operations = (
    Operation(
        HTTPMethod.PUT,
        "/direct",
        put_signed,
        "Send what a plan has signed, where bytes live on the server's own disk",
        Signed,
        public=True,
        takes_bytes=True,
        refusals=(
            Code.FORBIDDEN,
            Code.NOT_FOUND,
            Code.CANCELLED,
            Code.UPLOAD_GONE,
            Code.LENGTH_MISMATCH,
            Code.CHECKSUM_MISMATCH,
            Code.TOO_MANY_BODIES,
            Code.TOO_SLOW,
            Code.UNSUPPORTED_MEDIA_TYPE,
            Code.UPLOAD_INTERRUPTED,
            Code.STORE_FULL,
            Code.STORE_UNAVAILABLE,
        ),
        extra={
            "parameters": [
                {
                    "name": "Content-MD5",
                    "in": "header",
                    "description": "As it was signed; where none was, bytes that have another are refused all the same",
                    "schema": {"type": "string"},
                }
            ],
            "requestBody": {
                "required": True,
                "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
            },
            "responses": {
                "200": {
                    "description": "Stored, durably",
                    "headers": {"ETag": {"schema": {"type": "string"}}},
                },
                "411": {
                    "description": "Without a Content-Length",
                    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
                },
            },
        },
    ),
)
