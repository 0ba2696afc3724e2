"""The audit trail over HTTP."""

import csv
import io
from uuid import uuid4

from tests.unit.web.conftest import Site
from tests.unit.web.test_asset_edits import patch, trash
from tests.unit.web.test_assets import plain
from tests.unit.web.test_versions import roll_back, send

from asset_ingest.core.model.access import Role

FORMULA = "=cmd|' /C calc'!A0"


async def test_an_assets_trail_says_who_did_what_when_and_from_where(site: Site) -> None:
    asset_id = await plain(site, "a.bin", b"1")
    await send(site, asset_id, b"2", "&change_note=red")
    await roll_back(site.admin, asset_id, {"version": 1, "reason": "too red"}, **{"User-Agent": "page/1"})
    await patch(site.admin, asset_id, {"tags": ["hero"]})
    await trash(site.admin, asset_id)
    await site.admin.post(f"/assets/{asset_id}/restore")
    await site.program.work()
    trail = (await site.admin.get(f"/assets/{asset_id}/audit")).json["items"]
    told = [each["type"] for each in trail if not each["type"].startswith("publish.")]
    assert told == [
        "asset.restored",
        "asset.trashed",
        "asset.updated",
        "version.current_changed",
        "version.created",
        "asset.ready",
        "version.created",
        "asset.created",
    ]
    [moved] = [each for each in trail if each["type"] == "version.current_changed"]
    assert moved["data"] == {"was": 2, "now": 1, "reason": "too red"}
    assert (moved["remote"], moved["agent"]) == ("127.0.0.1", "page/1")
    [admin] = {each["actor"] for each in trail if each["type"] in {"asset.trashed", "version.created"}}
    assert admin.startswith("member:")


async def test_a_studios_trail_says_who_opened_and_deleted_a_group(site: Site) -> None:
    opened = await site.admin.post("/groups", json={"name": "Friday"}, headers={"User-Agent": "page/1"})
    assert (await site.admin("DELETE", f"/api/v1/groups/{opened.json['id']}")).status == 204
    await site.program.work()
    trail = [each for each in (await site.admin.get("/audit")).json["items"] if each["type"].startswith("group.")]
    assert [each["type"] for each in trail] == ["group.deleted", "group.opened"]
    for each in trail:
        assert each["data"] == {"group_id": opened.json["id"], "name": "Friday"}
        assert (each["subject_kind"], each["revision"], each["remote"]) == ("studio", 0, "127.0.0.1")
        assert each["actor"].startswith("member:")
    assert trail[1]["agent"] == "page/1"


async def test_a_trail_is_paged_and_outlives_its_asset(site: Site) -> None:
    asset_id = await plain(site)
    await trash(site.admin, asset_id)
    await site.admin.post(f"/assets/{asset_id}/purge")
    await site.program.work()
    path = f"/assets/{asset_id}/audit?limit=1"
    first = (await site.admin.get(path)).json
    assert [each["type"] for each in first["items"]] == ["asset.purged"]
    second = (await site.admin.get(f"{path}&cursor={first['next_cursor']}")).json
    assert [each["type"] for each in second["items"]] == ["asset.trashed"]


async def test_from_where_is_for_those_who_may_read_the_studios_trail(site: Site) -> None:
    asset_id = await plain(site)
    await patch(site.admin, asset_id, {"tags": ["hero"]})
    await site.program.work()
    artist, producer = [await site.join(role, same_studio=True) for role in (Role.ARTIST, Role.PRODUCER)]
    for door, remote in ((artist, None), (producer, "127.0.0.1")):
        newest = (await door.get(f"/assets/{asset_id}/audit?limit=1")).json["items"][0]
        assert newest["remote"] == remote
    assert (await producer.get("/audit")).status == 200
    (await artist.get("/audit")).refused(403, "forbidden")
    (await artist.get("/audit", headers={"Accept": "text/csv"})).refused(403, "forbidden")


async def test_no_studio_reads_anothers_trail(site: Site) -> None:
    asset_id = await plain(site)
    [job] = (await site.admin.get("/jobs")).json["items"]
    stranger = await site.join(Role.ADMIN, same_studio=False)
    assert (await stranger.get("/audit")).json["items"] == []
    for door, ident in ((stranger, asset_id), (site.admin, uuid4()), (site.admin, job["id"])):
        (await door.get(f"/assets/{ident}/audit")).refused(404, "not_found")
        (await door.get(f"/assets/{ident}/audit", headers={"Accept": "text/csv"})).refused(404, "not_found")


async def test_the_trail_is_exported_whole(site: Site) -> None:
    asset_id = await plain(site)
    await patch(site.admin, asset_id, {"name": "x"}, **{"User-Agent": FORMULA})
    await site.program.work()
    every = (await site.admin.get("/audit?limit=200")).json["items"]
    lines = await site.admin.get("/audit", headers={"Accept": "application/x-ndjson"})
    assert lines.lines == every
    table = await site.admin.get("/audit", headers={"Accept": "text/csv"})
    assert table.headers["Content-Disposition"] == 'attachment; filename="audit-studio.csv"'
    rows = list(csv.DictReader(io.StringIO(table.body.decode())))
    assert [int(row["seq"]) for row in rows] == [each["seq"] for each in every]
    assert f"'{FORMULA}" in {row["agent"] for row in rows}


async def test_a_trail_is_narrowed_to_one_kind_of_fact(site: Site) -> None:
    asset_id = await plain(site, "a.bin", b"1")
    await send(site, asset_id, b"2")
    await site.program.work()
    path = f"/assets/{asset_id}/audit"
    kinds = {each["type"] for each in (await site.admin.get(f"{path}?type=version")).json["items"]}
    assert kinds == {"version.created"}
    assert (await site.admin.get(f"{path}?type=share")).json["items"] == [], "nothing of a kind is no missing asset"
    (await site.admin.get(f"/assets/{uuid4()}/audit?type=version")).refused(404, "not_found")


async def test_a_link_says_the_format_itself(site: Site) -> None:
    asset_id = await plain(site, "a.bin", b"1")
    await patch(site.admin, asset_id, {"name": "x"})
    await site.program.work()
    path = f"/assets/{asset_id}/audit"
    every = (await site.admin.get(path)).json["items"]
    lines = await site.admin.get(f"{path}?format=ndjson", headers={"Accept": "text/csv"})
    assert (lines.lines, lines.headers["Content-Type"]) == (every, "application/x-ndjson; charset=utf-8")
    table = await site.admin.get(f"{path}?format=csv&type=asset", headers={"Accept": "*/*"})
    assert table.headers["Content-Disposition"] == f'attachment; filename="audit-{asset_id}.csv"'
    rows = list(csv.DictReader(io.StringIO(table.body.decode())))
    assert {row["type"].partition(".")[0] for row in rows} == {"asset"}
    (await site.admin.get(f"{path}?format=pdf")).refused(422, "invalid_request")
