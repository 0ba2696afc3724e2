"""Two people of one studio review in two browsers: comments, films, approvals, each seen by the other at once."""

from __future__ import annotations

import os
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, FloatRect, Locator, Page, Route, async_playwright, expect
from tests.integration.server import Server, ended, serving
from tests.integration.test_browser import ARGUMENTS
from tests.packages import small_package

from asset_ingest.testing.unity_packages import picture

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

FILMS = Path(__file__).parents[1] / "data" / "film"
DESK, PHONE = 1360, 390
NEAR = 0.01
"""How far a rectangle may lie from where it was drawn, in pictures: a mouse has whole pixels."""
MARKUP = "<img src=x onerror=alert(1)><script>alert(2)</script> **not bold** javascript:alert(3)"

RECORD = """async () => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 320, height: 180 });
  const paint = canvas.getContext("2d");
  const chunks = [];
  const recorder = new MediaRecorder(canvas.captureStream(25), { mimeType: "video/webm" });
  recorder.ondataavailable = ({ data }) => chunks.push(data);
  const over = new Promise((done) => { recorder.onstop = done; });
  recorder.start();
  const began = performance.now();
  await new Promise((done) => {
    const turn = () => {
      const at = performance.now() - began;
      paint.fillStyle = `hsl(${at / 5} 80% 50%)`;
      paint.fillRect(0, 0, 320, 180);
      if (at > 1500) done(); else requestAnimationFrame(turn);
    };
    turn();
  });
  recorder.stop();
  await over;
  const url = await new Promise((done) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result);
    reader.readAsDataURL(new Blob(chunks));
  });
  return url.slice(url.indexOf(",") + 1);
}"""
"""A film of a second and a half, made by the browser itself, so that no file and no codec has to be brought along."""


@dataclass(frozen=True, slots=True)
class Studio:
    """A server with an admin, Ada, and a director, Bo, each with a page of a browser of their own."""

    server: Server
    ada: Page
    bo: Page

    async def bring(self, content: bytes, name: str, path: str = "/assets") -> str:
        """Send a file as Ada and return the asset's id once it is there."""
        async with self.server.client() as client:
            headers = {"Content-Disposition": f'attachment; filename="{name}"'}
            answer = await client.post(path, content=content, headers=headers)
            job = await ended(client, answer.json()["jobs"][0]["id"])
            return str(job["asset_id"])

    async def look_at(self, asset_id: str, *pages: Page) -> None:
        for page in pages or (self.ada, self.bo):
            await page.goto(f"{self.server.url}/assets/{asset_id}")
            await expect(page.get_by_test_id("approval-state")).to_be_visible()
            await expect(page.get_by_test_id("connection-state")).to_have_attribute("data-state", "live")


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with serving(tmp_path / "data") as running:
        yield running


@asynccontextmanager
async def browsing() -> AsyncIterator[Browser]:
    async with async_playwright() as play:
        browser = await play.chromium.launch(executable_path=os.environ["CHROMIUM"], args=ARGUMENTS)
        try:
            yield browser
        finally:
            await browser.close()


@pytest.fixture
async def studio(server: Server) -> AsyncIterator[Studio]:
    """Errors on a page, dialogs that markup opens and answers of 5xx fail the test."""
    wrong: list[str] = []
    async with browsing() as browser, server.client() as client:
        ada, bo = [await _page(browser, wrong) for _ in range(2)]
        await ada.goto(server.link)
        await expect(ada.get_by_test_id("drop-zone")).to_be_visible()
        asked = await client.post("/invitations", json={"email": "bo@example.org", "role": "DIRECTOR"})
        token = asked.json()["delivery"]["link"].partition("=")[2]
        joining: dict[str, Any] = {"token": token, "name": "Bo Berg", "password": "a long enough one"}
        await bo.context.request.post(f"{server.url}/api/v1/invitations/accept", data=joining)
        yield Studio(server, ada, bo)
    assert wrong == []


async def _page(browser: Browser, wrong: list[str], width: int = DESK) -> Page:
    page = await (await browser.new_context(viewport={"width": width, "height": 900})).new_page()
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("dialog", lambda dialog: wrong.append(dialog.message))
    page.on("response", lambda answer: wrong.append(answer.url) if answer.status >= 500 else None)
    return page


