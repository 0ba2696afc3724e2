"""Versions over HTTP: by every road, listed, compared, downloaded, and rolled back to."""

import asyncio
from base64 import b64encode
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.packages import small_package
from tests.unit.web.conftest import Site
from tests.unit.web.door import API, DOCUMENT, Answer, Door
from tests.unit.web.test_asset_edits import patch, trash
from tests.unit.web.test_assets import listed, plain

from asset_ingest.adapters.cms.memory import MemoryCMS
from asset_ingest.core.model.access import Role
from asset_ingest.core.model.uploads import LONGEST_NOTE


async def send(site: Site, asset_id: object, content: bytes, query: str = "", name: str = "ü 2.bin") -> dict[str, Any]:
    """Send the next version and return its job, ended."""
    answer = await site.admin.post(f"/assets/{asset_id}/versions?filename={name}{query}", data=content)
    assert answer.status == 202, answer.body
    return await ended(site, answer.json["jobs"][0]["id"])


async def ended(site: Site, job_id: str) -> dict[str, Any]:
    await site.program.work()
    job: dict[str, Any] = (await site.admin.get(f"/jobs/{job_id}")).json
    return job


async def numbers(site: Site, asset_id: object) -> list[int]:
    return [each["number"] for each in (await site.admin.get(f"/assets/{asset_id}/versions")).json["items"]]


async def roll_back(door: Door, asset_id: object, body: Any, **headers: str) -> Answer:
    return await door("PATCH", f"{API}/assets/{asset_id}/rollback", json=body, headers=headers)


async def shown(site: Site, asset_id: object) -> dict[str, Any]:
    asset: dict[str, Any] = (await site.admin.get(f"/assets/{asset_id}")).json
    return asset


# --- new versions -----------------------------------------------------------------------------------------------


async def test_a_new_version_is_the_current_one_and_the_old_stays(site: Site) -> None:
    asset_id = await plain(site, "a.bin", b"one")
    job = await send(site, asset_id, b"two", "&change_note=%20more%20red%20")
    assert (job["status"], job["asset_id"], job["duplicate"]) == ("COMPLETE", str(asset_id), False)
    asset = await shown(site, asset_id)
    assert (asset["current_version"], asset["latest_version"], asset["filename"]) == (2, 2, "ü 2.bin")
    assert [(each["number"], each["change_note"]) for each in asset["versions"]] == [(2, "more red"), (1, "")]
    for number, content in ((1, b"one"), (2, b"two")):
        answer = await site.admin.get(f"/assets/{asset_id}/versions/{number}/content", headers={"Range": "bytes=1-"})
        assert (answer.status, answer.body) == (206, content[1:])
    assert "filename*=UTF-8''%C3%BC%202.bin" in answer.headers["Content-Disposition"]
    assert await listed(site, "") == [str(asset_id)]


async def test_every_road_leads_to_a_version(site: Site) -> None:
    asset_id = await plain(site, "a.bin", b"1")
    form = b"--x\r\nContent-Disposition: form-data; name=f; filename=b.bin\r\n\r\n2\r\n--x--"
    answer = await site.admin.post(
        f"/assets/{asset_id}/versions?change_note=form",
        data=form,
        headers={"Content-Type": "multipart/form-data; boundary=x"},
    )
    await ended(site, answer.json["jobs"][0]["id"])
    tus = {"Tus-Resumable": "1.0.0", "Upload-Length": "1", "Content-Type": "application/offset+octet-stream"}
    said = {"filename": "c.bin", "asset_id": str(asset_id), "change_note": "tus ü"}
    metadata = ",".join(f"{key} {b64encode(value.encode()).decode()}" for key, value in said.items())
    await site.admin.post("/files", data=b"3", headers={**tus, "Upload-Metadata": metadata})
    await site.program.work()
    ietf = {"Upload-Complete": "?1", "Content-Type": "application/partial-upload"}
    await site.admin.post(f"/files?asset_id={asset_id}&change_note=ietf", data=b"4", headers=ietf)
    await site.program.work()
    planned = {"filename": "d.bin", "size": 1, "asset_id": str(asset_id), "change_note": "plan", "method": "resumable"}
    plan = (await site.admin.post("/uploads", json=planned)).json
    headers = {**tus, "Upload-Offset": "0"}
    await site.admin("PATCH", plan["url"], data=b"5", headers=headers)
    await site.program.work()
    versions = (await site.admin.get(f"/assets/{asset_id}/versions")).json["items"]
    notes = [(each["number"], each["change_note"]) for each in versions]
    assert notes == [(5, "plan"), (4, "ietf"), (3, "tus ü"), (2, "form"), (1, "")]


async def test_known_content_becomes_the_next_version_where_one_is_wanted(site: Site) -> None:
    asset_id, other = await plain(site, "a.bin", b"one"), await plain(site, "b.bin", b"two")
    for content in (b"two", b"two", b"one"):
        assert (await send(site, asset_id, content))["asset_id"] == str(asset_id)
    assert await numbers(site, asset_id) == [4, 3, 2, 1]
    assert await numbers(site, other) == [1]


