"""Who may tell of new objects, and that the answer tells nothing."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.unit.web.conftest import Site
from tests.unit.web.door import API, Answer

from asset_ingest.core.services.arrivals import HINTS_IN_LINE
from asset_ingest.entrypoints.web.hooks import LARGEST_NOTICE
from asset_ingest.entrypoints.web.options import WebOptions

TOKEN = "sixteen-letters-or-more"
B2_SECRET = "0123456789abcdefghijABCDEFGHIJ12"
SECRETS = {"minio": TOKEN, "ceph": TOKEN, "b2": B2_SECRET}
BEARER = {"Authorization": f"Bearer {TOKEN}"}
TEST_EVENT = b'{"events":[{"bucketName":"b","eventType":"b2:TestEvent","eventVersion":1}]}'
# printf %s "$BODY" | openssl dgst -sha256 -hmac 0123456789abcdefghijABCDEFGHIJ12
TEST_EVENT_SIGNED = "8663e7e826b955e361c9ed707998482883f447e20c118785df83c50b34ff8563"


@pytest.fixture
async def site(open_site: Callable, tmp_path: Path) -> Site:
    return await open_site(WebOptions(hooks=SECRETS, static=tmp_path / "not-built"))


async def tell(site: Site, provider: str, body: bytes = b"{}", query: str = "", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await site.anybody("POST", f"{API}/hooks/storage/{provider}{query}", data=body, headers=named)


def signed(body: bytes, secret: str = B2_SECRET) -> str:
    return f"v1={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


async def test_what_nobody_set_up_is_not_there(open_site: Callable) -> None:
    site = await open_site()
    for provider in ("minio", "ceph", "b2", "aws", "%00", "..", "x" * 300):
        (await tell(site, provider, **BEARER)).refused(404, "not_found")
        assert (await site.anybody("HEAD", f"{API}/hooks/storage/{provider}", headers=BEARER)).status == 404


async def test_a_provider_that_there_is_not_is_not_there(site: Site) -> None:
    (await tell(site, "aws", **BEARER)).refused(404, "not_found")


async def test_minio_is_known_by_its_token_and_may_ask_first(site: Site) -> None:
    assert (await tell(site, "minio", **BEARER)).status == 200
    assert (await site.anybody("HEAD", f"{API}/hooks/storage/minio", headers=BEARER)).status == 200
    assert (await site.anybody("HEAD", f"{API}/hooks/storage/minio")).status == 401


async def test_minio_says_a_token_of_two_words_as_it_is(open_site: Callable, tmp_path: Path) -> None:
    site = await open_site(WebOptions(hooks={"minio": "Key sixteen-letters"}, static=tmp_path / "not-built"))
    assert (await tell(site, "minio", Authorization="Key sixteen-letters")).status == 200
    (await tell(site, "minio", Authorization="Bearer Key sixteen-letters")).refused(401, "unauthenticated")


async def test_ceph_is_known_by_the_token_in_its_address_or_in_a_header(site: Site) -> None:
    assert (await tell(site, "ceph", query=f"?token={TOKEN}")).status == 200
    assert (await tell(site, "ceph", **BEARER)).status == 200
    (await tell(site, "ceph", query="?token=another", **BEARER)).refused(401, "unauthenticated")


@pytest.mark.parametrize("provider", ["minio", "ceph"])
@pytest.mark.parametrize(
    "said", ["", TOKEN, f"Basic {TOKEN}", f"bearer  {TOKEN}", f"Bearer {TOKEN}x", "Bearer ", "Bearer \u00fc"]
)
async def test_nobody_else_is(site: Site, provider: str, said: str) -> None:
    (await tell(site, provider, Authorization=said)).refused(401, "unauthenticated")
    assert TOKEN not in str(site.observer.__dict__)


async def test_a_token_does_not_count_in_the_address_of_others(site: Site) -> None:
    for provider in ("minio", "b2"):
        (await tell(site, provider, query=f"?token={TOKEN}")).refused(401, "unauthenticated")


async def test_a_body_that_b2_signed_is_taken(site: Site) -> None:
    assert signed(TEST_EVENT) == f"v1={TEST_EVENT_SIGNED}"
    told = await tell(site, "b2", TEST_EVENT, X_Bz_Event_Notification_Signature=f"v1={TEST_EVENT_SIGNED}")
    assert (told.status, told.body) == (200, b"")
    two = f"v1={'0' * 64}, {signed(TEST_EVENT)}"
    assert (await tell(site, "b2", TEST_EVENT, X_Bz_Event_Notification_Signature=two)).status == 200


@pytest.mark.parametrize(
    "said", ["", "v1=", f"v1={'0' * 64}", signed(TEST_EVENT)[3:], signed(TEST_EVENT + b" "), signed(TEST_EVENT, "x")]
)
async def test_a_body_that_b2_did_not_sign_is_not_looked_at(site: Site, said: str) -> None:
    told = await tell(site, "b2", b"not even JSON" if said else TEST_EVENT, X_Bz_Event_Notification_Signature=said)
    told.refused(401, "unauthenticated")


async def test_an_api_key_is_no_token(site: Site) -> None:
    for provider in SECRETS:
        answer = await site.admin("POST", f"{API}/hooks/storage/{provider}", data=b"{}")
        answer.refused(401, "unauthenticated")


async def test_what_cannot_be_read_is_refused(site: Site) -> None:
    (await tell(site, "minio", b"nonsense", **BEARER)).refused(400, "invalid_request")
    (await tell(site, "minio", b" " * (LARGEST_NOTICE + 1), **BEARER)).refused(413, "too_large")


async def test_more_hints_than_fit_are_left_to_be_found(site: Site) -> None:
    keys = [f"studios/{n:032x}/uploads/{n:032x}/original" for n in range(9)]
    dashed = [
        f"studios/00000000-0000-4000-8000-{n:012x}/uploads/00000000-0000-4000-8000-{n:012x}/original"
        for n in range(HINTS_IN_LINE + 9)
    ]
    for some in (keys, *(dashed[at : at + 500] for at in range(0, len(dashed), 500))):
        records = [{"eventName": "ObjectCreated:Put", "s3": {"object": {"key": key}}} for key in some]
        assert (await tell(site, "minio", json.dumps({"Records": records}).encode(), **BEARER)).status == 200
    waiting = site.program.app.arrivals._waiting
    assert len(waiting) == HINTS_IN_LINE
    await site.program.app.arrivals.follow()
    assert not waiting
