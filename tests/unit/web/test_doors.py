"""Doors that are no plain HTTP: the policy and the walls between studios hold there as everywhere.

Signed addresses are asked in test_deliveries.py, where there is a door for them.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from tests.unit.web.conftest import Site
from tests.unit.web.door import API, Answer, Door
from tests.unit.web.resuming import OFFSET_BYTES, PARTIAL_BYTES, TUS, IetfClient, TusClient, metadata
from tests.unit.web.test_live import dropped, event, events
from tests.unit.web.things import MARK, NOWHERE, alike, some_of_all

from asset_ingest.core.model.access import MAY, Action, Role

SENDING = {Action.UPLOAD, Action.CANCEL_JOB, Action.READ}


@pytest.fixture
async def stranger(site: Site) -> Door:
    return await site.join(Role.ADMIN, same_studio=False)


# --- resumable uploads ------------------------------------------------------------------------------------------


async def verbs(door: Door, path: str) -> list[Answer]:
    """Try all that both protocols have on somebody's upload."""
    tus, ietf = {**TUS, **OFFSET_BYTES, "Upload-Offset": "0"}, {**PARTIAL_BYTES, "Upload-Offset": "0"}
    asked = [
        ("HEAD", TUS, None),
        ("HEAD", {}, None),
        ("GET", {}, None),
        ("PATCH", tus, b"x"),
        ("PATCH", {**ietf, "Upload-Complete": "?1"}, b"x"),
        ("POST", {**tus, "X-HTTP-Method-Override": "PATCH"}, b"x"),
        ("POST", {**TUS, "X-HTTP-Method-Override": "DELETE"}, None),
        ("DELETE", TUS, None),
        ("DELETE", {}, None),
    ]
    return [await door(method, path, headers=headers, data=body) for method, headers, body in asked]


async def test_another_studios_upload_is_not_there_by_either_protocol(site: Site, stranger: Door) -> None:
    begun = TusClient(site.admin)
    await begun.create(b"ab", Upload_Length="5", Upload_Metadata=metadata(filename=MARK))
    theirs, nothing = await verbs(stranger, begun.path), await verbs(stranger, f"{API}/files/{NOWHERE}")
    ids = {"upload_id": begun.path.rpartition("/")[2]}
    assert [alike(each, ids) for each in theirs] == [alike(each, ids) for each in nothing]
    assert {each.status for each in theirs} == {404}
    assert await begun.stands() == 2


@pytest.mark.parametrize("role", Role)
async def test_every_role_sends_by_both_protocols_what_the_policy_lets_it(site: Site, role: Role) -> None:
    door = await site.join(role, same_studio=True)
    assert all(role in MAY[action] for action in SENDING)
    for client in (TusClient(door), IetfClient(door)):
        created = await client.create(b"x", **({"Upload_Length": "2"} if isinstance(client, TusClient) else {}))
        assert created.status == 201
        assert (await door("GET", client.path)).status == 200
        assert (await door("DELETE", client.path, headers=TUS)).status == 204


@pytest.mark.parametrize("scope", [each for each in Action if each is not Action.UPLOAD])
async def test_a_key_without_the_scope_sends_by_no_road(site: Site, scope: Action) -> None:
    begun = TusClient(site.admin)
    await begun.create(Upload_Length="5")
    made = await site.admin.post("/api-keys", json={"name": "robot", "scopes": [scope]})
    robot = Door(site.client, key=made.json["secret"])
    (await robot.post("/files", headers={**TUS, "Upload-Length": "5"})).refused(403, "forbidden")
    (await robot.post("/files", data=b"x", headers={**PARTIAL_BYTES, "Upload-Complete": "?1"})).refused(
        403, "forbidden"
    )
    sent = await robot("PATCH", begun.path, data=b"x", headers={**TUS, **OFFSET_BYTES, "Upload-Offset": "0"})
    sent.refused(403, "forbidden")
    (await robot.post("/uploads", json={"filename": "a.bin", "size": 1})).refused(403, "forbidden")
    (await robot.post("/assets?filename=a.bin", data=b"x")).refused(403, "forbidden")
    (await robot.post(f"/assets/{NOWHERE}/versions", data=b"x")).refused(403, "forbidden")
    assert await begun.stands() == 0


