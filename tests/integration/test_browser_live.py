"""Two people of one studio look at an asset in real browsers, and a third, of another studio, tries to."""

from __future__ import annotations

import json
import os
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from playwright.async_api import Browser, BrowserContext, Page, WebSocket, async_playwright, expect
from tests.integration.server import Server, ended, serving
from tests.integration.test_browser import ARGUMENTS
from tests.packages import small_package

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

PASSWORD = "correct horse battery"
SECONDS = 30
ASK_FOR_ROOM = """room => new Promise(resolve => {
    const socket = new WebSocket(`ws://${location.host}/api/v1/ws`);
    socket.onopen = () => { socket.send('{"after":null}'); socket.send(JSON.stringify({ join: room })); };
    socket.onmessage = ({ data }) => { if (JSON.parse(data).kind === "refused") { resolve(data); socket.close(); } };
})"""


@dataclass(slots=True)
class Person:
    """Somebody signed in: a window of their own, what its sockets hear, and a way to act without clicking."""

    id: str
    context: BrowserContext
    page: Page
    api: httpx.AsyncClient
    heard: list[dict[str, Any]] = field(default_factory=list)

    def listen(self) -> None:
        """Keep what the page's sockets hear from now on; errors on the page count as heard."""

        def hear(data: str | bytes) -> None:
            self.heard.append(json.loads(data))

        def opened(socket: WebSocket) -> None:
            socket.on("framereceived", hear)

        self.page.on("websocket", opened)
        self.page.on("pageerror", lambda error: self.heard.append({"kind": "page error", "error": str(error)}))

    async def hears(self, met: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Return the first frame that the page heard for which it holds, waiting for it."""
        with anyio.fail_after(SECONDS):
            while True:
                for frame in self.heard:
                    if met(frame):
                        return frame
                await self.page.evaluate("new Promise(requestAnimationFrame)")  # playwright delivers meanwhile

    async def look(self, server: Server, path: str) -> None:
        await self.page.goto(f"{server.url}{path}")
        await expect(self.page.get_by_test_id("connection-state")).to_have_attribute("data-state", "live")

    async def sees(self, *others: Person) -> None:
        """Wait until the page shows exactly these faces."""
        faces = self.page.get_by_test_id("looking").locator("[data-member]")
        await expect(faces).to_have_count(len(others))
        for other in others:
            await expect(self.page.locator(f'[data-member="{other.id}"]')).to_be_visible()


@dataclass(frozen=True, slots=True)
class Studio:
    """What happens in: a server, an asset, two people who may see it, and one who may not."""

    server: Server
    asset: str
    ann: Person
    ben: Person
    eve: Person

    @property
    def path(self) -> str:
        return f"/assets/{self.asset}"


@asynccontextmanager
async def browser_of() -> AsyncIterator[Browser]:
    async with async_playwright() as play:
        browser = await play.chromium.launch(executable_path=os.environ["CHROMIUM"], args=ARGUMENTS)
        try:
            yield browser
        finally:
            await browser.close()


async def signed_in(stack: AsyncExitStack, server: Server, browser: Browser, answer: httpx.Response) -> Person:
    """Give somebody a window with the cookie that the API's answer set."""
    assert answer.status_code in {200, 201}, answer.text
    name, value = next(iter(answer.cookies.items()))
    context = await browser.new_context(viewport={"width": 1280, "height": 900})
    await context.add_cookies([{"name": name, "value": value, "url": server.url, "sameSite": "Strict"}])
    headers = {"Cookie": f"{name}={value}", "X-CSRF-Token": answer.json()["csrf_token"], "Origin": server.url}
    api = httpx.AsyncClient(base_url=f"{server.url}/api/v1", headers=headers, timeout=30)
    await stack.enter_async_context(api)
    person = Person(answer.json()["member"]["id"], context, await context.new_page(), api)
    person.listen()
    return person


async def invited(server: Server, name: str, role: str) -> httpx.Response:
    """Have the admin invite somebody, who accepts."""
    async with server.client() as admin, httpx.AsyncClient(base_url=f"{server.url}/api/v1") as anybody:
        made = (await admin.post("/invitations", json={"email": f"{name}@example.com", "role": role})).json()
        token = made["delivery"]["link"].rpartition("=")[2]
        return await anybody.post("/invitations/accept", json={"token": token, "name": name, "password": PASSWORD})


async def founded(server: Server) -> httpx.Response:
    """Have somebody found a studio of their own."""
    body = {"studio": "Elsewhere", "name": "Eve", "email": "eve@example.com", "password": PASSWORD}
    async with httpx.AsyncClient(base_url=f"{server.url}/api/v1") as anybody:
        return await anybody.post("/auth/register", json=body)


async def package(server: Server) -> str:
    async with server.client() as client:
        headers = {"Content-Disposition": 'attachment; filename="props.unitypackage"'}
        made = (await client.post("/assets", content=small_package(), headers=headers)).json()
        asset_id: str = (await ended(client, made["jobs"][0]["id"]))["asset_id"]
        return asset_id


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Studio]:
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(serving(tmp_path / "data", ASSET_INGEST_REGISTRATION="open"))
        browser = await stack.enter_async_context(browser_of())
        answers = [
            await invited(server, "Ann", "ARTIST"),
            await invited(server, "Ben", "DIRECTOR"),
            await founded(server),
        ]
        people = [await signed_in(stack, server, browser, answer) for answer in answers]
        yield Studio(server, await package(server), *people)
        errors = [frame for person in people for frame in person.heard if frame["kind"] == "page error"]
        assert errors == []


