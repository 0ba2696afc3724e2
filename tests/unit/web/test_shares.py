"""Share links over HTTP: what somebody outside sees, and everything they must not."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.packages import small_package
from tests.unit.web.conftest import Site
from tests.unit.web.door import API, Answer

from asset_ingest.adapters.clock.memory import ManualClock
from asset_ingest.adapters.repos.memory import MemoryRecords
from asset_ingest.bootstrap import memory_ports
from asset_ingest.core.model.access import Role
from asset_ingest.core.model.ids import AssetId, VersionId
from asset_ingest.entrypoints.web.options import WebOptions
from asset_ingest.entrypoints.web.shared import PASS

PASSWORD = "correct horse"
SHORT = b"version two"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who holds links and nothing else, and keeps the pass of the last one opened."""

    site: Site
    cookie: str = ""

    async def open(self, url: str, password: str | None = None, **headers: str) -> tuple[Visitor, Answer]:
        body = {"token": url.partition("#")[2]} | ({"password": password} if password is not None else {})
        answer = await self.site.anybody.post("/shared/open", json=body, headers=headers)
        self.site.client.session.cookie_jar.clear()  # what is sent is what a test says
        cookie = answer.headers.get("Set-Cookie", "").partition(";")[0].partition("=")[2]
        return replace(self, cookie=cookie), answer

    async def ask(self, path: str, method: str = "GET", **headers: str) -> Answer:
        more = {"Cookie": f"{PASS}={self.cookie}"} if self.cookie else {}
        path = path if path.startswith(API) else API + path
        return await self.site.anybody(method, path, headers=more | headers)


@pytest.fixture
def visitor(site: Site) -> Visitor:
    return Visitor(site)


@pytest.fixture
async def asset(site: Site) -> UUID:
    return await site.package()


async def share(site: Site, asset: UUID, **wanted: object) -> Any:
    answer = await site.admin.post(f"/assets/{asset}/shares", json=wanted)
    assert answer.status == 201, answer.body
    return answer.json


async def revoke(site: Site, asset: UUID, made: Any) -> Answer:
    return await site.admin("DELETE", f"{API}/assets/{asset}/shares/{made['share']['id']}")


async def add_version(site: Site, asset: UUID, *, current: bool) -> None:
    """Give the asset a second version, as the use cases for versions do."""
    other = await site.admin.upload("second.bin", SHORT)
    await site.program.work()
    second = UUID((await site.admin.get(f"/jobs/{other.json['jobs'][0]['id']}")).json["asset_id"])
    records = site.program.ports.records
    assert isinstance(records, MemoryRecords)
    async with records._store.transaction() as tables:
        [source] = [row for row in tables.versions.values() if row.asset_id == second]
        made = replace(source, id=VersionId(uuid4()), asset_id=AssetId(asset), number=2)
        tables.versions[made.id] = made
        tables.assets[asset] = replace(tables.assets[asset], current_version=2 if current else 1)


async def facts(site: Site) -> list[tuple[str, str, dict[str, object]]]:
    await site.program.app.upkeep.relay.once()
    admin = await site.program.ports.system.access.first_admin()
    assert admin
    async with site.program.ports.records.transaction(admin.studio_id) as tx:
        told = await tx.events.after(0, 1000)
    return [(fact.type, fact.actor, fact.data) for fact in told if fact.type.startswith("share.")]


# --- what a link shows ------------------------------------------------------------------------------------------


async def test_a_link_shows_the_asset_and_nothing_else_of_the_studio(site: Site, asset: UUID, visitor: Visitor) -> None:
    made = await share(site, asset)
    visitor, answer = await visitor.open(made["url"])
    assert answer.status == 200
    assert set(answer.json) == {
        *("id", "name", "kind", "version", "filename", "size", "content_type", "created_at", "expires_at"),
        *("thumbnail_url", "contact_sheet_url", "content_url", "sha256"),
    }
    assert (answer.json["name"], answer.json["version"]) == ("Crates & Barrels", 1)
    assert answer.json["content_url"] is answer.json["sha256"] is None
    picture = await visitor.ask(answer.json["thumbnail_url"])
    assert (picture.status, picture.headers["Cache-Control"]) == (200, "private, no-store")
    assert (await visitor.ask(f"/shared/{made['share']['id']}")).json == answer.json
    (await visitor.ask(f"/shared/{made['share']['id']}/content")).refused(404, "not_found")


