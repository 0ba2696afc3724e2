"""How uploads in parts end, and where those are that have not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import httpx
import pytest

from asset_ingest.core.errors import Conflict, InvalidRequest, ObjectMissing
from asset_ingest.core.ports.object_store import DirectUploads, ObjectStore, PartToSign, StoredPart
from asset_ingest.testing.direct_uploads.sending import AN_HOUR, parts_of, send, send_parts, smallest, unfinished
from asset_ingest.testing.object_store import chunks_of, content, keys


class CompletionContract:
    """Whole or not at all, and the same answer to every repetition."""

    async def test_completing_again_says_the_same(
        self, direct: DirectUploads, store: ObjectStore, http: httpx.AsyncClient
    ) -> None:
        upload_id = await direct.begin("a")
        await send_parts(http, direct, "a", upload_id, {1: b"123"})
        parts = await parts_of(direct, "a", upload_id)
        stored = await direct.complete("a", upload_id, parts)
        assert await direct.complete("a", upload_id, parts) == stored
        assert await content(store, "a") == b"123"

    async def test_parts_that_are_not_so_change_nothing(
        self, direct: DirectUploads, store: ObjectStore, http: httpx.AsyncClient
    ) -> None:
        upload_id = await direct.begin("a")
        await send_parts(http, direct, "a", upload_id, {1: smallest(direct), 2: b"2"})
        first, last = await parts_of(direct, "a", upload_id)
        wrong: Sequence[list[StoredPart]] = (
            [],
            [first, last, StoredPart(3, 1, last.etag)],
            [first, StoredPart(2, 1, first.etag)],
        )
        for parts in wrong:
            with pytest.raises(Conflict):
                await direct.complete("a", upload_id, parts)
            assert await keys(store, "") == set()
        assert (await direct.complete("a", upload_id, [first, last])).size == first.size + last.size

    async def test_an_aborted_upload_is_gone(
        self, direct: DirectUploads, store: ObjectStore, http: httpx.AsyncClient
    ) -> None:
        await store.put("a", chunks_of(b"old"))
        upload_id = await direct.begin("a")
        await send_parts(http, direct, "a", upload_id, {1: b"1"})
        parts = await parts_of(direct, "a", upload_id)
        (signed,) = await direct.sign_parts("a", upload_id, [PartToSign(2, 1)], AN_HOUR)
        await direct.abort("a", upload_id)
        await direct.abort("a", upload_id)
        assert (await send(http, signed, b"2")).is_client_error
        with pytest.raises(ObjectMissing):
            await parts_of(direct, "a", upload_id)
        with pytest.raises(ObjectMissing):
            await direct.complete("a", upload_id, parts)
        assert await content(store, "a") == b"old"

    async def test_aborting_what_is_complete_leaves_the_object(
        self, direct: DirectUploads, store: ObjectStore, http: httpx.AsyncClient
    ) -> None:
        upload_id = await direct.begin("a")
        await send_parts(http, direct, "a", upload_id, {1: b"123"})
        await direct.complete("a", upload_id, await parts_of(direct, "a", upload_id))
        await direct.abort("a", upload_id)
        assert await content(store, "a") == b"123"


class UnfinishedContract:
    """What is under way can be found again."""

    async def test_an_upload_under_way_is_found_by_its_key(
        self, direct: DirectUploads, http: httpx.AsyncClient
    ) -> None:
        upload_id = await direct.begin("a/b")
        await send_parts(http, direct, "a/b", upload_id, {1: b"1"})
        (found,) = await unfinished(direct, "a/b")
        assert (found.key, found.upload_id) == ("a/b", upload_id)
        assert abs(datetime.now(UTC) - found.begun_at) < AN_HOUR

    async def test_the_bytes_of_an_upload_under_way_are_counted(
        self, direct: DirectUploads, http: httpx.AsyncClient
    ) -> None:
        upload_id = await direct.begin("a/b")
        assert await direct.bytes_held("a/b", upload_id) == 0
        await send_parts(http, direct, "a/b", upload_id, {1: b"12", 3: b"3"})
        assert await direct.bytes_held("a/b", upload_id) == 3
        await direct.abort("a/b", upload_id)
        with pytest.raises(ObjectMissing):
            await direct.bytes_held("a/b", upload_id)

    async def test_what_is_complete_or_aborted_is_not_found(
        self, direct: DirectUploads, http: httpx.AsyncClient
    ) -> None:
        complete, aborted = await direct.begin("a"), await direct.begin("b")
        await send_parts(http, direct, "a", complete, {1: b"1"})
        await direct.complete("a", complete, await parts_of(direct, "a", complete))
        await direct.abort("b", aborted)
        assert await unfinished(direct, "a") == await unfinished(direct, "b") == []

    @pytest.mark.parametrize("prefix", ["/", "..", "a//", "a b"])
    async def test_a_prefix_that_no_key_has_is_refused(self, direct: DirectUploads, prefix: str) -> None:
        with pytest.raises(InvalidRequest):
            await unfinished(direct, prefix)


class UnfinishedByPrefixContract:
    """Not every provider can: MinIO wants the whole key."""

    async def test_every_upload_below_a_prefix_is_found_past_a_page(self, direct: DirectUploads) -> None:
        wanted = {("x/1", await direct.begin("x/1")) for _ in range(3)}
        wanted |= {(key, await direct.begin(key)) for key in ("x/2", "x/22", "x/y/3")}
        others = {(key, await direct.begin(key)) for key in ("w", "xx", "y/x")}
        found = [(upload.key, upload.upload_id) for upload in await unfinished(direct, "x/")]
        assert sorted(found) == sorted(wanted)
        found = [(upload.key, upload.upload_id) for upload in await unfinished(direct, "")]
        assert sorted(found) == sorted(wanted | others)
