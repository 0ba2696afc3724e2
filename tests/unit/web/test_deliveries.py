"""Signed requests to our own disk: what is taken, and what is refused before a byte is read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from tests.delivery_suite import BIG, PACKAGE, DeliverySuite, completed, part_of, plan, put
from tests.unit.web.conftest import Site
from tests.unit.web.door import API

from asset_ingest.adapters.clock.memory import ManualClock
from asset_ingest.adapters.object_store.disk import DiskObjects
from asset_ingest.adapters.object_store.disk_direct import DiskDirectUploads
from asset_ingest.adapters.repos.memory import MemoryRecords
from asset_ingest.bootstrap import Ports, memory_ports
from asset_ingest.core.model.access import Role
from asset_ingest.entrypoints.web.options import WebOptions

DIRECT = f"{API}/direct"
LISTED = "https://tools.example"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def ports(tmp_path: Path, clock: ManualClock) -> Ports:
    records, direct = MemoryRecords(clock), DiskDirectUploads(tmp_path, bytes(range(32)), DIRECT, clock)
    disk = {"store": DiskObjects(tmp_path), "resumable": direct, "direct": direct, "door": direct}
    return replace(memory_ports(), clock=clock, records=records, system=records.system, **disk)


@pytest.fixture
async def site(open_site: Callable, ports: Ports, tmp_path: Path) -> Site:
    return await open_site(WebOptions(cors_origins=(LISTED,), static=tmp_path / "not-built"), ports)


class TestDeliveries(DeliverySuite):
    """Over records in memory."""

    async def test_bytes_keep_the_upload_from_expiring(self, site: Site, clock: ManualClock) -> None:
        told = await plan(site, method="multipart")
        before = (await site.admin.get(f"/uploads/{told['upload_id']}")).json["expires_at"]
        clock.advance(timedelta(minutes=5))
        assert (await put(site, told["parts"][0]["url"], PACKAGE)).status == 200
        assert (await site.admin.get(f"/uploads/{told['upload_id']}")).json["expires_at"] > before


async def test_its_time_is_over_when_the_plan_says(site: Site, clock: ManualClock) -> None:
    told = await plan(site, method="multipart")
    clock.advance(timedelta(minutes=10))
    (await put(site, told["parts"][0]["url"], PACKAGE)).refused(403, "forbidden")
    signed = await site.admin.post(f"/uploads/{told['upload_id']}/parts:sign", json={"numbers": [1]})
    assert (await put(site, signed.json[0]["url"], PACKAGE)).status == 200


@pytest.mark.parametrize("name", ["key", "size", "until", "signature", "upload", "part"])
async def test_a_forged_field_is_refused(site: Site, name: str) -> None:
    url = (await plan(site, method="multipart"))["parts"][0]["url"]
    for forged in (url.replace(f"{name}=", f"{name}=9"), url.replace(f"{name}=", f"{name}=%0A")):
        (await put(site, forged, PACKAGE)).refused(403, "forbidden")


@pytest.mark.parametrize("role", Role)
async def test_an_address_signed_for_one_studio_opens_nothing_of_another(site: Site, role: Role) -> None:
    """Whatever of it is changed, and whether that is there or not, it is refused in the same words."""
    theirs = (await plan(site, BIG, method="multipart", filename="big.bin"))["parts"][1]["url"]
    stranger = replace(site, admin_key=(await site.join(role, same_studio=False)).key)
    told = await plan(stranger, BIG, method="multipart", filename="big.bin")
    url = told["parts"][1]["url"]
    swaps = [{"key": said(theirs)["key"]}, {"upload": said(theirs)["upload"]}, {"part": "1"}, {"part": "3"}]
    swaps += [{"key": said(theirs)["key"], "upload": said(theirs)["upload"]}, {"key": said(url)["key"] + "x"}]
    swaps += [{"size": "6"}, {"until": str(int(said(url)["until"]) + 1)}, {"signature": said(theirs)["signature"]}]
    for swap in swaps:
        refused = (await put(site, changed(url, **swap), part_of(2))).refused(403, "forbidden")
        assert refused.json["detail"] == "this request was not signed here, or not as it was sent", swap
    assert [await arrived(each, theirs) for each in (site, stranger)] == [[], None]
    assert await arrived(stranger, url) == []
    assert (await put(site, url, part_of(2))).status == 200
    assert await arrived(stranger, url) == [2]
    assert await arrived(site, theirs) == []


def said(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query))


def changed(url: str, **fields: str) -> str:
    return f"{DIRECT}?{urlencode({**said(url), **fields}, safe='/')}"


async def arrived(site: Site, url: str) -> list[int] | None:
    """Return the numbers of the parts that are stored of the upload of this address; None where it is not there."""
    upload = f"/uploads/{said(url)['key'].split('/')[3]}"
    looked = await site.admin.post(f"{upload}/parts:look")
    if looked.status in {403, 404}:
        return None
    listed = (await site.admin.get(f"{upload}/parts")).json["items"]
    return [part["number"] for part in listed if part["status"] == "UPLOADED"]


@pytest.mark.parametrize("name", ["key", "size", "until", "signature"])
async def test_a_field_that_is_missing_or_said_twice_is_named(site: Site, name: str) -> None:
    url = (await plan(site, method="single"))["url"]
    (await put(site, url.replace(f"{name}=", "x="), PACKAGE)).refused(422, "invalid_request", "x")
    (await put(site, f"{url}&{name}=1", PACKAGE)).refused(422, "invalid_request", name)


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE"])
async def test_no_other_method_is_there(site: Site, method: str) -> None:
    url = (await plan(site, method="single"))["url"]
    (await site.anybody(method, url)).refused(405, "method_not_allowed")


@pytest.mark.parametrize("size", [0, 1, len(PACKAGE) - 1, len(PACKAGE) + 1, 300_000])
@pytest.mark.parametrize("method", ["single", "multipart"])
async def test_no_other_length_is_taken(site: Site, method: str, size: int) -> None:
    told = await plan(site, method=method)
    (await put(site, told["url"] or told["parts"][0]["url"], bytes(size))).refused(422, "length_mismatch")
    (await completed(site, told["upload_id"])).refused(409, "not_possible_now")


async def test_a_length_that_is_not_said_is_refused(site: Site) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield PACKAGE

    told = await plan(site, method="single")
    assert (await put(site, told["url"], chunks())).refused(411, "invalid_request").json["title"] == "Length Required"


async def test_a_refusal_comes_before_the_body_is_invited(site: Site) -> None:
    told = await plan(site, method="single")
    for url, length, status in ((f"{told['url']}0", len(PACKAGE), b"403"), (told["url"], len(PACKAGE) + 1, b"422")):
        answer = await raw(site, f"PUT {url} HTTP/1.1", "Expect: 100-continue", f"Content-Length: {length}")
        assert answer.startswith(b"HTTP/1.1 " + status)


@pytest.mark.parametrize("method", ["single", "multipart"])
async def test_of_a_body_that_breaks_off_nothing_is_kept(site: Site, method: str, tmp_path: Path) -> None:
    told = await plan(site, method=method)
    url = told["url"] or told["parts"][0]["url"]
    await raw(site, f"PUT {url} HTTP/1.1", f"Content-Length: {len(PACKAGE)}", body=PACKAGE[:-1], breaks_off=True)
    (await completed(site, told["upload_id"])).refused(409, "not_possible_now")
    assert (await put(site, url, PACKAGE)).status == 200


async def test_what_follows_a_body_of_the_signed_length_is_another_request(site: Site) -> None:
    told = await plan(site, method="single")
    body = PACKAGE + b"GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n"
    answer = await raw(site, f"PUT {told['url']} HTTP/1.1", f"Content-Length: {len(PACKAGE)}", body=body)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert (await completed(site, told["upload_id"])).json["size"] == len(PACKAGE)


async def test_neither_key_nor_cookie_opens_it(site: Site) -> None:
    url = (await plan(site, method="single"))["url"]
    browser = await site.browser()
    for door in (site.admin, browser):
        (await door("PUT", f"{url}0", data=PACKAGE)).refused(403, "forbidden")
    assert (await replace(browser, csrf=None)("PUT", url, data=PACKAGE)).status == 200


async def test_pages_of_listed_origins_may_send_and_read_the_tag(site: Site) -> None:
    url = (await plan(site, method="single"))["url"]
    asking = {"Origin": LISTED, "Access-Control-Request-Method": "PUT"}
    allowed = await site.anybody("OPTIONS", url, headers=asking)
    assert "PUT" in allowed.headers["Access-Control-Allow-Methods"]
    assert "Content-MD5" in allowed.headers["Access-Control-Allow-Headers"]
    answer = await site.anybody("PUT", url, data=PACKAGE, headers={"Origin": LISTED})
    assert answer.headers["Access-Control-Allow-Origin"] == LISTED
    assert "ETag" in answer.headers["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Credentials" not in answer.headers


async def test_the_log_has_no_signature(site: Site) -> None:
    url = (await plan(site, method="single"))["url"]
    await put(site, url, PACKAGE)
    await put(site, url, PACKAGE[:-1])
    assert url.rpartition("=")[2] not in repr(vars(site.observer))


async def test_it_is_not_there_where_bytes_live_elsewhere(open_site: Callable) -> None:
    elsewhere: Site = await open_site()
    (await put(elsewhere, f"{DIRECT}?key=a&size=1&until=1&signature=x", b"1")).refused(404, "not_found")


async def raw(site: Site, *head: str, body: bytes = b"", breaks_off: bool = False) -> bytes:
    """Send these very bytes and return the first line that comes back."""
    reader, writer = await asyncio.open_connection(site.client.host, site.client.port)
    try:
        writer.write("\r\n".join([*head, "Host: here", "", ""]).encode() + body)
        if breaks_off:
            writer.write_eof()
        return await reader.readline()
    finally:
        writer.close()
        await writer.wait_closed()


async def test_the_page_may_speak_to_where_signed_requests_go(open_site: Callable, ports: Ports) -> None:
    assert ports.direct
    ports.direct.origin = "https://bytes.example"
    site = await open_site(ports=ports)
    policy = (await site.admin("GET", "/healthz")).headers["Content-Security-Policy"]
    assert "connect-src 'self' https://bytes.example" in policy