async def test_two_versions_at_once_get_two_numbers(site: Site) -> None:
    asset_id = await plain(site, "a.bin", b"0")
    path = f"/assets/{asset_id}/versions?filename=a.bin"
    await asyncio.gather(*(site.admin.post(path, data=bytes([number])) for number in range(5)))
    await site.program.work()
    assert await numbers(site, asset_id) == [6, 5, 4, 3, 2, 1]


async def test_an_asset_trashed_or_deleted_meanwhile_ends_the_job_with_its_reason(site: Site) -> None:
    asset_id = await plain(site, "a.bin", b"0")
    path = f"/assets/{asset_id}/versions?filename=a.bin"
    answers = [await site.admin.post(path, data=data) for data in (b"1", b"2")]
    first, second = (answer.json["jobs"][0]["id"] for answer in answers)
    await trash(site.admin, asset_id)
    for job in [await ended(site, job_id) for job_id in (first, second)]:
        assert (job["status"], job["code"], job["error_message"]) == (
            "ERROR",
            "not_possible_now",
            "the asset is in the trash",
        )
    (await site.admin.post(path, data=b"3")).refused(409, "not_possible_now")
    await site.admin.post(f"/assets/{asset_id}/restore")
    await site.admin.post(f"/jobs/{first}/retry")
    assert (await ended(site, first))["status"] == "COMPLETE"
    await trash(site.admin, asset_id)
    await site.admin.post(f"/assets/{asset_id}/purge")
    await site.admin.post(f"/jobs/{second}/retry")
    assert "deleted for good" in (await ended(site, second))["error_message"]
    (await site.admin.post(path, data=b"3")).refused(404, "not_found")


async def test_a_version_for_what_is_not_there_is_refused_before_its_bytes(site: Site) -> None:
    asset_id = await plain(site)
    stranger = await site.join(Role.ADMIN, same_studio=False)
    for door, ident in ((stranger, asset_id), (site.admin, uuid4())):
        (await door.post(f"/assets/{ident}/versions?filename=a", data=b"x")).refused(404, "not_found")
        (await door.post("/uploads", json={"filename": "a", "size": 1, "asset_id": str(ident)})).refused(
            404, "not_found"
        )
        (await door.get(f"/assets/{ident}/versions")).refused(404, "not_found")
        (await door.get(f"/assets/{ident}/versions/compare?a=1&b=1")).refused(404, "not_found")
        (await roll_back(door, ident, {"version": 1})).refused(404, "not_found")


def test_the_document_says_of_every_note_the_length_that_the_core_allows() -> None:
    said = list(notes_in(DOCUMENT))
    assert {each["maxLength"] for each in said} == {LONGEST_NOTE}
    assert len(said) >= 4  # a body's query, a resumable one's, a plan, and why somebody rolls back


def notes_in(part: Any) -> Iterator[dict[str, Any]]:
    """Find the schemas of notes, be they of a query or of a body."""
    if isinstance(part, list):
        for each in part:
            yield from notes_in(each)
    elif isinstance(part, dict):
        if part.get("name") == "change_note" and "schema" in part:
            yield text_of(part["schema"])
        for name, each in part.items():
            if name in {"change_note", "reason"} and "maxLength" in text_of(each):
                yield text_of(each)
            else:
                yield from notes_in(each)


def text_of(schema: Any) -> dict[str, Any]:
    """Return what a schema says of a text, if it is one or may be one."""
    choices = schema.get("anyOf", [schema]) if isinstance(schema, dict) else []
    return next((each for each in choices if each.get("type") == "string"), {})


async def test_a_note_as_long_as_may_be_is_taken_and_none_that_is_longer(site: Site) -> None:
    asset_id = await plain(site)
    for content, note in ((b"1", "x" * LONGEST_NOTE), (b"2", "x" * (LONGEST_NOTE + 1))):
        sent = await site.admin.post(f"/assets/{asset_id}/versions?filename=a&change_note={note}", data=content)
        plan = {"filename": "a", "size": 1, "asset_id": str(asset_id), "change_note": note}
        planned = await site.admin.post("/uploads", json=plan)
        if len(note) == LONGEST_NOTE:
            assert (sent.status, planned.status) == (202, 201)
        else:
            for answer in (sent, planned):
                answer.refused(422, "invalid_request", "change_note")


# --- going back -------------------------------------------------------------------------------------------------


