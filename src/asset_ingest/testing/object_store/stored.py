"""Bytes come back as they went in, whole, in ranges and as copies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from asset_ingest.core.errors import InvalidRequest, ObjectMissing, RangeNotSatisfiable
from asset_ingest.core.ports.object_store import ObjectStore
from asset_ingest.testing.object_store.samples import MIB, chunks_of, content, keys, pattern


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
