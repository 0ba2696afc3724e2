"""The S3 adapter over its strict double, with parts so small that a test has several."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from asset_ingest.adapters.object_store.s3 import Bucket, Patience, S3Objects, S3Place, S3Resumable, S3Store, open_s3
from asset_ingest.adapters.object_store.s3.profiles import Profile
from asset_ingest.core.ports.object_store import PartLimits
from asset_ingest.testing.object_store import pattern
from asset_ingest.testing.s3_server import AWS, BUCKET, KEYS, Keys, S3Server

KIB = 1 << 10
PART = 4 * KIB
SMALL, LARGE = pattern(100), pattern(3 * PART + 17)  # one PUT, and four parts
SMALL_PARTS = replace(AWS, smallest_part=PART)

IMPATIENT = Patience(connect_seconds=5, read_seconds=5, attempts=3, first_pause=0, longest_pause=0)
TINY_PARTS = Profile("tiny", PartLimits(smallest=PART, largest=1 << 30, most=1000))


def place_of(server: S3Server, keys: Keys = KEYS, **changes: Any) -> S3Place:
    told = {"access_key": keys.access_key, "secret_key": keys.secret_key, "region": keys.region}
    return S3Place(**{"bucket": BUCKET, "endpoint": server.url, "patience": IMPATIENT, **told, **changes})


@asynccontextmanager
async def opened(server: S3Server, profile: Profile = TINY_PARTS, **changes: Any) -> AsyncIterator[S3Store]:
    """Yield the store with parts so small that a test has several."""
    place = place_of(server, **changes)
    async with open_s3(place) as store:
        bucket = Bucket(store.bucket.client, BUCKET, profile)
        objects = S3Objects(bucket, first_part=PART, patience=place.patience)
        resumable = S3Resumable(bucket, patience=place.patience, page=2)
        yield replace(store, objects=objects, bucket=bucket, resumable=resumable)
