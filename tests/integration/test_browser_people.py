"""People come in, are given roles and keys, and are shut out again, each in a real Chromium of their own."""

from __future__ import annotations

import os
import random
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Page, async_playwright, expect
from tests.integration.cutting_proxy import cutting_proxy
from tests.integration.server import Server, ended, serving
from tests.integration.test_browser import ARGUMENTS
from tests.integration.test_browser_resume import PACE, SIZE, arrived, drop

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

PASSWORD = "correct horse battery"
NEW_PASSWORD = "staple of another horse"

Newcomer = Callable[..., AbstractAsyncContextManager[Page]]


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with serving(tmp_path / "data") as running:
        yield running


@pytest.fixture
async def newcomer() -> AsyncIterator[Newcomer]:
    """Open browsers that share nothing; errors on their pages and answers of 5xx fail the test."""
    async with async_playwright() as play:
        browser = await play.chromium.launch(executable_path=os.environ["CHROMIUM"], args=ARGUMENTS)

        @asynccontextmanager
        async def open_page(*, width: int = 1280) -> AsyncIterator[Page]:
            context = await browser.new_context(viewport={"width": width, "height": 900})
            page = await context.new_page()
            wrong: list[str] = []
            page.on("pageerror", lambda error: wrong.append(str(error)))
            page.on("response", lambda answer: wrong.append(answer.url) if answer.status >= 500 else None)
            try:
                yield page
            finally:
                await context.close()
            assert wrong == []

        try:
            yield open_page
        finally:
            await browser.close()


async def enter_by_link(page: Page, server: Server) -> None:
    await page.goto(server.link)
    await expect(page.get_by_test_id("drop-zone")).to_be_visible()


async def sign_in(page: Page, server: Server, email: str, password: str = PASSWORD) -> None:
    await page.goto(server.url)
    await page.get_by_test_id("email").fill(email)
    await page.get_by_test_id("password").fill(password)
    await page.get_by_test_id("password-submit").click()


async def member(server: Server, email: str, name: str, role: str = "ARTIST") -> None:
    """Let somebody join over the API, for tests that are about what comes after."""
    async with server.client() as admin, httpx.AsyncClient(base_url=f"{server.url}/api/v1") as somebody:
        invited = (await admin.post("/invitations", json={"email": email, "role": role})).json()
        token = invited["delivery"]["link"].partition("=")[2]
        joining = {"token": token, "name": name, "password": PASSWORD}
        assert (await somebody.post("/invitations/accept", json=joining)).status_code == 201


