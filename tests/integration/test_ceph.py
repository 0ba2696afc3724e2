"""The contracts of bytes over a real Ceph, plain and over TLS, with everything refused that Backblaze B2 refuses."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import anyio
import httpx
import pytest
from tests.integration.ceph import Ceph
from tests.integration.ceph_fixture import ceph_place_of, emptied, guarded

from asset_ingest.adapters.object_store.s3 import (
    PartMemory,
    Patience,
    S3DirectUploads,
    S3Objects,
    S3Place,
    S3Store,
    Sending,
    open_s3,
)
from asset_ingest.adapters.object_store.s3.errors import (
    BucketMissing,
    UnknownKey,
    Untrusted,
    WrongSecret,
)
from asset_ingest.core.errors import IngestError, StoreUnavailable, UploadInterrupted
from asset_ingest.testing.direct_uploads import (
    DirectUploadsContract,
    SmallestPartContract,
    UnfinishedByPrefixContract,
    send,
    unfinished,
)
from asset_ingest.testing.flaky import breaking_off, stalling
from asset_ingest.testing.object_store import MIB, ObjectStoreContract, chunks_of, content, keys, pattern

PAGE = 2


@pytest.fixture(params=["http", "tls"])
async def s3(ceph: Ceph, request: pytest.FixtureRequest) -> AsyncIterator[S3Store]:
    """One bucket for all tests of this module: making another for each would take longer than most of them."""
    place = ceph_place_of(ceph, "contracts", ceph.https if request.param == "tls" else ceph.http)
    async with open_s3(place) as opened:
        await opened.bucket.client.create_bucket(Bucket=place.bucket)
        yield guarded(opened)
        await emptied(opened)


@pytest.fixture
def store(s3: S3Store) -> S3Objects:
    return S3Objects(s3.bucket, page=100)


@pytest.fixture
def direct(s3: S3Store) -> S3DirectUploads:
    return S3DirectUploads(s3.bucket, s3.bucket.client, page=PAGE)


@pytest.fixture
async def http(ceph: Ceph) -> AsyncIterator[httpx.AsyncClient]:
    trusted = await asyncio.to_thread(ssl.create_default_context, cafile=str(ceph.ca_file))
    async with httpx.AsyncClient(verify=trusted, timeout=30, trust_env=False) as client:
        yield client


class TestObjects(ObjectStoreContract):
    pass


class TestDirectUploads(DirectUploadsContract, SmallestPartContract, UnfinishedByPrefixContract):
    pass


async def pieces(content: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


class TestParts:
    @pytest.mark.parametrize("budget", [0, 6 * MIB, 64 * MIB], ids=["all on disk", "some on disk", "all in memory"])
    async def test_many_parts_are_one_object(self, s3: S3Store, budget: int) -> None:
        store = S3Objects(s3.bucket, sending=Sending(PartMemory(budget)), first_part=5 * MIB)
        sent = pattern(17 * MIB + 3)
        assert (await store.put("a", pieces(sent, 300_001))).size == len(sent)
        assert await content(store, "a") == sent
        assert await content(store, "a", 5 * MIB - 1, 10 * MIB + 1) == sent[5 * MIB - 1 : 10 * MIB + 1]

    @pytest.mark.parametrize("size", [5 * MIB - 1, 5 * MIB, 5 * MIB + 1, 10 * MIB])
    async def test_the_edge_of_a_part_is_no_place_to_lose_bytes(self, s3: S3Store, size: int) -> None:
        store = S3Objects(s3.bucket, first_part=5 * MIB)
        sent = pattern(size)
        await store.put("a", pieces(sent, MIB))
        assert await content(store, "a") == sent
        assert await unfinished(s3.direct, "") == []

    async def test_an_upload_that_breaks_off_leaves_no_parts(self, s3: S3Store) -> None:
        store = S3Objects(s3.bucket, first_part=5 * MIB)
        with pytest.raises(UploadInterrupted):
            await store.put("a", breaking_off(*[bytes(MIB)] * 12, error=UploadInterrupted()))
        assert await keys(store, "") == set()
        assert await unfinished(s3.direct, "") == []

    async def test_an_upload_that_is_cancelled_leaves_no_parts(self, s3: S3Store) -> None:
        store, stalled = S3Objects(s3.bucket, first_part=5 * MIB), anyio.Event()
        putting = asyncio.create_task(store.put("a", stalling(*[bytes(MIB)] * 12, stalled=stalled)))
        await stalled.wait()
        putting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await putting
        assert await keys(store, "") == set()
        assert await unfinished(s3.direct, "") == []

    async def test_a_large_object_is_copied_in_parts(self, s3: S3Store) -> None:
        store, sent = S3Objects(s3.bucket, copied_at_once=5 * MIB), pattern(11 * MIB)
        await store.put("a", chunks_of(sent))
        assert (await store.copy("a", "b")).size == len(sent)
        assert await content(store, "b") == sent
        assert await unfinished(s3.direct, "") == []

    async def test_a_copy_onto_itself_changes_nothing(self, s3: S3Store) -> None:
        stored = await s3.objects.put("a", chunks_of(b"1"))
        assert (await s3.objects.copy("a", "a")).size == stored.size
        assert await content(s3.objects, "a") == b"1"


class TestSigning:
    async def test_what_browsers_get_is_signed_for_the_address_they_see(
        self, ceph: Ceph, ceph_place: S3Place, http: httpx.AsyncClient
    ) -> None:
        public = ceph.http.replace("127.0.0.1", "localhost")
        async with open_s3(replace(ceph_place, public_endpoint=public)) as s3:
            signed = await s3.direct.sign_put("a", 1, timedelta(minutes=1))
            assert signed.url.startswith(f"{public}/{ceph_place.bucket}/a?")
            assert (await send(http, signed, b"1")).is_success
            assert await content(s3.objects, "a") == b"1"


class TestWrongSettings:
    @pytest.mark.parametrize(
        ("changed", "expected"),
        [
            ({"access_key": "nobody"}, UnknownKey),
            ({"secret_key": "wrong"}, WrongSecret),
            ({"bucket": "there-is-no-such-bucket"}, BucketMissing),
        ],
    )
    async def test_each_is_one_sentence_with_a_remedy(
        self, ceph_place: S3Place, changed: dict[str, str], expected: type[IngestError]
    ) -> None:
        async with open_s3(replace(ceph_place, **changed)) as s3:
            for doing in (
                s3.objects.stat("a"),
                s3.objects.put("a", chunks_of(b"1")),
                content(s3.objects, "a"),
                keys(s3.objects, ""),
                s3.objects.copy("a", "b"),
                s3.direct.begin("a"),
                unfinished(s3.direct, ""),
            ):
                with pytest.raises(expected) as caught:
                    await doing
                assert caught.value.remedy != StoreUnavailable.remedy
                assert ceph_place.secret_key not in str(caught.value)

    async def test_a_certificate_that_is_not_trusted_is_said_at_once(self, ceph: Ceph, ceph_place: S3Place) -> None:
        place = replace(ceph_place, endpoint=ceph.https, ca_file=None, patience=Patience(first_pause=60))
        async with open_s3(place) as s3:
            with pytest.raises(Untrusted):
                await s3.objects.stat("a")
