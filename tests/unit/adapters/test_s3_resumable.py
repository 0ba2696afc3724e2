"""Appends over many requests, over an S3 that fails: no acknowledged byte is lost, none is told of that is not safe."""

from __future__ import annotations

import asyncio
import hashlib
import random
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta

import anyio
import pytest
from aiohttp import web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.adapters.s3_ledger import Killed, Ledger, pieces, then_breaking_off
from tests.unit.adapters.s3_store import IMPATIENT, PART, SMALL_PARTS, TINY_PARTS, opened

from asset_ingest.adapters.object_store.s3 import PartMemory, S3Resumable, S3Store, Sending
from asset_ingest.adapters.object_store.s3.appending import RUN_AHEAD
from asset_ingest.core.errors import (
    Conflict,
    IngestError,
    LengthMismatch,
    ObjectMissing,
    StoreUnavailable,
    TooLarge,
    UploadInterrupted,
)
from asset_ingest.core.ports.object_store import PartToSign
from asset_ingest.testing.object_store import content, pattern
from asset_ingest.testing.s3_server import B2, CEPH, R2, Rules, S3Server
from asset_ingest.testing.s3_server.faults import (
    Fault,
    Work,
    failing,
    held,
    losing_the_answer,
    refusing,
    resetting,
    slow_down,
)

# One loop for the server and its client: to open a client costs more than a test.
pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("server")]

KEY = "studios/a/uploads/b/original"
WHOLE = pattern(10 * PART + 17)


async def ledger_of(s3: S3Store, size: int | None = len(WHOLE)) -> Ledger:
    return await Ledger.begun(s3.resumable, KEY, PART, size)


async def finished(s3: S3Store, ledger: Ledger, whole: bytes = WHOLE) -> None:
    """Append what is missing, complete, and find exactly these bytes and nothing beside them."""
    if ledger.offset < len(whole):
        await ledger.append(pieces(whole[ledger.offset :], 1000))
    assert (await ledger.complete()).size == len(whole)
    found = await content(s3.objects, KEY)
    assert hashlib.sha256(found).digest() == hashlib.sha256(whole).digest()
    assert [stored.key async for stored in s3.objects.list("")] == [KEY]