async def is_within(page: Page) -> bool:
    """Return whether the page scrolls down alone."""
    return bool(await page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


async def test_somebody_is_invited_joins_and_feels_another_role(server: Server, newcomer: Newcomer) -> None:
    async with newcomer() as admin, newcomer(width=390) as bo:
        await enter_by_link(admin, server)
        await admin.get_by_test_id("member-menu").click()
        await admin.get_by_role("link", name="Members").click()
        await admin.get_by_test_id("invite-email").fill("bo@example.org")
        await admin.get_by_test_id("invite-submit").click()
        link = await admin.get_by_test_id("handed-link").input_value()
        await expect(admin.get_by_test_id("invitations")).to_contain_text("bo@example.org")

        asked: list[str] = []
        bo.on("request", lambda request: asked.append(request.url + str(request.headers)))
        await bo.goto(link)
        await expect(bo.get_by_role("heading", name="Join local")).to_be_visible()
        assert "invitation" not in bo.url
        await bo.get_by_test_id("join-name").fill("Bo")
        await bo.get_by_test_id("join-password").fill(PASSWORD)
        await bo.keyboard.press("Enter")
        await expect(bo.get_by_test_id("drop-zone")).to_be_visible()
        token = link.partition("=")[2]
        assert not any(token in each for each in asked), "no address and no referrer has the token"

        await bo.get_by_test_id("member-menu").click()
        await expect(bo.get_by_role("link", name="Members")).to_be_visible()
        await expect(bo.get_by_role("link", name="API keys")).to_have_count(0)
        await bo.keyboard.press("Escape")
        row = admin.get_by_test_id("member").filter(has_text="bo@example.org")
        await row.get_by_test_id("member-role").select_option("ADMIN")
        await bo.get_by_test_id("member-menu").click()
        await expect(bo.get_by_role("link", name="API keys")).to_be_visible()  # without a reload
        await bo.goto(f"{server.url}/members")
        await expect(bo.get_by_test_id("invite-email")).to_be_visible()
        await expect(bo.get_by_test_id("member")).to_have_count(2)
        assert await is_within(bo)


async def test_an_invitation_opens_nothing_once_it_is_revoked(server: Server, newcomer: Newcomer) -> None:
    async with newcomer() as admin, newcomer() as bo:
        await enter_by_link(admin, server)
        await admin.goto(f"{server.url}/members")
        await admin.get_by_test_id("invite-email").fill("bo@example.org")
        await admin.get_by_test_id("invite-submit").click()
        link = await admin.get_by_test_id("handed-link").input_value()
        await admin.get_by_test_id("withdraw").click()
        await expect(admin.get_by_test_id("invitations")).to_have_count(0)
        await bo.goto(link)
        await expect(bo.get_by_test_id("signin-error")).to_contain_text("used already, or it has expired")


async def test_by_keyboard_alone_one_signs_in_and_a_wrong_password_says_so(server: Server, newcomer: Newcomer) -> None:
    await member(server, "bo@example.org", "Bo")
    async with newcomer(width=390) as page:
        await page.goto(server.url)
        await expect(page.get_by_test_id("email")).to_be_focused()
        await page.keyboard.type("bo@example.org")
        await page.keyboard.press("Tab")
        await page.keyboard.type("a wrong password")
        await page.keyboard.press("Enter")
        await expect(page.get_by_test_id("signin-error")).to_contain_text("address or the password is wrong")
        assert await is_within(page)
        await expect(page.get_by_test_id("password")).to_be_focused()
        await page.keyboard.press("Control+A")
        await page.keyboard.type(PASSWORD)
        await page.keyboard.press("Enter")
        await expect(page.get_by_test_id("drop-zone")).to_be_visible()
        await page.get_by_test_id("member-menu").focus()
        await page.keyboard.press("Enter")
        await page.keyboard.press("ArrowDown")
        await expect(page.get_by_role("link", name="Account")).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(page.get_by_test_id("member-menu")).to_be_focused()


async def test_too_many_tries_say_when_to_come_back(server: Server, newcomer: Newcomer) -> None:
    await member(server, "bo@example.org", "Bo")
    async with newcomer() as page, httpx.AsyncClient(base_url=f"{server.url}/api/v1", timeout=30) as guesser:
        for _ in range(10):
            await guesser.post("/auth/login", json={"email": "bo@example.org", "password": "a guess"})
        await sign_in(page, server, "bo@example.org")
        await expect(page.get_by_test_id("signin-error")).to_contain_text("Try again in 15 minutes")


async def test_an_admins_link_sets_a_new_password_and_ends_what_was_open(server: Server, newcomer: Newcomer) -> None:
    await member(server, "bo@example.org", "Bo")
    async with newcomer() as admin, newcomer() as bo, newcomer() as elsewhere:
        await sign_in(bo, server, "bo@example.org")
        await expect(bo.get_by_test_id("drop-zone")).to_be_visible()
        await enter_by_link(admin, server)
        await admin.goto(f"{server.url}/members")
        row = admin.get_by_test_id("member").filter(has_text="bo@example.org")
        await row.get_by_test_id("member-more").click()
        await row.get_by_role("button", name="Link to a new password").click()
        link = await row.get_by_test_id("handed-link").input_value()
        await elsewhere.goto(link)
        await elsewhere.get_by_test_id("new-password").fill(NEW_PASSWORD)
        assert "reset" not in elsewhere.url
        await elsewhere.get_by_test_id("reset-submit").click()
        await expect(elsewhere.get_by_test_id("signin-said")).to_contain_text("Your new password holds")
        await expect(bo.get_by_test_id("signin-said")).to_contain_text("signed out")  # at once, by itself
        await sign_in(elsewhere, server, "bo@example.org", NEW_PASSWORD)
        await expect(elsewhere.get_by_test_id("drop-zone")).to_be_visible()


async def test_the_first_password_then_signing_out_everywhere(server: Server, newcomer: Newcomer) -> None:
    async with newcomer() as first, newcomer() as second:
        await enter_by_link(first, server)
        await first.goto(f"{server.url}/account")
        await first.get_by_test_id("own-name").fill("Ada Lovelace")
        await first.keyboard.press("Enter")
        await expect(first.get_by_role("button", name="Ada Lovelace, local")).to_be_visible()
        await first.get_by_test_id("account-email").fill("ada@example.org")
        await first.get_by_test_id("new-password").fill(PASSWORD)
        await first.get_by_test_id("password-save").click()
        await expect(first.get_by_test_id("password-done")).to_contain_text("holds")
        await expect(first.get_by_test_id("current-password")).to_be_visible()
        await sign_in(second, server, "ada@example.org")
        await expect(second.get_by_test_id("connection-state")).to_have_attribute("data-state", "live")
        await first.get_by_test_id("everywhere").click()
        await first.get_by_test_id("confirm-yes").click()
        await expect(first.get_by_test_id("signin-said")).to_contain_text("signed out everywhere")
        await expect(second.get_by_test_id("signin-said")).to_be_visible()


async def test_the_last_admin_stays(server: Server, newcomer: Newcomer) -> None:
    async with newcomer() as admin:
        await enter_by_link(admin, server)
        await admin.goto(f"{server.url}/members")
        await admin.get_by_test_id("member-role").select_option("ARTIST")
        await admin.get_by_test_id("confirm-yes").click()
        await expect(admin.get_by_test_id("confirm")).to_contain_text("last admin")
        await admin.get_by_role("button", name="Cancel").click()
        await expect(admin.get_by_test_id("member-role")).to_have_value("ADMIN")


async def test_whoever_is_deactivated_is_out_until_reactivated(server: Server, newcomer: Newcomer) -> None:
    await member(server, "bo@example.org", "Bo")
    async with newcomer() as admin, newcomer() as bo:
        await sign_in(bo, server, "bo@example.org")
        await expect(bo.get_by_test_id("connection-state")).to_have_attribute("data-state", "live")
        await enter_by_link(admin, server)
        await admin.goto(f"{server.url}/members")
        row = admin.get_by_test_id("member").filter(has_text="bo@example.org")
        await row.get_by_test_id("member-more").click()
        await row.get_by_role("button", name="Deactivate").click()
        await admin.get_by_test_id("confirm-yes").click()
        await expect(row).to_have_attribute("data-status", "DEACTIVATED")
        await expect(bo.get_by_test_id("signin-said")).to_be_visible()
        await sign_in(bo, server, "bo@example.org")
        await expect(bo.get_by_test_id("signin-error")).to_be_visible()
        await row.get_by_test_id("member-more").click()
        await row.get_by_role("button", name="Reactivate").click()
        await expect(row).to_have_attribute("data-status", "ACTIVE")
        await bo.get_by_test_id("password-submit").click()
        await expect(bo.get_by_test_id("drop-zone")).to_be_visible()


async def test_a_key_is_made_used_and_revoked(server: Server, newcomer: Newcomer) -> None:
    async with newcomer() as admin:
        await enter_by_link(admin, server)
        await admin.goto(f"{server.url}/keys")
        await admin.get_by_test_id("key-name").fill("Nightly build")
        await admin.locator('[data-action="upload"]').uncheck()
        await admin.get_by_test_id("key-submit").click()
        secret = await admin.get_by_test_id("key-secret").input_value()
        bearer = {"Authorization": f"Bearer {secret}"}
        async with httpx.AsyncClient(base_url=f"{server.url}/api/v1", headers=bearer) as program:
            assert (await program.get("/jobs")).status_code == 200
            assert (await program.post("/groups", json={"name": "a"})).status_code == 403
            await admin.get_by_test_id("key").filter(has_text="Nightly build").get_by_test_id("revoke-key").click()
            await admin.get_by_test_id("confirm-yes").click()
            await expect(admin.get_by_test_id("key")).to_have_count(1)
            assert (await program.get("/jobs")).status_code == 401
        await admin.reload()
        await expect(admin.get_by_test_id("key")).to_have_count(1)
        await expect(admin.get_by_test_id("key-secret")).to_have_count(0)


async def test_one_who_manages_nobody_reads_who_is_there(server: Server, newcomer: Newcomer) -> None:
    await member(server, "bo@example.org", "Bo")
    async with newcomer() as bo:
        await sign_in(bo, server, "bo@example.org")
        await expect(bo.get_by_test_id("drop-zone")).to_be_visible()
        await bo.goto(f"{server.url}/members")
        await expect(bo.get_by_test_id("member")).to_have_count(2)
        await expect(bo.get_by_test_id("invite-email")).to_have_count(0)
        await expect(bo.get_by_test_id("member-more")).to_have_count(0)
        await bo.goto(f"{server.url}/keys")
        await expect(bo.get_by_text("Only an admin makes API keys")).to_be_visible()


async def test_a_notice_rings_leads_to_its_asset_and_is_read(server: Server, newcomer: Newcomer) -> None:
    await member(server, "grace@example.org", "Grace", "DIRECTOR")
    async with newcomer(width=390) as admin, server.client() as client:
        sent = {"Content-Disposition": 'attachment; filename="a.txt"'}
        jobs = (await client.post("/assets", content=b"hello", headers=sent)).json()["jobs"]
        asset_id = (await ended(client, jobs[0]["id"]))["asset_id"]
        await enter_by_link(admin, server)
        await admin.get_by_test_id("bell").click()
        await expect(admin.get_by_test_id("notices")).to_contain_text("Nothing yet")
        signing = {"email": "grace@example.org", "password": PASSWORD}
        tokens = (await client.post("/auth/tokens", json=signing)).json()
        grace = {"Authorization": f"Bearer {tokens['access_token']}"}
        for text in ("too dark", "and too small"):
            said = await client.post(f"/assets/{asset_id}/comments", json={"text": text, "version": 1}, headers=grace)
            assert said.status_code == 201, said.text
        notices = admin.get_by_test_id("notice")
        await expect(notices).to_have_count(2)  # live, in the open list
        await expect(admin.get_by_test_id("unread")).to_have_text("2")
        assert await is_within(admin)
        await notices.nth(1).get_by_test_id("read-one").click()
        await expect(admin.get_by_test_id("unread")).to_have_text("1")
        await notices.first.get_by_role("link").click()
        await expect(admin.get_by_test_id("notices")).to_have_count(0)
        assert f"/assets/{asset_id}?v=1" in admin.url
        await expect(admin.get_by_test_id("unread")).to_have_count(0)


async def test_where_it_is_let_somebody_founds_a_studio(tmp_path: Path, newcomer: Newcomer) -> None:
    async with serving(tmp_path / "data", ASSET_INGEST_REGISTRATION="open") as server, newcomer() as page:
        await page.goto(server.url)
        await page.get_by_test_id("register-open").click()
        await page.get_by_test_id("register-studio").fill("North Light")
        await page.get_by_test_id("register-name").fill("Ada")
        await page.get_by_test_id("register-email").fill("ada@example.org")
        await page.get_by_test_id("register-password").fill(PASSWORD)
        await page.get_by_test_id("register-submit").click()
        await expect(page.get_by_test_id("drop-zone")).to_be_visible()
        async with httpx.AsyncClient(base_url=f"{server.url}/api/v1") as stranger:
            second = {"studio": "South", "name": "Ada", "email": "ada@example.org", "password": PASSWORD}
            assert (await stranger.post("/auth/register", json=second)).status_code == 201
        await page.get_by_test_id("member-menu").click()
        await page.get_by_test_id("sign-out").click()
        await sign_in(page, server, "ada@example.org")
        await page.get_by_test_id("choose-studio").get_by_role("button", name="south").click()
        await page.get_by_test_id("member-menu").click()
        await expect(page.get_by_text("South")).to_be_visible()


async def test_a_forgotten_password_promises_no_more_than_the_server(server: Server, newcomer: Newcomer) -> None:
    async with newcomer() as page:
        await page.goto(server.url)
        await expect(page.get_by_test_id("register-open")).to_have_count(0)
        await page.get_by_test_id("email").fill("eve@example.org")
        await page.get_by_test_id("forgot").click()
        await expect(page.get_by_test_id("forgot-email")).to_have_value("eve@example.org")
        await page.get_by_test_id("forgot-submit").click()
        await expect(page.get_by_test_id("forgot-sent")).to_contain_text("If somebody here has the address")


async def test_whoever_is_signed_out_amid_an_upload_signs_in_and_it_goes_on(
    server: Server, newcomer: Newcomer, tmp_path: Path
) -> None:
    video = tmp_path / "long take.bin"
    video.write_bytes(random.Random(7).randbytes(SIZE))  # noqa: S311  no secret
    async with cutting_proxy(int(server.url.rpartition(":")[2])) as proxy, newcomer() as page:
        proxy.pace = PACE
        await page.goto(server.link.replace(server.url, proxy.url))
        await drop(page, video)
        await proxy.passed(SIZE // 3)
        async with server.client() as client:  # from elsewhere: all of the member's sessions end
            chosen = {"email": "ada@example.org", "new_password": PASSWORD}
            assert (await client.post("/auth/password", json=chosen)).status_code == 204
        await expect(page.get_by_test_id("uploads-wait")).to_contain_text("1 file not sent yet")
        await page.get_by_test_id("email").fill("ada@example.org")
        await page.get_by_test_id("password").fill(PASSWORD)
        await page.get_by_test_id("password-submit").click()
        await arrived(server, page, video)
