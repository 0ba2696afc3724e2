"""Whole or not at all, and the same answer to every repetition."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from asset_ingest.core.errors import Conflict, InvalidRequest, ObjectMissing
from asset_ingest.core.ports.object_store import (
    ObjectStore,
    ResumableUploads,
    StoredPart,
)
from asset_ingest.testing.object_store import chunks_of, content, keys, pattern
from asset_ingest.testing.resumable_uploads.ledger import (
    Reopen,
    append,
    begun,
    complete,
    parts_of,
    unfinished,
)


class MadeObjectContract:
    """Whole or not at all, and the same answer to every repetition."""

    async def test_completing_again_says_the_same(self, reopen: Reopen, store: ObjectStore, part_size: int) -> None:
        sent = pattern(part_size + 1)
        ledger = await begun(reopen(), part_size, len(sent))
        await append(reopen(), ledger, chunks_of(sent))
        stored = await reopen().complete("a/b", ledger.upload_id, ledger.parts)
        assert await reopen().complete("a/b", ledger.upload_id, ledger.parts[::-1]) == stored
        assert stored == await store.stat("a/b")
        assert await content(store, "a/b") == sent

    async def test_parts_that_are_not_so_change_nothing(
        self, resumable: ResumableUploads, store: ObjectStore, part_size: int
    ) -> None:
        sent = pattern(part_size * 2 + 1)
        ledger = await begun(resumable, part_size, len(sent))
        await append(resumable, ledger, chunks_of(sent))
        first, second, last = ledger.parts
        wrong: Sequence[list[StoredPart]] = (
            [],
            [first, second, last, StoredPart(4, 1, last.etag)],
            [first, second, StoredPart(3, 1, second.etag)],
            [first, StoredPart(2, part_size, "0" * 32), last],
        )
        for parts in wrong:
            with pytest.raises(Conflict):
                await resumable.complete("a/b", ledger.upload_id, parts)
            assert await keys(store, "") == set()
        await complete(resumable, ledger)
        assert await content(store, "a/b") == sent

    async def test_what_was_there_stays_until_the_upload_is_complete(
        self, resumable: ResumableUploads, store: ObjectStore, part_size: int
    ) -> None:
        await store.put("a/b", chunks_of(b"old"))
        ledger = await begun(resumable, part_size, 3)
        await append(resumable, ledger, chunks_of(b"new"))
        assert await content(store, "a/b") == b"old"
        await complete(resumable, ledger)
        assert await content(store, "a/b") == b"new"

    async def test_the_object_is_as_old_as_its_completion(
        self, resumable: ResumableUploads, store: ObjectStore, part_size: int
    ) -> None:
        ledger = await begun(resumable, part_size, 3)
        await append(resumable, ledger, chunks_of(b"new"))
        await complete(resumable, ledger)
        assert abs(datetime.now(UTC) - (await store.stat("a/b")).stored_at) < timedelta(hours=1)

    async def test_two_uploads_of_one_key_do_not_meet(
        self, resumable: ResumableUploads, store: ObjectStore, part_size: int
    ) -> None:
        one, two = await begun(resumable, part_size, 3), await begun(resumable, part_size, 3)
        await append(resumable, one, chunks_of(b"one"))
        await append(resumable, two, chunks_of(b"two"))
        await complete(resumable, two)
        assert await content(store, "a/b") == b"two"
        await complete(resumable, one)
        assert await content(store, "a/b") == b"one"

    async def test_an_aborted_upload_is_gone(self, reopen: Reopen, store: ObjectStore, part_size: int) -> None:
        await store.put("a/b", chunks_of(b"old"))
        ledger = await begun(reopen(), part_size)
        await append(reopen(), ledger, chunks_of(pattern(part_size + 3)))
        await reopen().abort("a/b", ledger.upload_id)
        await reopen().abort("a/b", ledger.upload_id)
        with pytest.raises(ObjectMissing):
            await append(reopen(), ledger, chunks_of(b"1"))
        with pytest.raises(ObjectMissing):
            await parts_of(reopen(), ledger)
        with pytest.raises(ObjectMissing):
            await complete(reopen(), ledger)
        assert await content(store, "a/b") == b"old"
        assert await keys(store, "") == {"a/b"}

    async def test_aborting_what_is_complete_leaves_the_object(
        self, resumable: ResumableUploads, store: ObjectStore, part_size: int
    ) -> None:
        ledger = await begun(resumable, part_size, 3)
        await append(resumable, ledger, chunks_of(b"new"))
        await complete(resumable, ledger)
        await resumable.abort("a/b", ledger.upload_id)
        assert await content(store, "a/b") == b"new"

    async def test_aborting_what_never_was_is_no_error(self, resumable: ResumableUploads) -> None:
        await resumable.abort("a/b", "0" * 32)

    async def test_what_is_under_way_is_found_by_its_key(self, reopen: Reopen, part_size: int) -> None:
        one, two = await begun(reopen(), part_size), await begun(reopen(), part_size, key="b/c")
        await append(reopen(), one, chunks_of(b"1"))
        (found,) = await unfinished(reopen(), "a/b")
        assert (found.key, found.upload_id) == ("a/b", one.upload_id)
        assert abs(datetime.now(UTC) - found.begun_at) < timedelta(hours=1)
        await reopen().abort("a/b", one.upload_id)
        two.size = 1
        await append(reopen(), two, chunks_of(b"1"))
        await complete(reopen(), two)
        assert await unfinished(reopen(), "a/b") == await unfinished(reopen(), "b/c") == []

    @pytest.mark.parametrize("prefix", ["/", "..", "a//", "a b"])
    async def test_a_prefix_that_no_key_has_is_refused(self, resumable: ResumableUploads, prefix: str) -> None:
        with pytest.raises(InvalidRequest):
            await unfinished(resumable, prefix)