class TestAppending:
    async def test_one_append_sends_every_byte_once_and_leaves_the_last_part_no_tail(
        self, server: S3Server, s3: S3Store
    ) -> None:
        ledger = await ledger_of(s3)
        await ledger.append(pieces(WHOLE, 1000))
        assert (ledger.offset, ledger.tail) == (len(WHOLE), None)
        assert server.bucket.received == len(WHOLE)
        await finished(s3, ledger)
        assert not server.asked("UploadPartCopy")

    @pytest.mark.parametrize("size", [1500, PART - 1, 3 * PART + 1])
    async def test_appends_are_safe_each_and_copy_nothing(self, server: S3Server, s3: S3Store, size: int) -> None:
        ledger = await ledger_of(s3)
        for start in range(0, len(WHOLE), size):
            await ledger.append(pieces(WHOLE[start : start + size], 700))
            assert ledger.offset == min(start + size, len(WHOLE))
        await finished(s3, ledger)
        assert not server.asked("UploadPartCopy")

    @pytest.mark.parametrize("size", [PART, 2 * PART])
    async def test_those_that_end_with_a_part_are_as_safe_and_copied_in_the_end(
        self, server: S3Server, s3: S3Store, size: int
    ) -> None:
        ledger = await ledger_of(s3)
        for start in range(0, len(WHOLE), size):
            await ledger.append(pieces(WHOLE[start : start + size], 700))
        await finished(s3, ledger)
        assert server.asked("UploadPartCopy")

    async def test_nothing_beside_the_upload_is_removed_before_its_end(self, server: S3Server, s3: S3Store) -> None:
        ledger = await ledger_of(s3)
        await ledger.append(pieces(WHOLE[:100], 50))
        old = ledger.tail
        await ledger.append(pieces(WHOLE[100:5000], 1000))
        assert not server.asked("DeleteObject")
        ledger.parts, ledger.tail = [], old  # this writer lost the race to write down
        await finished(s3, ledger)

    async def test_a_length_that_is_told_late_makes_the_tail_the_last_part(self, s3: S3Store) -> None:
        ledger = await ledger_of(s3, None)
        await ledger.append(pieces(WHOLE, 1000))
        assert len(ledger.parts) == 10
        ledger.size = len(WHOLE)
        await ledger.append(pieces(b"", 1))
        assert (len(ledger.parts), ledger.tail) == (11, None)
        await finished(s3, ledger)

    async def test_an_append_without_bytes_changes_nothing(self, server: S3Server, s3: S3Store) -> None:
        ledger = await ledger_of(s3)
        await ledger.append(pieces(WHOLE[:100], 50))
        tail, seen = ledger.tail, len(server.seen)
        await ledger.append(pieces(b"", 1))
        assert (ledger.tail, len(server.seen)) == (tail, seen)
        await finished(s3, ledger)

    @pytest.mark.parametrize("before", [0, 100, PART, PART + 100])
    async def test_more_bytes_than_promised_are_refused_and_what_fits_is_kept(self, s3: S3Store, before: int) -> None:
        ledger = await ledger_of(s3)
        await ledger.append(pieces(WHOLE[:before], 100))
        with pytest.raises(LengthMismatch, match=f"{len(WHOLE)} bytes were promised and {len(WHOLE) + 1} arrived"):
            await ledger.append(pieces(WHOLE[before:] + b"!", 1001))
        assert ledger.offset == len(WHOLE)
        with pytest.raises(LengthMismatch):
            await ledger.append(pieces(b"!", 1))
        await finished(s3, ledger)

    async def test_a_length_below_what_is_there_is_refused(self, s3: S3Store) -> None:
        ledger = await ledger_of(s3, None)
        await ledger.append(pieces(WHOLE[:100], 50))
        ledger.size = 99
        with pytest.raises(LengthMismatch):
            await ledger.append(pieces(b"", 1))

    async def test_numbers_that_run_out_are_said(self, s3: S3Store) -> None:
        bucket = replace(s3.bucket, profile=replace(TINY_PARTS, parts=replace(TINY_PARTS.parts, most=3)))
        ledger = await Ledger.begun(S3Resumable(bucket), KEY, PART)
        with pytest.raises(TooLarge):
            await ledger.append(pieces(pattern(3 * PART + 1), 1000))
        assert ledger.offset == 3 * PART
        await finished(s3, ledger, pattern(3 * PART))

    async def test_an_upload_that_is_gone_takes_nothing(self, server: S3Server, s3: S3Store) -> None:
        ledger = await ledger_of(s3)
        await ledger.append(pieces(WHOLE[:PART], 1000))
        await s3.resumable.abort(KEY, ledger.upload_id)
        for size in (1, PART - 1, PART, 3 * PART):
            with pytest.raises(ObjectMissing):
                await ledger.append(pieces(WHOLE[PART : PART + size], 1000))
        assert not server.bucket.objects

    async def test_two_uploads_of_one_key_do_not_meet(self, s3: S3Store) -> None:
        one, two = await ledger_of(s3), await ledger_of(s3)
        await one.append(pieces(WHOLE[:100], 100))
        await two.append(pieces(b"x" * 100, 100))
        await s3.resumable.abort(KEY, two.upload_id)
        await finished(s3, one)

    async def test_aborting_leaves_nothing(self, server: S3Server, s3: S3Store) -> None:
        ledger = await ledger_of(s3)
        for start in range(0, 40 * 50, 50):
            await ledger.append(pieces(WHOLE[start : start + 50], 50))
        await s3.resumable.abort(KEY, ledger.upload_id)
        await s3.resumable.abort(KEY, ledger.upload_id)
        assert not server.bucket.objects
        assert not server.bucket.uploads