async def test_the_secret_is_in_the_fragment_alone_and_told_once(site: Site, asset: UUID) -> None:
    made = await share(site, asset)
    address, _, token = made["url"].partition("#")
    assert address.endswith("/s")
    assert len(token) >= 43
    listed = await site.admin.get(f"/assets/{asset}/shares")
    assert token not in listed.body.decode()
    assert listed.json["items"] == [made["share"]]
    for hidden in ("hash", "seal", "token"):
        assert not any(hidden in key for key in made["share"])
    assert token not in json.dumps(await facts(site))


async def test_behind_a_proxy_the_link_is_under_the_address_that_browsers_use(open_site: Callable, asset: UUID) -> None:
    site = await open_site(WebOptions(public_url="https://assets.example/"))
    made = await share(site, await site.package())
    assert made["url"].startswith("https://assets.example/s#")


async def test_the_pass_is_a_cookie_that_scripts_and_other_addresses_do_not_get(
    site: Site, asset: UUID, visitor: Visitor
) -> None:
    made = await share(site, asset)
    _, answer = await visitor.open(made["url"])
    said = answer.headers["Set-Cookie"].lower()
    for part in ("httponly", "samesite=strict", "max-age=14400", f"path={API}/shared/{made['share']['id']};"):
        assert part in said + ";", said


async def test_a_link_that_allows_it_serves_the_original_as_members_get_it(
    site: Site, asset: UUID, visitor: Visitor
) -> None:
    made = await share(site, asset, may_download=True)
    visitor, answer = await visitor.open(made["url"])
    url, original = answer.json["content_url"], small_package()
    assert answer.json["sha256"] == hashlib.sha256(original).hexdigest()
    whole = await visitor.ask(url)
    assert whole.body == original
    assert whole.headers["Content-Disposition"].startswith('attachment; filename="props.unitypackage"')
    assert whole.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in whole.headers["Content-Security-Policy"]
    assert whole.headers["Cache-Control"] == "private, no-store"
    part = await visitor.ask(url, Range="bytes=10-19")
    assert (part.status, part.body) == (206, original[10:20])
    head = await visitor.ask(url, "HEAD")
    assert (head.status, head.headers["Content-Length"]) == (200, str(len(original)))
    (await visitor.ask(url, Range="bytes=99999999-")).refused(416, "range_not_satisfiable")
    assert (await visitor.ask(url, **{"If-None-Match": whole.headers["ETag"]})).status == 304


async def test_a_link_follows_the_current_version_unless_it_names_one(
    site: Site, asset: UUID, visitor: Visitor
) -> None:
    following, fixed = (
        await share(site, asset, may_download=True),
        await share(site, asset, may_download=True, version=1),
    )
    await add_version(site, asset, current=True)
    newer, answer = await visitor.open(following["url"])
    assert (answer.json["version"], answer.json["size"], answer.json["thumbnail_url"]) == (2, len(SHORT), None)
    assert (await newer.ask(answer.json["content_url"])).body == SHORT
    (await newer.ask(f"/shared/{following['share']['id']}/renditions/thumbnail")).refused(404, "not_found")
    older, answer = await visitor.open(fixed["url"])
    assert (answer.json["version"], (await older.ask(answer.json["content_url"])).body) == (1, small_package())


async def test_a_rollback_shows_at_once(site: Site, asset: UUID, visitor: Visitor) -> None:
    made = await share(site, asset)
    await add_version(site, asset, current=True)
    visitor, answer = await visitor.open(made["url"])
    assert answer.json["version"] == 2
    records = site.program.ports.records
    assert isinstance(records, MemoryRecords)
    async with records._store.transaction() as tables:
        tables.assets[asset] = replace(tables.assets[asset], current_version=1)
    assert (await visitor.ask(f"/shared/{made['share']['id']}")).json["version"] == 1


# --- what opens nothing -----------------------------------------------------------------------------------------


async def test_unknown_revoked_expired_and_orphaned_links_are_told_the_same(
    open_site: Callable, visitor: Visitor
) -> None:
    clock = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
    site = await open_site(ports=replace(memory_ports(), clock=clock))
    visitor, asset, other = Visitor(site), await site.package(), await site.package(record={"title": "Other"})
    expired = await share(site, asset, expires_at="2026-01-02T00:00:00Z", password=PASSWORD)
    revoked, orphaned = await share(site, asset), await share(site, other)
    assert (await revoke(site, asset, revoked)).status == 204
    clock.advance(timedelta(days=1))
    await purge(site, other)
    answers = [
        (await visitor.open(url))[1].refused(404, "not_found")
        for url in (expired["url"], revoked["url"], orphaned["url"], "#" + "x" * 43, "#short")
    ]
    assert len({str(answer.json | {"correlation_id": ""}) for answer in answers}) == 1
    assert not any("Set-Cookie" in answer.headers for answer in answers)