async def say(page: Page, text: str) -> None:
    box = page.get_by_test_id("comment-box")
    await box.get_by_test_id("composer-text").fill(text)
    await box.get_by_test_id("composer-send").click()


async def box_of(found: Locator) -> FloatRect:
    box = await found.bounding_box()
    assert box is not None
    return box


async def share_of(page: Page) -> list[float]:
    """Return where the region lies in the picture on screen, which is 1 by 1."""
    whole, part = [await box_of(page.get_by_test_id(name)) for name in ("stage-picture", "region")]
    return [
        (part["x"] - whole["x"]) / whole["width"],
        (part["y"] - whole["y"]) / whole["height"],
        part["width"] / whole["width"],
        part["height"] / whole["height"],
    ]


async def draw(page: Page, left: float, top: float, right: float, bottom: float) -> None:
    await page.get_by_test_id("draw").click()
    whole = await box_of(page.get_by_test_id("stage-picture"))
    await page.mouse.move(whole["x"] + left * whole["width"], whole["y"] + top * whole["height"])
    await page.mouse.down()
    await page.mouse.move(whole["x"] + right * whole["width"], whole["y"] + bottom * whole["height"], steps=4)
    await page.mouse.up()
    await expect(page.get_by_test_id("anchor-draft")).to_be_visible()


async def test_a_comment_on_a_region_is_beside_the_others_picture_at_once(studio: Studio) -> None:
    ada, bo = studio.ada, studio.bo
    await studio.look_at(await studio.bring(picture(640, 400), "seam.png"))
    await expect(ada.get_by_role("img", name="Version 1 of")).to_be_visible()
    await draw(ada, 0.25, 0.25, 0.5, 0.75)
    await say(ada, "The seam shows")
    await expect(bo.get_by_test_id("thread")).to_contain_text("The seam shows")
    assert await share_of(bo) == pytest.approx([0.25, 0.25, 0.25, 0.5], abs=NEAR)
    await bo.get_by_role("button", name="Zoom in").click()
    await expect(bo.get_by_test_id("zoom")).to_have_text("125 %")
    assert await share_of(bo) == pytest.approx([0.25, 0.25, 0.25, 0.5], abs=NEAR)
    await bo.get_by_test_id("region").click()
    await expect(bo.get_by_test_id("thread")).to_have_attribute("data-chosen", "true")
    await bo.get_by_test_id("reply").click()
    await bo.get_by_test_id("reply-box").get_by_test_id("composer-text").fill("Gone now, @Adm")
    await bo.get_by_test_id("suggestion").click()
    await bo.keyboard.press("Control+Enter")
    await expect(ada.get_by_test_id("comment")).to_have_count(2)
    await expect(ada.get_by_test_id("comment").last.locator(".mention")).to_have_text("@admin")
    await ada.get_by_test_id("resolve").click()
    await expect(bo.get_by_test_id("thread")).to_have_count(0)
    await bo.get_by_role("button", name="Resolved").click()
    await expect(bo.get_by_test_id("thread")).to_contain_text("Resolved by")
    await bo.get_by_test_id("reopen").click()
    await expect(ada.get_by_test_id("region")).to_be_visible()


async def test_a_comment_on_a_moment_of_a_film_leads_there(studio: Studio) -> None:
    ada, bo = studio.ada, studio.bo
    await studio.look_at(await studio.bring(b64decode(await ada.evaluate(RECORD)), "walk.webm"))
    for page in (ada, bo):
        await expect(page.get_by_label("Position")).to_be_enabled()
    for _ in range(20):
        await ada.keyboard.press(".")
    await ada.keyboard.press(",")
    await expect(ada.get_by_test_id("timecode")).to_have_attribute("data-frame", str(19 * 40))
    await ada.get_by_test_id("mark-in").click()
    await draw(ada, 0.1, 0.1, 0.4, 0.6)
    await say(ada, "Here she blinks")
    await expect(bo.get_by_test_id("timeline-mark")).to_be_visible()
    await expect(bo.get_by_test_id("region")).to_have_count(0)  # not of this frame
    await bo.get_by_test_id("thread").get_by_test_id("anchor").click()
    await expect(bo.get_by_test_id("timecode")).to_have_attribute("data-frame", str(19 * 40))
    await expect(bo.get_by_test_id("video")).to_have_js_property("seeking", value=False)
    assert await bo.get_by_test_id("video").evaluate("film => film.currentTime") == pytest.approx(0.7605, abs=1e-3)
    await expect(bo.get_by_test_id("region")).to_be_visible()
    assert await share_of(bo) == pytest.approx([0.1, 0.1, 0.3, 0.5], abs=NEAR)
    await bo.keyboard.press(" ")  # plays, though a mouse has just pressed something else
    await expect(bo.get_by_test_id("timecode")).not_to_have_attribute("data-frame", str(19 * 40))


