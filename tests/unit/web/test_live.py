"""Watching over HTTP: what was missed, then what is new, each once and in order, until somebody leaves."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp
import pytest
from aiohttp import WSMsgType
from tests.unit.web.conftest import Site
from tests.unit.web.door import API, ON_EVERY_ANSWER, Door

from asset_ingest.adapters.notifier.websockets import Hub
from asset_ingest.adapters.repos.memory import MemoryRecords
from asset_ingest.bootstrap import memory_ports
from asset_ingest.core.errors import DatabaseUnavailable
from asset_ingest.core.model.access import Role
from asset_ingest.core.ports.notifier import Frame, Progressed
from asset_ingest.entrypoints.web.options import LiveTiming, WebOptions

OWN = "http://127.0.0.1"


@asynccontextmanager
async def socket(door: Door, query: str = "", **headers: str) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    async with door.client.ws_connect(f"{API}/ws{query}", headers=door.headers(headers)) as opened:
        yield opened


@asynccontextmanager
async def events(door: Door, query: str = "", **headers: str) -> AsyncIterator[aiohttp.ClientResponse]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with door.client.get(f"{API}/events{query}", headers=door.headers(named)) as response:
        yield response


async def event(response: aiohttp.ClientResponse, *, kind: str = "") -> dict[str, str]:
    """Return the next event that has data (of that kind), by field."""
    while True:
        block = (await response.content.readuntil(b"\n\n")).decode()
        found = dict(line.split(": ", 1) for line in block.strip().splitlines() if not line.startswith(":"))
        if "data" in found and kind in {"", found["event"]}:
            return found


async def dropped(site: Site, name: str = "a.bin") -> str:
    """Upload, work it off, and number its facts; return the job's id."""
    job_id = (await site.admin.upload(name, name.encode())).json["jobs"][0]["id"]
    await site.program.work()
    return job_id


async def facts(receive: Callable, count: int) -> list[Any]:
    """Return the next facts, leaving out what is no fact."""
    found: list[Any] = []
    while len(found) < count:
        frame = await receive()
        if frame["kind"] == "fact":
            found.append(frame)
    return found


# --- WebSocket --------------------------------------------------------------------------------------------------


async def test_a_socket_replays_what_was_missed_then_goes_on_live_without_a_gap(site: Site) -> None:
    await dropped(site, "before.bin")
    async with socket(site.admin) as opened:
        await opened.send_json({"after": 0})
        hello = await opened.receive_json()
        assert hello["kind"] == "hello"
        missed = await facts(opened.receive_json, hello["upto"])
        await dropped(site, "after.bin")
        live = await facts(opened.receive_json, 3)
    assert [fact["seq"] for fact in missed + live] == list(range(1, hello["upto"] + 4))
    assert missed[0]["type"] == "job.status_changed"
    assert {"id", "at", "actor", "subject", "revision", "correlation_id", "data"} <= missed[0].keys()


async def test_a_socket_may_resume_by_its_address_or_ask_for_news_alone(site: Site) -> None:
    await dropped(site)
    async with socket(site.admin, "?after=2") as by_address, socket(site.admin) as news:
        await news.send_json({"after": None})
        upto = (await by_address.receive_json())["upto"]
        assert (await by_address.receive_json())["seq"] == 3
        assert (await news.receive_json()) == {"kind": "hello", "upto": upto}
        await dropped(site, "new.bin")
        assert (await facts(news.receive_json, 1))[0]["seq"] == upto + 1


async def test_a_client_that_says_nothing_hears_the_news_after_a_while(open_site: Callable, tmp_path: Path) -> None:
    site = await open_site(WebOptions(live=LiveTiming(first_message=0.01), static=tmp_path))
    async with socket(site.admin) as opened:
        assert (await opened.receive_json())["kind"] == "hello"


async def test_a_cursor_from_the_future_is_told_to_start_anew(site: Site) -> None:
    async with socket(site.admin, "?after=999999") as opened:
        assert [(await opened.receive_json())["kind"] for _ in range(2)] == ["hello", "reset"]


