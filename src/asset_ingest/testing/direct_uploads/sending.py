"""A client of signed requests."""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta

import httpx

from asset_ingest.core.ports.object_store import DirectUploads, PartToSign, SignedRequest, StoredPart, UnfinishedUpload
from asset_ingest.testing.object_store import pattern

AN_HOUR = timedelta(hours=1)


async def send(http: httpx.AsyncClient, signed: SignedRequest, body: bytes) -> httpx.Response:
    """Send what was signed, with exactly its headers, as a page or a program would."""
    return await http.request(signed.method, signed.url, headers=dict(signed.headers), content=body)


async def send_other_length(http: httpx.AsyncClient, signed: SignedRequest, body: bytes) -> httpx.Response:
    """Send a body of another length than was signed, under its true Content-Length."""
    headers = {name: value for name, value in signed.headers.items() if name.lower() != "content-length"}
    return await http.request(signed.method, signed.url, headers=headers, content=body)


async def send_parts(
    http: httpx.AsyncClient, direct: DirectUploads, key: str, upload_id: str, bodies: dict[int, bytes]
) -> None:
    wanted = [PartToSign(number, len(body)) for number, body in bodies.items()]
    signed = await direct.sign_parts(key, upload_id, wanted, AN_HOUR)
    for request, body in zip(signed, bodies.values(), strict=True):
        assert (await send(http, request, body)).is_success


async def parts_of(direct: DirectUploads, key: str, upload_id: str) -> list[StoredPart]:
    return [part async for part in direct.parts(key, upload_id)]


async def unfinished(direct: DirectUploads, prefix: str) -> list[UnfinishedUpload]:
    return [upload async for upload in direct.unfinished(prefix)]


def md5_of(body: bytes) -> str:
    """Return what `Content-MD5` says of these bytes."""
    return base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()


def flipped(body: bytes) -> bytes:
    """Return the body as it arrives where one bit has changed on the way."""
    return body[:-1] + bytes([body[-1] ^ 1])


def smallest(direct: DirectUploads) -> bytes:
    """Return the smallest body that need not be the last part."""
    return pattern(direct.part_limits.smallest)
