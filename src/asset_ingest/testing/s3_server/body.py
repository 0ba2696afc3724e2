"""A request's body, proven before it counts: by length, by MD5, by the signed digest, by its checksum."""

from __future__ import annotations

import base64
import hashlib
import re
import zlib
from dataclasses import dataclass

from aiohttp import web

from asset_ingest.testing.s3_server.answers import Refusal, invalid
from asset_ingest.testing.s3_server.rules import Checksums, Rules
from asset_ingest.testing.s3_server.signature import UNSIGNED

_MD5 = re.compile("[A-Za-z0-9+/]{21}[AQgw]==")
CHECKSUM_HEADERS = ("x-amz-checksum-", "x-amz-sdk-checksum-algorithm", "x-amz-trailer")


@dataclass(frozen=True, slots=True)
class Body:
    size: int
    md5: bytes
    content: bytes | None


def refuse_headers(request: web.Request, rules: Rules) -> None:
    """Refuse what this provider has no room for, before a byte of the body is read."""
    for name in map(str.lower, request.headers):
        if name.startswith(CHECKSUM_HEADERS):
            _refuse_checksum(name, request.headers[name], rules)
        if name.startswith("x-amz-tagging") and rules.refuses_tagging:
            raise invalid(f"Unsupported header '{name}' received for this API call.")
    if request.headers.get("x-amz-content-sha256", "").startswith("STREAMING-"):
        if rules.needs_length:
            raise Refusal(411, "MissingContentLength", "You must provide the Content-Length HTTP header.")
        raise Refusal(501, "NotImplemented", "This stand-in does not read aws-chunked bodies.")


def _refuse_checksum(name: str, value: str, rules: Rules) -> None:
    if rules.checksums is Checksums.REFUSED:
        raise invalid(f"Unsupported header '{name}' received for this API call.")
    if rules.checksums is Checksums.NOT_IMPLEMENTED:
        raise Refusal(501, "NotImplemented", f"Header '{name}' with value '{value}' not implemented")


async def receive(request: web.Request, promised: str, rules: Rules, *, keep: bool = True) -> Body:
    """Read the body to its end; raise Refusal unless it is what the headers say."""
    if request.content_length is None and request.method in {"PUT", "POST"} and request.can_read_body:
        raise Refusal(411, "MissingContentLength", "You must provide the Content-Length HTTP header.")
    if _MD5.fullmatch(request.headers.get("Content-MD5", _base64(bytes(16)))) is None:
        raise Refusal(400, "InvalidDigest", "The Content-MD5 you specified was invalid.")
    md5, sha256, crc32, size = hashlib.md5(usedforsecurity=False), hashlib.sha256(), 0, 0
    signed = promised != UNSIGNED
    wants_crc32 = "x-amz-checksum-crc32" in request.headers and rules.checksums is Checksums.VERIFIED
    chunks: list[bytes] = []
    async for chunk in request.content.iter_any():
        size += len(chunk)
        md5.update(chunk)
        if signed:
            sha256.update(chunk)
        if wants_crc32:
            crc32 = zlib.crc32(chunk, crc32)
        if keep:
            chunks.append(chunk)
    if signed and sha256.hexdigest() != promised:
        message = "The provided 'x-amz-content-sha256' header does not match what was computed."
        raise Refusal(400, "XAmzContentSHA256Mismatch", message)
    if "Content-MD5" in request.headers and request.headers["Content-MD5"] != _base64(md5.digest()):
        raise Refusal(400, "BadDigest", "The Content-MD5 you specified did not match what we received.")
    if wants_crc32 and request.headers["x-amz-checksum-crc32"] != _base64(crc32.to_bytes(4, "big")):
        raise Refusal(400, "BadDigest", "The CRC32 you specified did not match the calculated checksum.")
    return Body(size, md5.digest(), b"".join(chunks) if keep else None)


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()
