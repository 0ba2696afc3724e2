"""Bytes that come in order, over requests that may break off anywhere, into one object of any S3.

Parts go into the upload under their own numbers: some providers want these without a gap (B2: "must have contiguous
numbers, starting with 1", b2_upload_part), and Ceph completes an upload only if every part in it is named ("total parts
mismatch" in rgw_sal). What is behind the last whole part is one object beside the upload, under a name that is never
used again. It is stored before anybody is told, and nothing beside the upload is removed before that has ended.

Nothing in S3 stops a writer that was replaced: a part it has under way may arrive later and take the place of ours. So
a writer sends into the upload only numbers that no earlier one can have under way. A writer runs ahead of what is
written down by a few parts at most (`RUN_AHEAD`), and one that ends in good order says in the name of its tail how far
it came; `first_unsent` reckons with both. Parts of the few numbers in doubt are put beside the upload too, where nobody
replaces them, and are copied into it by `complete`; should a late part take the place of such a copy, once more. The
first writer of an upload, and each that goes on from the tail of the one before it, has nothing to copy.

`complete` compares the ETag of every part with the one that was written down. What it still finds replaced was sent by
another road under the same number, or by a writer whose steps were not written down as they came: that is a Conflict,
and no object. Ceph refuses, too, an upload of unknown length with parts of an earlier writer behind its present end.

A tail is stored when its append ends, not while it dawdles: what nobody was told of is sent again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Sequence
from contextlib import aclosing
from typing import Final

from asset_ingest.adapters.object_store.s3.appending import Append, Target
from asset_ingest.adapters.object_store.s3.aside import Aside, PartAside
from asset_ingest.adapters.object_store.s3.bucket import Bucket
from asset_ingest.adapters.object_store.s3.copying import copy_part
from asset_ingest.adapters.object_store.s3.multipart import Multipart
from asset_ingest.adapters.object_store.s3.multipart_uploads import S3Multipart
from asset_ingest.adapters.object_store.s3.objects import S3Objects
from asset_ingest.adapters.object_store.s3.part_bytes import PartBytes
from asset_ingest.adapters.object_store.s3.retries import Patience
from asset_ingest.adapters.object_store.s3.writing import Sending, send_part
from asset_ingest.adapters.object_store.threads import finished
from asset_ingest.core.errors import Conflict, LengthMismatch, ObjectMissing
from asset_ingest.core.ports.object_store import (
    Collected,
    PartToSign,
    Position,
    ResumableUploads,
    StoredObject,
    StoredPart,
)

# As often as late parts may take the place of copies while an upload is completed.
_ATTEMPTS: Final = 3


class S3Resumable(S3Multipart, ResumableUploads):
    """Parts in the upload, everything else in the folder `<key>.tail/` until it is complete or aborted."""

    def __init__(
        self, bucket: Bucket, *, sending: Sending | None = None, patience: Patience | None = None, page: int = 1000
    ) -> None:
        super().__init__(bucket, page)
        self._sending = sending or Sending()
        self._objects = S3Objects(bucket, sending=self._sending, patience=patience, page=page)

    async def append(
        self, key: str, upload_id: str, at: Position, chunks: AsyncIterable[bytes]
    ) -> AsyncGenerator[Collected, None]:
        target = Target(self._upload(key, upload_id), self._aside(key, upload_id), self._sending)
        async with aclosing(Append(target, at).collected(chunks)) as steps:
            async for collected in steps:
                yield collected

    async def put_part(self, key: str, upload_id: str, part: PartToSign, chunks: AsyncIterable[bytes]) -> StoredPart:
        body = PartBytes(self._sending.memory)
        try:
            async for chunk in chunks:
                if body.size + len(chunk) > part.size:
                    raise LengthMismatch(part.size, body.size + len(chunk))
                await body.add(chunk)
            if body.size < part.size:
                raise LengthMismatch(part.size, body.size)
            return await send_part(self._upload(key, upload_id), part.number, body, self._sending)
        finally:
            await finished(asyncio.create_task(body.close()))

    async def parts(self, key: str, upload_id: str) -> AsyncIterator[StoredPart]:
        found = await self._in_upload(key, upload_id)
        async with aclosing(self._aside(key, upload_id).parts()) as beside:
            found |= {part.number: part.stored async for part in beside}
        for number in sorted(found):
            yield found[number]

    async def complete(self, key: str, upload_id: str, parts: Sequence[StoredPart]) -> StoredObject:
        upload, attempt = self._upload(key, upload_id), 1
        while True:
            try:
                stored = await upload.complete(await self._gathered(upload, parts))
            except Conflict:
                if attempt == _ATTEMPTS or not any(map(PartAside.of, parts)):
                    raise
                attempt += 1
            else:
                await self._aside(key, upload_id).clear()
                return stored

    async def abort(self, key: str, upload_id: str) -> None:
        await super().abort(key, upload_id)
        await self._aside(key, upload_id).clear()

    async def _gathered(self, upload: Multipart, parts: Sequence[StoredPart]) -> list[StoredPart]:
        """Return the parts as they are in the upload, once all are; raise Conflict for one that is another there."""
        beside = {part.number: aside for part in parts if (aside := PartAside.of(part))}
        wanted = {part.number: part for part in parts} | {number: aside.copy for number, aside in beside.items()}
        try:
            there = await self._in_upload(upload.key, upload.upload_id)
            other = [number for number, part in wanted.items() if not _same(part, there.get(number))]
            if changed := set(other) - set(beside):
                raise Conflict(f"part {min(changed)} is not the one that was written down")
            wanted |= await self._copied(upload, [beside[number] for number in other])
        except ObjectMissing:  # complete already, or lost: now the object itself can tell
            pass
        return list(wanted.values())

    async def _copied(self, upload: Multipart, waiting: Sequence[PartAside]) -> dict[int, StoredPart]:
        aside = self._aside(upload.key, upload.upload_id)
        slots = asyncio.Semaphore(self._sending.per_upload)

        async def copied(part: PartAside) -> StoredPart:
            async with slots:
                etag = await copy_part(upload, part.number, aside.key(part.name), part.etag)
            return StoredPart(part.number, part.size, etag)

        tasks = [asyncio.create_task(copied(part)) for part in waiting]
        try:
            return {part.number: part for part in await asyncio.gather(*tasks)}
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _in_upload(self, key: str, upload_id: str) -> dict[int, StoredPart]:
        return {part.number: part async for part in super().parts(key, upload_id)}

    def _aside(self, key: str, upload_id: str) -> Aside:
        return Aside.of(self._bucket, self._objects, key, upload_id)


def _same(part: StoredPart, there: StoredPart | None) -> bool:
    return there is not None and (part.size, part.etag.strip('"')) == (there.size, there.etag.strip('"'))