class TestBrokenConnections:
    @pytest.mark.parametrize("arrived", [0, 1, PART - 1, PART, PART + 1, 6 * PART + 100])
    async def test_what_had_arrived_is_safe_before_the_error_flies_on(self, s3: S3Store, arrived: int) -> None:
        ledger = await ledger_of(s3)
        with pytest.raises(UploadInterrupted):
            await ledger.append(then_breaking_off(WHOLE[:arrived], 1000, UploadInterrupted()))
        assert ledger.offset == arrived
        await finished(s3, ledger)

    async def test_a_part_is_told_of_while_its_sender_dawdles(self, s3: S3Store) -> None:
        ledger, stalled = await ledger_of(s3), asyncio.Event()

        async def dawdling() -> AsyncIterator[bytes]:
            yield WHOLE[:PART]
            await stalled.wait()

        steps = s3.resumable.append(KEY, ledger.upload_id, ledger.next_position(), dawdling())
        async with aclosing(steps):
            (part,) = (await anext(steps)).parts
            assert part.size == PART

    async def test_a_cancelled_append_lets_go_of_everything(self, server: S3Server, s3: S3Store) -> None:
        memory = PartMemory(20 * PART)
        store = S3Resumable(s3.bucket, sending=Sending(memory))
        ledger, reached, stalled = await Ledger.begun(store, KEY, PART), asyncio.Event(), asyncio.Event()

        async def stalling() -> AsyncIterator[bytes]:
            yield WHOLE[: 3 * PART + 5]
            await stalled.wait()

        server.each("UploadPart", held(stalled, reached))
        async with anyio.create_task_group() as group:
            group.start_soon(ledger.append, stalling())
            await reached.wait()
            group.cancel_scope.cancel()
        assert memory.take(20 * PART)
        server.heal()
        ledger.store, ledger.size = s3.resumable, len(WHOLE)
        await finished(s3, ledger)

    @pytest.mark.parametrize("killed_at", [1, 2, 3, 5, 11])
    async def test_a_new_process_goes_on_from_what_was_written_down(
        self, server: S3Server, s3: S3Store, killed_at: int
    ) -> None:
        ledger = await ledger_of(s3)
        await ledger.append(pieces(WHOLE[:10], 10))
        with pytest.raises(Killed):
            await ledger.append(pieces(WHOLE[10:], 1000), killed_at=killed_at)
        assert len(ledger.parts) == killed_at - 1
        async with opened(server) as other:
            ledger.store = other.resumable
            await finished(other, ledger)

    async def test_fifty_slow_appends_share_a_bounded_memory(self, s3: S3Store) -> None:
        budget, each = 4 << 20, 1 << 20
        store = S3Resumable(s3.bucket, sending=Sending(PartMemory(budget)))
        never, waiting = asyncio.Event(), anyio.Semaphore(0)

        async def slow() -> AsyncIterator[bytes]:
            for _ in range(each >> 15):
                yield bytes(1 << 15)
            waiting.release()
            await never.wait()

        tracemalloc.start()
        async with anyio.create_task_group() as group:
            for number in range(50):
                ledger = await Ledger.begun(store, f"slow/{number}", 2 * each)
                group.start_soon(ledger.append, slow())
            for _ in range(50):
                await waiting.acquire()
            held_now, _ = tracemalloc.get_traced_memory()
            group.cancel_scope.cancel()
        tracemalloc.stop()
        assert held_now < budget + 50 * (200 << 10)  # each gathers 128 KiB for its file, where 50 MiB have arrived


LASTING: list[Fault] = [slow_down(), resetting(after=10), refusing(403, "AccessDenied")]
PASSING: list[Fault] = [slow_down(), resetting(after=10), losing_the_answer()]
OPERATIONS = ["UploadPart", "PutObject", "GetObject", "ListParts"]


def named(fault: Fault) -> str:
    return fault.__qualname__.partition(".")[0]


