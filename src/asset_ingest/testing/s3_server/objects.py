"""What can be asked of objects."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, unquote
from xml.sax.saxutils import escape

from aiohttp import web

from asset_ingest.testing.s3_server.answers import (
    Refusal,
    document,
    element,
    fields,
    http_time,
    invalid,
    iso_time,
    not_implemented,
    yes,
)
from asset_ingest.testing.s3_server.asked import Asked
from asset_ingest.testing.s3_server.bucket import Bytes, bounds

PIECE = 256 * 1024  # bytes of one write of an answer


async def put_object(asked: Asked) -> web.StreamResponse:
    headers = asked.request.headers
    if (asked.request.content_length or 0) > asked.rules.largest_put:
        raise Refusal(400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed object size.")
    body = await asked.body(keep=not asked.bucket.discards)
    if headers.get("If-None-Match") == "*" and asked.key in asked.bucket.objects:
        raise _precondition("If-None-Match")
    asked.bucket.received += body.size
    stored = asked.bucket.keep(body.content, body.size, body.md5, headers.get("Content-Type", ""))
    asked.bucket.objects[asked.key] = stored
    sums = {f"x-amz-checksum-{name.lower()}": value for name, value in summed_up(asked, stored).items()}
    return web.Response(headers={"ETag": f'"{stored.etag}"', **sums})


def summed_up(asked: Asked, stored: Bytes) -> dict[str, str]:
    """Return what the answer to a new object says of its checksum."""
    crc = stored.crc64nvme if asked.rules.sums_up else None
    return {} if crc is None else {"CRC64NVME": crc, "Type": "FULL_OBJECT"}


async def get_object(asked: Asked) -> web.StreamResponse:
    stored = asked.bucket.object(asked.key)
    if (unchanged := _condition(asked, stored)) is not None:
        return unchanged
    found = bounds(asked.request.headers.get("Range"), stored.size) if asked.rules.ranges else None
    start, end = found or (0, stored.size)
    response = Download(stored, start, end, status=206 if found else 200, headers=_headers(stored))
    if found:
        response.headers["Content-Range"] = f"bytes {start}-{end - 1}/{stored.size}"
    return response


class Download(web.StreamResponse):
    """Bytes on their way out, of which a fault may cut off the end."""

    def __init__(self, stored: Bytes, start: int, end: int, *, status: int, headers: Mapping[str, str]) -> None:
        super().__init__(status=status, headers=headers)
        self.content_length = end - start
        self.cut_after: int | None = None
        self._stored, self._first, self._end = stored, start, end

    async def send(self, request: web.Request) -> None:
        """Write it all, or up to the cut."""
        await self.prepare(request)
        end = self._end if self.cut_after is None else min(self._end, self._first + self.cut_after)
        for piece in range(self._first, end, PIECE):
            await self.write(self._stored.between(piece, min(piece + PIECE, end)))
        if end == self._end:
            await self.write_eof()


async def head_object(asked: Asked) -> web.StreamResponse:
    stored = asked.bucket.object(asked.key)
    if (unchanged := _condition(asked, stored)) is not None:
        return unchanged
    return web.Response(headers=_headers(stored) | {"Content-Length": str(stored.size)})


def _headers(stored: Bytes) -> dict[str, str]:
    described = {"ETag": f'"{stored.etag}"', "Last-Modified": http_time(stored.stored_at), "Accept-Ranges": "bytes"}
    return described | {"Content-Type": stored.content_type}


def _condition(asked: Asked, stored: Bytes) -> web.Response | None:
    headers = asked.request.headers
    wanted, known = headers.get("If-Match"), headers.get("If-None-Match")
    if asked.rules.if_match and wanted not in {None, "*", stored.etag, f'"{stored.etag}"'}:
        raise _precondition("If-Match")
    return web.Response(status=304) if known in {stored.etag, f'"{stored.etag}"'} else None


def _precondition(condition: str) -> Refusal:
    message = "At least one of the pre-conditions you specified did not hold"
    return Refusal(412, "PreconditionFailed", message, Condition=condition)


async def delete_object(asked: Asked) -> web.StreamResponse:
    asked.bucket.objects.pop(asked.key, None)
    return web.Response(status=204)


async def delete_objects(asked: Asked) -> web.StreamResponse:
    proven(asked)
    listed = [node.findtext("Key", "") for node in (await asked.xml()).iter("Object")]
    for key in listed:
        asked.bucket.objects.pop(key, None)
    return document("DeleteResult", "".join(element("Deleted", fields({"Key": key})) for key in listed))


def proven(asked: Asked) -> None:
    """Refuse a document whose integrity the client does not vouch for, as S3 does."""
    names = [name.lower() for name in asked.request.headers]
    if not any(name == "content-md5" or name.startswith("x-amz-checksum-") for name in names):
        message = "Missing required header for this request: Content-MD5 OR x-amz-checksum-*"
        raise Refusal(400, "InvalidRequest", message)


def source_of(asked: Asked) -> Bytes:
    """Find what is to be copied, under the conditions the client set."""
    if not asked.rules.copies:
        raise not_implemented()
    bucket, _, key = unquote(asked.request.headers["x-amz-copy-source"]).lstrip("/").partition("/")
    if bucket != asked.bucket.name:
        raise Refusal(404, "NoSuchBucket", "The specified bucket does not exist", BucketName=bucket)
    stored = asked.bucket.object(key)
    wanted = asked.request.headers.get("x-amz-copy-source-if-match", stored.etag)
    if wanted.strip('"') != stored.etag:
        raise _precondition("x-amz-copy-source-If-Match")
    return stored


async def copy_object(asked: Asked) -> web.StreamResponse:
    source = source_of(asked)
    if source.size > asked.rules.largest_put:
        raise Refusal(400, "InvalidRequest", "The specified copy source is larger than the maximum allowable size")
    copied = asked.bucket.keep(source.body, source.size, source.md5, source.content_type)
    asked.bucket.objects[asked.key] = copied
    said = {"LastModified": iso_time(copied.stored_at), "ETag": f'"{copied.etag}"'}
    sums = {f"Checksum{name}": value for name, value in summed_up(asked, copied).items()}
    return document("CopyObjectResult", fields(said | sums))


async def list_objects(asked: Asked) -> web.StreamResponse:
    if asked.parameter("delimiter"):
        raise invalid("This stand-in lists without delimiters.")
    after = asked.parameter("continuation-token") or asked.parameter("start-after")
    prefix, most = asked.parameter("prefix"), min(1000, int(asked.parameter("max-keys", "1000")))
    found = sorted(key for key in asked.bucket.objects if key.startswith(prefix) and key > after)
    page, more = found[:most], len(found) > most
    encode = quote if asked.parameter("encoding-type") == "url" else escape
    said = {"Name": asked.bucket.name, "KeyCount": len(page), "MaxKeys": most, "IsTruncated": yes(more)}
    head = fields(said) + element("Prefix", encode(prefix))
    if encode is quote:
        head += element("EncodingType", "url")
    if more:
        head += element("NextContinuationToken", escape(page[-1]))
    return document("ListBucketResult", head + "".join(_entry(key, encode(key), asked) for key in page))


def _entry(key: str, shown: str, asked: Asked) -> str:
    stored = asked.bucket.objects[key]
    said = {"LastModified": iso_time(stored.stored_at), "ETag": f'"{stored.etag}"', "Size": stored.size}
    return element("Contents", element("Key", shown) + fields(said | {"StorageClass": "STANDARD"}))
