"""Groups over HTTP: opened, filled, counted, moved as one."""

from __future__ import annotations

from uuid import uuid4

import pytest
from tests.unit.web.conftest import Site


async def opened(site: Site, name: str = "Drop of Friday") -> str:
    told = await site.admin.post("/groups", json={"name": name, "description": "for the boss"})
    assert told.status == 201
    return str(told.json["id"])


async def announced(site: Site, group_id: str, name: str) -> dict[str, str]:
    told = await site.admin.post("/uploads", json={"filename": name, "size": 4, "group_id": group_id})
    assert told.status == 201
    plan: dict[str, str] = told.json
    return plan


async def test_a_new_group_is_pending_and_empty(site: Site) -> None:
    group = (await site.admin.get(f"/groups/{await opened(site)}")).json
    assert (group["name"], group["description"]) == ("Drop of Friday", "for the boss")
    assert (group["status"], group["jobs"], group["size"]) == ("PENDING", {}, 0)


async def test_a_group_counts_its_jobs_as_they_stand(site: Site) -> None:
    group_id = await opened(site)
    plans = [await announced(site, group_id, f"{n}.txt") for n in range(3)]
    group = (await site.admin.get(f"/groups/{group_id}")).json
    assert (group["status"], group["jobs"], group["size"]) == ("PENDING", {"PENDING": 3}, 12)
    await site.admin.post(f"/jobs/{plans[0]['job_id']}/cancel")
    group = (await site.admin.get(f"/groups/{group_id}")).json
    assert (group["status"], group["jobs"]) == ("IN_PROGRESS", {"PENDING": 2, "CANCELLED": 1})
    listed = (await site.admin.get(f"/groups/{group_id}/jobs?limit=2")).json
    assert [job["original_filename"] for job in listed["items"]] == ["2.txt", "1.txt"]
    rest = (await site.admin.get(f"/groups/{group_id}/jobs?limit=2&cursor={listed['next_cursor']}")).json
    assert [job["original_filename"] for job in rest["items"]] == ["0.txt"]


async def test_cancelling_a_group_stops_what_has_not_ended(site: Site) -> None:
    group_id = await opened(site)
    for n in range(3):
        await announced(site, group_id, f"{n}.txt")
    cancelled = await site.admin.post(f"/groups/{group_id}/cancel")
    assert (cancelled.status, cancelled.json["status"]) == (202, "CANCELLED")
    again = await site.admin.post(f"/groups/{group_id}/cancel")
    assert (again.status, again.json["jobs"]) == (202, {"CANCELLED": 3})


async def test_retrying_a_group_leaves_what_cannot_be_retried(site: Site) -> None:
    group_id = await opened(site)
    await announced(site, group_id, "0.txt")
    told = await site.admin.post(f"/groups/{group_id}/retry")
    assert (told.status, told.json["jobs"]) == (202, {"PENDING": 1})


async def test_a_group_says_how_many_of_its_failed_files_can_be_retried(site: Site) -> None:
    group_id = await opened(site)
    never = await site.admin.post(f"/assets?filename=a.txt&group_id={group_id}", data=b"")
    never.refused(422, "empty_file")
    await site.admin.post(f"/assets?filename=b.unitypackage&group_id={group_id}", data=b"\x1f\x8bno package")
    await site.program.work()
    group = (await site.admin.get(f"/groups/{group_id}")).json
    assert (group["jobs"], group["retryable"]) == ({"ERROR": 2}, 1)


async def test_a_group_that_has_ended_is_forgotten_with_its_jobs(site: Site) -> None:
    group_id = await opened(site)
    plan = await announced(site, group_id, "0.txt")
    (await site.admin("DELETE", f"/api/v1/groups/{group_id}")).refused(409, "not_possible_now")
    await site.admin.post(f"/groups/{group_id}/cancel")
    assert (await site.admin("DELETE", f"/api/v1/groups/{group_id}")).status == 204
    (await site.admin.get(f"/groups/{group_id}")).refused(404, "not_found")
    (await site.admin.get(f"/jobs/{plan['job_id']}")).refused(404, "not_found")


async def test_a_group_that_was_refused_or_is_kept_is_not_told_of(site: Site) -> None:
    await site.admin.post("/groups", json={"name": ""})
    group_id = await opened(site)
    await announced(site, group_id, "0.txt")
    (await site.admin("DELETE", f"/api/v1/groups/{group_id}")).refused(409, "not_possible_now")
    await site.program.work()
    told = (await site.admin.get("/audit")).json["items"]
    assert [each["data"]["group_id"] for each in told if each["type"].startswith("group.")] == [group_id]


async def test_a_file_in_one_request_joins_its_group(site: Site) -> None:
    group_id = await opened(site)
    told = await site.admin.post(f"/assets?filename=a.txt&group_id={group_id}", data=b"hello")
    assert told.status == 202
    assert (await site.admin.get(f"/groups/{group_id}")).json["size"] == 5
    unknown = await site.admin.post(f"/assets?filename=a.txt&group_id={uuid4()}", data=b"hello")
    unknown.refused(404, "not_found")


async def test_groups_come_newest_first(site: Site) -> None:
    first, second = await opened(site, "one"), await opened(site, "two")
    page = (await site.admin.get("/groups?limit=1")).json
    assert [group["id"] for group in page["items"]] == [second]
    rest = (await site.admin.get(f"/groups?limit=1&cursor={page['next_cursor']}")).json
    assert [group["id"] for group in rest["items"]] == [first]


@pytest.mark.parametrize("name", ["", "   ", "x" * 201, "a\u202eb", "a\x00b"])
async def test_a_name_that_would_lie_is_refused(site: Site, name: str) -> None:
    (await site.admin.post("/groups", json={"name": name})).refused(422, "invalid_request")


async def test_an_unknown_group_is_not_found(site: Site) -> None:
    for path in ("", "/jobs"):
        (await site.admin.get(f"/groups/{uuid4()}{path}")).refused(404, "not_found")
    for move in ("cancel", "retry"):
        (await site.admin.post(f"/groups/{uuid4()}/{move}")).refused(404, "not_found")
    told = await site.admin.post("/uploads", json={"filename": "a", "size": 4, "group_id": str(uuid4())})
    told.refused(404, "not_found")