class TestFaults:
    @pytest.mark.parametrize("fault", LASTING, ids=named)
    @pytest.mark.parametrize("failing_number", [1, 2, 5, 11])
    async def test_a_part_that_fails_leaves_no_gap(
        self, server: S3Server, s3: S3Store, failing_number: int, fault: Fault
    ) -> None:
        """Those behind it may well be stored: the reference servers count them, and lose the file."""
        ledger = await ledger_of(s3)

        async def for_one_part(request: web.Request, work: Work) -> web.StreamResponse:
            return await (fault(request, work) if request.query["partNumber"] == str(failing_number) else work())

        server.each("UploadPart", for_one_part)
        with pytest.raises(StoreUnavailable):
            await ledger.append(pieces(WHOLE, 1000))
        assert ledger.offset == (failing_number - 1) * PART
        server.heal()
        await finished(s3, ledger)

    @pytest.mark.parametrize("fault", LASTING, ids=named)
    async def test_a_tail_that_is_not_stored_is_not_told_of(self, server: S3Server, s3: S3Store, fault: Fault) -> None:
        ledger = await ledger_of(s3)
        await ledger.append(pieces(WHOLE[:100], 100))
        server.each("PutObject", fault)
        with pytest.raises(StoreUnavailable):
            await ledger.append(pieces(WHOLE[100:200], 10))
        assert ledger.offset == 100
        with pytest.raises(IngestError):
            await ledger.append(then_breaking_off(WHOLE[100 : PART + 5], 100, UploadInterrupted()))
        assert ledger.offset in {100, PART}
        server.heal()
        await finished(s3, ledger)

    async def test_a_tail_that_comes_back_changed_is_not_gone_on_from(self, server: S3Server, s3: S3Store) -> None:
        ledger = await ledger_of(s3)
        await ledger.append(pieces(WHOLE[:100], 1000))
        [key] = server.bucket.objects
        tail = server.bucket.objects[key]
        server.bucket.objects[key] = replace(tail, body=WHOLE[:99] + bytes([WHOLE[99] ^ 1]))
        with pytest.raises(StoreUnavailable):
            await ledger.append(pieces(WHOLE[100:], 1000))
        assert (ledger.offset, ledger.parts) == (100, [])
        server.bucket.objects[key] = tail
        await finished(s3, ledger)

    async def test_a_tail_that_cannot_be_read_keeps_its_bytes(self, server: S3Server, s3: S3Store) -> None:
        ledger = await ledger_of(s3)
        await ledger.append(pieces(WHOLE[:100], 100))
        server.each("GetObject", failing())
        with pytest.raises(StoreUnavailable):
            await ledger.append(pieces(WHOLE[100:], 1000))
        assert ledger.offset == 100
        server.heal()
        await finished(s3, ledger)

    @pytest.mark.parametrize("fault", PASSING, ids=named)
    @pytest.mark.parametrize("operation", OPERATIONS)
    async def test_what_fails_once_is_mended_without_a_word(
        self, server: S3Server, s3: S3Store, operation: str, fault: Fault
    ) -> None:
        ledger = await ledger_of(s3)
        server.next(operation, fault)
        for start in range(0, len(WHOLE), 6000):
            await ledger.append(pieces(WHOLE[start : start + 6000], 1000))
            assert ledger.offset == min(start + 6000, len(WHOLE))
        await finished(s3, ledger)

    async def test_a_part_aside_and_a_copy_of_which_the_answer_is_lost(self, server: S3Server, s3: S3Store) -> None:
        ledger = await in_doubt(s3)
        server.next("PutObject", losing_the_answer())
        server.next("UploadPartCopy", losing_the_answer())
        server.next("CompleteMultipartUpload", losing_the_answer())
        server.next("DeleteObject", losing_the_answer())
        await finished(s3, ledger)

    @pytest.mark.parametrize("operation", ["ListParts", "UploadPartCopy", "CompleteMultipartUpload", "DeleteObject"])
    async def test_completing_goes_on_where_it_failed(self, server: S3Server, s3: S3Store, operation: str) -> None:
        ledger = await in_doubt(s3)
        await ledger.append(pieces(WHOLE[ledger.offset :], 1000))
        server.each(operation, failing())
        with pytest.raises(StoreUnavailable):
            await ledger.complete()
        server.heal()
        await finished(s3, ledger)
        assert (await ledger.complete()).size == len(WHOLE)

    @pytest.mark.parametrize("rules", [SMALL_PARTS, CEPH], ids=["then unknown", "then repeated"])
    async def test_completing_again_says_the_same_age(self, server: S3Server, s3: S3Store, rules: Rules) -> None:
        server.start_over(replace(rules, smallest_part=PART))
        server.slow_clock = timedelta(minutes=2)  # the answer's own date is no help
        ledger = await ledger_of(s3)
        await ledger.append(pieces(WHOLE, 1000))
        assert await ledger.complete() == await ledger.complete()


async def in_doubt(s3: S3Store) -> Ledger:
    """Return an upload whose writer was killed: some of its parts may still be under way."""
    ledger = await ledger_of(s3)
    with pytest.raises(Killed):
        await ledger.append(pieces(WHOLE, 1000), killed_at=3)
    return ledger


