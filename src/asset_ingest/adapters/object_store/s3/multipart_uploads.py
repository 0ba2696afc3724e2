"""Multipart uploads in one bucket: what every road that makes an object of parts shares."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing

from asset_ingest.adapters.object_store.keys import checked_key, checked_prefix
from asset_ingest.adapters.object_store.s3.bucket import Bucket, age_of
from asset_ingest.adapters.object_store.s3.multipart import Multipart
from asset_ingest.core.ports.object_store import MultipartUploads, StoredObject, StoredPart, UnfinishedUpload


class S3Multipart(MultipartUploads):
    """Parts by their numbers in S3.

    MinIO lists unfinished uploads only for a prefix that is a whole key (minio/docs #1216) and drops stale ones itself.
    """

    def __init__(self, bucket: Bucket, page: int = 1000) -> None:
        self._bucket = bucket
        self._page = page
        self.part_limits = bucket.profile.parts

    async def begin(self, key: str) -> str:
        return (await Multipart.begin(self._bucket, checked_key(key))).upload_id

    async def parts(self, key: str, upload_id: str) -> AsyncIterator[StoredPart]:
        pages = self._bucket.pages(
            "list_parts",
            "UploadId",
            {"PartNumberMarker": "NextPartNumberMarker"},
            key,
            **self._upload(key, upload_id).at(),
            MaxParts=self._page,
        )
        async with aclosing(pages):
            async for page in pages:
                for part in page.get("Parts", ()):
                    yield StoredPart(part["PartNumber"], part["Size"], part["ETag"])

    async def complete(self, key: str, upload_id: str, parts: Sequence[StoredPart]) -> StoredObject:
        return await self._upload(key, upload_id).complete(parts)

    async def abort(self, key: str, upload_id: str) -> None:
        await self._upload(key, upload_id).abort()

    async def unfinished(self, prefix: str) -> AsyncIterator[UnfinishedUpload]:
        checked_prefix(prefix)
        pages = self._bucket.pages(
            "list_multipart_uploads",
            "Bucket",
            {"KeyMarker": "NextKeyMarker", "UploadIdMarker": "NextUploadIdMarker"},
            Bucket=self._bucket.name,
            Prefix=prefix,
            MaxUploads=self._page,
        )
        async with aclosing(pages):
            async for page in pages:
                for upload in page.get("Uploads", ()):
                    if upload["Key"].startswith(prefix):
                        yield UnfinishedUpload(upload["Key"], upload["UploadId"], age_of(upload["Initiated"]))

    def _upload(self, key: str, upload_id: str) -> Multipart:
        return Multipart(self._bucket, checked_key(key), upload_id)