async def purge(site: Site, asset: UUID) -> None:
    records = site.program.ports.records
    assert isinstance(records, MemoryRecords)
    async with records._store.transaction() as tables:
        del tables.assets[asset]


async def test_what_was_open_closes_when_the_link_ends(site: Site, asset: UUID, visitor: Visitor) -> None:
    made = await share(site, asset, may_download=True)
    visitor, answer = await visitor.open(made["url"])
    assert (await visitor.ask(answer.json["content_url"])).status == 200
    for _ in range(2):  # once more is no error
        assert (await revoke(site, asset, made)).status == 204
    for path in (answer.json["content_url"], answer.json["thumbnail_url"], f"/shared/{made['share']['id']}"):
        (await visitor.ask(path)).refused(404, "not_found")


async def test_links_of_a_trashed_asset_end_for_good(site: Site, asset: UUID, visitor: Visitor) -> None:
    made = await share(site, asset)
    program = site.program
    who = await program.app.access.by_key(site.admin_key, "test")
    async with program.app.shares.journeys.change(who.studio_id) as tx:
        await program.app.shares.end_all(tx, who, await tx.assets.lock(AssetId(asset)))
    (await visitor.open(made["url"]))[1].refused(404, "not_found")
    assert [kind for kind, _, _ in await facts(site)] == ["share.created", "share.revoked"]


async def test_a_pass_opens_its_own_link_alone(site: Site, asset: UUID, visitor: Visitor) -> None:
    other = await site.package(record={"title": "Other"})
    mine, foreign = await share(site, asset, may_download=True), await share(site, other, may_download=True)
    visitor, _ = await visitor.open(mine["url"])
    for path in ("", "/content", "/renditions/thumbnail"):
        (await visitor.ask(f"/shared/{foreign['share']['id']}{path}")).refused(404, "not_found")
        (await visitor.ask(f"/shared/{asset}{path}")).refused(404, "not_found")


@pytest.mark.parametrize(
    "forge",
    [
        lambda token, until, seal: "",
        lambda token, until, seal: token,
        lambda token, until, seal: f"{token}.{until}",
        lambda token, until, seal: f"{token}.{int(until) + 9999}.{seal}",
        lambda token, until, seal: f"{token}.{until}.{seal[:-1]}",
        lambda token, until, seal: f"{token}.{until}.{'0' * 64}",
        lambda token, until, seal: f"{token}.-1.{seal}",
        lambda token, until, seal: f"{token}.{'9' * 40}.{seal}",
        lambda token, until, seal: f"{'x' * 43}.{until}.{seal}",
        lambda token, until, seal: f"{token}.{until}.é{seal[1:]}",
        lambda token, until, seal: f"{token}.{until}.{seal}.more",
        lambda token, until, seal: "." * 40,
        lambda token, until, seal: "x" * 4000,
    ],
)
async def test_a_forged_pass_opens_nothing(
    site: Site, asset: UUID, visitor: Visitor, forge: Callable[[str, str, str], str]
) -> None:
    made = await share(site, asset, may_download=True)
    visitor, answer = await visitor.open(made["url"])
    forged = replace(visitor, cookie=forge(*visitor.cookie.split(".")))
    (await forged.ask(answer.json["content_url"])).refused(404, "not_found")


async def test_a_pass_lasts_four_hours(open_site: Callable) -> None:
    clock = ManualClock()
    site = await open_site(ports=replace(memory_ports(), clock=clock))
    made = await share(site, await site.package())
    visitor, answer = await Visitor(site).open(made["url"])
    clock.advance(timedelta(hours=4, seconds=-1))
    assert (await visitor.ask(answer.json["thumbnail_url"])).status == 200
    clock.advance(timedelta(seconds=1))
    (await visitor.ask(answer.json["thumbnail_url"])).refused(404, "not_found")


@pytest.mark.parametrize(
    "path",
    [
        "/shared/opened",
        "/shared/%2e%2e/content",
        "/shared/..%2fassets/content",
        "/shared/%00/content",
        "/shared/{id}/renditions/entry_previews",
        "/shared/{id}/renditions/..%2fcontent",
        "/shared/{id}/renditions/nonsense",
        "/shared/{id}/versions/1/content",
        "/shared/{id}/entries",
        "/shared/{id}/content/",
    ],
)
async def test_tricks_with_paths_lead_nowhere(site: Site, asset: UUID, visitor: Visitor, path: str) -> None:
    made = await share(site, asset)
    visitor, _ = await visitor.open(made["url"])
    (await visitor.ask(path.replace("{id}", made["share"]["id"]))).refused(404, "not_found")


