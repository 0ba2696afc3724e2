"""Permission is asked for every fact, and asked anew when a role changes under an open connection."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from tests.unit.web.conftest import Site
from tests.unit.web.door import API, Answer, Door
from tests.unit.web.reviewing import id_of
from tests.unit.web.test_live import event, events
from tests.unit.web.watching import Socket, is_fact, watching

from asset_ingest.core.model.access import Role

SIGNED_OUT = 4401
PASSWORD = "correct horse battery"


async def change(site: Site, member_id: str, **wanted: object) -> Answer:
    return await site.admin("PATCH", f"{API}/members/{member_id}", json=wanted)


async def invite(site: Site) -> None:
    """Make a fact that only admins hear."""
    answer = await site.admin.post("/invitations", json={"email": "new@example.com", "role": "ARTIST"})
    assert answer.status == 201, answer.body


async def dropped(site: Site) -> None:
    """Make facts that everybody hears, and have all facts numbered."""
    await site.admin.upload("last.bin", b"last")
    await site.program.work()


async def types(socket: Socket) -> list[str]:
    """Return the types of the facts up to the last of an upload."""
    frames = await socket.heard_until(lambda frame: frame.get("data", {}).get("status") == "COMPLETE")
    return [frame["type"] for frame in frames if frame["kind"] == "fact"]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("after", [None, 0])
async def test_each_role_hears_what_it_may(site: Site, role: Role, after: int | None) -> None:
    member = await site.join(role, same_studio=True)
    if after is None:
        async with watching(member) as socket:
            await invite(site)
            await dropped(site)
            heard = await types(socket)
    else:
        await invite(site)
        await dropped(site)
        async with watching(member, after) as socket:
            heard = await types(socket)
    assert ("member.invited" in heard) == (role is Role.ADMIN)
    assert "job.status_changed" in heard


async def test_the_scopes_of_a_key_count_too(site: Site) -> None:
    made = (await site.admin.post("/api-keys", json={"name": "reader", "scopes": ["read"]})).json
    reader = Door(site.client, key=made["secret"])
    async with watching(reader) as socket:
        await invite(site)
        await dropped(site)
        heard = await types(socket)
    assert not [each for each in heard if each.startswith("member.")]


async def test_what_is_withheld_is_passed_in_silence_and_its_number_is_told(site: Site) -> None:
    artist = await site.join(Role.ARTIST, same_studio=True)
    async with watching(artist) as socket:
        await invite(site)
        await site.program.work()
        told = await socket.until(lambda frame: frame["kind"] == "watermark")
    assert told == {"kind": "watermark", "upto": 1}


async def test_who_is_demoted_hears_nothing_more_from_that_fact_on(site: Site) -> None:
    second = await site.join(Role.ADMIN, same_studio=True)
    async with watching(second) as socket:
        await invite(site)
        await change(site, await id_of(second), role="ARTIST")
        await invite(site)
        await dropped(site)
        heard = await types(socket)
    assert heard.count("member.invited") == 1
    assert heard.index("member.invited") < heard.index("member.role_changed")


async def test_who_is_promoted_hears_more_from_that_fact_on(site: Site) -> None:
    artist = await site.join(Role.ARTIST, same_studio=True)
    async with watching(artist) as socket:
        await invite(site)
        await change(site, await id_of(artist), role="ADMIN")
        await invite(site)
        await dropped(site)
        heard = await types(socket)
    assert heard.count("member.invited") == 1
    assert heard.index("member.role_changed") < heard.index("member.invited")


async def test_a_role_that_changed_while_nobody_told_the_socket_counts_for_what_it_missed(site: Site) -> None:
    second = await site.join(Role.ADMIN, same_studio=True)
    await invite(site)
    await change(site, await id_of(second), role="ARTIST")
    await dropped(site)
    async with watching(second, 0) as socket:
        assert "member.invited" not in await types(socket)


async def test_an_event_stream_follows_the_role_too(site: Site) -> None:
    second = await site.join(Role.ADMIN, same_studio=True)
    async with events(second) as stream:
        await event(stream, kind="hello")
        await change(site, await id_of(second), role="ARTIST")
        await invite(site)
        await dropped(site)
        heard = [json.loads((await event(stream, kind="fact"))["data"])["type"] for _ in range(4)]
    assert heard[0] == "member.role_changed"
    assert "member.invited" not in heard


# --- shut out ---------------------------------------------------------------------------------------------------


async def person(site: Site) -> Door:
    """Return the browser of the admin, who has a password now."""
    browser = await site.browser()
    body = {"email": "admin@example.com", "new_password": PASSWORD}
    answer = await browser.post("/auth/password", json=body)
    assert answer.status == 204, answer.body
    await site.program.work()
    return browser


@pytest.fixture
async def browser(site: Site) -> Door:
    return await person(site)


async def signed_in(site: Site) -> Door:
    """Return another browser of the admin."""
    answer = await site.anybody.post("/auth/login", json={"email": "admin@example.com", "password": PASSWORD})
    assert answer.status == 200, answer.body
    cookie = answer.headers["Set-Cookie"].partition(";")[0].partition("=")[2]
    return Door(site.client, cookie=cookie, csrf=answer.json["csrf_token"])


@pytest.mark.parametrize("wanted", [{"active": False}, None])
async def test_who_is_shut_out_is_sent_away_at_once(site: Site, wanted: dict[str, Any] | None) -> None:
    artist = await site.join(Role.ARTIST, same_studio=True)
    member_id = await id_of(artist)
    async with watching(artist) as socket, events(artist) as stream:
        await event(stream, kind="hello")
        if wanted is None:
            await site.admin("DELETE", f"{API}/members/{member_id}")
        else:
            await change(site, member_id, **wanted)
        await invite(site)
        await site.program.app.upkeep.relay.once()
        assert await socket.closed_with() == SIGNED_OUT
        assert b"event: fact" not in await stream.read()


async def test_signing_out_everywhere_closes_all_sockets_now(site: Site, browser: Door) -> None:
    other = await signed_in(site)
    async with watching(browser) as one, watching(other) as two, watching(site.admin) as key:
        await browser.post("/auth/logout-everywhere")
        await dropped(site)
        assert [await each.closed_with() for each in (one, two)] == [SIGNED_OUT] * 2
        assert "job.status_changed" in await types(key)


async def test_signing_out_closes_the_sockets_of_that_browser_alone(site: Site, browser: Door) -> None:
    other = await signed_in(site)
    async with watching(browser) as stays, watching(other) as goes:
        await other.post("/auth/logout")
        assert await goes.closed_with() == SIGNED_OUT
        await dropped(site)
        assert "job.status_changed" in await types(stays)


async def test_a_new_password_closes_the_other_browsers(site: Site, browser: Door) -> None:
    other = await signed_in(site)
    async with watching(browser) as stays, watching(other) as goes:
        body = {"current_password": PASSWORD, "new_password": PASSWORD + "!"}
        assert (await browser.post("/auth/password", json=body)).status == 204
        await dropped(site)
        assert await goes.closed_with() == SIGNED_OUT
        assert "job.status_changed" in await types(stays)


async def test_a_service_that_signs_out_closes_its_sockets(site: Site, browser: Door) -> None:
    assert browser
    body = {"email": "admin@example.com", "password": PASSWORD}
    token = (await site.anybody.post("/auth/tokens", json=body)).json["access_token"]
    service = Door(site.client, key=token)
    async with watching(service) as socket:
        await service.post("/auth/logout")
        assert await socket.closed_with() == SIGNED_OUT


async def test_a_revoked_key_closes_the_sockets_it_opened_whoever_revokes_it(site: Site) -> None:
    second = await site.join(Role.ADMIN, same_studio=True)
    made = (await second.post("/api-keys", json={"name": "screen"})).json
    screen = Door(site.client, key=made["secret"])
    async with watching(screen) as goes, watching(second) as stays:
        await site.admin("DELETE", f"{API}/api-keys/{made['key']['id']}")
        await dropped(site)
        assert await goes.closed_with() == SIGNED_OUT
        revoked = await stays.until(is_fact("member.key_revoked"))
        assert revoked["data"]["member_id"] == await id_of(second)


async def test_no_fact_after_a_demotion_ever_leaks(site: Site) -> None:
    """Everything happens at once: what is heard after the demotion is only what an artist may hear."""
    second = await site.join(Role.ADMIN, same_studio=True)
    async with watching(second) as socket:
        member_id = await id_of(second)
        numbering = asyncio.create_task(keep_numbering(site))
        await asyncio.gather(*(invite(site) for _ in range(5)), change(site, member_id, role="ARTIST"))
        await asyncio.gather(*(invite(site) for _ in range(5)))
        numbering.cancel()
        await dropped(site)
        heard = await types(socket)
    assert "member.invited" not in heard[heard.index("member.role_changed") :]


async def keep_numbering(site: Site) -> None:
    while True:
        await site.program.app.upkeep.relay.once()
        await asyncio.sleep(0)