async def test_progress_is_passed_on(site: Site) -> None:
    job_id = await dropped(site)
    studio_id = (await site.program.ports.system.access.first_admin()).studio_id
    async with socket(site.admin, "?after=999999") as opened:
        await opened.receive_json()
        await opened.receive_json()
        await site.program.ports.notifier.publish(Progressed(studio_id, job_id, 40, "digest"))
        told = await opened.receive_json()
    assert told == {"kind": "progress", "job_id": job_id, "progress": 40, "step": "digest"}


@pytest.mark.parametrize("message", ["nonsense", "[]", '{"after": "1"}', '{"after": -1}', '{"after": true}', "{}"])
async def test_a_first_message_that_makes_no_sense_ends_the_socket(site: Site, message: str) -> None:
    async with socket(site.admin) as opened:
        await opened.send_str(message)
        assert await closed_with(opened) == aiohttp.WSCloseCode.POLICY_VIOLATION


async def closed_with(opened: aiohttp.ClientWebSocketResponse) -> int | None:
    while True:
        message = await opened.receive()
        if message.type in {WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.CLOSING}:
            return opened.close_code


async def test_bytes_and_giants_end_the_socket(site: Site) -> None:
    async with socket(site.admin) as opened:
        await opened.send_bytes(b"\0")
        assert await closed_with(opened) == aiohttp.WSCloseCode.UNSUPPORTED_DATA
    async with socket(site.admin) as opened:
        await opened.send_str("x" * 10_000)
        assert await closed_with(opened) == aiohttp.WSCloseCode.MESSAGE_TOO_BIG


NOBODY = UUID(int=0)


async def test_a_watcher_too_slow_is_asked_to_come_back(open_site: Callable) -> None:
    hub = Hub(most=1)
    site = await open_site(ports=replace(memory_ports(), audience=hub))
    async with socket(site.admin, f"?after=0&subject={NOBODY}") as opened:  # each frame is looked at
        await opened.receive_json()
        [studio_id] = hub.studios()
        for _ in range(3):
            hub.tell(studio_id, Frame(None, "progress", "{}"))
        assert await closed_with(opened) == aiohttp.WSCloseCode.TRY_AGAIN_LATER


async def test_a_session_that_ends_takes_its_socket_along(open_site: Callable, tmp_path: Path) -> None:
    site = await open_site(WebOptions(live=LiveTiming(recheck=0.02), static=tmp_path))
    browser = await site.browser()
    async with socket(browser, "?after=0", Origin=f"{OWN}:{site.client.port}") as opened:
        assert (await opened.receive_json())["kind"] == "hello"
        await browser.post("/auth/logout")
        assert await closed_with(opened) == 4401


@pytest.mark.parametrize("origin", ["https://evil.example", "null", None])
async def test_a_cookie_opens_no_socket_for_another_page(site: Site, origin: str | None) -> None:
    browser = await site.browser()
    headers = {"Origin": origin} if origin else {}
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        async with socket(browser, **headers):
            pass
    assert refused.value.status == 403


async def test_nobody_opens_a_socket_without_being_known(site: Site) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        async with socket(site.anybody):
            pass
    assert refused.value.status == 401


async def test_a_plain_request_to_the_socket_is_told_so(site: Site) -> None:
    (await site.admin.get("/ws")).refused(400, "invalid_request")


# --- server-sent events -----------------------------------------------------------------------------------------


async def test_events_resume_where_the_last_one_was(site: Site) -> None:
    await dropped(site)
    async with events(site.admin, "?after=1") as response:
        assert response.headers["Content-Type"].startswith("text/event-stream")
        assert all(name in response.headers for name in ON_EVERY_ANSWER)
        assert (await response.content.readuntil(b"\n\n")) == b"retry: 2000\n\n"
        hello, second = await event(response), await event(response)
    assert hello["event"] == "hello"
    assert "id" not in hello
    assert (second["event"], second["id"]) == ("fact", "2")
    assert json.loads(second["data"])["seq"] == 2
    async with events(site.admin, "?after=1", Last_Event_ID="2") as response:
        await event(response)
        assert (await event(response))["id"] == "3"


