"""Bytes that go straight from whoever has them into the bucket."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from asset_ingest.adapters.object_store.keys import checked_key, checked_prefix
from asset_ingest.adapters.object_store.s3.bucket import Bucket, age_of
from asset_ingest.adapters.object_store.s3.errors import our_errors
from asset_ingest.adapters.object_store.s3.multipart import Multipart
from asset_ingest.core.errors import InvalidRequest
from asset_ingest.core.ports.object_store import (
    DirectUploads,
    PartToSign,
    SignedRequest,
    StoredObject,
    StoredPart,
    UnfinishedUpload,
)

# "The expiration cannot be longer than 7 days": every provider keeps to this limit of AWS Signature Version 4.
_LONGEST_LIFE: Final = timedelta(days=7)


class S3DirectUploads(DirectUploads):
    """Presigned requests against the bucket; `signer` is a client of the endpoint that senders can reach.

    The signature covers the host and the length, and no checksum: a client may not know one, and B2 refuses them.
    MinIO lists unfinished uploads only for a prefix that is a whole key (minio/docs #1216) and drops stale ones itself.
    """

    def __init__(self, bucket: Bucket, signer: Any, page: int = 1000) -> None:
        self._bucket = bucket
        self._signer = signer
        self._page = page
        self.part_limits = bucket.profile.parts

    async def sign_put(self, key: str, size: int, lifetime: timedelta) -> SignedRequest:
        return await self._signed("put_object", self._bucket.at(checked_key(key)), size, lifetime)

    async def begin(self, key: str) -> str:
        return (await Multipart.begin(self._bucket, checked_key(key))).upload_id

    async def sign_parts(
        self, key: str, upload_id: str, parts: Sequence[PartToSign], lifetime: timedelta
    ) -> list[SignedRequest]:
        upload = self._upload(key, upload_id).at()
        return [
            await self._signed("upload_part", {**upload, "PartNumber": part.number}, part.size, lifetime)
            for part in parts
        ]

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

    async def _signed(self, call: str, arguments: dict[str, Any], size: int, lifetime: timedelta) -> SignedRequest:
        if not timedelta(seconds=1) <= lifetime <= _LONGEST_LIFE:
            raise InvalidRequest("a signed request lives between one second and seven days")
        now = datetime.now(UTC)
        with our_errors():
            url = await self._signer.generate_presigned_url(
                call, Params={**arguments, "ContentLength": size}, ExpiresIn=int(lifetime.total_seconds())
            )
        return SignedRequest("PUT", url, {"Content-Length": str(size)}, now + lifetime)
