"""What every ObjectStore promises. Subclasses bring the fixture `store`, empty."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta

import anyio
import pytest

from asset_ingest.core.errors import InvalidRequest, ObjectMissing, RangeNotSatisfiable, UploadInterrupted
from asset_ingest.core.ports.object_store import ObjectStore
from asset_ingest.testing.flaky import breaking_off, stalling

MIB = 1 << 20

BAD_KEYS = [
    *("", "/", "/a", "a/", "a//b", ".", "..", "a/..", "../a", "a/../b", ".incoming/a", "a/.hidden"),
    *("a b", "a\\b", "a\0b", "ä", "a\n", "a:b", "a?b", "~", "%2e%2e", "a" * 129, "/".join("a" * 300)),
]


async def chunks_of(*chunks: bytes) -> AsyncGenerator[bytes, None]:
    for chunk in chunks:
        yield chunk


async def content(store: ObjectStore, key: str, start: int = 0, end: int | None = None) -> bytes:
    return b"".join([chunk async for chunk in store.read(key, start, end)])


async def keys(store: ObjectStore, prefix: str) -> set[str]:
    return {stored.key async for stored in store.list(prefix)}


def pattern(size: int) -> bytes:
    """Bytes in which every misplaced block shows."""
    return b"".join(number.to_bytes(8, "big") for number in range(size // 8 + 1))[:size]


class StoredBytesContract:
    """Bytes come back as they went in."""

    async def test_bytes_come_back_as_they_went_in(self, store: ObjectStore) -> None:
        await store.put("a/b.bin", chunks_of(b"one", b"", b"two"))
        assert await content(store, "a/b.bin") == b"onetwo"

    async def test_large_objects_come_back_in_chunks_of_at_most_a_mebibyte(self, store: ObjectStore) -> None:
        sent = pattern(5 * MIB + 17)
        await store.put(
            "big", chunks_of(sent[: 3 * MIB], *(sent[i : i + 65_000] for i in range(3 * MIB, len(sent), 65_000)))
        )
        got = [chunk async for chunk in store.read("big")]
        assert max(map(len, got)) <= MIB
        assert b"".join(got) == sent

    async def test_thousands_of_tiny_chunks_are_one_object(self, store: ObjectStore) -> None:
        sent = pattern(5_000)
        await store.put("dust", chunks_of(*(sent[i : i + 1] for i in range(len(sent)))))
        assert await content(store, "dust") == sent

    async def test_an_object_may_be_empty(self, store: ObjectStore) -> None:
        stored = await store.put("empty", chunks_of())
        assert stored.size == 0
        assert await content(store, "empty") == b""

    async def test_put_says_what_stat_says(self, store: ObjectStore) -> None:
        stored = await store.put("a", chunks_of(b"12345"))
        seen = await store.stat("a")
        assert (stored.key, stored.size) == (seen.key, seen.size) == ("a", 5)

    async def test_the_age_is_in_utc_and_recent(self, store: ObjectStore) -> None:
        stored = await store.put("a", chunks_of(b"1"))
        assert stored.stored_at.tzinfo is not None
        assert abs(datetime.now(UTC) - stored.stored_at) < timedelta(hours=1)

    @pytest.mark.parametrize(("start", "end"), [(0, 1), (3, 7), (9, 10), (10, 10), (4, 4), (2, None), (10, None)])
    async def test_a_range_yields_exactly_its_bytes(self, store: ObjectStore, start: int, end: int | None) -> None:
        await store.put("a", chunks_of(b"0123456789"))
        assert await content(store, "a", start, end) == b"0123456789"[start:end]

    @pytest.mark.parametrize(("start", "end"), [(11, None), (0, 11), (-1, 3), (5, 4), (11, 12)])
    async def test_a_range_outside_the_object_names_the_size(
        self, store: ObjectStore, start: int, end: int | None
    ) -> None:
        await store.put("a", chunks_of(b"0123456789"))
        with pytest.raises(RangeNotSatisfiable) as caught:
            await content(store, "a", start, end)
        assert caught.value.size == 10

    async def test_a_range_may_cross_many_chunks(self, store: ObjectStore) -> None:
        sent = pattern(3 * MIB)
        await store.put("a", chunks_of(sent))
        assert await content(store, "a", 12_345, 2 * MIB + 67_890) == sent[12_345 : 2 * MIB + 67_890]


class ReplacedBytesContract:
    """An object is whole or not there."""

    async def test_put_replaces_what_was_there(self, store: ObjectStore) -> None:
        await store.put("a", chunks_of(b"a longer first content"))
        await store.put("a", chunks_of(b"second"))
        assert await content(store, "a") == b"second"
        assert (await store.stat("a")).size == 6

    async def test_chunks_that_break_off_leave_nothing(self, store: ObjectStore) -> None:
        with pytest.raises(UploadInterrupted):
            await store.put("a", breaking_off(bytes(3 * MIB), error=UploadInterrupted()))
        with pytest.raises(ObjectMissing):
            await store.stat("a")
        assert await keys(store, "") == set()

    async def test_chunks_that_break_off_change_nothing(self, store: ObjectStore) -> None:
        await store.put("a", chunks_of(b"first"))
        with pytest.raises(UploadInterrupted):
            await store.put("a", breaking_off(b"second", error=UploadInterrupted()))
        assert await content(store, "a") == b"first"

    async def test_an_error_of_the_chunks_is_never_blamed_on_the_store(self, store: ObjectStore) -> None:
        with pytest.raises(ConnectionResetError):
            await store.put("a", breaking_off(b"1", error=ConnectionResetError()))

    async def test_a_cancelled_task_changes_nothing(self, store: ObjectStore) -> None:
        await store.put("a", chunks_of(b"first"))
        stalled = anyio.Event()
        putting = asyncio.create_task(store.put("a", stalling(bytes(2 * MIB), stalled=stalled)))
        await stalled.wait()
        putting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await putting
        assert await content(store, "a") == b"first"

    async def test_a_cancelled_scope_changes_nothing(self, store: ObjectStore) -> None:
        stalled = anyio.Event()
        async with anyio.create_task_group() as group:
            group.start_soon(store.put, "a", stalling(bytes(2 * MIB), stalled=stalled))
            await stalled.wait()
            group.cancel_scope.cancel()
        with pytest.raises(ObjectMissing):
            await store.stat("a")

    async def test_nothing_is_seen_before_the_last_byte(self, store: ObjectStore) -> None:
        stalled = anyio.Event()
        async with anyio.create_task_group() as group:
            group.start_soon(store.put, "a", stalling(bytes(2 * MIB), stalled=stalled))
            await stalled.wait()
            with pytest.raises(ObjectMissing):
                await store.stat("a")
            assert await keys(store, "") == set()
            group.cancel_scope.cancel()

    async def test_a_reader_never_sees_a_mixture(self, store: ObjectStore) -> None:
        old, new = b"o" * (3 * MIB), b"n" * (3 * MIB)
        await store.put("a", chunks_of(old))
        reading = store.read("a")
        first = await anext(reading)
        await store.put("a", chunks_of(new))
        assert first + b"".join([chunk async for chunk in reading]) == old
        assert await content(store, "a") == new

    async def test_of_two_writers_one_wins_whole(self, store: ObjectStore) -> None:
        async with anyio.create_task_group() as group:
            for letter in (b"x", b"y"):
                group.start_soon(store.put, "a", chunks_of(*[letter * 300_000] * 8))
        assert await content(store, "a") in (b"x" * 2_400_000, b"y" * 2_400_000)

    async def test_many_writers_side_by_side_each_keep_their_own(self, store: ObjectStore) -> None:
        async with anyio.create_task_group() as group:
            for number in range(20):
                group.start_soon(store.put, f"studio/{number % 3}/{number}", chunks_of(str(number).encode()))
        for number in range(20):
            assert await content(store, f"studio/{number % 3}/{number}") == str(number).encode()


class KeysContract:
    """Keys are ours; nothing else reaches the store."""

    async def test_what_was_never_put_is_missing(self, store: ObjectStore) -> None:
        with pytest.raises(ObjectMissing):
            await store.stat("a")
        with pytest.raises(ObjectMissing):
            await content(store, "a")

    async def test_a_folder_is_no_object(self, store: ObjectStore) -> None:
        await store.put("a/b", chunks_of(b"1"))
        with pytest.raises(ObjectMissing):
            await store.stat("a")
        with pytest.raises(ObjectMissing):
            await content(store, "a")
        await store.delete("a")
        assert await content(store, "a/b") == b"1"

    async def test_below_an_object_there_is_nothing(self, store: ObjectStore) -> None:
        await store.put("a", chunks_of(b"1"))
        with pytest.raises(ObjectMissing):
            await store.stat("a/b")
        with pytest.raises(ObjectMissing):
            await content(store, "a/b")
        await store.delete("a/b")
        assert await keys(store, "a/b") == set()

    async def test_a_deleted_object_is_missing(self, store: ObjectStore) -> None:
        await store.put("a/b", chunks_of(b"1"))
        await store.delete("a/b")
        with pytest.raises(ObjectMissing):
            await store.stat("a/b")

    async def test_deleting_twice_is_no_error(self, store: ObjectStore) -> None:
        await store.put("a", chunks_of(b"1"))
        await store.delete("a")
        await store.delete("a")

    async def test_a_key_can_be_used_again_after_deletion(self, store: ObjectStore) -> None:
        await store.put("a/b/c", chunks_of(b"1"))
        await store.delete("a/b/c")
        await store.put("a/b/c", chunks_of(b"2"))
        assert await content(store, "a/b/c") == b"2"

    @pytest.mark.parametrize("key", BAD_KEYS)
    async def test_a_key_that_is_not_ours_is_refused(self, store: ObjectStore, key: str) -> None:
        with pytest.raises(InvalidRequest):
            await store.put(key, chunks_of(b"1"))
        with pytest.raises(InvalidRequest):
            await store.stat(key)
        with pytest.raises(InvalidRequest):
            await content(store, key)
        with pytest.raises(InvalidRequest):
            await store.delete(key)

    @pytest.mark.parametrize("key", ["a", "A-Z_0.9", "_", "-", "a..b", "a." + "b" * 126, "/".join(["a"] * 256)])
    async def test_a_key_of_ours_is_taken(self, store: ObjectStore, key: str) -> None:
        await store.put(key, chunks_of(b"1"))
        assert await content(store, key) == b"1"
        assert await keys(store, "") == {key}

    async def test_list_yields_every_key_that_starts_so(self, store: ObjectStore) -> None:
        for key in ("a/x", "a/xy/1", "a/xy/2", "ab", "b/a"):
            await store.put(key, chunks_of(b"1"))
        assert await keys(store, "") == {"a/x", "a/xy/1", "a/xy/2", "ab", "b/a"}
        assert await keys(store, "a") == {"a/x", "a/xy/1", "a/xy/2", "ab"}
        assert await keys(store, "a/") == {"a/x", "a/xy/1", "a/xy/2"}
        assert await keys(store, "a/x") == {"a/x", "a/xy/1", "a/xy/2"}
        assert await keys(store, "a/xy/") == {"a/xy/1", "a/xy/2"}
        assert await keys(store, "a/xy/2") == {"a/xy/2"}
        assert await keys(store, "c") == set()

    async def test_list_tells_size_and_age_as_stat_does(self, store: ObjectStore) -> None:
        await store.put("a/b", chunks_of(b"12345"))
        assert [stored async for stored in store.list("")] == [await store.stat("a/b")]

    async def test_list_goes_past_a_page(self, store: ObjectStore) -> None:
        wanted = {f"many/{number}" for number in range(300)}
        async with anyio.create_task_group() as group:
            for key in wanted:
                group.start_soon(store.put, key, chunks_of(b"1"))
        assert await keys(store, "many/") == wanted

    @pytest.mark.parametrize("prefix", ["/", "..", "../", "a/../b", "//", ".incoming/", "a b", "a\0"])
    async def test_a_prefix_that_no_key_has_is_refused(self, store: ObjectStore, prefix: str) -> None:
        with pytest.raises(InvalidRequest):
            await keys(store, prefix)

    async def test_what_is_listed_may_be_deleted_meanwhile(self, store: ObjectStore) -> None:
        for number in range(5):
            await store.put(f"a/{number}", chunks_of(b"1"))
        async for stored in store.list("a/"):
            await store.delete(stored.key)
        assert await keys(store, "") == set()


class CopiedBytesContract:
    """Bytes can be had under a second key."""

    async def test_a_copy_is_an_object_of_its_own(self, store: ObjectStore) -> None:
        sent = pattern(2 * MIB + 5)
        await store.put("a/b", chunks_of(sent))
        copied = await store.copy("a/b", "c/d")
        assert (copied.key, copied.size) == ("c/d", len(sent))
        await store.delete("a/b")
        assert await content(store, "c/d") == sent

    async def test_a_copy_replaces_what_was_there(self, store: ObjectStore) -> None:
        await store.put("a", chunks_of(b"new"))
        await store.put("b", chunks_of(b"an older one"))
        await store.copy("a", "b")
        assert await content(store, "b") == b"new"

    async def test_an_empty_object_can_be_copied(self, store: ObjectStore) -> None:
        await store.put("a", chunks_of())
        assert (await store.copy("a", "b")).size == 0
        assert await content(store, "b") == b""

    async def test_what_is_missing_cannot_be_copied(self, store: ObjectStore) -> None:
        with pytest.raises(ObjectMissing):
            await store.copy("a", "b")
        assert await keys(store, "") == set()

    @pytest.mark.parametrize("key", ["", "../a", "a b"])
    async def test_a_key_that_is_not_ours_is_no_copy(self, store: ObjectStore, key: str) -> None:
        await store.put("a", chunks_of(b"1"))
        with pytest.raises(InvalidRequest):
            await store.copy("a", key)
        with pytest.raises(InvalidRequest):
            await store.copy(key, "b")


class ObjectStoreContract(StoredBytesContract, ReplacedBytesContract, CopiedBytesContract, KeysContract):
    """All of it."""