async def test_events_go_on_live(site: Site) -> None:
    async with events(site.admin) as response:
        upto = json.loads((await event(response))["data"])["upto"]
        await dropped(site)
        assert (await event(response, kind="fact"))["id"] == str(upto + 1)


async def test_events_of_one_subject_tell_of_it_alone_and_how_far_they_are(site: Site) -> None:
    await dropped(site, "other.bin")
    mine = await dropped(site, "mine.bin")
    async with events(site.admin, f"?after=0&subject={mine}") as response:
        await event(response)
        watermark = await event(response)
        heard = [await event(response, kind="fact") for _ in range(3)]
    assert watermark["event"] == "watermark"
    assert "id" not in watermark
    told = [json.loads(each["data"])["subject"]["id"] for each in heard]
    assert told == [mine] * 3


async def test_an_idle_stream_shows_that_it_lives(open_site: Callable, tmp_path: Path) -> None:
    site = await open_site(WebOptions(live=LiveTiming(comment=0.01), static=tmp_path))
    async with events(site.admin) as response:
        await response.content.readuntil(b": still here\n\n")


async def test_a_stranger_hears_nothing_of_ours(site: Site) -> None:
    stranger = await site.join(Role.ADMIN, same_studio=False)
    async with events(stranger, "?after=0") as response:
        await dropped(site)
        await stranger.upload("own.bin", b"own")
        await site.program.work()
        first = json.loads((await event(response, kind="fact"))["data"])
    assert first["seq"] == 1
    assert first["data"]["filename"] == "own.bin"


@pytest.mark.parametrize(
    ("query", "headers", "field"),
    [
        ("?after=x", {}, "after"),
        ("?after=-1", {}, "after"),
        ("?subject=1", {}, "subject"),
        ("", {"Last-Event-ID": "x"}, "Last-Event-ID"),
    ],
)
async def test_a_place_that_makes_no_sense_is_refused(site: Site, query: str, headers: dict, field: str) -> None:
    (await site.admin.get(f"/events{query}", headers=headers)).refused(422, "invalid_request", field)


async def test_a_session_that_ends_takes_its_stream_along(open_site: Callable, tmp_path: Path) -> None:
    site = await open_site(WebOptions(live=LiveTiming(recheck=0.02), static=tmp_path))
    browser = await site.browser()
    async with events(browser) as response:
        await event(response)
        await browser.post("/auth/logout")
        await response.read()  # ends


# --- leaving ----------------------------------------------------------------------------------------------------


async def test_a_server_that_stops_says_goodbye_to_everybody(site: Site) -> None:
    async with socket(site.admin, "?after=0") as opened, events(site.admin) as response:
        await opened.receive_json()
        await event(response)
        stopping = asyncio.create_task(site.client.server.close())
        assert await closed_with(opened) == aiohttp.WSCloseCode.GOING_AWAY
        await response.read()  # ends
        await stopping


async def test_who_leaves_frees_the_seat(open_site: Callable) -> None:
    hub = Hub()
    site = await open_site(ports=replace(memory_ports(), audience=hub))
    async with socket(site.admin, "?after=0") as opened:
        await opened.receive_json()
        assert hub.studios()
    while hub.studios():  # noqa: ASYNC110  nobody rings when a seat is left; the test has a time limit
        await asyncio.sleep(0)


async def test_records_that_go_away_end_the_socket_with_a_reason(open_site: Callable) -> None:
    ports = memory_ports()
    records = Leaving(ports.clock)
    site = await open_site(ports=replace(ports, records=records, system=records.system))
    records.away = True
    async with socket(site.admin, "?after=0") as opened:
        assert await closed_with(opened) == aiohttp.WSCloseCode.INTERNAL_ERROR
    assert "live.broken_off" in [heard.what for heard in site.observer.heard]


class Leaving(MemoryRecords):
    away = False

    def transaction(self, studio_id: Any) -> Any:
        if self.away:
            raise DatabaseUnavailable("no connection")
        return super().transaction(studio_id)
