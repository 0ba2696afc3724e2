"""Bytes in order, over as many requests as it takes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from asset_ingest.core.errors import InvalidRequest, LengthMismatch, ObjectMissing
from asset_ingest.core.ports.object_store import (
    ObjectStore,
    PartToSign,
    ResumableUploads,
)
from asset_ingest.testing.object_store import BAD_KEYS, chunks_of, content, keys, pattern
from asset_ingest.testing.resumable_uploads.ledger import (
    Reopen,
    append,
    begun,
    complete,
    cut,
    parts_of,
)


class AppendContract:
    """Bytes in order, over as many requests as it takes."""

    async def test_one_append_is_one_object(
        self, resumable: ResumableUploads, store: ObjectStore, part_size: int
    ) -> None:
        sent = pattern(part_size * 2 + 17)
        ledger = await begun(resumable, part_size, len(sent))
        await append(resumable, ledger, chunks_of(*cut(sent, *range(0, len(sent), part_size // 3))))
        assert [part.size for part in ledger.parts] == [part_size, part_size, 17]
        assert await keys(store, "") == set()
        await complete(resumable, ledger)
        assert await content(store, "a/b") == sent

    async def test_many_appends_are_one_object(self, reopen: Reopen, store: ObjectStore, part_size: int) -> None:
        sent = pattern(part_size * 2 + 1000)
        ledger = await begun(reopen(), part_size, len(sent))
        places = (1, part_size - 1, part_size, part_size + 1, part_size + 2, part_size * 2)
        for piece in cut(sent, *places):
            await append(reopen(), ledger, chunks_of(piece))
        assert ledger.offset == len(sent)
        await complete(reopen(), ledger)
        assert await content(store, "a/b") == sent

    @pytest.mark.parametrize("extra", [-1, 0, 1])
    @pytest.mark.parametrize("parts", [1, 2])
    async def test_the_last_part_is_what_is_left(
        self, resumable: ResumableUploads, store: ObjectStore, part_size: int, parts: int, extra: int
    ) -> None:
        sent = pattern(part_size * parts + extra)
        ledger = await begun(resumable, part_size, len(sent))
        await append(resumable, ledger, chunks_of(sent))
        assert ledger.tail is None
        assert sum(part.size for part in ledger.parts) == len(sent)
        await complete(resumable, ledger)
        assert await content(store, "a/b") == sent

    async def test_an_object_may_be_a_single_byte(
        self, resumable: ResumableUploads, store: ObjectStore, part_size: int
    ) -> None:
        ledger = await begun(resumable, part_size, 1)
        await append(resumable, ledger, chunks_of(b"", b"1", b""))
        await complete(resumable, ledger)
        assert await content(store, "a/b") == b"1"

    async def test_appends_of_nothing_change_nothing(self, reopen: Reopen, store: ObjectStore, part_size: int) -> None:
        sent = pattern(part_size + 5)
        ledger = await begun(reopen(), part_size, len(sent))
        for piece in cut(sent, 3, part_size):
            await append(reopen(), ledger, chunks_of())
            offset = ledger.offset
            await append(reopen(), ledger, chunks_of(b"", b""))
            assert ledger.offset == offset
            await append(reopen(), ledger, chunks_of(piece))
        await append(reopen(), ledger, chunks_of())
        await complete(reopen(), ledger)
        assert await content(store, "a/b") == sent

    async def test_a_size_learnt_late_ends_the_last_part(
        self, reopen: Reopen, store: ObjectStore, part_size: int
    ) -> None:
        sent = pattern(part_size + 5)
        ledger = await begun(reopen(), part_size)
        await append(reopen(), ledger, chunks_of(sent))
        assert ledger.offset == len(sent)
        assert ledger.tail
        ledger.size = len(sent)
        await append(reopen(), ledger, chunks_of())
        assert [part.size for part in ledger.parts] == [part_size, 5]
        await complete(reopen(), ledger)
        assert await content(store, "a/b") == sent

    async def test_a_size_learnt_at_the_end_of_a_part_needs_nothing_more(
        self, reopen: Reopen, store: ObjectStore, part_size: int
    ) -> None:
        sent = pattern(part_size)
        ledger = await begun(reopen(), part_size)
        await append(reopen(), ledger, chunks_of(sent))
        ledger.size = len(sent)
        await append(reopen(), ledger, chunks_of())
        assert [part.size for part in ledger.parts] == [part_size]
        await complete(reopen(), ledger)
        assert await content(store, "a/b") == sent

    @pytest.mark.parametrize("place", [0, 10])
    async def test_more_bytes_than_the_object_has_are_refused_after_what_fits(
        self, reopen: Reopen, store: ObjectStore, part_size: int, place: int
    ) -> None:
        sent = pattern(part_size + 50)
        ledger = await begun(reopen(), part_size, len(sent))
        await append(reopen(), ledger, chunks_of(sent[:place]))
        with pytest.raises(LengthMismatch):
            await append(reopen(), ledger, chunks_of(sent[place:] + b"more", b"and more"))
        assert ledger.offset == len(sent)
        with pytest.raises(LengthMismatch):
            await append(reopen(), ledger, chunks_of(b"x"))
        await complete(reopen(), ledger)
        assert await content(store, "a/b") == sent

    async def test_a_size_less_than_what_is_there_is_refused(self, reopen: Reopen, part_size: int) -> None:
        ledger = await begun(reopen(), part_size)
        await append(reopen(), ledger, chunks_of(pattern(part_size + 10)))
        for size in (1, part_size - 1, part_size, part_size + 9):
            with pytest.raises(LengthMismatch):
                await append(reopen(), replace(ledger.copy(), size=size), chunks_of())

    async def test_an_upload_that_is_not_there_takes_nothing(self, resumable: ResumableUploads, part_size: int) -> None:
        ledger = await begun(resumable, part_size)
        for stranger in (replace(ledger, upload_id="0" * 32), replace(ledger, upload_id="../a")):
            with pytest.raises(ObjectMissing):
                await append(resumable, stranger, chunks_of(b"1"))
            with pytest.raises(ObjectMissing):
                await resumable.put_part(stranger.key, stranger.upload_id, PartToSign(1, 1), chunks_of(b"1"))
            with pytest.raises(ObjectMissing):
                await parts_of(resumable, stranger)

    @pytest.mark.parametrize("key", BAD_KEYS)
    async def test_a_key_that_is_not_ours_is_refused(self, resumable: ResumableUploads, key: str) -> None:
        with pytest.raises(InvalidRequest):
            await resumable.begin(key)
