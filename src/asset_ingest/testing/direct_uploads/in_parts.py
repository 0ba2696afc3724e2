"""Signed parts become the object."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from asset_ingest.core.errors import Conflict
from asset_ingest.core.ports.object_store import DirectUploads, ObjectStore, PartToSign
from asset_ingest.testing.direct_uploads.sending import (
    AN_HOUR,
    flipped,
    md5_of,
    parts_of,
    send,
    send_other_length,
    send_parts,
    smallest,
)
from asset_ingest.testing.object_store import chunks_of, content, keys


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

    async def test_a_part_whose_bytes_changed_on_the_way_is_refused_and_can_be_sent_again(
        self, direct: DirectUploads, store: ObjectStore, http: httpx.AsyncClient
    ) -> None:
        bodies = {1: smallest(direct), 2: b"the end"}
        upload_id = await direct.begin("a")
        wanted = [PartToSign(number, len(body), md5_of(body)) for number, body in bodies.items()]
        signed = dict(zip(bodies, await direct.sign_parts("a", upload_id, wanted, AN_HOUR), strict=True))
        for number, body in bodies.items():
            assert signed[number].headers["Content-MD5"] == md5_of(body)
            assert (await send(http, signed[number], flipped(body))).is_client_error
        assert await parts_of(direct, "a", upload_id) == []
        for number, body in bodies.items():
            assert (await send(http, signed[number], body)).is_success
            assert (await send(http, signed[number], flipped(body))).is_client_error
        await direct.complete("a", upload_id, await parts_of(direct, "a", upload_id))
        assert await content(store, "a") == bodies[1] + bodies[2]

    @pytest.mark.parametrize("told", [None, md5_of(b"321")], ids=["none", "another"])
    async def test_a_digest_that_was_signed_is_the_only_one_that_is_taken(
        self, direct: DirectUploads, http: httpx.AsyncClient, told: str | None
    ) -> None:
        """Or else a sender's proxy could make its own digest of what it has spoilt."""
        upload_id = await direct.begin("a")
        (signed,) = await direct.sign_parts("a", upload_id, [PartToSign(1, 3, md5_of(b"123"))], AN_HOUR)
        other = {name: value for name, value in signed.headers.items() if name != "Content-MD5"}
        other |= {"Content-MD5": told} if told else {}
        assert (await send(http, replace(signed, headers=other), b"321")).status_code == 403
        assert await parts_of(direct, "a", upload_id) == []

    async def test_a_digest_that_nobody_signed_is_held_against_the_bytes_too(
        self, direct: DirectUploads, http: httpx.AsyncClient
    ) -> None:
        upload_id = await direct.begin("a")
        (signed,) = await direct.sign_parts("a", upload_id, [PartToSign(1, 3)], AN_HOUR)
        for said in (md5_of(b"321"), "no digest", ""):
            told = replace(signed, headers={**signed.headers, "Content-MD5": said})
            assert (await send(http, told, b"123")).is_client_error, said
        assert await parts_of(direct, "a", upload_id) == []
        told = replace(signed, headers={**signed.headers, "Content-MD5": md5_of(b"123")})
        assert (await send(http, told, b"123")).is_success

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
