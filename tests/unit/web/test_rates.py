"""How often one may ask, and where a request is from, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.harness import TUNING
from tests.unit.web.conftest import Site
from tests.unit.web.door import Door

from asset_ingest.adapters.clock.memory import ManualClock
from asset_ingest.bootstrap import memory_ports
from asset_ingest.core.model.access import Role
from asset_ingest.core.services.rates import BURST_SECONDS, RateLimits
from asset_ingest.entrypoints.web.options import WebOptions


@pytest.fixture
async def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def limited(open_site: Callable, clock: ManualClock, tmp_path: Path) -> Callable:
    async def opened(limits: RateLimits, proxies: int = 0) -> Site:
        options = WebOptions(static=tmp_path, proxies=proxies)
        return await open_site(options, replace(memory_ports(), clock=clock), replace(TUNING, rates=limits))

    return opened


async def asks(door: Door, times: int = BURST_SECONDS, **headers: str) -> list[int]:
    return [(await door.get("/jobs", headers=headers)).status for _ in range(times)]


async def test_an_address_that_asks_too_often_waits_and_comes_back(limited: Callable, clock: ManualClock) -> None:
    site = await limited(RateLimits(per_address=1))
    assert await asks(site.admin) == [200] * BURST_SECONDS
    answer = await site.admin.get("/jobs")
    answer.refused(429, "too_many_requests")
    assert (answer.headers["Retry-After"], answer.json["limit"]) == ("1", 1)
    (await site.anybody.get("/jobs")).refused(429, "too_many_requests")  # before anybody finds out who asks
    assert (await site.admin.upload("a.bin", b"x")).status == 202  # bytes have limits of their own
    clock.advance(timedelta(seconds=1))
    assert (await site.admin.get("/jobs")).status == 200


async def test_a_studio_that_asks_too_often_stops_no_other(limited: Callable) -> None:
    site = await limited(RateLimits(per_studio=1))
    mate = await site.join(Role.ARTIST, same_studio=True)
    stranger = await site.join(Role.ARTIST, same_studio=False)
    assert await asks(site.admin) == [200] * BURST_SECONDS
    assert await asks(mate, 1) == [429]
    assert await asks(stranger) == [200] * BURST_SECONDS


async def test_behind_proxies_each_client_counts_for_itself(limited: Callable) -> None:
    site = await limited(RateLimits(per_address=1), proxies=2)
    for client in ("192.0.2.1", "192.0.2.2"):
        assert await asks(site.admin, **{"X-Forwarded-For": f"{client}, 10.0.0.1"}) == [200] * BURST_SECONDS
    assert await asks(site.admin, 1, **{"X-Forwarded-For": "192.0.2.1, 10.0.0.1"}) == [429]
    # What a client claims stands further left, where nobody looks.
    assert await asks(site.admin, 1, **{"X-Forwarded-For": "198.51.100.7, 192.0.2.1, 10.0.0.1"}) == [429]


async def test_a_network_of_ipv6_is_one_client(limited: Callable) -> None:
    site = await limited(RateLimits(per_address=1), proxies=1)
    statuses = [await asks(site.admin, 1, **{"X-Forwarded-For": f"2001:db8::{number}"}) for number in range(11)]
    assert statuses == [[200]] * 10 + [[429]]
    assert await asks(site.admin, 1, **{"X-Forwarded-For": "2001:db8:0:1::1"}) == [200]


@pytest.mark.parametrize("forwarded", ["", "not an address", "unknown", "192.0.2.1:80", ","])
async def test_without_our_own_proxies_nobody_says_where_they_are_from(limited: Callable, forwarded: str) -> None:
    site = await limited(RateLimits(per_address=1))
    for number in range(BURST_SECONDS):
        assert await asks(site.admin, 1, **{"X-Forwarded-For": f"192.0.2.{number}, {forwarded}"}) == [200]
    assert await asks(site.admin, 1, **{"X-Forwarded-For": "203.0.113.5"}) == [429]


@pytest.mark.parametrize("path", ["/files", "/assets"])
async def test_bytes_of_nobody_count_like_anything_else(limited: Callable, path: str) -> None:
    site = await limited(RateLimits(per_address=1))
    for _ in range(BURST_SECONDS):
        (await site.anybody.post(path, data=b"bytes")).refused(401, "unauthenticated")
    (await site.anybody.post(path, data=b"bytes")).refused(429, "too_many_requests")


async def test_an_upload_opened_without_bytes_counts_and_its_bytes_do_not(limited: Callable) -> None:
    site = await limited(RateLimits(per_studio=1))
    tus = {"Tus-Resumable": "1.0.0", "Upload-Length": "30"}
    opened = [await site.admin.post("/files", headers=tus) for _ in range(BURST_SECONDS + 1)]
    assert [each.status for each in opened] == [201] * BURST_SECONDS + [429]
    piece = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}
    path = urlsplit(opened[0].headers["Location"]).path
    for offset in range(BURST_SECONDS * 2):
        headers = {**piece, "Upload-Offset": str(offset)}
        answer = await site.admin("PATCH", path, data=b"x", headers=headers)
        assert answer.status == 204, answer.body


@pytest.mark.parametrize("path", ["/ws", "/events", "/files/01900000-0000-7000-8000-000000000000"])
async def test_every_door_counts(limited: Callable, path: str) -> None:
    site = await limited(RateLimits(per_address=1))
    for _ in range(BURST_SECONDS):
        (await site.anybody.get(path)).refused(401, "unauthenticated")
    (await site.anybody.get(path)).refused(429, "too_many_requests")


async def test_a_share_links_visitors_are_told_apart_behind_proxies(limited: Callable) -> None:
    """What the guesses at a link's password are counted by, too."""
    site = await limited(RateLimits(per_address=1), proxies=1)
    body = {"json": {"token": "a" * 43}}
    for _ in range(BURST_SECONDS):
        await site.anybody.post("/shared/open", headers={"X-Forwarded-For": "192.0.2.1"}, **body)
    answers = [
        await site.anybody.post("/shared/open", headers={"X-Forwarded-For": each}, **body)
        for each in ("192.0.2.1", "192.0.2.2")
    ]
    assert [each.status for each in answers] == [429, 404]
