"""One signed request stores a whole object."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from asset_ingest.core.errors import InvalidRequest
from asset_ingest.core.ports.object_store import DirectUploads, ObjectStore, SignedRequest
from asset_ingest.testing.direct_uploads.sending import AN_HOUR, flipped, md5_of, send, send_other_length
from asset_ingest.testing.object_store import BAD_KEYS, chunks_of, content, keys


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

    @pytest.mark.parametrize("kind", [None, "model/vnd.usdz+zip"])
    async def test_bytes_that_changed_on_the_way_are_refused_and_can_be_sent_again(
        self, direct: DirectUploads, store: ObjectStore, http: httpx.AsyncClient, kind: str | None
    ) -> None:
        signed = await direct.sign_put("a", 5, AN_HOUR, kind, md5_of(b"12345"))
        assert signed.headers["Content-MD5"] == md5_of(b"12345")
        assert (await send(http, signed, flipped(b"12345"))).is_client_error
        assert await keys(store, "") == set()
        assert (await send(http, signed, b"12345")).is_success
        assert await content(store, "a") == b"12345"

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