class TestZombies:
    """Requests of a writer that was replaced arrive when they like."""

    @staticmethod
    async def late_part(s3: S3Store, ledger: Ledger, number: int) -> None:
        arguments = {**s3.bucket.at(KEY), "UploadId": ledger.upload_id, "PartNumber": number}
        await s3.bucket.client.upload_part(**arguments, Body=b"z" * PART, ContentLength=PART)

    @pytest.mark.parametrize("rules", [SMALL_PARTS, B2, R2, CEPH], ids=["aws", "b2", "r2", "ceph"])
    async def test_late_parts_of_a_killed_writer_do_no_harm(self, server: S3Server, s3: S3Store, rules: Rules) -> None:
        server.start_over(replace(rules, smallest_part=PART))
        ledger = await in_doubt(s3)
        under_way = range(len(ledger.parts) + 1, len(ledger.parts) + 1 + RUN_AHEAD)
        await ledger.append(pieces(WHOLE[ledger.offset :], 1000))
        for number in under_way:
            await self.late_part(s3, ledger, number)
        await finished(s3, ledger)

    async def test_nor_those_of_several(self, s3: S3Store) -> None:
        ledger = await in_doubt(s3)
        for killed_at in (1, 2, 1):
            with pytest.raises(Killed):
                await ledger.append(pieces(WHOLE[ledger.offset :], 1000), killed_at=killed_at)
        under_way = range(len(ledger.parts) + 1, len(ledger.parts) + 1 + RUN_AHEAD)
        await ledger.append(pieces(WHOLE[ledger.offset : -50], 1000))
        for number in under_way:
            await self.late_part(s3, ledger, number)
        await finished(s3, ledger)

    async def test_nor_those_from_before_a_tail(self, s3: S3Store) -> None:
        ledger = await in_doubt(s3)
        under_way = range(len(ledger.parts) + 1, len(ledger.parts) + 1 + RUN_AHEAD)
        for _ in range(5):  # small appends in good order, each from the tail of the one before
            await ledger.append(pieces(WHOLE[ledger.offset : ledger.offset + 3000], 1000))
        await ledger.append(pieces(WHOLE[ledger.offset :], 1000))
        for number in under_way:
            await self.late_part(s3, ledger, number)
        await finished(s3, ledger)

    async def test_a_copy_that_is_replaced_while_the_upload_completes_is_made_again(
        self, server: S3Server, s3: S3Store
    ) -> None:
        ledger = await in_doubt(s3)
        await ledger.append(pieces(WHOLE[ledger.offset :], 1000))
        number = next(part.number for part in ledger.parts if "@" in part.etag)

        async def arriving_now(_: web.Request, work: Work) -> web.StreamResponse:
            upload = server.bucket.uploads[ledger.upload_id]
            upload.parts[number] = server.bucket.keep(b"z" * PART, PART, hashlib.md5(b"z" * PART).digest())  # noqa: S324
            return await work()

        server.next("CompleteMultipartUpload", arriving_now)
        await finished(s3, ledger)

    async def test_a_part_that_was_replaced_for_good_is_a_conflict_and_no_object(
        self, server: S3Server, s3: S3Store
    ) -> None:
        ledger = await ledger_of(s3)
        await ledger.append(pieces(WHOLE, 1000))
        await self.late_part(s3, ledger, 3)
        with pytest.raises(Conflict, match="part 3 "):
            await ledger.complete()
        assert KEY not in server.bucket.objects

    async def test_nor_those_of_one_that_went_on_from_the_same_tail(self, s3: S3Store) -> None:
        ledger = await ledger_of(s3)
        await ledger.append(pieces(WHOLE[:100], 100))
        with pytest.raises(Killed):
            await ledger.append(pieces(WHOLE[100:], 1000), killed_at=1)
        await ledger.append(pieces(WHOLE[100:], 1000))
        for number in range(1, 1 + RUN_AHEAD):
            await self.late_part(s3, ledger, number)
        await finished(s3, ledger)

    async def test_a_writer_is_never_further_ahead_than_the_next_one_reckons_with(self, s3: S3Store) -> None:
        ledger, enough, too_many = await ledger_of(s3), asyncio.Event(), asyncio.Event()

        async def parts() -> AsyncIterator[bytes]:
            for number in range(10):
                if number == RUN_AHEAD:
                    enough.set()
                if number == RUN_AHEAD + 1:  # so the one before is no longer in our hands
                    too_many.set()
                yield WHOLE[number * PART : (number + 1) * PART]

        steps = s3.resumable.append(KEY, ledger.upload_id, ledger.next_position(), parts())
        async with aclosing(steps):
            await anext(steps)  # told and not yet written down
            await enough.wait()
            for _ in range(10):
                await s3.objects.put("another", pieces(b"1", 1))
            assert not too_many.is_set()


