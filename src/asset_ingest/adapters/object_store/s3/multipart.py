"""One multipart upload, from its opening to the one answer that counts."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any, Final

from asset_ingest.adapters.object_store.s3.bucket import Bucket, answered_at, crc_said
from asset_ingest.adapters.object_store.s3.errors import our_errors, told
from asset_ingest.adapters.object_store.threads import finished
from asset_ingest.core.errors import Conflict, IngestError, ObjectMissing, StoreUnavailable
from asset_ingest.core.ports.object_store import StoredObject, StoredPart

_MD5: Final = re.compile(r'"?([0-9a-f]{32})"?')
_ABORT_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Multipart:
    """An upload in parts under one name; nothing is seen of it before `complete`."""

    bucket: Bucket
    key: str
    upload_id: str

    @classmethod
    async def begin(cls, bucket: Bucket, key: str) -> Multipart:
        """Open one."""
        with our_errors(key):
            said = await bucket.client.create_multipart_upload(**bucket.at(key), ContentType="application/octet-stream")
        return cls(bucket, key, told(said, "UploadId"))

    def at(self) -> dict[str, Any]:
        """Return the arguments that name this upload."""
        return {**self.bucket.at(self.key), "UploadId": self.upload_id}

    async def send(self, number: int, body: Any, size: int) -> StoredPart:
        """Store one part."""
        with our_errors(self.key):
            said = await self.bucket.client.upload_part(**self.at(), PartNumber=number, Body=body, ContentLength=size)
        return StoredPart(number, size, told(said, "ETag"))

    async def complete(self, parts: Sequence[StoredPart]) -> StoredObject:
        """Make the parts the object.

        An answer of 200 may carry an error in its body, which botocore raises. When the answer is lost, or when the
        upload is gone because an earlier request did complete it, the object itself tells: its size and its ETag.
        """
        if not parts:
            raise Conflict("an upload cannot be completed without parts")
        named = [{"PartNumber": part.number, "ETag": part.etag} for part in in_order(parts)]
        try:
            with our_errors(self.key):
                said = await self.bucket.client.complete_multipart_upload(**self.at(), MultipartUpload={"Parts": named})
            etag, crc = told(said, "ETag"), crc_said(said)
        except (ObjectMissing, StoreUnavailable) as error:
            return await self._found_out(parts, error)
        head = await self.bucket.head(self.key)
        if head.etag.strip('"') != etag.strip('"'):  # somebody has stored other bytes under the key since then
            return StoredObject(self.key, _size(parts), answered_at(said), crc64nvme=crc)
        if head.stored.size != _size(parts):
            raise StoreUnavailable("the S3 server made an object of another size than its parts have")
        return replace(head.stored, crc64nvme=crc)

    async def settle(self, parts: Sequence[StoredPart]) -> StoredObject:
        """Complete what is ours alone; if nobody says whether that worked, see to it that it did or never will."""
        try:
            return await self.complete(parts)
        except ObjectMissing:
            raise StoreUnavailable("the S3 server lost the upload before it was complete") from None
        except StoreUnavailable:
            await self.abort()
            if (stored := await self._completed_before(parts)) is None:
                raise
            return stored

    @asynccontextmanager
    async def abandoned_on_error(self, tasks: Sequence[asyncio.Task[StoredPart]]) -> AsyncIterator[None]:
        """If what is done inside fails or is cancelled, stop `tasks` and free the parts over there."""
        try:
            yield
        except BaseException:
            await finished(asyncio.create_task(self._abandon(tasks)))
            raise

    async def _abandon(self, tasks: Sequence[asyncio.Task[StoredPart]]) -> None:
        """Try to leave nothing behind; what this cannot abort is found by whoever looks for unfinished uploads."""
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        with suppress(IngestError, TimeoutError):
            async with asyncio.timeout(_ABORT_SECONDS):
                await self.abort()

    async def look(self) -> None:
        """Raise ObjectMissing if the store does not know the upload."""
        with our_errors(self.key):
            said = await self.bucket.client.list_parts(**self.at(), MaxParts=1)
        told(said, "UploadId")

    async def abort(self) -> None:
        """Free the parts; an upload that is not there any more is no error."""
        with suppress(ObjectMissing), our_errors(self.key):
            await self.bucket.client.abort_multipart_upload(**self.at())

    async def _found_out(self, parts: Sequence[StoredPart], error: IngestError) -> StoredObject:
        """Return the object if it is there; else raise what is wrong, `error` where the upload is still there."""
        if stored := await self._completed_before(parts):
            return stored
        if isinstance(error, StoreUnavailable):  # Ceph says so of an upload that it does not have
            await self.look()
        raise error

    async def _completed_before(self, parts: Sequence[StoredPart]) -> StoredObject | None:
        with suppress(ObjectMissing):
            head = await self.bucket.head(self.key)
            if head.stored.size == _size(parts) and is_made_of(head.etag, parts):
                return head.stored
        return None


def is_made_of(etag: str, parts: Sequence[StoredPart]) -> bool:
    """Say whether an object with this ETag can be made of these parts.

    Everywhere but under some encryption it is the MD5 of the parts' MD5s, and `-` and their number; the number alone
    must do where a part's ETag is no MD5.
    """
    count = f"-{len(parts)}"
    found = etag.strip('"')
    digests = [match[1] for part in in_order(parts) if (match := _MD5.fullmatch(part.etag))]
    if len(digests) < len(parts) or not _MD5.fullmatch(found.removesuffix(count)):
        return found.endswith(count)
    whole = hashlib.md5(bytes.fromhex("".join(digests)), usedforsecurity=False).hexdigest()
    return found == whole + count


def in_order(parts: Sequence[StoredPart]) -> list[StoredPart]:
    """Return them by number."""
    return sorted(parts, key=attrgetter("number"))


def _size(parts: Sequence[StoredPart]) -> int:
    return sum(part.size for part in parts)
