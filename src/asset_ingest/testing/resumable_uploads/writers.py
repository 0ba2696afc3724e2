"""Of two writers, the bytes never meet."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import replace

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asset_ingest.core.errors import Conflict, ObjectMissing, UploadInterrupted
from asset_ingest.core.formats.crc64nvme import as_text, crc64nvme
from asset_ingest.core.ports.object_store import (
    ObjectStore,
    ResumableUploads,
)
from asset_ingest.testing.flaky import breaking_off
from asset_ingest.testing.object_store import chunks_of, content, keys
from asset_ingest.testing.resumable_uploads.ledger import (
    Ledger,
    Reopen,
    append,
    append_at,
    begun,
    complete,
    cut,
)

A_FEW = settings(
    max_examples=15,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors, HealthCheck.too_slow],
)


class WritersContract:
    """Of two writers, the bytes never meet."""

    @pytest.mark.parametrize("known", [0, 5])
    @pytest.mark.parametrize("more", [3, 1000])
    async def test_a_writer_goes_on_from_what_was_written_down_not_from_what_was_told(
        self, reopen: Reopen, store: ObjectStore, part_size: int, known: int, more: int
    ) -> None:
        first, second = b"1" * (part_size * 3), b"2" * (part_size * 3)
        ledger = await begun(reopen(), part_size, len(first))
        await append(reopen(), ledger, chunks_of(first[:known]))
        forgetful = ledger.copy()
        await append(reopen(), forgetful, chunks_of(first[known : part_size + more]))
        ledger.epoch = forgetful.epoch
        await append(reopen(), ledger, chunks_of(second[known : part_size * 2 + 1]))
        await append(reopen(), ledger, chunks_of(second[part_size * 2 + 1 :]))
        await complete(reopen(), ledger)
        assert await content(store, "a/b") == first[:known] + second[known:]

    @pytest.mark.parametrize("known", [0, 5])
    async def test_a_writer_that_lives_on_after_the_next_one_harms_nothing(
        self, reopen: Reopen, store: ObjectStore, part_size: int, known: int
    ) -> None:
        first, second = b"1" * (part_size * 3), b"2" * (part_size * 3)
        ledger = await begun(reopen(), part_size, len(first))
        await append(reopen(), ledger, chunks_of(first[:known]))
        zombie, go_on, going = ledger.copy(), anyio.Event(), anyio.Event()

        async def slowly() -> AsyncGenerator[bytes, None]:
            yield first[known:part_size]
            going.set()
            await go_on.wait()
            yield first[part_size:]

        async with anyio.create_task_group() as group:
            group.start_soon(append, reopen(), zombie, slowly())
            await going.wait()
            ledger.epoch = zombie.epoch
            with pytest.raises(UploadInterrupted):
                await append(reopen(), ledger, breaking_off(second[known : part_size + 1], error=UploadInterrupted()))
            go_on.set()
        await append(reopen(), ledger, chunks_of(second[part_size + 1 :]))
        await complete(reopen(), ledger)
        assert await content(store, "a/b") == first[:known] + second[known:]

    async def test_a_writer_that_wakes_up_late_harms_nothing(
        self, reopen: Reopen, store: ObjectStore, part_size: int
    ) -> None:
        first, second = b"1" * (part_size * 2), b"2" * (part_size * 2)
        ledger = await begun(reopen(), part_size, len(first))
        await append(reopen(), ledger, chunks_of(first[:5]))
        late = ledger.copy()
        stale = late.take_over()
        ledger.epoch = late.epoch
        await append(reopen(), ledger, chunks_of(second[5 : part_size + 5]))
        with suppress(Conflict, ObjectMissing):
            await append_at(reopen(), late, stale, chunks_of(first[5:]))
        await append(reopen(), ledger, chunks_of(second[part_size + 5 :]))
        await complete(reopen(), ledger)
        assert await content(store, "a/b") == first[:5] + second[5:]

    async def test_a_writer_still_alive_at_completion_harms_nothing(
        self, reopen: Reopen, store: ObjectStore, part_size: int
    ) -> None:
        first, second = b"1" * (part_size * 2), b"2" * part_size
        ledger = await begun(reopen(), part_size, part_size)
        zombie, go_on, going = replace(ledger.copy(), size=None), anyio.Event(), anyio.Event()

        async def slowly() -> AsyncGenerator[bytes, None]:
            yield first[:100]
            going.set()
            await go_on.wait()
            yield first[100:]

        async def die_late() -> None:
            with suppress(ObjectMissing, Conflict):
                await append(reopen(), zombie, slowly())

        async with anyio.create_task_group() as group:
            group.start_soon(die_late)
            await going.wait()
            ledger.epoch = zombie.epoch
            await append(reopen(), ledger, chunks_of(second))
            await complete(reopen(), ledger)
            go_on.set()
        assert await content(store, "a/b") == second
        assert await keys(store, "") == {"a/b"}


class AnyCutsContract:
    """However the bytes are cut and whoever sends them."""

    @A_FEW
    @given(data=st.data())
    async def test_appends_broken_off_anywhere_lose_and_mix_nothing(
        self, reopen: Reopen, store: ObjectStore, part_size: int, data: st.DataObject
    ) -> None:
        size = data.draw(st.integers(1, part_size * 3 + 2), "size")
        ledger = await begun(reopen(), part_size, size if data.draw(st.booleans(), "size is known") else None)
        expected = b""
        for letter in data.draw(st.permutations("abcdef"), "writers"):
            if data.draw(st.booleans(), "forgets"):  # a writer whose caller writes down nothing
                forgetful = ledger.copy()
                await send(reopen(), forgetful, b"x" * (size - ledger.offset), data)
                ledger.epoch = forgetful.epoch
            await send(reopen(), ledger, letter.encode() * (size - ledger.offset), data)
            expected += letter.encode() * (ledger.offset - len(expected))
        await append(reopen(), ledger, chunks_of(b"g" * (size - ledger.offset)))
        expected += b"g" * (size - len(expected))
        ledger.size = size
        await append(reopen(), ledger, chunks_of())
        await complete(reopen(), ledger)
        assert await content(store, "a/b") == expected
        pieces = [expected[start : start + part_size] for start in range(0, size, part_size)]
        assert [part.crc64nvme for part in ledger.parts] == [as_text(crc64nvme(piece)) for piece in pieces]


async def send(resumable: ResumableUploads, ledger: Ledger, sent: bytes, data: st.DataObject) -> None:
    """Send some of it in chunks of some sizes, and end well or in the middle."""
    sent = sent[: data.draw(st.integers(0, len(sent)), "arrives")]
    places = data.draw(st.lists(st.integers(0, len(sent)), max_size=5), "cuts")
    if data.draw(st.booleans(), "ends well"):
        await append(resumable, ledger, chunks_of(*cut(sent, *places)))
    else:
        with pytest.raises(UploadInterrupted):
            await append(resumable, ledger, breaking_off(*cut(sent, *places), error=UploadInterrupted()))
