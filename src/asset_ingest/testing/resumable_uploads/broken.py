"""What was told lasts, whatever breaks off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import anyio
import pytest

from asset_ingest.core.errors import UploadInterrupted
from asset_ingest.core.ports.object_store import (
    ObjectStore,
)
from asset_ingest.testing.flaky import breaking_off, stalling
from asset_ingest.testing.object_store import chunks_of, content, pattern
from asset_ingest.testing.resumable_uploads.ledger import (
    Reopen,
    append,
    begun,
    complete,
    parts_of,
)


class BrokenAppendContract:
    """What was told lasts, whatever breaks off."""

    @pytest.mark.parametrize("arrived", [0, 1, 1000])
    async def test_what_had_arrived_is_told_before_the_error(
        self, reopen: Reopen, store: ObjectStore, part_size: int, arrived: int
    ) -> None:
        sent = pattern(part_size * 2 + 9)
        ledger = await begun(reopen(), part_size, len(sent))
        with pytest.raises(UploadInterrupted):
            await append(reopen(), ledger, breaking_off(sent[:arrived], error=UploadInterrupted()))
        assert ledger.offset == arrived
        with pytest.raises(ConnectionResetError):
            await append(reopen(), ledger, breaking_off(sent[arrived:-8], error=ConnectionResetError()))
        assert ledger.offset == len(sent) - 8
        await append(reopen(), ledger, chunks_of(sent[-8:]))
        await complete(reopen(), ledger)
        assert await content(store, "a/b") == sent

    async def test_what_had_arrived_is_told_before_a_cancellation_of_the_chunks(
        self, reopen: Reopen, store: ObjectStore, part_size: int
    ) -> None:
        async def cancelled() -> AsyncGenerator[bytes, None]:
            yield sent[:10]
            raise asyncio.CancelledError

        sent = pattern(part_size + 9)
        ledger = await begun(reopen(), part_size, len(sent))
        with pytest.raises(asyncio.CancelledError):
            await append(reopen(), ledger, cancelled())
        assert ledger.offset == 10
        await append(reopen(), ledger, chunks_of(sent[10:]))
        await complete(reopen(), ledger)
        assert await content(store, "a/b") == sent

    async def test_a_cancelled_writer_leaves_what_it_told(
        self, reopen: Reopen, store: ObjectStore, part_size: int
    ) -> None:
        sent = pattern(part_size * 2)
        ledger = await begun(reopen(), part_size, len(sent))
        stalled = anyio.Event()
        appending = asyncio.create_task(append(reopen(), ledger, stalling(sent[: part_size + 7], stalled=stalled)))
        await stalled.wait()
        appending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await appending
        await append(reopen(), ledger, chunks_of(sent[ledger.offset :]))
        await complete(reopen(), ledger)
        assert await content(store, "a/b") == sent

    async def test_a_cancelled_scope_ends_the_append(self, reopen: Reopen, store: ObjectStore, part_size: int) -> None:
        sent = pattern(part_size * 2)
        ledger = await begun(reopen(), part_size, len(sent))
        stalled = anyio.Event()
        async with anyio.create_task_group() as group:
            group.start_soon(append, reopen(), ledger, stalling(sent[: part_size + 7], stalled=stalled))
            await stalled.wait()
            group.cancel_scope.cancel()
        await append(reopen(), ledger, chunks_of(sent[ledger.offset :]))
        await complete(reopen(), ledger)
        assert await content(store, "a/b") == sent

    async def test_a_writer_that_is_left_in_the_middle_leaves_what_it_told(
        self, reopen: Reopen, store: ObjectStore, part_size: int
    ) -> None:
        sent = pattern(part_size * 2)
        ledger = await begun(reopen(), part_size, len(sent))
        at = ledger.take_over()
        stalled = anyio.Event()
        telling = reopen().append("a/b", ledger.upload_id, at, stalling(sent[: part_size + 7], stalled=stalled))
        async with aclosing(telling):
            ledger.write(await anext(telling))
        assert 0 < ledger.offset <= part_size + 7
        await append(reopen(), ledger, chunks_of(sent[ledger.offset :]))
        await complete(reopen(), ledger)
        assert await content(store, "a/b") == sent

    async def test_a_told_part_is_listed(self, reopen: Reopen, part_size: int) -> None:
        ledger = await begun(reopen(), part_size)
        with pytest.raises(UploadInterrupted):
            await append(reopen(), ledger, breaking_off(pattern(part_size * 2 + 3), error=UploadInterrupted()))
        assert await parts_of(reopen(), ledger) == ledger.parts
        assert len(ledger.parts) == 2
