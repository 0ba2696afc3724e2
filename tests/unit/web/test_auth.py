"""Who asks, and whether somebody else makes them ask."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.web.conftest import Site
from tests.unit.web.door import Door

from asset_ingest.core.services.access import SESSION_LIVES
from asset_ingest.entrypoints.web.options import WebOptions


async def test_a_link_signs_a_browser_in_once(site: Site) -> None:
    token = await site.program.app.access.sign_in_link()
    answer = await site.anybody.post("/auth/exchange", json={"token": token})
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Path=/" in cookie
    assert f"Max-Age={int(SESSION_LIVES.total_seconds())}" in cookie
    assert "Secure" not in cookie
    assert token not in cookie
    assert answer.json["member"]["role"] == "ADMIN"
    (await site.anybody.post("/auth/exchange", json={"token": token})).refused(401, "unauthenticated")


async def test_the_cookie_is_for_https_alone_where_browsers_use_it(open_site: Callable, tmp_path: Path) -> None:
    site = await open_site(WebOptions(public_url="https://assets.example", static=tmp_path))
    token = await site.program.app.access.sign_in_link()
    answer = await site.anybody.post("/auth/exchange", json={"token": token})
    assert "Secure" in answer.headers["Set-Cookie"]
    assert answer.headers["Strict-Transport-Security"]


async def test_me_tells_a_browser_its_token_and_a_key_that_it_needs_none(site: Site) -> None:
    browser = await site.browser()
    mine, keys = (await browser.get("/auth/me")).json, (await site.admin.get("/auth/me")).json
    assert mine["csrf_token"] == browser.csrf
    assert keys["csrf_token"] is None
    assert (mine["member"], mine["studio"]) == (keys["member"], keys["studio"])


async def test_signing_out_ends_the_session_and_again_is_no_error(site: Site) -> None:
    browser = await site.browser()
    answer = await browser.post("/auth/logout")
    assert answer.status == 204
    assert 'asset_ingest_session=""' in answer.headers["Set-Cookie"]
    (await browser.get("/auth/me")).refused(401, "unauthenticated")
    assert (await browser.post("/auth/logout")).status == 204
    assert (await site.anybody.post("/auth/logout")).status == 204


async def test_signing_out_needs_the_token_too(site: Site) -> None:
    browser = await site.browser()
    (await replace(browser, csrf=None).post("/auth/logout")).refused(403, "forbidden")
    assert (await browser.get("/auth/me")).status == 200


@pytest.mark.parametrize("csrf", [None, "wrong", "f" * 64, "é"])
async def test_a_cookie_without_its_token_changes_nothing(site: Site, csrf: str | None) -> None:
    browser = await site.browser()
    forged = replace(browser, csrf=csrf)
    (await forged.upload("a.bin", b"x")).refused(403, "forbidden")
    assert (await forged.get("/jobs")).json["items"] == []
    assert (await browser.upload("a.bin", b"x")).status == 202


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", ""])
async def test_a_page_of_another_origin_cannot_use_the_session(site: Site, origin: str) -> None:
    browser = await site.browser()
    (await browser.upload("a.bin", b"x", Origin=origin)).refused(403, "forbidden")
    token = await site.program.app.access.sign_in_link()
    answer = await site.anybody.post("/auth/exchange", json={"token": token}, headers={"Origin": origin})
    answer.refused(403, "forbidden")


async def test_our_own_pages_can(open_site: Callable, tmp_path: Path) -> None:
    options = WebOptions(public_url="https://assets.example/", cors_origins=("http://dev.example",), static=tmp_path)
    site = await open_site(options)
    browser = await site.browser()
    own = f"http://127.0.0.1:{site.client.port}"
    for origin in (own, "https://assets.example", "http://dev.example"):
        assert (await browser.upload("a.bin", b"x", Origin=origin)).status == 202


async def test_a_key_needs_neither_token_nor_origin(site: Site) -> None:
    assert (await site.admin.upload("a.bin", b"x", Origin="https://elsewhere.example")).status == 202


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer wrong-but-well-formed",
        "Basic YTpi",
        "",
        "Bearer a b",
        "Bearer é-and-more-characters",
        "x" * 4000,
    ],
)
async def test_a_key_that_is_none_is_refused(site: Site, header: str) -> None:
    answer = await site.anybody.get("/jobs", headers={"Authorization": header})
    answer.refused(401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("cookie", [None, "short", "x" * 43, '"quoted"', "é" * 20])
async def test_a_cookie_that_is_none_is_refused(site: Site, cookie: str | None) -> None:
    (await Door(site.client, cookie=cookie).get("/auth/me")).refused(401, "unauthenticated")


async def test_a_bad_key_is_not_saved_by_a_good_cookie(site: Site) -> None:
    browser = await site.browser()
    (await replace(browser, key="wrong-but-well-formed").get("/jobs")).refused(401, "unauthenticated")


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        ('{"token": ', "application/json", 400, "invalid_request"),
        ("[]", "application/json", 400, "invalid_request"),
        ("", "application/json", 400, "invalid_request"),
        ("[" * 5000, "application/json", 400, "invalid_request"),
        ('{"token": "\\ud800"}', "application/json", 400, "invalid_request"),
        ("{}", "application/json", 422, "invalid_request"),
        ('{"token": 7}', "application/json", 422, "invalid_request"),
        ('{"token": null}', "application/json", 422, "invalid_request"),
        ('{"token": "\\u0000"}', "application/json", 422, "invalid_request"),
        ('{"token": "' + "x" * 300 + '"}', "application/json", 422, "invalid_request"),
        ('{"token": "abc", "more": 1}', "application/json", 422, "invalid_request"),
        ('{"token": "abc"}', "text/plain", 415, "unsupported_media_type"),
        ('{"token": "abc"}', "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        (" " * 70_000, "application/json", 413, "too_large"),
        ('{"token": "abc"}', "application/json", 401, "unauthenticated"),
    ],
)
async def test_a_body_that_is_wrong_is_refused_for_what_is_wrong(
    site: Site, body: str, kind: str, status: int, code: str
) -> None:
    answer = await site.anybody.post("/auth/exchange", data=body, headers={"Content-Type": kind})
    answer.refused(status, code)


async def test_a_wrong_body_names_its_fields(site: Site) -> None:
    answer = await site.anybody.post("/auth/exchange", json={"token": 7, "more": 1})
    assert sorted(each["field"] for each in answer.json["errors"]) == ["more", "token"]