async def test_neither_pass_nor_token_is_a_key_to_anything_else(site: Site, asset: UUID, visitor: Visitor) -> None:
    made = await share(site, asset, may_download=True)
    visitor, _ = await visitor.open(made["url"])
    token = made["url"].partition("#")[2]
    for path in (f"/assets/{asset}", f"/assets/{asset}/shares", "/auth/me", f"/assets/{asset}/versions/1/content"):
        (await visitor.ask(path)).refused(401, "unauthenticated")
        (await visitor.ask(path, Authorization=f"Bearer {token}")).refused(401, "unauthenticated")
        (await visitor.ask(path, Cookie=f"asset_ingest_session={token}")).refused(401, "unauthenticated")


async def test_another_page_cannot_open_a_link_in_somebodys_browser(site: Site, asset: UUID, visitor: Visitor) -> None:
    made = await share(site, asset)
    (await visitor.open(made["url"], Origin="https://evil.example"))[1].refused(403, "forbidden")


# --- passwords --------------------------------------------------------------------------------------------------


async def test_a_password_is_asked_for_and_opens(site: Site, asset: UUID, visitor: Visitor) -> None:
    made = await share(site, asset, password="pässwörter")
    assert made["share"]["has_password"] is True
    (await visitor.open(made["url"]))[1].refused(403, "password_needed")
    (await visitor.open(made["url"], "wrong"))[1].refused(403, "password_needed")
    visitor, answer = await visitor.open(made["url"], "pa\u0308sswo\u0308rter")  # as another keyboard puts it together
    assert answer.status == 200
    assert (await visitor.ask(f"/shared/{made['share']['id']}")).status == 200


async def test_a_password_cannot_be_guessed_for_long(open_site: Callable) -> None:
    clock = ManualClock()
    site = await open_site(ports=replace(memory_ports(), clock=clock))
    visitor, asset = Visitor(site), await site.package()
    made, other = await share(site, asset, password=PASSWORD), await share(site, asset, password=PASSWORD)
    for _ in range(5):
        (await visitor.open(made["url"], "wrong"))[1].refused(403, "password_needed")
    answer = (await visitor.open(made["url"], PASSWORD))[1].refused(429, "too_many_requests")
    assert answer.headers["Retry-After"] == str(15 * 60)
    assert (await visitor.open(other["url"], PASSWORD))[1].status == 200
    clock.advance(timedelta(minutes=15))
    assert (await visitor.open(made["url"], PASSWORD))[1].status == 200


async def test_the_right_password_makes_good_for_ones_own_wrong_ones_but_not_for_all(
    site: Site, asset: UUID, visitor: Visitor
) -> None:
    made = await share(site, asset, password=PASSWORD)
    for _ in range(12):
        for _ in range(4):
            (await visitor.open(made["url"], "wrong"))[1].refused(403, "password_needed")
        assert (await visitor.open(made["url"], PASSWORD))[1].status == 200
    for _ in range(2):
        (await visitor.open(made["url"], "wrong"))[1].refused(403, "password_needed")
    answer = (await visitor.open(made["url"], "wrong"))[1].refused(429, "too_many_requests")
    assert answer.json["limit"] == 50


# --- the audit trail --------------------------------------------------------------------------------------------


async def test_making_opening_and_revoking_are_told_and_never_change_the_assets_revision(
    open_site: Callable,
) -> None:
    clock = ManualClock()
    site = await open_site(ports=replace(memory_ports(), clock=clock))
    visitor, asset = Visitor(site), await site.package()
    before = (await site.admin.get(f"/assets/{asset}")).json["revision"]
    made = await share(site, asset, password=PASSWORD)
    for day in range(2):
        for _ in range(3):
            await visitor.open(made["url"], PASSWORD)
        clock.advance(timedelta(days=1 - day))
    for _ in range(2):
        await revoke(site, asset, made)
    told = await facts(site)
    assert [kind for kind, _, _ in told] == ["share.created", "share.opened", "share.opened", "share.revoked"]
    share_id = made["share"]["id"]
    assert {data["share_id"] for _, _, data in told} == {share_id}
    assert {actor for kind, actor, _ in told if kind == "share.opened"} == {f"share:{share_id}"}
    one, other = (data["visitor"] for kind, _, data in told if kind == "share.opened")
    assert one != other  # nobody is followed from day to day
    assert "127.0.0.1" not in json.dumps([data for _, _, data in told])
    assert (await site.admin.get(f"/assets/{asset}")).json["revision"] == before