async def test_a_film_whose_rate_is_known_is_stepped_by_its_frames(studio: Studio) -> None:
    ada = studio.ada
    asset_id = await studio.bring(b64decode(await ada.evaluate(RECORD)), "walk.webm")
    async with studio.server.client() as client:
        await client.patch(f"/assets/{asset_id}", json={"custom": {"frame_rate": "30000/1001"}})
    await studio.look_at(asset_id, ada)
    await expect(ada.get_by_label("Position")).to_be_enabled()
    for _ in range(35):
        await ada.keyboard.press(".")
    await expect(ada.get_by_test_id("timecode")).to_have_text("00:00:01;05")
    await ada.keyboard.press("i")
    await say(ada, "Here")
    await expect(ada.get_by_test_id("anchor")).to_have_text("00:00:01;05")
    assert await ada.get_by_test_id("video").evaluate("film => film.currentTime") == pytest.approx(
        35.5 * 1001 / 30000, abs=1e-3
    )


async def test_each_version_of_a_film_is_stepped_by_the_rate_in_its_header(studio: Studio) -> None:
    ada = studio.ada
    asset_id = await studio.bring((FILMS / "ntsc.webm").read_bytes(), "walk.webm")
    await studio.bring((FILMS / "pal.webm").read_bytes(), "walk.webm", f"/assets/{asset_id}/versions")
    for version, code in ((2, "00:00:00:07"), (1, "00:00:00;07")):
        await ada.goto(f"{studio.server.url}/assets/{asset_id}?v={version}")
        await expect(ada.get_by_test_id("approval-state")).to_be_visible()
        await expect(ada.get_by_test_id("connection-state")).to_have_attribute("data-state", "live")
        await expect(ada.get_by_test_id("review")).to_have_attribute("data-version", str(version))
        await expect(ada.get_by_label("Position")).to_be_enabled()
        await expect(ada.get_by_test_id("timecode")).to_have_text(f"{code[:-2]}00")
        for _ in range(7):
            await ada.keyboard.press(".")
        await expect(ada.get_by_test_id("timecode")).to_have_text(code)
    await ada.get_by_test_id("mark-in").click()
    await say(ada, "Here")
    await expect(ada.get_by_test_id("thread").get_by_test_id("anchor")).to_have_text("00:00:00;07")


async def test_verdicts_arrive_at_once_and_a_new_version_begins_anew(studio: Studio) -> None:
    ada, bo = studio.ada, studio.bo
    asset_id = await studio.bring(picture(64, 64), "crate.png")
    await studio.look_at(asset_id)
    await expect(ada.get_by_test_id("approvals")).to_contain_text("somebody else approves it")
    await bo.get_by_test_id("request-changes").click()
    await bo.get_by_test_id("verdict-note").fill("The seam")
    await bo.get_by_test_id("verdict-send").click()
    await expect(ada.get_by_test_id("approval-state")).to_have_text("Changes requested")
    await expect(ada.get_by_test_id("verdict")).to_contain_text("The seam")
    await bo.get_by_test_id("approve").click()
    await bo.get_by_test_id("verdict-send").click()
    await expect(ada.get_by_test_id("approval-state")).to_have_text("Approved")
    await bo.get_by_test_id("withdraw").click()
    await expect(ada.get_by_test_id("approval-state")).to_have_text("In review")
    await bo.get_by_test_id("approve").click()
    await bo.get_by_test_id("verdict-send").click()
    await expect(ada.get_by_test_id("approval-state")).to_have_text("Approved")
    await studio.bring(picture(64, 64, seed=7), "crate.png", f"/assets/{asset_id}/versions")
    for page in (ada, bo):
        await expect(page.get_by_test_id("review")).to_have_attribute("data-version", "2")
        await expect(page.get_by_test_id("approval-state")).to_have_text("In review")
        await expect(page.get_by_test_id("verdict")).to_have_count(0)


