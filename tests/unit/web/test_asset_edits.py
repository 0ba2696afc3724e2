"""Naming, tagging, trashing, deleting and finding assets over HTTP."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.unit.web.conftest import Site
from tests.unit.web.door import API, Answer, Door
from tests.unit.web.test_assets import CONTENT, listed, plain

from asset_ingest.core.model.access import Role
from asset_ingest.core.model.labels import LARGEST_CUSTOM


async def patch(door: Door, asset_id: object, body: Any, **headers: str) -> Answer:
    return await door("PATCH", f"{API}/assets/{asset_id}", json=body, headers=headers)


async def trash(door: Door, asset_id: object, **headers: str) -> Answer:
    return await door("DELETE", f"{API}/assets/{asset_id}", headers=headers)


async def bulk(door: Door, action: str, *ids: object, **more: object) -> dict[str, str | None]:
    answer = await door.post("/assets:bulk", json={"action": action, "ids": [str(each) for each in ids], **more})
    assert answer.status == 200, answer.body
    return {each["id"]: each["error"] and each["error"]["code"] for each in answer.json["items"]}


async def stored(site: Site) -> int:
    return len([found async for found in site.program.ports.store.list("studios/")])


# --- editing ----------------------------------------------------------------------------------------------------


async def test_name_tags_and_own_metadata_are_changed_together(site: Site) -> None:
    asset_id = await plain(site)
    edit = {
        "name": "  The\thero ",
        "tags": ["Hero", "hero ", "\uff32\uff2f\uff23\uff2b  wall"],
        "custom": {"vendor": "Acme", "n": {"a": [1]}},
    }
    answer = await patch(site.admin, asset_id, edit)
    assert answer.status == 200, answer.body
    told = answer.json
    assert (told["name"], told["tags"], told["provenance"]) == ("The hero", ["hero", "rock wall"], {"name": "user"})
    again = await patch(site.admin, asset_id, {"custom": {"n": None, "size": 2.5}})
    assert again.json["custom"] == {"vendor": "Acme", "size": 2.5}
    assert again.json["tags"] == told["tags"]
    assert again.json["revision"] == told["revision"] + 1
    assert again.headers["ETag"] == f'"{again.json["revision"]}"'


async def test_a_change_that_changes_nothing_is_none(site: Site) -> None:
    asset_id = await plain(site)
    before = (await site.admin.get(f"/assets/{asset_id}")).json
    assert (await patch(site.admin, asset_id, {"name": before["name"], "tags": []})).json == before


async def test_of_two_who_read_the_same_one_wins_and_the_other_sees_the_current_state(site: Site) -> None:
    asset_id = await plain(site)
    tag = (await site.admin.get(f"/assets/{asset_id}")).headers["ETag"]
    both = [patch(site.admin, asset_id, {"name": name}, **{"If-Match": tag}) for name in ("one", "two")]
    won, lost = sorted(await asyncio.gather(*both), key=lambda answer: answer.status)
    assert won.status == 200
    lost.refused(412, "precondition_failed")
    assert lost.json["current"] == won.json
    assert (await patch(site.admin, asset_id, {"name": "x"}, **{"If-Match": won.headers["ETag"]})).status == 200
    assert (await patch(site.admin, asset_id, {"name": "y"}, **{"If-Match": "*"})).status == 200


@pytest.mark.parametrize("header", ['"1"', 'W/"2"', "2", "nonsense", '"99999999999999999999"', ""])
async def test_a_stale_or_senseless_if_match_changes_nothing(site: Site, header: str) -> None:
    asset_id = await plain(site)
    revision = (await site.admin.get(f"/assets/{asset_id}")).json["revision"]
    assert revision == 2
    for answer in (
        await patch(site.admin, asset_id, {"name": "x"}, **{"If-Match": header}),
        await trash(site.admin, asset_id, **{"If-Match": header}),
        await site.admin.post(f"/assets/{asset_id}/restore", headers={"If-Match": header}),
    ):
        answer.refused(412, "precondition_failed")
        assert answer.json["current"]["revision"] == revision


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "a\u202eb"}, "name"),
        ({"name": 7}, "name"),
        ({"tags": "hero"}, "tags"),
        ({"tags": [""]}, "tags"),
        ({"tags": ["x" * 51]}, "tags"),
        ({"tags": [f"tag {number}" for number in range(51)]}, "tags"),
        ({"tags": ["\ud800"]}, "tags"),
        ({"custom": []}, "custom"),
        ({"custom": {"": 1}}, "custom"),
        ({"custom": {"k" * 65: 1}}, "custom"),
        ({"custom": {"a": {"b": {"c": {"d": {"e": {}}}}}}}, "custom"),
        ({"custom": {"a": "x" * LARGEST_CUSTOM}}, "custom"),
        ({"custom": {"a": "nul\0"}}, "custom"),
        ({"custom": {"a": {"nul\0": 1}}}, "custom"),
        ({"custom": {"a": float("inf")}}, "custom"),
        ({"kind": "photo"}, "kind"),
    ],
)
async def test_what_makes_no_sense_is_named_and_nothing_changes(site: Site, body: Any, field: str) -> None:
    asset_id = await plain(site)
    before = (await site.admin.get(f"/assets/{asset_id}")).json
    answer = await patch(site.admin, asset_id, body)
    assert answer.status in {400, 422}, answer.body  # what is no JSON has no fields
    assert answer.status == 400 or any(each["field"].startswith(field) for each in answer.json["errors"]), answer.json
    assert (await site.admin.get(f"/assets/{asset_id}")).json == before


async def test_strangers_find_nothing_to_change(site: Site) -> None:
    asset_id = await plain(site)
    stranger = await site.join(Role.ADMIN, same_studio=False)
    for ident in (asset_id, uuid4()):
        (await patch(stranger, ident, {"name": "x"})).refused(404, "not_found")
        (await trash(stranger, ident, **{"If-Match": '"1"'})).refused(404, "not_found")
        (await stranger.post(f"/assets/{ident}/restore")).refused(404, "not_found")
        (await stranger.post(f"/assets/{ident}/purge")).refused(404, "not_found")
    assert await bulk(stranger, "trash", asset_id) == {str(asset_id): "not_found"}
    assert await listed(site, "") == [str(asset_id)]


async def test_artists_edit_and_do_not_trash(site: Site) -> None:
    asset_id = await plain(site)
    artist, director = [await site.join(role, same_studio=True) for role in (Role.ARTIST, Role.DIRECTOR)]
    assert (await patch(artist, asset_id, {"tags": ["hero"]})).status == 200
    (await trash(artist, asset_id)).refused(403, "forbidden")
    assert (await trash(director, asset_id)).status == 200
    (await artist.post(f"/assets/{asset_id}/restore")).refused(403, "forbidden")
    (await director.post(f"/assets/{asset_id}/purge")).refused(403, "forbidden")
    refused = await artist.post("/assets:bulk", json={"action": "trash", "ids": [str(asset_id)]})
    refused.refused(403, "forbidden")


# --- the trash --------------------------------------------------------------------------------------------------


async def test_the_trash_hides_keeps_and_gives_back(site: Site) -> None:
    asset_id = await plain(site)
    trashed = await trash(site.admin, asset_id)
    assert trashed.json["trashed_at"] is not None
    assert (await trash(site.admin, asset_id)).json == trashed.json
    assert await listed(site, "") == []
    assert await listed(site, "?status=trashed") == [str(asset_id)]
    assert (await site.admin.get(f"/assets/{asset_id}/versions/1/content")).status == 200
    (await patch(site.admin, asset_id, {"name": "x"})).refused(409, "not_possible_now")
    assert (await site.admin.post(f"/assets/{asset_id}/restore")).json["trashed_at"] is None
    assert await listed(site, "") == [str(asset_id)]


async def test_a_purge_frees_the_bytes_and_leaves_the_job(site: Site) -> None:
    asset_id = await plain(site)
    (await site.admin.post(f"/assets/{asset_id}/purge")).refused(409, "not_possible_now")
    await trash(site.admin, asset_id)
    assert (await site.admin.post(f"/assets/{asset_id}/purge")).status == 204
    (await site.admin.get(f"/assets/{asset_id}")).refused(404, "not_found")
    (await site.admin.post(f"/assets/{asset_id}/purge")).refused(404, "not_found")
    [job] = (await site.admin.get("/jobs")).json["items"]
    assert (job["status"], job["asset_id"]) == ("COMPLETE", None)
    assert await stored(site) == 1
    await site.program.app.upkeep.sweeper.once()
    assert await stored(site) == 0
    again = await plain(site)
    assert again != asset_id


async def test_known_content_comes_back_from_the_trash_if_its_sender_may_do_that(site: Site) -> None:
    asset_id = await plain(site)
    await trash(site.admin, asset_id)
    artist = await site.join(Role.ARTIST, same_studio=True)
    answer = await artist.upload("again.bin", bytes(range(256)) * 40)
    await site.program.work()
    job = (await artist.get(f"/jobs/{answer.json['jobs'][0]['id']}")).json
    assert (job["status"], job["asset_id"], job["duplicate"]) == ("COMPLETE", str(asset_id), True)
    assert await listed(site, "") == []
    assert await plain(site) == asset_id
    assert await listed(site, "") == [str(asset_id)]


async def test_what_comes_back_from_the_trash_is_in_the_group_that_it_was_sent_to(site: Site) -> None:
    asset_id = await plain(site)
    await trash(site.admin, asset_id)
    group = (await site.admin.post("/groups", json={"name": "Autumn"})).json["id"]
    await site.admin.upload("again.bin", CONTENT, f"?group_id={group}")
    await site.program.work()
    assert await listed(site, "") == [str(asset_id)]
    [job] = (await site.admin.get(f"/groups/{group}/jobs")).json["items"]
    assert (job["status"], job["asset_id"], job["duplicate"]) == ("COMPLETE", str(asset_id), True)
    told = (await site.admin.get(f"/groups/{group}")).json
    assert (told["status"], told["jobs"]["COMPLETE"]) == ("COMPLETED", 1)


# --- many at once -----------------------------------------------------------------------------------------------


async def test_each_of_many_is_answered_by_itself(site: Site) -> None:
    one, two, nobody = await plain(site, "1", b"1"), await plain(site, "2", b"2"), uuid4()
    assert await bulk(site.admin, "tag", one, two, nobody, one, tags=["Hero"]) == {
        str(one): None,
        str(two): None,
        str(nobody): "not_found",
    }
    assert await listed(site, "?tag=HERO") == [str(two), str(one)]
    assert await bulk(site.admin, "untag", two, tags=["hero"]) == {str(two): None}
    assert await bulk(site.admin, "trash", one) == {str(one): None}
    assert await bulk(site.admin, "purge", one, two) == {str(one): None, str(two): "not_possible_now"}
    assert await bulk(site.admin, "restore", two) == {str(two): None}
    assert await listed(site, "") == [str(two)]


@pytest.mark.parametrize(
    "body",
    [
        {"action": "trash", "ids": []},
        {"action": "trash", "ids": [str(UUID(int=number)) for number in range(501)]},
        {"action": "trash", "ids": [str(uuid4())], "tags": ["x"]},
        {"action": "tag", "ids": [str(uuid4())]},
        {"action": "burn", "ids": [str(uuid4())]},
        {"action": "trash", "ids": ["1"]},
    ],
)
async def test_a_senseless_request_for_many_is_refused(site: Site, body: Any) -> None:
    (await site.admin.post("/assets:bulk", json=body)).refused(422, "invalid_request")


async def test_tags_are_listed_with_their_counts(site: Site) -> None:
    one, two = await plain(site, "1", b"1"), await plain(site, "2", b"2")
    await bulk(site.admin, "tag", one, two, tags=["hero"])
    await bulk(site.admin, "tag", one, tags=["rock", "hill"])
    first = (await site.admin.get("/tags?limit=2")).json
    assert first["items"] == [{"tag": "hero", "assets": 2}, {"tag": "hill", "assets": 1}]
    rest = (await site.admin.get(f"/tags?limit=2&cursor={first['next_cursor']}")).json
    assert (rest["items"], rest["next_cursor"]) == ([{"tag": "rock", "assets": 1}], None)
    assert [each["tag"] for each in (await site.admin.get("/tags?prefix=h")).json["items"]] == ["hero", "hill"]
    stranger = await site.join(Role.ADMIN, same_studio=False)
    assert (await stranger.get("/tags")).json["items"] == []


# --- finding ----------------------------------------------------------------------------------------------------


async def test_a_list_is_sorted_as_asked_and_paged_to_its_end(site: Site) -> None:
    ids = [str(await plain(site, name, name.encode())) for name in ("b.txt", "A.txt", "c.txt")]
    for sort, order in (
        ("name", (1, 0, 2)),
        ("-name", (2, 0, 1)),
        ("created_at", (0, 1, 2)),
        ("-updated_at", (2, 1, 0)),
    ):
        seen, cursor = [], ""
        while True:
            page = (await site.admin.get(f"/assets?limit=1&sort={sort}{cursor}")).json
            seen += [each["id"] for each in page["items"]]
            if page["next_cursor"] is None:
                break
            cursor = f"&cursor={page['next_cursor']}"
        assert seen == [ids[number] for number in order], sort


async def test_a_cursor_is_of_use_in_its_own_list_alone(site: Site) -> None:
    for number in range(3):
        await plain(site, f"{number}.txt", bytes([number]))
    cursor = (await site.admin.get("/assets?limit=1")).json["next_cursor"]
    assert (await site.admin.get(f"/assets?limit=2&cursor={cursor}")).status == 200
    stranger = await site.join(Role.ADMIN, same_studio=False)
    for door, query in (
        (site.admin, f"sort=name&cursor={cursor}"),
        (site.admin, f"kind=photo&cursor={cursor}"),
        (site.admin, f"status=trashed&cursor={cursor}"),
        (site.admin, f"q=x&cursor={cursor}"),
        (site.admin, f"cursor={cursor[:-8]}"),
        (site.admin, "cursor=" + "W1tb" * 500),
        (site.admin, f"cursor={uuid4()}"),
        (stranger, f"cursor={cursor}"),
    ):
        (await door.get(f"/assets?{query}")).refused(422, "invalid_request", "cursor")


async def test_words_of_people_and_of_files_are_found(site: Site) -> None:
    package, note = await site.package(), await plain(site, "meadow_notes.txt", b"notes")
    await patch(site.admin, note, {"tags": ["summer"], "custom": {"shot": "SQ010 dawn"}})
    for query, found in (
        ("meadow", [note]),
        ("sq010 da", [note]),
        ("summer -dawn", []),
        ("tiny stu", [package]),
        ("crates barr", [package]),
    ):
        assert await listed(site, f"?q={query}") == [str(each) for each in found], query
