"""Whatever answers in Strapi's place, we get one of our errors, in bounded time and memory, without the token in it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from asset_ingest.adapters.cms.strapi.client import LARGEST_ANSWER, StrapiClient, connected
from asset_ingest.adapters.cms.strapi.errors import Answer, Doubtful, EntryRefused, TokenRefused, refusal
from asset_ingest.core.errors import GiveUp, IngestError, Misconfigured, ServiceUnavailable
from asset_ingest.core.formats.plain_text import is_showable
from asset_ingest.testing.fault_proxy import FaultProxy, Forward, answering, fault_proxy, hanging

TOKEN = "s3cret-token"
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
async def proxy() -> AsyncIterator[FaultProxy]:
    """Have a server that only has faults."""
    async with fault_proxy(NOWHERE) as proxy:
        yield proxy


@pytest.fixture
async def client(proxy: FaultProxy) -> AsyncIterator[StrapiClient]:
    async with connected(proxy.url, TOKEN, seconds=5) as client:
        yield client


async def ask(client: StrapiClient) -> Any:
    return await client.get("look", "assets", {"a": "b"})


async def test_the_token_goes_in_the_header_and_nowhere_else(proxy: FaultProxy, client: StrapiClient) -> None:
    seen: list[web.Request] = []

    async def look(request: web.Request, _: Forward) -> web.StreamResponse:
        seen.append(request)
        return web.json_response({"fine": True})

    proxy.next("GET", "/api/assets", look)
    assert await ask(client) == {"fine": True}
    assert seen[0].headers["Authorization"] == f"Bearer {TOKEN}"
    assert TOKEN not in str(seen[0].url)


async def test_a_redirect_is_not_followed(proxy: FaultProxy, client: StrapiClient) -> None:
    async with fault_proxy(NOWHERE) as elsewhere:
        proxy.next("GET", "/api/assets", answering(307, Location=f"{elsewhere.url}/api/assets?x=1"))
        with pytest.raises(Doubtful, match=f"a redirect to {elsewhere.url}/api/assets$"):
            await ask(client)
        assert elsewhere.asked == []


async def test_an_endless_answer_is_cut(proxy: FaultProxy, client: StrapiClient) -> None:
    proxy.next("GET", "/api/assets", answering(200, b" " * (LARGEST_ANSWER + 1), "application/json"))
    with pytest.raises(Doubtful, match="larger than"):
        await ask(client)


async def test_a_trickle_is_cut_as_a_silence_is(proxy: FaultProxy) -> None:
    async def trickle(request: web.Request, _: Forward) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b" ")
            await asyncio.sleep(0.01)

    proxy.next("GET", "/api/assets", trickle)
    async with connected(proxy.url, TOKEN, seconds=0.2) as client:
        with pytest.raises(Doubtful, match=r"within 0.2 seconds"):
            await ask(client)


async def test_a_compressed_answer_is_not_unpacked(proxy: FaultProxy, client: StrapiClient) -> None:
    proxy.next("GET", "/api/assets", answering(200, b"\x1f\x8b\x08bomb", "application/json", Content_Encoding="gzip"))
    with pytest.raises(Doubtful, match="no JSON"):
        await ask(client)


async def test_deep_json_is_no_answer(proxy: FaultProxy, client: StrapiClient) -> None:
    proxy.next("GET", "/api/assets", answering(200, b"[" * 200_000, "application/json"))
    with pytest.raises(Doubtful, match="no JSON"):
        await ask(client)


async def test_a_page_that_repeats_our_token_is_quoted_without_it(proxy: FaultProxy, client: StrapiClient) -> None:
    page = f"<p>denied: Bearer {TOKEN}</p>".encode()
    proxy.next("GET", "/api/assets", answering(403, page, "text/html"))
    with pytest.raises(Doubtful, match=r"403, text/html: <p>denied: Bearer \[hidden\]</p>"):
        await ask(client)


async def test_a_server_that_is_not_there_is_our_error() -> None:
    async with connected(NOWHERE, TOKEN, seconds=5) as client:
        with pytest.raises(Doubtful, match=r"the connection to http://127\.0\.0\.1:9 failed"):
            await ask(client)


async def test_the_address_may_have_a_path_and_may_name_the_api(proxy: FaultProxy) -> None:
    for ending in ("/cms", "/cms/", "/cms/api"):
        proxy.next("GET", "/cms/api/assets", answering(200, b"1", "application/json"))
        async with connected(proxy.url + ending, TOKEN, seconds=5) as client:
            assert await ask(client) == 1


@pytest.mark.parametrize(
    ("url", "token", "sentence"),
    [
        ("strapi:1337", TOKEN, "ASSET_INGEST_STRAPI_URL"),
        ("ftp://strapi", TOKEN, "ASSET_INGEST_STRAPI_URL"),
        ("http://", TOKEN, "ASSET_INGEST_STRAPI_URL"),
        ("http://user:hunter2@strapi", TOKEN, "ASSET_INGEST_STRAPI_URL must hold no password"),
        ("http://strapi?token=hunter2", TOKEN, "ASSET_INGEST_STRAPI_URL must hold no password"),
        ("http://strapi:port", TOKEN, "ASSET_INGEST_STRAPI_URL"),
        ("http://strapi", " ", "ASSET_INGEST_STRAPI_TOKEN"),
        ("http://strapi", "hunter2\nX-Evil: 1", "ASSET_INGEST_STRAPI_TOKEN"),
        ("http://strapi", "hünter2", "ASSET_INGEST_STRAPI_TOKEN"),
    ],
)
async def test_what_cannot_work_is_said_at_once_and_not_quoted(url: str, token: str, sentence: str) -> None:
    with pytest.raises(Misconfigured, match=sentence) as refused:
        async with connected(url, token, seconds=5):
            pass
    assert "hunter2" not in str(refused.value)


async def test_https_is_verified(proxy: FaultProxy) -> None:
    async with connected(proxy.url.replace("http:", "https:"), TOKEN, seconds=5) as client:
        with pytest.raises(Doubtful):
            await ask(client)


async def test_an_upload_that_takes_too_long_is_in_doubt(proxy: FaultProxy, client: StrapiClient) -> None:
    proxy.next("GET", "/api/assets", hanging)
    async with connected(proxy.url, TOKEN, seconds=0.1) as hasty:
        with pytest.raises(Doubtful):
            await ask(hasty)


# --- the meaning of answers -------------------------------------------------------------------------------------

STATUSES = st.integers(300, 599)
BODIES = st.binary(max_size=200) | st.recursive(
    st.none() | st.text(max_size=20) | st.integers() | st.just(TOKEN),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.fixed_dictionaries(
            {}, optional=dict.fromkeys(("error", "details", "errors", "message", "path", "key", "status"), inner)
        )
    ),
    max_leaves=12,
).map(lambda body: json.dumps(body).encode())


@given(STATUSES, BODIES, st.sampled_from(["application/json", "text/html", "text/plain", "", TOKEN]))
def test_any_refusal_is_an_error_of_ours_in_a_few_words(status: int, body: bytes, content_type: str) -> None:
    error = refusal(Answer(status, content_type, body, TOKEN, TOKEN), "look", "assets")
    assert isinstance(error, GiveUp | ServiceUnavailable)
    assert isinstance(error, IngestError)
    assert TOKEN not in error.message
    assert all(map(is_showable, error.message))
    assert len(error.message) < 10_000
    assert error.remedy


def test_who_can_mend_it_decides_the_family() -> None:
    def said(status: int, **error: object) -> IngestError:
        body = json.dumps({"data": None, "error": {"status": status, **error}}).encode()
        return refusal(Answer(status, "application/json", body), "look", "assets")

    assert isinstance(said(401, message="Missing or invalid credentials"), TokenRefused)
    refused = said(400, message="x", details={"errors": [{"path": ["title"], "message": "too long"}]})
    assert isinstance(refused, EntryRefused)
    assert refused.fields == {"title"}
    assert isinstance(said(503, message="x"), Doubtful)