# --- members ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", Role)
async def test_who_may_share(site: Site, asset: UUID, role: Role) -> None:
    member = await site.join(role, same_studio=True)
    made = await member.post(f"/assets/{asset}/shares", json={})
    listed = await member.get(f"/assets/{asset}/shares")
    ended = await member("DELETE", f"{API}/assets/{asset}/shares/{(await share(site, asset))['share']['id']}")
    if role is Role.ARTIST:
        for answer in (made, listed, ended):
            answer.refused(403, "forbidden")
    else:
        assert (made.status, listed.status, ended.status) == (201, 200, 204)


async def test_another_studio_finds_neither_asset_nor_link(site: Site, asset: UUID) -> None:
    made = await share(site, asset)
    stranger = await site.join(Role.ADMIN, same_studio=False)
    (await stranger.post(f"/assets/{asset}/shares", json={})).refused(404, "not_found")
    (await stranger.get(f"/assets/{asset}/shares")).refused(404, "not_found")
    path = f"{API}/assets/{asset}/shares/{made['share']['id']}"
    (await stranger("DELETE", path)).refused(404, "not_found")
    other = await site.package(record={"title": "Other"})
    (await site.admin("DELETE", path.replace(str(asset), str(other)))).refused(404, "not_found")


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({"expires_at": "2999-01-01T00:00:00Z"}, "expires_at"),
        ({"expires_at": "2026-01-01T00:00:00"}, "expires_at"),
        ({"expires_at": "soon"}, "expires_at"),
        ({"expires_at": "0001-01-01T00:00:00+14:00"}, "expires_at"),
        ({"expires_at": "9999-12-31T23:59:59-14:00"}, "expires_at"),
        ({"expires_at": 99999999999999999}, "expires_at"),
        ({"password": "short"}, "password"),
        ({"password": "x" * 257}, "password"),
        ({"password": 12345678}, "password"),
        ({"version": 0}, "version"),
        ({"version": "1"}, "version"),
        ({"version": 2**31}, "version"),
        ({"may_download": "yes"}, "may_download"),
        ({"scope": "everything"}, "scope"),
    ],
)
async def test_what_makes_no_sense_is_refused_by_name(
    site: Site, asset: UUID, wanted: dict[str, object], field: str
) -> None:
    (await site.admin.post(f"/assets/{asset}/shares", json=wanted)).refused(422, "invalid_request", field)


async def test_a_version_that_is_not_there_cannot_be_shared(site: Site, asset: UUID) -> None:
    (await site.admin.post(f"/assets/{asset}/shares", json={"version": 2})).refused(404, "not_found")
    (await site.admin.post(f"/assets/{uuid4()}/shares", json={})).refused(404, "not_found")


async def test_links_have_an_end_and_a_status(open_site: Callable) -> None:
    clock = ManualClock()
    site = await open_site(ports=replace(memory_ports(), clock=clock))
    asset = await site.package()
    week, revoked = await share(site, asset), await share(site, asset)
    assert datetime.fromisoformat(week["share"]["expires_at"]) - clock.now() == timedelta(days=7)
    await revoke(site, asset, revoked)
    clock.advance(timedelta(days=7))
    hour = await share(site, asset, expires_at=(clock.now() + timedelta(hours=1)).isoformat())
    listed = (await site.admin.get(f"/assets/{asset}/shares?limit=2")).json
    rest = (await site.admin.get(f"/assets/{asset}/shares?limit=2&cursor={listed['next_cursor']}")).json
    found = [(item["id"], item["status"]) for item in listed["items"] + rest["items"]]
    assert found == [
        (hour["share"]["id"], "ACTIVE"),
        (revoked["share"]["id"], "REVOKED"),
        (week["share"]["id"], "EXPIRED"),
    ]


async def test_an_asset_has_no_more_than_a_hundred_open_links(site: Site, asset: UUID) -> None:
    first = await share(site, asset)
    for _ in range(99):
        await share(site, asset)
    (await site.admin.post(f"/assets/{asset}/shares", json={})).refused(409, "not_possible_now")
    await revoke(site, asset, first)
    await share(site, asset)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "token"),
        ({"token": 7}, "token"),
        ({"token": ""}, "token"),
        ({"token": "a b"}, "token"),
        ({"token": "x" * 257}, "token"),
        ({"token": "abc", "password": "x" * 257}, "password"),
        ({"token": "abc", "password": 7}, "password"),
        ({"token": "abc", "asset_id": "x"}, "asset_id"),
    ],
)
async def test_an_opening_that_makes_no_sense_is_refused_by_name(
    site: Site, body: dict[str, object], field: str
) -> None:
    (await site.anybody.post("/shared/open", json=body)).refused(422, "invalid_request", field)