class TestListing:
    async def test_parts_beside_the_upload_are_listed_with_those_in_it(self, s3: S3Store) -> None:
        ledger = await in_doubt(s3)
        await ledger.append(pieces(WHOLE[ledger.offset :], 1000))
        assert any("@" in part.etag for part in ledger.parts)
        assert [part async for part in s3.resumable.parts(KEY, ledger.upload_id)] == ledger.parts


class TestPutPart:
    async def test_parts_may_come_in_any_order_and_again(self, s3: S3Store) -> None:
        upload_id = await s3.resumable.begin(KEY)
        last = await s3.resumable.put_part(KEY, upload_id, PartToSign(2, 17), pieces(b"y" * 17, 5))
        await s3.resumable.put_part(KEY, upload_id, PartToSign(1, PART), pieces(b"w" * PART, 500))
        first = await s3.resumable.put_part(KEY, upload_id, PartToSign(1, PART), pieces(b"x" * PART, 500))
        assert [part async for part in s3.resumable.parts(KEY, upload_id)] == [first, last]
        await s3.resumable.complete(KEY, upload_id, [last, first])
        assert await content(s3.objects, KEY) == b"x" * PART + b"y" * 17

    @pytest.mark.parametrize("size", [0, 16, 18, 1000])
    async def test_another_length_keeps_nothing(self, server: S3Server, s3: S3Store, size: int) -> None:
        upload_id = await s3.resumable.begin(KEY)
        with pytest.raises(LengthMismatch):
            await s3.resumable.put_part(KEY, upload_id, PartToSign(1, 17), pieces(bytes(size), 5))
        assert not server.asked("UploadPart")

    async def test_an_append_goes_on_behind_parts_that_were_put(self, s3: S3Store) -> None:
        ledger = await ledger_of(s3)
        ledger.parts = [
            await s3.resumable.put_part(
                KEY, ledger.upload_id, PartToSign(number, PART), pieces(WHOLE[(number - 1) * PART : number * PART], 999)
            )
            for number in (1, 2)
        ]
        await finished(s3, ledger)


STEPS = st.lists(
    st.tuples(st.integers(1, 3 * PART), st.sampled_from(["ends", "breaks", "killed", "fails"])), max_size=6
)


class TestAnyHistory:
    @settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(STEPS, st.integers(0, 1 << 32), st.booleans())
    async def test_comes_to_the_right_bytes(
        self,
        server: S3Server,
        s3: S3Store,
        steps: list[tuple[int, str]],
        seed: int,
        knows_size: bool,  # noqa: FBT001
    ) -> None:
        """Whatever becomes of each append: offsets never go down, and in the end every byte is there once."""
        server.start_over(SMALL_PARTS)
        ledger, chance = await ledger_of(s3, len(WHOLE) if knows_size else None), random.Random(seed)  # noqa: S311
        for size, end in steps:
            before = ledger.offset
            sent = WHOLE[before : before + size]
            if end == "fails":
                operation = chance.choice(OPERATIONS)
                server.next(operation, *[failing()] * IMPATIENT.attempts, skip=chance.randrange(2))
            try:
                if end == "breaks":
                    await ledger.append(then_breaking_off(sent, 999, UploadInterrupted()))
                else:
                    await ledger.append(
                        pieces(sent, 999), killed_at=chance.randrange(1, 4) if end == "killed" else None
                    )
            except (UploadInterrupted, Killed, StoreUnavailable):
                pass
            server.heal()
            assert before <= ledger.offset <= before + size
        await ledger.append(pieces(WHOLE[ledger.offset :], 999))
        ledger.size = len(WHOLE)
        await ledger.append(pieces(b"", 1))
        await finished(s3, ledger)
