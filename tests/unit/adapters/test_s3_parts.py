"""Parts on their way: how large they are, where their bytes wait, and what becomes of one that nobody takes."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asset_ingest.adapters.object_store.s3 import Bucket, PartMemory, Patience, S3Objects, S3Place, Sending, open_s3
from asset_ingest.adapters.object_store.s3.multipart import is_made_of
from asset_ingest.adapters.object_store.s3.part_bytes import PartBytes
from asset_ingest.adapters.object_store.s3.part_plan import PartPlan, equal_parts
from asset_ingest.adapters.object_store.s3.profiles import PROFILES, profile_named
from asset_ingest.core.errors import Misconfigured, StoreUnavailable
from asset_ingest.core.ports.object_store import PartLimits, StoredPart
from asset_ingest.testing.object_store import MIB, chunks_of, keys, pattern

KIB, TIB = 1 << 10, 1 << 40
PROFILE = st.sampled_from(sorted(PROFILES))
FIRST = st.integers(1, 64 * MIB)


@st.composite
def limits(draw: st.DrawFn) -> PartLimits:
    smallest = draw(st.integers(1, 100))
    return PartLimits(smallest, draw(st.integers(smallest, 1000)), draw(st.integers(1, 50)), draw(st.booleans()))


class TestPlan:
    @given(limits(), st.integers(1, 2000))
    def test_every_part_keeps_to_the_limits(self, limits: PartLimits, first: int) -> None:
        plan = PartPlan(limits, first)
        sizes = [plan.size(number) for number in range(1, limits.most + 1)]
        assert all(limits.smallest <= size <= limits.largest for size in sizes)
        assert not limits.equal or len(set(sizes)) == 1
        assert sizes == sorted(sizes)
        assert plan.capacity == sum(sizes)

    @given(PROFILE, st.integers(8 * MIB, TIB))
    def test_the_numbers_never_run_out_below_a_tebibyte(self, name: str, length: int) -> None:
        plan = PartPlan(PROFILES[name].parts)
        held = accumulate(plan.size(number) for number in range(1, plan.limits.most + 1))
        assert any(so_far >= length for so_far in held)

    @pytest.mark.parametrize("name", sorted(set(PROFILES) - {"r2"}))
    def test_files_of_usual_size_go_in_small_parts(self, name: str) -> None:
        plan = PartPlan(PROFILES[name].parts)
        assert {plan.size(number) for number in range(1, 63)} == {8 * MIB}

    @given(limits(), st.integers(1, 10_000), st.integers(1, 2000))
    def test_parts_of_a_known_length_cover_it(self, limits: PartLimits, length: int, wanted: int) -> None:
        size, count = equal_parts(length, limits, wanted)
        assert limits.smallest <= size <= limits.largest
        assert (count - 1) * size < length <= count * size
        if length <= limits.largest * limits.most:
            assert count <= limits.most

    def test_an_unknown_profile_is_said_with_the_names_there_are(self) -> None:
        with pytest.raises(Misconfigured, match="aws, b2, minio, r2, ceph, generic"):
            profile_named("s4")


async def collected(memory: PartMemory, *chunks: bytes) -> PartBytes:
    part = PartBytes(memory)
    for chunk in chunks:
        await part.add(chunk)
    await part.seal()
    return part


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def sent(part: PartBytes) -> bytes:
    return b"".join([piece async for piece in part])


CHUNKS = st.lists(st.sampled_from([1, 100, 16 * KIB - 1, 16 * KIB, 64 * KIB, 300 * KIB]), max_size=20)


class TestBytes:
    @given(CHUNKS, st.integers(0, 1 * MIB))
    async def test_they_are_the_same_in_memory_and_on_disk_each_time_they_are_sent(
        self, sizes: list[int], budget: int
    ) -> None:
        memory = PartMemory(budget)
        chunks = [os.urandom(size) for size in sizes]
        part = await collected(memory, *chunks)
        whole = b"".join(chunks)
        assert (part.size, part.sha256) == (len(whole), hashlib.sha256(whole).hexdigest())
        assert await sent(part) == await sent(part) == whole
        await part.close()
        assert memory.take(budget)

    async def test_what_does_not_fit_goes_to_the_folder_and_frees_the_memory(self, tmp_path: Path) -> None:
        memory = PartMemory(100 * KIB, tmp_path)
        part = await collected(memory, bytes(80 * KIB), bytes(80 * KIB))
        assert memory.take(100 * KIB)
        assert names_in(tmp_path) == []  # it has no name, so nothing is left of it however we end
        assert await sent(part) == bytes(160 * KIB)
        await part.close()

    async def test_a_folder_that_cannot_be_written_is_an_error_of_ours(self, tmp_path: Path) -> None:
        with pytest.raises(StoreUnavailable, match="this machine's disk"):
            await collected(PartMemory(0, tmp_path / "missing"), bytes(1))

    async def test_a_file_is_not_closed_under_a_thread_that_reads_it(self) -> None:
        part = await collected(PartMemory(0), bytes(MIB))
        sending = part.__aiter__()
        assert await anext(sending)
        reading = asyncio.ensure_future(anext(sending))
        await asyncio.sleep(0)
        await part.close()
        assert await reading
        with pytest.raises(ConnectionAbortedError):
            await anext(sending)


class TestMadeOf:
    PARTS = (StoredPart(1, 3, f'"{hashlib.md5(b"1").hexdigest()}"'), StoredPart(2, 3, hashlib.md5(b"2").hexdigest()))  # noqa: S324
    WHOLE = hashlib.md5(hashlib.md5(b"1").digest() + hashlib.md5(b"2").digest()).hexdigest()  # noqa: S324

    @pytest.mark.parametrize(
        ("etag", "made"),
        [(f'"{WHOLE}-2"', True), (f"{WHOLE}-2", True), (f'"{WHOLE}-3"', False), (f'"{"0" * 32}-2"', False)],
    )
    def test_the_etag_is_the_sum_of_the_sums(self, etag: str, made: bool) -> None:  # noqa: FBT001
        assert is_made_of(etag, self.PARTS[::-1]) is made

    def test_where_a_bucket_is_encrypted_only_their_number_can_be_compared(self) -> None:
        parts = [StoredPart(1, 3, '"not an md5"'), StoredPart(2, 3, '"nor this"')]
        assert is_made_of('"whatever-2"', parts)
        assert not is_made_of('"whatever-1"', parts)


class LostClient:
    """Answers with pages that name no next one, or always the same."""

    def __init__(self, token: str | None) -> None:
        self.token = token

    async def list_objects_v2(self, **_: object) -> dict[str, object]:
        return {"Name": "bucket", "IsTruncated": True, "NextContinuationToken": self.token}


@pytest.mark.parametrize("token", [None, "again"])
async def test_a_listing_that_leads_nowhere_ends(token: str | None) -> None:
    with pytest.raises(StoreUnavailable):
        await keys(S3Objects(Bucket(LostClient(token), "bucket", PROFILES["aws"])), "")


@asynccontextmanager
async def deaf_server(answer: bytes) -> AsyncIterator[str]:
    """A server that reads the head of a request, says `answer`, and takes nothing more."""
    gone = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await gone.wait()
        writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        gone.set()
        server.close()
        await server.wait_closed()


class TestDeafServer:
    @pytest.mark.parametrize("answer", [b"HTTP/1.1 100 Continue\r\n\r\n", b""], ids=["stops reading", "says nothing"])
    @pytest.mark.parametrize("budget", [64 * MIB, 0], ids=["memory", "disk"])
    async def test_is_given_up(self, answer: bytes, budget: int) -> None:
        async with deaf_server(answer) as endpoint:
            patience = Patience(read_seconds=0.3, attempts=1)
            place = S3Place("bucket", endpoint, access_key="a", secret_key="b", patience=patience)
            async with open_s3(place) as s3:
                store = S3Objects(s3.bucket, sending=Sending(PartMemory(budget)), first_part=32 * MIB)
                with pytest.raises(StoreUnavailable):
                    await store.put("a", chunks_of(*[pattern(MIB)] * 16))  # more than sockets hold
