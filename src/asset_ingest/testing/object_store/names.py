"""Keys: which there are, and what stands under them."""

from __future__ import annotations

import anyio
import pytest

from asset_ingest.core.errors import InvalidRequest, ObjectMissing
from asset_ingest.core.ports.object_store import ObjectStore
from asset_ingest.testing.object_store.samples import BAD_KEYS, chunks_of, content, keys


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
