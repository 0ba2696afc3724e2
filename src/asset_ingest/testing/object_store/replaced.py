"""A reader never sees half a write, whatever happens to the writer."""

from __future__ import annotations

import asyncio

import anyio
import pytest

from asset_ingest.core.errors import ObjectMissing, UploadInterrupted
from asset_ingest.core.ports.object_store import ObjectStore
from asset_ingest.testing.flaky import breaking_off, stalling
from asset_ingest.testing.object_store.samples import MIB, chunks_of, content, keys


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
