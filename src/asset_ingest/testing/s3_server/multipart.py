"""What can be asked of multipart uploads."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from aiohttp import web

from asset_ingest.testing.s3_server.answers import (
    Refusal,
    document,
    element,
    fields,
    invalid,
    iso_time,
    no_such_key,
    not_implemented,
    yes,
)
from asset_ingest.testing.s3_server.asked import Asked
from asset_ingest.testing.s3_server.bucket import Bytes, Unfinished, bounds
from asset_ingest.testing.s3_server.objects import source_of, summed_up


async def create(asked: Asked) -> web.StreamResponse:
    if not asked.rules.multiparts:
        raise not_implemented()
    await asked.body()
    upload = asked.bucket.begin(asked.key)
    said = {"Bucket": asked.bucket.name, "Key": asked.key, "UploadId": upload.upload_id}
    return document("InitiateMultipartUploadResult", fields(said))


def _upload(asked: Asked) -> Unfinished:
    return asked.bucket.upload(asked.key, asked.parameter("uploadId"))


def _number(asked: Asked) -> int:
    said = asked.parameter("partNumber")
    if not said.isdigit() or not 1 <= int(said) <= asked.rules.most_parts:
        most = asked.rules.most_parts
        raise invalid(f"Part number must be an integer between 1 and {most}, inclusive")
    return int(said)


async def upload_part(asked: Asked) -> web.StreamResponse:
    upload, number = _upload(asked), _number(asked)
    if (asked.request.content_length or 0) > asked.rules.largest_put:
        raise Refusal(400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed object size.")
    body = await asked.body(keep=not asked.bucket.discards)
    _upload(asked)  # it may have been aborted meanwhile
    asked.bucket.received += body.size
    upload.parts[number] = asked.bucket.keep(body.content, body.size, body.md5)
    return web.Response(headers={"ETag": f'"{upload.parts[number].etag}"'})


async def upload_part_copy(asked: Asked) -> web.StreamResponse:
    upload, number, source = _upload(asked), _number(asked), source_of(asked)
    asked_range = asked.request.headers.get("x-amz-copy-source-range")
    start, end = bounds(asked_range, source.size) or (0, source.size)
    if end - start > asked.rules.largest_put:
        raise Refusal(400, "InvalidRequest", "The specified copy range is larger than the maximum allowable size")
    piece = None if source.body is None else source.body[start:end]
    md5 = hashlib.md5(piece or b"", usedforsecurity=False).digest()
    upload.parts[number] = part = asked.bucket.keep(piece, end - start, md5)
    said = {"LastModified": iso_time(part.stored_at), "ETag": f'"{part.etag}"'}
    return document("CopyPartResult", fields(said))


async def list_parts(asked: Asked) -> web.StreamResponse:
    try:
        upload = _upload(asked)
    except Refusal:
        if asked.rules.forgets_keys_of_aborted_uploads and asked.key not in asked.bucket.objects:
            raise no_such_key(asked.key) from None
        raise
    after, most = int(asked.parameter("part-number-marker", "0")), int(asked.parameter("max-parts", "1000"))
    found = sorted((number, part) for number, part in upload.parts.items() if number > after)
    page, more = found[: min(1000, most)], len(found) > min(1000, most)
    said = {"Bucket": asked.bucket.name, "Key": asked.key, "UploadId": upload.upload_id, "IsTruncated": yes(more)}
    said |= {"NextPartNumberMarker": str(page[-1][0])} if page else {}
    return document("ListPartsResult", fields(said) + "".join(_part(number, part) for number, part in page))


def _part(number: int, part: Bytes) -> str:
    said = {"PartNumber": number, "LastModified": iso_time(part.stored_at), "ETag": f'"{part.etag}"', "Size": part.size}
    return element("Part", fields(said))


async def list_uploads(asked: Asked) -> web.StreamResponse:
    prefix, most = asked.parameter("prefix"), min(1000, int(asked.parameter("max-uploads", "1000")))
    after = (asked.parameter("key-marker"), asked.parameter("upload-id-marker"))
    exact = asked.rules.lists_uploads_by_exact_key
    fits = [u for u in asked.bucket.uploads.values() if (u.key == prefix if exact else u.key.startswith(prefix))]
    found = sorted((u.key, u.upload_id, u) for u in fits if _is_after((u.key, u.upload_id), after))
    page, more = found[:most], len(found) > most
    said = {"Bucket": asked.bucket.name, "Prefix": prefix, "MaxUploads": most, "IsTruncated": yes(more)}
    if more:
        said |= {"NextKeyMarker": page[-1][0], "NextUploadIdMarker": page[-1][1]}
    return document("ListMultipartUploadsResult", fields(said) + "".join(_upload_entry(u) for *_, u in page))


def _is_after(found: tuple[str, str], marker: tuple[str, str]) -> bool:
    """A key marker alone passes over the whole key; with an upload marker, over its uploads up to that one."""
    return found > marker if marker[1] else found[0] > marker[0]


def _upload_entry(upload: Unfinished) -> str:
    said = {"Key": upload.key, "UploadId": upload.upload_id, "Initiated": iso_time(upload.begun_at)}
    return element("Upload", fields(said | {"StorageClass": "STANDARD"}))


async def complete(asked: Asked) -> web.StreamResponse:
    chosen = [(int(p.findtext("PartNumber", "0")), p.findtext("ETag", "")) for p in (await asked.xml()).iter("Part")]
    upload_id = asked.parameter("uploadId")
    if asked.bucket.completed.get(upload_id) == asked.key and asked.rules.keeps_completed_uploads:
        return _completed(asked, asked.bucket.object(asked.key), quote="")
    upload = _upload(asked)
    made = asked.bucket.join(_checked(asked, upload, chosen))
    asked.bucket.objects[asked.key] = made
    asked.bucket.completed[upload_id] = asked.key
    del asked.bucket.uploads[upload_id]
    return _completed(asked, made)


def _completed(asked: Asked, made: Bytes, quote: str = '"') -> web.Response:
    said = {"Location": str(asked.request.url.with_query(None)), "Bucket": asked.bucket.name, "Key": asked.key}
    sums = {f"Checksum{name}": value for name, value in summed_up(asked, made).items()}
    return document("CompleteMultipartUploadResult", fields(said | {"ETag": f"{quote}{made.etag}{quote}", **sums}))


def _checked(asked: Asked, upload: Unfinished, chosen: list[tuple[int, str]]) -> Mapping[int, Bytes]:
    if not chosen:
        raise Refusal(400, "MalformedXML", "You must specify at least one part")
    numbers = [number for number, _ in chosen]
    if numbers != sorted(set(numbers)):
        raise Refusal(400, "InvalidPartOrder", "The list of parts was not in ascending order.")
    for number, etag in chosen:
        if number not in upload.parts or upload.parts[number].etag != etag.strip('"'):
            message = "One or more of the specified parts could not be found, or their ETags do not match."
            raise Refusal(400, "InvalidPart", message, PartNumber=str(number))
    unnamed = asked.rules.names_every_part and len(numbers) != len(upload.parts)
    if unnamed or (asked.rules.numbers_without_gaps and numbers != list(range(1, len(numbers) + 1))):
        raise Refusal(400, "InvalidPart", "The parts of this upload are not these.")
    parts = {number: upload.parts[number] for number in numbers}
    _sizes([part.size for part in parts.values()], asked)
    return parts


def _sizes(sizes: list[int], asked: Asked) -> None:
    *full, last = sizes
    if any(size < asked.rules.smallest_part for size in full):
        raise Refusal(400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size")
    if asked.rules.equal_parts and full and (len(set(full)) > 1 or last > full[0]):
        raise Refusal(400, "InvalidPart", "All non-trailing parts must have the same length.")


async def abort(asked: Asked) -> web.StreamResponse:
    del asked.bucket.uploads[_upload(asked).upload_id]
    return web.Response(status=204)