async def test_two_see_and_hear_each_other_and_a_third_hears_nothing(studio: Studio) -> None:
    ann, ben, eve, room = studio.ann, studio.ben, studio.eve, f"asset:{studio.asset}"
    await eve.look(studio.server, studio.path)
    await expect(eve.page.get_by_text("no such asset")).to_be_visible()
    for person in (ann, ben):
        await person.look(studio.server, studio.path)
    await ann.sees(ben)
    await ben.sees(ann)
    await expect(ann.page.get_by_test_id("looking-said")).to_have_text("Ben is looking at this too.")

    said = await ann.api.post(f"{studio.path}/comments", json={"text": "Too dark", "version": 1})
    assert said.status_code == 201, said.text
    given = await ben.api.post(f"{studio.path}/versions/1/approval", json={"verdict": "APPROVED", "note": "Ship it"})
    assert given.status_code in {200, 201}, given.text
    for person in (ann, ben):
        await expect(person.page.get_by_test_id("comment")).to_have_text(re.compile("Ann.*Too dark"))
        await expect(person.page.get_by_test_id("approval-state")).to_have_text("Approved")
        await expect(person.page.get_by_test_id("approvals")).to_contain_text("Ship it")
    for person in (ann, ben):
        told = await person.hears(lambda frame: frame.get("type") == "comment.created")
        assert told["data"]["comment_id"] == said.json()["id"]
        told = await person.hears(lambda frame: frame.get("type") == "approval.given")
        assert (told["subject"]["id"], told["data"]["author_id"]) == (studio.asset, ben.id)

    refused = json.loads(await eve.page.evaluate(ASK_FOR_ROOM, room))
    assert refused == {"kind": "refused", "room": room, "code": "not_found"}
    headers = {"Content-Disposition": 'attachment; filename="own.bin"'}
    await eve.api.post("/assets", content=b"own", headers=headers)
    own = await eve.hears(lambda frame: frame.get("data", {}).get("status") == "COMPLETE")
    facts = [frame for frame in eve.heard if frame["kind"] == "fact"]
    assert {fact["type"].partition(".")[0] for fact in facts} <= {"upload", "job", "asset", "version", "pipeline"}
    assert [frame for frame in eve.heard if studio.asset in json.dumps(frame) and frame["kind"] != "refused"] == []
    assert own["actor"] != f"member:{ann.id}"
    await expect(eve.page.get_by_text("no such asset")).to_be_visible()
    for word in ("Too dark", "Ship it", "Ann", "Ben"):
        await expect(eve.page.get_by_text(word)).to_have_count(0)
    await ann.sees(ben)


async def test_people_come_and_go_and_come_back_after_a_broken_line(studio: Studio) -> None:
    ann, ben = studio.ann, studio.ben
    for person in (ann, ben):
        await person.look(studio.server, studio.path)
    await ann.sees(ben)
    tab = await ben.context.new_page()
    await tab.goto(f"{studio.server.url}{studio.path}")
    await expect(tab.get_by_test_id("looking").locator("[data-member]")).to_have_count(1)
    await ben.page.goto(studio.server.url)
    await ann.sees(ben)
    await tab.close()
    await ann.sees()
    await ben.look(studio.server, studio.path)
    await ann.sees(ben)

    await ann.context.set_offline(offline=True)
    await ben.sees()
    await ann.sees()
    await ann.context.set_offline(offline=False)
    await ben.sees(ann)
    await ann.sees(ben)


async def test_who_is_signed_out_everywhere_is_out_at_once(studio: Studio) -> None:
    ann, ben = studio.ann, studio.ben
    for person in (ann, ben):
        await person.look(studio.server, studio.path)
    await ann.sees(ben)
    assert (await ben.api.post("/auth/logout-everywhere")).status_code == 204
    await ann.sees()
    await expect(ben.page.get_by_test_id("looking")).to_have_count(0)


async def test_a_notice_leads_to_its_comment_whatever_is_in_the_way(studio: Studio) -> None:
    """The thread is resolved, so it is not listed at first, and the answer is far down."""
    ann, ben = studio.ann, studio.ben
    first = (await ann.api.post(f"{studio.path}/comments", json={"text": "Too dark", "version": 1})).json()
    for number in range(30):
        filler = {"text": f"Another thing, {number}", "version": 1}
        assert (await ben.api.post(f"{studio.path}/comments", json=filler)).status_code == 201
    answer = {"text": "By half a stop?", "reply_to": first["id"]}
    reply = (await ben.api.post(f"{studio.path}/comments", json=answer)).json()
    assert (await ben.api.post(f"/comments/{first['id']}/resolve")).status_code == 200
    await ann.look(studio.server, "/members")
    await ann.page.get_by_test_id("bell").click()
    await ann.page.get_by_test_id("notice").filter(has_text="answered you").get_by_role("link").click()
    shown = ann.page.locator(f'[data-comment="{reply["id"]}"]')
    await expect(shown).to_be_focused()
    await expect(shown).to_be_in_viewport(ratio=1)

    await ann.page.goto(f"{studio.server.url}{studio.path}?v=1&tab=review&comment={studio.asset}")
    await expect(ann.page.get_by_test_id("comment-missing")).to_be_visible()


async def test_faces_are_in_sight_at_every_width(studio: Studio) -> None:
    ann, ben = studio.ann, studio.ben
    await ben.look(studio.server, studio.path)
    await ann.look(studio.server, studio.path)
    await ann.sees(ben)
    for width in (320, 390, 768, 1000, 1360):
        await ann.page.set_viewport_size({"width": width, "height": 800})
        await ann.page.locator(f'[data-member="{ben.id}"]').click(trial=True)  # nothing lies on it
        assert await ann.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
