"""Copies made by the server: in one call, or in parts where the object is large."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from asset_ingest.adapters.object_store.s3.bucket import Bucket, Head, crc_said
from asset_ingest.adapters.object_store.s3.errors import our_errors, told
from asset_ingest.adapters.object_store.s3.multipart import Multipart
from asset_ingest.adapters.object_store.s3.part_plan import equal_parts
from asset_ingest.core.ports.object_store import StoredObject, StoredPart


async def copy_object(bucket: Bucket, source: str, target: str, at_once: int, parallel: int) -> StoredObject:
    """Store the bytes of `source` under `target` too; if they are more than `at_once`, in parts of about that size.

    No provider copies more than 5 GB in one call, and long before that a call takes longer than anyone waits for it.
    """
    found = await bucket.head(source)
    if source == target:  # S3 refuses this as pointless
        return found.stored
    if found.stored.size > at_once:
        return await _in_parts(bucket, found, target, at_once, parallel)
    with our_errors(source):
        said = await bucket.client.copy_object(
            **bucket.at(target), CopySource=bucket.at(source), CopySourceIfMatch=found.etag, MetadataDirective="COPY"
        )
    result = told(said, "CopyObjectResult")
    told(result, "ETag")
    return replace((await bucket.head(target)).stored, crc64nvme=crc_said(result))


async def _in_parts(bucket: Bucket, found: Head, target: str, wanted: int, parallel: int) -> StoredObject:
    size, count = equal_parts(found.stored.size, bucket.profile.parts, wanted)
    multipart = await Multipart.begin(bucket, target)
    slots = asyncio.Semaphore(parallel)
    tasks = [asyncio.create_task(_copied(multipart, found, number, size, slots)) for number in range(1, count + 1)]
    async with multipart.abandoned_on_error(tasks):
        return await multipart.settle(await asyncio.gather(*tasks))


async def _copied(multipart: Multipart, found: Head, number: int, size: int, slots: asyncio.Semaphore) -> StoredPart:
    first = (number - 1) * size
    last = min(first + size, found.stored.size) - 1
    async with slots:
        etag = await copy_part(multipart, number, found.stored.key, found.etag, f"bytes={first}-{last}")
    return StoredPart(number, last - first + 1, etag)


async def copy_part(multipart: Multipart, number: int, source: str, etag: str, piece: str | None = None) -> str:
    """Make the bytes of the object `source`, all or a range of them, part `number`; return the ETag of that part.

    AWS copies ranges only of objects of more than 5 MB (API UploadPartCopy), so a whole one is asked for without.
    """
    with our_errors(source):
        said = await multipart.bucket.client.upload_part_copy(
            **multipart.at(),
            PartNumber=number,
            CopySource=multipart.bucket.at(source),
            CopySourceIfMatch=etag,
            **({} if piece is None else {"CopySourceRange": piece}),
        )
    return str(told(told(said, "CopyPartResult"), "ETag"))
