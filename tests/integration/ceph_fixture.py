"""Fixtures: one Ceph for the whole session, and a bucket of its own for each test that asks, over HTTP or TLS."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import uuid4

import pytest
from tests.integration.ceph import INSTALL, Ceph, missing_programs, running_ceph

from asset_ingest.adapters.object_store.s3 import Patience, S3Place, S3Store, open_s3


@pytest.fixture(scope="session")
def ceph(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ceph]:
    if missing := missing_programs():
        text = f"no {', '.join(missing)} here: run '{INSTALL}' and again"
        pytest.fail(text) if os.environ.get("CI") == "true" else pytest.skip(text)
    with running_ceph(tmp_path_factory.mktemp("ceph")) as running:
        yield running


@pytest.fixture
async def ceph_place(ceph: Ceph) -> AsyncIterator[S3Place]:
    """A bucket for this test alone, at the HTTP endpoint, with the profile of B2: the provider that refuses most."""
    place = ceph_place_of(ceph, f"test-{uuid4().hex}", ceph.http)
    async with open_s3(place) as s3:
        await s3.bucket.client.create_bucket(Bucket=place.bucket)
        yield place
        await emptied(s3)
        await s3.bucket.client.delete_bucket(Bucket=place.bucket)


def ceph_place_of(ceph: Ceph, bucket: str, endpoint: str) -> S3Place:
    keys = {"access_key": ceph.access_key, "secret_key": ceph.secret_key}
    patience = Patience(first_pause=0.01)
    return S3Place(bucket, endpoint, profile="b2", ca_file=ceph.ca_file, patience=patience, **keys)


async def emptied(s3: S3Store) -> None:
    """Free the memory of what a test has stored."""
    async for upload in s3.direct.unfinished(""):
        await s3.direct.abort(upload.key, upload.upload_id)
    async for stored in s3.objects.list(""):
        await s3.objects.delete(stored.key)


def guarded(s3: S3Store) -> S3Store:
    """Make every request fail that Backblaze B2 would refuse, which Ceph does not."""
    s3.bucket.client.meta.events.register("before-send.s3", _refused_by_b2)
    return s3


def _refused_by_b2(request: Any, **_: object) -> None:
    refused = ("x-amz-checksum-", "x-amz-sdk-checksum", "x-amz-trailer", "x-amz-tagging")
    bad = [name for name in request.headers if name.lower().startswith(refused)]
    if "aws-chunked" in str(request.headers.get("Content-Encoding", "")):
        bad.append("Content-Encoding: aws-chunked")
    if bad:
        raise AssertionError(f"B2 would answer 400 to {request.method} {request.url}: {bad}")