async def test_a_policy_holds_for_what_is_on_screen(studio: Studio) -> None:
    ada, bo = studio.ada, studio.bo
    await studio.look_at(await studio.bring(picture(64, 64), "crate.png"))
    await expect(bo.get_by_test_id("policy")).to_have_count(0)  # not for directors
    await ada.get_by_test_id("policy").click()
    await ada.get_by_label("Approvals in all").fill("2")
    await ada.get_by_test_id("policy-save").click()
    await expect(ada.get_by_test_id("policy-dialog")).to_have_count(0)
    await expect(bo.get_by_test_id("approvals")).to_contain_text("Needs 2 more approvals")


async def test_markup_is_text(studio: Studio) -> None:
    await studio.look_at(await studio.bring(small_package(), "props.unitypackage"))
    await studio.ada.get_by_test_id("review-entry").first.click()
    await say(studio.ada, MARKUP)
    said = studio.bo.get_by_test_id("comment-text")
    await expect(said).to_have_text(MARKUP)
    assert await said.locator("*").count() == 0
    await studio.bo.get_by_test_id("anchor").click()
    await expect(studio.bo.get_by_test_id("review-entry")).to_have_attribute("data-focused", "true")


async def test_a_comment_whose_answer_is_lost_is_said_once(studio: Studio) -> None:
    ada, bo = studio.ada, studio.bo
    await studio.look_at(await studio.bring(picture(64, 64), "crate.png"))

    async def lose(route: Route) -> None:
        if route.request.method == "POST":
            await route.fetch()
            await route.abort()
        else:
            await route.continue_()

    await ada.route("**/comments", lose)
    await say(ada, "Too dark")
    await expect(ada.get_by_test_id("composer-problem")).to_contain_text("cannot be reached")
    await expect(ada.get_by_test_id("composer-text")).to_have_value("Too dark")
    await ada.unroute("**/comments")
    await ada.reload()
    await expect(ada.get_by_test_id("composer-text")).to_have_value("Too dark")
    await say(ada, "Too dark, still")
    await expect(bo.get_by_test_id("comment-text")).to_have_text("Too dark, still")
    await expect(ada.get_by_test_id("composer-text")).to_have_value("")
    await expect(ada.get_by_test_id("comment")).to_have_count(1)


async def test_a_deleted_comment_keeps_its_place_while_somebody_has_replied(studio: Studio) -> None:
    ada, bo = studio.ada, studio.bo
    await studio.look_at(await studio.bring(picture(64, 64), "crate.png"))
    await say(bo, "Wrong asset")
    await ada.get_by_test_id("reply").click()
    await ada.get_by_test_id("reply-box").get_by_test_id("composer-text").fill("Really?")
    await ada.keyboard.press("Control+Enter")
    await expect(bo.get_by_test_id("comment")).to_have_count(2)
    for _ in range(2):
        await bo.get_by_test_id("delete").first.click()
    await expect(ada.get_by_test_id("comment-deleted")).to_be_visible()
    for _ in range(2):
        await ada.get_by_test_id("delete").click()
    await expect(bo.get_by_test_id("thread")).to_have_count(0)


async def test_a_phone_shows_comments_below_the_picture(studio: Studio) -> None:
    await studio.look_at(await studio.bring(picture(640, 400), "seam.png"), studio.bo)
    await studio.bo.set_viewport_size({"width": PHONE, "height": 844})
    await say(studio.bo, "x" * 400)
    await expect(studio.bo.get_by_test_id("thread")).to_be_visible()
    stage, comments = [await box_of(studio.bo.get_by_test_id(name)) for name in ("stage", "comments")]
    assert comments["y"] >= stage["y"] + stage["height"]
    assert await studio.bo.evaluate("document.documentElement.scrollWidth") <= PHONE
