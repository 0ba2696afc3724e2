"""Any S3: Backblaze B2, MinIO, R2, AWS, Ceph and the others."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from asset_ingest.adapters.object_store.s3.bucket import Bucket
from asset_ingest.adapters.object_store.s3.client import S3Place, opened_client
from asset_ingest.adapters.object_store.s3.direct import S3DirectUploads
from asset_ingest.adapters.object_store.s3.objects import S3Objects
from asset_ingest.adapters.object_store.s3.part_bytes import PartMemory
from asset_ingest.adapters.object_store.s3.profiles import profile_named
from asset_ingest.adapters.object_store.s3.resumable import S3Resumable
from asset_ingest.adapters.object_store.s3.retries import Patience
from asset_ingest.adapters.object_store.s3.writing import Sending

__all__ = [
    "Bucket",
    "PartMemory",
    "Patience",
    "S3DirectUploads",
    "S3Objects",
    "S3Place",
    "S3Resumable",
    "S3Store",
    "Sending",
    "open_s3",
]


@dataclass(frozen=True, slots=True)
class S3Store:
    """One bucket and the ports it serves."""

    bucket: Bucket
    objects: S3Objects
    direct: S3DirectUploads
    resumable: S3Resumable


@asynccontextmanager
async def open_s3(place: S3Place, sending: Sending | None = None) -> AsyncIterator[S3Store]:
    """Yield the ports over the bucket at `place`; nothing is sent before the first call."""
    profile = profile_named(place.profile)
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(opened_client(place, place.endpoint))
        signer = client
        if place.public_endpoint and place.public_endpoint != place.endpoint:
            signer = await stack.enter_async_context(opened_client(place, place.public_endpoint))
        bucket = Bucket(client, place.bucket, profile)
        sending = sending or Sending()
        yield S3Store(
            bucket,
            S3Objects(bucket, sending=sending, patience=place.patience),
            S3DirectUploads(bucket, signer),
            S3Resumable(bucket, sending=sending, patience=place.patience),
        )
