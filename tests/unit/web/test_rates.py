"""How often one may ask, and where a request is from, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

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