async def test_a_rollback_moves_the_pointer_and_nothing_else(site: Site) -> None:
    asset_id = await site.package()
    first = await shown(site, asset_id)
    await send(site, asset_id, b"no package", name="plain.txt")
    second = await shown(site, asset_id)
    assert (second["name"], second["metadata"], second["publisher"]) == ("plain", {}, None)
    assert second["kind"] != first["kind"]
    answer = await roll_back(site.admin, asset_id, {"version": 1, "reason": "the new one is wrong"})
    assert answer.status == 200, answer.body
    same = ("kind", "name", "metadata", "publisher", "thumbnail_url", "entry_count", "sha256", "provenance")
    assert {key: answer.json[key] for key in same} == {key: first[key] for key in same}
    assert (answer.json["current_version"], answer.json["latest_version"]) == (1, 2)
    await send(site, asset_id, b"third")
    assert await numbers(site, asset_id) == [3, 2, 1]
    assert (await shown(site, asset_id))["current_version"] == 3


async def test_what_people_say_stays_whichever_version_is_current(site: Site) -> None:
    asset_id = await site.package()
    await patch(site.admin, asset_id, {"name": "Ours", "tags": ["hero"], "custom": {"a": 1}})
    await send(site, asset_id, b"plain", name="b.txt")
    asset = await shown(site, asset_id)
    assert (asset["name"], asset["tags"], asset["custom"]) == ("Ours", ["hero"], {"a": 1})
    assert asset["metadata"] == {}


@pytest.mark.parametrize(
    ("version", "status"), [(3, 404), (2**31 - 1, 404), (0, 422), (-1, 422), (2**31, 422), ("1", 422)]
)
async def test_a_rollback_to_what_is_not_there_changes_nothing(site: Site, version: object, status: int) -> None:
    asset_id = await plain(site, "a.bin", b"1")
    await send(site, asset_id, b"2")
    before = await shown(site, asset_id)
    assert (await roll_back(site.admin, asset_id, {"version": version})).status == status
    assert await shown(site, asset_id) == before


async def test_a_rollback_heeds_role_trash_and_what_was_read(site: Site) -> None:
    asset_id = await plain(site, "a.bin", b"1")
    await send(site, asset_id, b"2")
    artist = await site.join(Role.ARTIST, same_studio=True)
    (await roll_back(artist, asset_id, {"version": 1})).refused(403, "forbidden")
    stale = await roll_back(site.admin, asset_id, {"version": 1}, **{"If-Match": '"1"'})
    stale.refused(412, "precondition_failed")
    assert stale.json["current"]["current_version"] == 2
    await trash(site.admin, asset_id)
    (await roll_back(site.admin, asset_id, {"version": 1})).refused(409, "not_possible_now")


async def test_the_cms_follows_the_current_version(site: Site) -> None:
    asset_id = await site.package()
    cms = site.program.ports.cms
    assert isinstance(cms, MemoryCMS)
    first = cms.entries[str(asset_id)]
    await send(site, asset_id, b"two", name="two.txt")
    assert cms.entries[str(asset_id)] != first
    answer = await roll_back(site.admin, asset_id, {"version": 1})
    assert cms.entries[str(asset_id)] == first
    assert [each["status"] for each in answer.json["publications"]] == ["PUBLISHED"]


# --- comparing --------------------------------------------------------------------------------------------------


async def test_two_versions_are_compared_fact_by_fact_and_entry_by_entry(site: Site) -> None:
    asset_id = await site.package()
    await send(site, asset_id, b"plain text", name="b.txt")
    compared = (await site.admin.get(f"/assets/{asset_id}/versions/compare?a=1&b=2&limit=3")).json
    assert (compared["a"]["number"], compared["b"]["number"], compared["same_content"]) == (1, 2, False)
    facts = {each["field"]: (each["a"], each["b"]) for each in compared["facts"]}
    assert facts["size"] == (len(small_package()), 10)
    assert facts["entry_count"] == (4, None)
    cursor = compared["entries"]["next_cursor"]
    rest = (await site.admin.get(f"/assets/{asset_id}/versions/compare?a=1&b=2&limit=3&cursor={cursor}")).json
    changes = compared["entries"]["items"] + rest["entries"]["items"]
    assert [each["change"] for each in changes] == ["removed"] * 4
    same = (await site.admin.get(f"/assets/{asset_id}/versions/compare?a=1&b=1")).json
    assert (same["same_content"], same["facts"], same["entries"]["items"]) == (True, [], [])
    (await site.admin.get(f"/assets/{asset_id}/versions/compare?a=1&b=3")).refused(404, "not_found")
    (await site.admin.get(f"/assets/{asset_id}/versions/compare?a=0&b=1")).refused(422, "invalid_request", "a")


async def test_versions_come_page_by_page(site: Site) -> None:
    asset_id: UUID = await plain(site, "a.bin", b"1")
    for content in (b"2", b"3"):
        await send(site, asset_id, content)
    first = (await site.admin.get(f"/assets/{asset_id}/versions?limit=2")).json
    rest = (await site.admin.get(f"/assets/{asset_id}/versions?limit=2&cursor={first['next_cursor']}")).json
    assert [each["number"] for each in first["items"] + rest["items"]] == [3, 2, 1]
    assert rest["next_cursor"] is None
