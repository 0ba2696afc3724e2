"""Bytes in one bucket of any S3."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Mapping
from contextlib import aclosing, suppress
from typing import Final

import anyio

from asset_ingest.adapters.object_store.keys import checked_key, checked_prefix
from asset_ingest.adapters.object_store.s3.bucket import Bucket, age_of
from asset_ingest.adapters.object_store.s3.copying import copy_object
from asset_ingest.adapters.object_store.s3.errors import our_errors
from asset_ingest.adapters.object_store.s3.part_plan import PartPlan
from asset_ingest.adapters.object_store.s3.reading import read_range
from asset_ingest.adapters.object_store.s3.retries import Patience
from asset_ingest.adapters.object_store.s3.writing import Sending, Upload
from asset_ingest.core.errors import IngestError, ObjectMissing
from asset_ingest.core.ports.object_store import ObjectStore, StoredObject

_COPIED_AT_ONCE: Final = 1 << 30


class S3Objects(ObjectStore):
    """An ObjectStore in one bucket. What a killed process leaves half-made is an unfinished upload of its key."""

    def __init__(
        self,
        bucket: Bucket,
        *,
        sending: Sending | None = None,
        first_part: int = 8 << 20,
        copied_at_once: int = _COPIED_AT_ONCE,
        page: int = 1000,
        patience: Patience | None = None,
    ) -> None:
        self._bucket = bucket
        self._sending = sending or Sending()
        self._plan = PartPlan(bucket.profile.parts, first_part)
        self._copied_at_once = copied_at_once
        self._page = page
        self._patience = patience or Patience()

    async def put(self, key: str, chunks: AsyncIterable[bytes]) -> StoredObject:
        return await Upload(self._bucket, checked_key(key), self._plan, self._sending).store(chunks)

    async def put_all(self, objects: Mapping[str, bytes]) -> None:
        errors: list[IngestError] = []

        async def put(key: str, content: bytes) -> None:
            try:
                await self.put(key, _once(content))
            except IngestError as error:  # raised below, outside the group
                errors.append(error)

        async with anyio.create_task_group() as group:
            for key, content in objects.items():
                group.start_soon(put, key, content)
        if errors:
            raise errors[0]

    async def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncGenerator[bytes, None]:
        async with aclosing(read_range(self._bucket, checked_key(key), start, end, self._patience)) as pieces:
            async for piece in pieces:
                yield piece

    async def stat(self, key: str) -> StoredObject:
        return (await self._bucket.head(checked_key(key))).stored

    async def copy(self, source: str, target: str) -> StoredObject:
        return await copy_object(
            self._bucket, checked_key(source), checked_key(target), self._copied_at_once, self._sending.per_upload
        )

    async def delete(self, key: str) -> None:
        with suppress(ObjectMissing), our_errors(key):
            await self._bucket.client.delete_object(**self._bucket.at(checked_key(key)))

    async def list(self, prefix: str) -> AsyncGenerator[StoredObject, None]:
        checked_prefix(prefix)
        pages = self._bucket.pages(
            "list_objects_v2",
            "Name",
            {"ContinuationToken": "NextContinuationToken"},
            Bucket=self._bucket.name,
            Prefix=prefix,
            MaxKeys=self._page,
        )
        async with aclosing(pages):
            async for page in pages:
                for found in page.get("Contents", ()):
                    yield StoredObject(found["Key"], found["Size"], age_of(found["LastModified"]))


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content
