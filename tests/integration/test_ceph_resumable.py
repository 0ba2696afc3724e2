"""Appends over a real Ceph: what it takes as parts, and that late ones of a replaced writer do no harm."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from tests.integration.ceph import Ceph
from tests.integration.ceph_fixture import ceph_place_of, emptied, guarded
from tests.unit.adapters.s3_ledger import Killed, Ledger, pieces, then_breaking_off

from asset_ingest.adapters.object_store.s3 import S3Resumable, S3Store, open_s3
from asset_ingest.adapters.object_store.s3.appending import RUN_AHEAD
from asset_ingest.core.errors import Conflict, ObjectMissing, UploadInterrupted
from asset_ingest.core.ports.object_store import ObjectStore, ResumableUploads
from asset_ingest.testing.object_store import MIB, content, pattern
from asset_ingest.testing.resumable_uploads import Reopen, ResumableUploadsContract

KEY = "studios/a/uploads/b/original"
PART = 5 * MIB
WHOLE = pattern(6 * PART + 17)


@pytest.fixture
async def s3(ceph: Ceph) -> AsyncIterator[S3Store]:
    place = ceph_place_of(ceph, "resumable", ceph.http)
    async with open_s3(place) as opened:
        await opened.bucket.client.create_bucket(Bucket=place.bucket)
        yield guarded(replace(opened, resumable=S3Resumable(opened.bucket, page=2)))
        await emptied(opened)


async def finished(s3: S3Store, ledger: Ledger) -> None:
    """Append what is missing, complete, and find exactly these bytes and nothing beside them."""
    await ledger.append(pieces(WHOLE[ledger.offset :], MIB))
    stored = await ledger.complete()
    assert stored.size == len(WHOLE)
    assert hashlib.sha256(await content(s3.objects, KEY)).digest() == hashlib.sha256(WHOLE).digest()
    assert [found.key async for found in s3.objects.list("")] == [KEY]
    assert await ledger.complete() == stored
    assert [upload async for upload in s3.resumable.unfinished("")] == []


class TestContract(ResumableUploadsContract):
    """Each adapter knows nothing of the others, as in another process."""

    @pytest.fixture
    def reopen(self, s3: S3Store) -> Reopen:
        return lambda: S3Resumable(s3.bucket, page=2)

    @pytest.fixture
    def resumable(self, reopen: Reopen) -> ResumableUploads:
        return reopen()

    @pytest.fixture
    def store(self, s3: S3Store) -> ObjectStore:
        return s3.objects

    @pytest.fixture
    def part_size(self) -> int:
        return PART


class TestAppending:
    @pytest.mark.parametrize("size", [2 * MIB, PART, len(WHOLE)])
    async def test_many_appends_are_one_object(self, s3: S3Store, size: int) -> None:
        ledger = await Ledger.begun(s3.resumable, KEY, PART, len(WHOLE))
        for start in range(0, len(WHOLE), size):
            await ledger.append(pieces(WHOLE[start : start + size], 300_001))
        assert [part async for part in s3.resumable.parts(KEY, ledger.upload_id)] == ledger.parts
        await finished(s3, ledger)

    async def test_what_had_arrived_before_a_connection_broke_is_kept(self, s3: S3Store) -> None:
        ledger = await Ledger.begun(s3.resumable, KEY, PART, len(WHOLE))
        with pytest.raises(UploadInterrupted):
            await ledger.append(then_breaking_off(WHOLE[: PART + 99], MIB, UploadInterrupted()))
        assert ledger.offset == PART + 99
        await finished(s3, ledger)

    async def test_an_aborted_upload_takes_nothing_and_leaves_nothing(self, s3: S3Store) -> None:
        ledger = await Ledger.begun(s3.resumable, KEY, PART, len(WHOLE))
        await ledger.append(pieces(WHOLE[: PART + 99], MIB))
        await s3.resumable.abort(KEY, ledger.upload_id)
        for size in (1, PART):
            with pytest.raises(ObjectMissing):
                await ledger.append(pieces(WHOLE[ledger.offset : ledger.offset + size], MIB))
        assert [found.key async for found in s3.objects.list("")] == []


class TestZombies:
    async def late_part(self, s3: S3Store, ledger: Ledger, number: int) -> None:
        arguments = {**s3.bucket.at(KEY), "UploadId": ledger.upload_id, "PartNumber": number}
        await s3.bucket.client.upload_part(**arguments, Body=b"z" * PART, ContentLength=PART)

    async def test_late_parts_of_a_killed_writer_do_no_harm(self, s3: S3Store) -> None:
        ledger = await Ledger.begun(s3.resumable, KEY, PART, len(WHOLE))
        with pytest.raises(Killed):
            await ledger.append(pieces(WHOLE, MIB), killed_at=2)
        under_way = range(2, 2 + RUN_AHEAD)
        await ledger.append(pieces(WHOLE[ledger.offset :], MIB))
        for number in under_way:
            await self.late_part(s3, ledger, number)
        await finished(s3, ledger)

    async def test_a_part_that_was_replaced_for_good_is_a_conflict(self, s3: S3Store) -> None:
        ledger = await Ledger.begun(s3.resumable, KEY, PART, len(WHOLE))
        await ledger.append(pieces(WHOLE, MIB))
        await self.late_part(s3, ledger, 3)
        with pytest.raises(Conflict, match="part 3 "):
            await ledger.complete()

    async def test_ceph_wants_every_part_named(self, s3: S3Store) -> None:
        """Why parts keep the numbers of the grid, and late ones must not get numbers of their own."""
        ledger = await Ledger.begun(s3.resumable, KEY, PART)
        await ledger.append(pieces(WHOLE[: 2 * PART], MIB))
        await self.late_part(s3, ledger, 3)
        with pytest.raises(Conflict):
            await ledger.complete()
