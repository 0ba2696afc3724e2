"""Whose S3 it is: what each provider refuses, none of our requests has."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest
import pytest_asyncio
from tests.unit.adapters.s3_store import IMPATIENT, KIB, PART, SMALL

from asset_ingest.adapters.object_store.s3 import Bucket, S3DirectUploads, S3Objects, S3Store
from asset_ingest.adapters.object_store.s3.profiles import PROFILES
from asset_ingest.core.ports.object_store import DirectUploads, ObjectStore
from asset_ingest.testing.direct_uploads import DirectUploadsContract, SmallestPartContract, UnfinishedByPrefixContract
from asset_ingest.testing.object_store import ObjectStoreContract, chunks_of, content, pattern
from asset_ingest.testing.s3_server import AWS, B2, BUCKET, CEPH, MINIO, R2, Bytes, Rules, S3Server

pytestmark = pytest.mark.asyncio(loop_scope="module")


class TestContractOverB2(ObjectStoreContract):
    """B2 refuses most of what botocore would like to send; the other providers are less strict."""

    @pytest.fixture
    def store(self, running: S3Server, s3: S3Store) -> ObjectStore:
        running.start_over(B2)
        return S3Objects(Bucket(s3.bucket.client, BUCKET, PROFILES["b2"]))


class TestDirectContractOverB2(DirectUploadsContract, SmallestPartContract, UnfinishedByPrefixContract):
    """Signed requests, proven by a server that knows no signer but itself."""

    @pytest.fixture
    def direct(self, running: S3Server, s3: S3Store) -> DirectUploads:
        running.start_over(replace(B2, smallest_part=PART))
        profile = replace(PROFILES["b2"], parts=replace(PROFILES["b2"].parts, smallest=PART))
        return S3DirectUploads(Bucket(s3.bucket.client, BUCKET, profile), s3.bucket.client, page=2)

    @pytest.fixture
    def store(self, s3: S3Store, direct: DirectUploads) -> ObjectStore:
        return s3.objects

    @pytest_asyncio.fixture(loop_scope="module")
    async def http(self) -> AsyncIterator[httpx.AsyncClient]:
        async with httpx.AsyncClient(trust_env=False) as client:
            yield client


# Whose limits the profile for everybody must keep to.
STRICT = [replace(AWS, most_parts=1000), B2, CEPH, MINIO]


class TestProfiles:
    """One test per rule. Each was seen to fail with its rule taken out of the profile."""

    @pytest.fixture
    def bucket(self, s3: S3Store) -> Callable[[str], Bucket]:
        """Return the bucket under a profile with parts small enough for a test and everything else as it is."""

        def of(name: str) -> Bucket:
            profile = PROFILES[name]
            return Bucket(s3.bucket.client, BUCKET, replace(profile, parts=replace(profile.parts, smallest=KIB)))

        return of

    async def put(self, server: S3Server, rules: Rules, bucket: Bucket, size: int) -> None:
        server.start_over(replace(rules, smallest_part=KIB))
        await S3Objects(bucket, first_part=KIB, patience=IMPATIENT).put("a", chunks_of(pattern(size)))
        assert server.bucket.object("a").body == pattern(size)

    async def copy(self, server: S3Server, rules: Rules, bucket: Bucket) -> None:
        """Copy an object of which only its size is there, in as few calls as the profile allows."""
        server.start_over(rules)
        server.bucket.objects["a"] = Bytes(3 * rules.largest_put, bytes(16), "0" * 32, datetime.now(UTC))
        store = S3Objects(bucket, copied_at_once=2 * rules.largest_put, patience=IMPATIENT)
        assert (await store.copy("a", "b")).size == 3 * rules.largest_put

    async def test_r2_gets_equal_parts(self, server: S3Server, bucket: Callable[[str], Bucket]) -> None:
        await self.put(server, R2, bucket("r2"), 650 * KIB)  # where all others would go over to larger parts

    async def test_the_generic_profile_stops_at_a_thousand_parts(
        self, server: S3Server, bucket: Callable[[str], Bucket]
    ) -> None:
        await self.put(server, replace(AWS, most_parts=1000), bucket("generic"), 1600 * KIB)

    @pytest.mark.parametrize(("name", "rules"), [("b2", B2), ("generic", B2), ("r2", R2), ("aws", AWS)])
    async def test_no_part_is_larger_than_the_largest(
        self, server: S3Server, bucket: Callable[[str], Bucket], name: str, rules: Rules
    ) -> None:
        await self.copy(server, rules, bucket(name))

    @pytest.mark.parametrize("name", PROFILES)
    async def test_no_part_is_smaller_than_the_smallest(self, server: S3Server, s3: S3Store, name: str) -> None:
        server.start_over(AWS)
        store = S3Objects(Bucket(s3.bucket.client, BUCKET, PROFILES[name]), first_part=KIB, patience=IMPATIENT)
        await store.put("a", chunks_of(bytes(3 * KIB), bytes(10 << 20)))
        assert server.bucket.object("a").size == (10 << 20) + 3 * KIB

    @pytest.mark.parametrize(
        ("name", "rules"),
        [("aws", AWS), ("b2", B2), ("r2", R2), ("minio", MINIO), ("ceph", CEPH), *(("generic", r) for r in STRICT)],
    )
    async def test_no_limit_is_beyond_the_providers(self, name: str, rules: Rules) -> None:
        parts = PROFILES[name].parts
        assert parts.smallest >= rules.smallest_part
        assert parts.largest <= rules.largest_put
        assert parts.most <= rules.most_parts

    @pytest.mark.parametrize("name", PROFILES)
    async def test_no_profile_sends_what_b2_refuses(
        self, server: S3Server, bucket: Callable[[str], Bucket], name: str
    ) -> None:
        await self.put(server, B2, bucket(name), 20 * KIB)
        store = S3Objects(bucket(name), patience=IMPATIENT)
        await store.put("b", chunks_of(SMALL))
        await store.copy("a", "c")
        assert await content(store, "c", 1, 10) == pattern(10)[1:]
        await store.delete("a")
        sent = {header.lower() for seen in server.seen for header in seen.headers}
        assert not {header for header in sent if header.startswith(("x-amz-checksum", "x-amz-sdk", "x-amz-tagging"))}