async def test_what_a_body_or_a_query_names_of_another_studio_is_not_there(site: Site, stranger: Door) -> None:
    things = await some_of_all(site)
    piece = TusClient(site.admin)
    await piece.create(b"ab", Upload_Concat="partial", Upload_Length="2")
    ids = {**things, "piece": piece.path.rpartition("/")[2]}

    async def tried(named: dict[str, str]) -> list[Answer]:
        asset, group = named["asset_id"], named["group_id"]
        said = [{"asset_id": asset}, {"group_id": group}]
        plans = [await stranger.post("/uploads", json={"filename": "a.bin", "size": 3, **each}) for each in said]
        said_in_metadata = {**TUS, "Upload-Length": "3", "Upload-Metadata": metadata(asset_id=asset)}
        opened = [await stranger.post("/files", headers=said_in_metadata)]
        queries = [f"{name}={value}" for each in said for name, value in each.items()]
        for query in queries:
            ietf = {**PARTIAL_BYTES, "Upload-Complete": "?1"}
            opened.append(await stranger.post(f"/files?{query}", data=b"abc", headers=ietf))
            opened.append(await stranger.post(f"/files?{query}", headers={**TUS, "Upload-Length": "3"}))
        dropped = [await stranger.post(f"/assets?filename=a.bin&group_id={group}", data=b"abc")]
        concat = {**TUS, "Upload-Concat": f"final;/api/v1/files/{named['piece']}"}
        joined = [await stranger.post("/files", headers=concat)]
        bulk = [await stranger.post("/assets:bulk", json={"action": "trash", "ids": [asset]})]
        return [*plans, *opened, *dropped, *joined, *bulk]

    theirs, nothing = await tried(ids), await tried(dict.fromkeys(ids, NOWHERE))
    assert [alike(each, ids) for each in theirs] == [alike(each, ids) for each in nothing]
    assert all(each.status in {400, 404, 422} for each in theirs[:-1]), [each.status for each in theirs]
    assert [each["error"]["status"] for each in theirs[-1].json["items"]] == [404]
    assert (await stranger.get("/jobs")).json["items"] == []
    assert (await site.admin.get(f"/assets/{things['asset_id']}")).json["trashed_at"] is None


@pytest.mark.parametrize("listed", ["/jobs", "/assets", "/groups", "/publishers", "/api-keys", "/members"])
async def test_a_cursor_leads_into_no_other_studio(site: Site, stranger: Door, listed: str) -> None:
    await some_of_all(site)
    query = "?limit=1&sort=-name" if listed == "/assets" else "?limit=1"
    cursor = (await site.admin.get(f"{listed}{query}")).json["next_cursor"]
    last = (await site.admin.get(listed)).json["items"][-1]
    for each in filter(None, (cursor, last.get("id"))):
        answer = await stranger.get(f"{listed}{query}&cursor={each}")
        own = [str(item["id"]) for item in (await stranger.get(listed)).json["items"]]
        assert answer.status in {200, 422}
        assert answer.status == 422 or {str(item["id"]) for item in answer.json["items"]} <= set(own)
        assert MARK not in answer.body.decode()


# --- what is told live ------------------------------------------------------------------------------------------


async def test_following_another_studios_thing_tells_as_much_as_following_nothing(site: Site, stranger: Door) -> None:
    things = await some_of_all(site)
    for subject in (things["asset_id"], things["job_id"], NOWHERE):
        async with (
            events(stranger, f"?after=0&subject={subject}") as response,
            stranger.client.ws_connect(f"{API}/ws?after=0&subject={subject}", headers=stranger.headers()) as socket,
        ):
            await dropped(site, f"{subject}.bin")
            await stranger.upload(f"own-{subject}.bin", subject.encode())
            await site.program.work()
            told = json.loads((await event(response, kind="watermark"))["data"])
            assert (await socket.receive_json())["kind"] == "hello"
            heard = await socket.receive_json()
        assert (told["kind"], heard["kind"]) == ("watermark", "watermark")
        assert MARK not in json.dumps([told, heard])


@pytest.mark.parametrize("scope", [each for each in Action if each is not Action.READ])
async def test_a_key_that_may_not_read_hears_nothing(site: Site, scope: Action) -> None:
    made = await site.admin.post("/api-keys", json={"name": "robot", "scopes": [scope]})
    robot = Door(site.client, key=made.json["secret"])
    for path in ("/events", "/ws"):
        (await robot.get(path)).refused(403, "forbidden")


# --- links for people outside -----------------------------------------------------------------------------------


async def test_whose_link_it_is_makes_no_difference_without_what_opens_it(
    site: Site, stranger: Door, open_site: Callable
) -> None:
    things = await some_of_all(site)
    ids = {"share_id": things["share_id"]}
    for door in (site.admin, stranger, site.anybody):
        for rest in ("", "/content", "/renditions/thumbnail"):
            theirs, nothing = [await door.get(f"/shared/{each}{rest}") for each in (ids["share_id"], NOWHERE)]
            assert alike(theirs, ids) == alike(nothing, ids)
            theirs.refused(404, "not_found")
