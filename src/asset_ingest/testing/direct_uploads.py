"""What every DirectUploads promises.

Subclasses bring `direct`, listing in pages of two; `store`, the same place, empty; and `http`, a client for its URLs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from asset_ingest.core.errors import Conflict, InvalidRequest, ObjectMissing
from asset_ingest.core.ports.object_store import (
    DirectUploads,
    ObjectStore,
    PartToSign,
    SignedRequest,
    StoredPart,
    UnfinishedUpload,
)
from asset_ingest.testing.object_store import BAD_KEYS, chunks_of, content, keys, pattern

AN_HOUR = timedelta(hours=1)


async def send(http: httpx.AsyncClient, signed: SignedRequest, body: bytes) -> httpx.Response:
    """Send what was signed, with exactly its headers, as a page or a program would."""
    return await http.request(signed.method, signed.url, headers=dict(signed.headers), content=body)


async def send_other_length(http: httpx.AsyncClient, signed: SignedRequest, body: bytes) -> httpx.Response:
    """Send a body of another length than was signed, under its true Content-Length."""
    headers = {name: value for name, value in signed.headers.items() if name.lower() != "content-length"}
    return await http.request(signed.method, signed.url, headers=headers, content=body)


async def send_parts(
    http: httpx.AsyncClient, direct: DirectUploads, key: str, upload_id: str, bodies: dict[int, bytes]
) -> None:
    wanted = [PartToSign(number, len(body)) for number, body in bodies.items()]
    signed = await direct.sign_parts(key, upload_id, wanted, AN_HOUR)
    for request, body in zip(signed, bodies.values(), strict=True):
        assert (await send(http, request, body)).is_success


async def parts_of(direct: DirectUploads, key: str, upload_id: str) -> list[StoredPart]:
    return [part async for part in direct.parts(key, upload_id)]


async def unfinished(direct: DirectUploads, prefix: str) -> list[UnfinishedUpload]:
    return [upload async for upload in direct.unfinished(prefix)]


def smallest(direct: DirectUploads) -> bytes:
    """Return the smallest body that need not be the last part."""
    return pattern(direct.part_limits.smallest)


class SignedPutContract:
    """One request, one object, of the length that was signed."""

    async def test_whoever_holds_the_request_stores_the_object(
        self, direct: DirectUploads, store: ObjectStore, http: httpx.AsyncClient
    ) -> None:
        signed = await direct.sign_put("a/b.bin", 5, AN_HOUR)
        assert (await send(http, signed, b"12345")).is_success
        assert await content(store, "a/b.bin") == b"12345"

    async def test_a_type_that_was_signed_is_the_only_one_that_is_taken(
        self, direct: DirectUploads, store: ObjectStore, http: httpx.AsyncClient
    ) -> None:
        signed = await direct.sign_put("a", 5, AN_HOUR, "model/vnd.usdz+zip")
        assert signed.headers["Content-Type"] == "model/vnd.usdz+zip"
        other = replace(signed, headers={**signed.headers, "Content-Type": "text/html"})
        assert (await send(http, other, b"12345")).is_client_error
        assert await keys(store, "") == set()
        assert (await send(http, signed, b"12345")).is_success
        assert (await store.stat("a")).content_type in {"model/vnd.usdz+zip", None}

    async def test_requests_reach_whom_it_names(self, direct: DirectUploads) -> None:
        if direct.origin is not None:
            assert (await direct.sign_put("a", 5, AN_HOUR)).url.startswith(f"{direct.origin}/")

    async def test_an_object_may_be_empty(
        self, direct: DirectUploads, store: ObjectStore, http: httpx.AsyncClient
    ) -> None:
        assert (await send(http, await direct.sign_put("a", 0, AN_HOUR), b"")).is_success
        assert (await store.stat("a")).size == 0

    @pytest.mark.parametrize("body", [b"", b"1234", b"123456", b"1" * 100_000])
    async def test_no_other_length_is_taken(
        self, direct: DirectUploads, store: ObjectStore, http: httpx.AsyncClient, body: bytes
    ) -> None:
        signed = await direct.sign_put("a", 5, AN_HOUR)
        assert (await send_other_length(http, signed, body)).is_client_error
        assert await keys(store, "") == set()

    @pytest.mark.parametrize("method", ["GET", "DELETE", "POST"])
    async def test_no_other_method_is_allowed(
        self, direct: DirectUploads, store: ObjectStore, http: httpx.AsyncClient, method: str
    ) -> None:
        await store.put("a", chunks_of(b"old"))
        signed = await direct.sign_put("a", 0, AN_HOUR)
        assert (await http.request(method, signed.url, headers=dict(signed.headers))).is_client_error
        assert await content(store, "a") == b"old"

    async def test_no_other_key_is_allowed(
        self, direct: DirectUploads, store: ObjectStore, http: httpx.AsyncClient
    ) -> None:
        signed = await direct.sign_put("aaa", 1, AN_HOUR)
        other = SignedRequest(signed.method, signed.url.replace("aaa", "bbb"), signed.headers, signed.expires_at)
        assert (await send(http, other, b"1")).is_client_error
        assert await keys(store, "") == set()

    async def test_it_says_when_it_ends(self, direct: DirectUploads) -> None:
        signed = await direct.sign_put("a", 5, AN_HOUR)
        assert abs(signed.expires_at - datetime.now(UTC) - AN_HOUR) < timedelta(minutes=1)

    async def test_its_secret_is_not_shown(self, direct: DirectUploads) -> None:
        signed = await direct.sign_put("a", 5, AN_HOUR)
        assert signed.url not in repr(signed)

    @pytest.mark.parametrize("lifetime", [timedelta(0), timedelta(seconds=-1), timedelta(days=8)])
    async def test_a_senseless_lifetime_is_refused(self, direct: DirectUploads, lifetime: timedelta) -> None:
        with pytest.raises(InvalidRequest):
            await direct.sign_put("a", 5, lifetime)

    @pytest.mark.parametrize("key", BAD_KEYS)
    async def test_a_key_that_is_not_ours_is_refused(self, direct: DirectUploads, key: str) -> None:
        with pytest.raises(InvalidRequest):
            await direct.sign_put(key, 5, AN_HOUR)
        with pytest.raises(InvalidRequest):
            await direct.begin(key)


class SignedPartsContract:
    """Parts in any order, then one object."""

    async def test_parts_become_the_object_in_order_of_their_numbers(
        self, direct: DirectUploads, store: ObjectStore, http: httpx.AsyncClient
    ) -> None:
        first, last = smallest(direct), b"the end"
        upload_id = await direct.begin("a/b")
        await send_parts(http, direct, "a/b", upload_id, {2: last, 1: first})
        assert await keys(store, "") == set()
        parts = await parts_of(direct, "a/b", upload_id)
        stored = await direct.complete("a/b", upload_id, parts[::-1])
        assert (stored.key, stored.size) == ("a/b", len(first) + len(last))
        assert await content(store, "a/b") == first + last

    async def test_parts_are_listed_by_number_past_a_page(self, direct: DirectUploads, http: httpx.AsyncClient) -> None:
        upload_id = await direct.begin("a")
        assert await parts_of(direct, "a", upload_id) == []
        await send_parts(http, direct, "a", upload_id, {number: b"x" * number for number in (3, 5, 1, 2, 4)})
        parts = await parts_of(direct, "a", upload_id)
        assert [(part.number, part.size) for part in parts] == [(number, number) for number in range(1, 6)]

    async def test_the_sender_is_told_the_etag_that_is_listed(
        self, direct: DirectUploads, http: httpx.AsyncClient
    ) -> None:
        upload_id = await direct.begin("a")
        (signed,) = await direct.sign_parts("a", upload_id, [PartToSign(1, 3)], AN_HOUR)
        told = (await send(http, signed, b"123")).headers["ETag"]
        listed = [part.etag for part in await parts_of(direct, "a", upload_id)]
        assert [etag.strip('"') for etag in listed] == [told.strip('"')]  # HTTP quotes what a store may not

    async def test_a_part_of_another_length_is_refused(self, direct: DirectUploads, http: httpx.AsyncClient) -> None:
        upload_id = await direct.begin("a")
        (signed,) = await direct.sign_parts("a", upload_id, [PartToSign(1, 3)], AN_HOUR)
        assert (await send_other_length(http, signed, b"1234")).is_client_error
        assert await parts_of(direct, "a", upload_id) == []

    async def test_a_part_sent_again_replaces_itself(
        self, direct: DirectUploads, store: ObjectStore, http: httpx.AsyncClient
    ) -> None:
        upload_id = await direct.begin("a")
        await send_parts(http, direct, "a", upload_id, {1: b"old"})
        await send_parts(http, direct, "a", upload_id, {1: b"newer"})
        await direct.complete("a", upload_id, await parts_of(direct, "a", upload_id))
        assert await content(store, "a") == b"newer"

    async def test_what_was_there_stays_until_the_upload_is_complete(
        self, direct: DirectUploads, store: ObjectStore, http: httpx.AsyncClient
    ) -> None:
        await store.put("a", chunks_of(b"old"))
        upload_id = await direct.begin("a")
        await send_parts(http, direct, "a", upload_id, {1: b"new"})
        assert await content(store, "a") == b"old"
        await direct.complete("a", upload_id, await parts_of(direct, "a", upload_id))
        assert await content(store, "a") == b"new"

    async def test_two_uploads_of_one_key_do_not_meet(
        self, direct: DirectUploads, store: ObjectStore, http: httpx.AsyncClient
    ) -> None:
        one, two = await direct.begin("a"), await direct.begin("a")
        await send_parts(http, direct, "a", one, {1: b"one"})
        await send_parts(http, direct, "a", two, {1: b"two"})
        await direct.complete("a", two, await parts_of(direct, "a", two))
        assert await content(store, "a") == b"two"
        await direct.complete("a", one, await parts_of(direct, "a", one))
        assert await content(store, "a") == b"one"


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


class SmallestPartContract:
    """Not every store has one: a disk takes any."""

    async def test_a_part_too_small_is_said_and_can_be_sent_again(
        self, direct: DirectUploads, store: ObjectStore, http: httpx.AsyncClient
    ) -> None:
        upload_id = await direct.begin("a")
        await send_parts(http, direct, "a", upload_id, {1: b"small", 2: b"last"})
        with pytest.raises(Conflict):
            await direct.complete("a", upload_id, await parts_of(direct, "a", upload_id))
        assert await keys(store, "") == set()
        await send_parts(http, direct, "a", upload_id, {1: smallest(direct)})
        await direct.complete("a", upload_id, await parts_of(direct, "a", upload_id))
        assert await content(store, "a") == smallest(direct) + b"last"


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


class DirectUploadsContract(SignedPutContract, SignedPartsContract, CompletionContract, UnfinishedContract):
    """What all of them promise; there is a suite of its own for what some can and for what some must."""
