"""The history over HTTP."""

from uuid import UUID, uuid4

import pytest
from tests.packages import small_package
from tests.unit.web.conftest import Site

from asset_ingest.core.model.access import Role


async def uploaded(site: Site, name: str = "a.txt", content: bytes = b"hello") -> str:
    return (await site.admin.upload(name, content)).json["jobs"][0]["id"]


async def failed(site: Site) -> str:
    job_id = await uploaded(site, "broken.unitypackage", small_package()[:-400])
    await site.program.work()
    return job_id


async def test_a_job_tells_its_steps(site: Site) -> None:
    job_id = await uploaded(site)
    await site.program.work()
    job = (await site.admin.get(f"/jobs/{job_id}")).json
    assert job["status"] == "COMPLETE"
    assert job["progress"] == 100
    assert [step["status"] for step in job["steps"]] == ["DONE"] * len(job["steps"])
    assert job["can"] == {"retry": False, "cancel": False, "forget": True}


async def test_a_job_that_stands_still_is_not_told_again(site: Site) -> None:
    job_id = await uploaded(site)
    first = await site.admin.get(f"/jobs/{job_id}")
    held = {"If-None-Match": first.headers["ETag"]}
    same = await site.admin.get(f"/jobs/{job_id}", headers=held)
    assert (same.status, same.body, same.headers["ETag"]) == (304, b"", first.headers["ETag"])
    await site.program.work()
    moved = await site.admin.get(f"/jobs/{job_id}", headers=held)
    assert (moved.status, moved.json["status"]) == (200, "COMPLETE")


async def test_the_history_comes_page_by_page_newest_first(site: Site) -> None:
    born = [await uploaded(site, f"{n}.txt", f"{n}".encode()) for n in range(5)]
    seen, cursor = [], ""
    while True:
        page = (await site.admin.get(f"/jobs?limit=2{cursor}")).json
        seen += [job["id"] for job in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == born[::-1]


async def test_the_history_can_be_narrowed(site: Site) -> None:
    done = await uploaded(site, "Keep me.txt")
    await site.program.work()
    waiting = await uploaded(site, "other.txt", b"other")
    assert await listed(site, "?status=COMPLETE,ERROR") == [done]
    assert await listed(site, "?status=QUEUED") == [waiting]
    assert await listed(site, "?q=keep%20ME") == [done]
    assert await listed(site, "?status=&q=") == [waiting, done]


async def listed(site: Site, query: str) -> list[str]:
    return [job["id"] for job in (await site.admin.get(f"/jobs{query}")).json["items"]]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=1_0", "limit"),
        ("limit=-1", "limit"),
        ("limit=%D9%A3", "limit"),
        ("limit=" + "9" * 400, "limit"),
        ("limit=1&limit=2", "limit"),
        ("limit=", "limit"),
        ("cursor=abc", "cursor"),
        ("status=DANCING", "status"),
        ("q=" + "x" * 201, "q"),
        ("q=%00", "q"),
        ("job_id=1", "job_id"),
        ("surprise=1", "surprise"),
    ],
)
async def test_a_query_that_makes_no_sense_is_refused_by_field(site: Site, query: str, field: str) -> None:
    answer = await site.admin.get(f"/jobs?{query}")
    answer.refused(422, "invalid_request")
    assert any(each["field"].startswith(field) for each in answer.json["errors"])


@pytest.mark.parametrize("query", ["q=%ff%fe", "q=%ED%A0%80", "q=%25_%27%3B--", "q=%E2%80%AE"])
async def test_odd_text_is_searched_for_or_refused_but_never_breaks(site: Site, query: str) -> None:
    assert (await site.admin.get(f"/jobs?{query}")).status in {200, 422}


@pytest.mark.parametrize(("method", "move"), [("GET", ""), ("POST", "/retry"), ("POST", "/cancel"), ("DELETE", "")])
async def test_unknown_impossible_and_foreign_ids_are_not_found(site: Site, method: str, move: str) -> None:
    mine = await uploaded(site)
    stranger = await site.join(Role.ADMIN, same_studio=False)
    for door, job_id in [(site.admin, uuid4()), (site.admin, "1"), (site.admin, "%00"), (stranger, mine)]:
        (await door(method, f"/api/v1/jobs/{job_id}{move}")).refused(404, "not_found")
    assert (await site.admin.get(f"/jobs/{mine}")).status == 200


async def test_a_stranger_sees_no_rows_of_others(site: Site) -> None:
    await uploaded(site)
    stranger = await site.join(Role.ADMIN, same_studio=False)
    assert (await stranger.get("/jobs")).json["items"] == []


async def test_a_failed_job_says_why_and_is_retried_from_there(site: Site) -> None:
    job_id = await failed(site)
    job = (await site.admin.get(f"/jobs/{job_id}")).json
    assert job["status"] == "ERROR"
    assert job["code"].startswith("package_")
    assert job["error_message"]
    assert job["remedy"]
    assert job["can"]["retry"]
    answer = await site.admin.post(f"/jobs/{job_id}/retry")
    assert answer.status == 202
    assert answer.json["status"] == "QUEUED"


async def test_what_has_not_ended_can_be_cancelled_once(site: Site) -> None:
    job_id = await uploaded(site)
    answer = await site.admin.post(f"/jobs/{job_id}/cancel")
    assert answer.status == 202
    assert answer.json["status"] == "CANCELLED"
    (await site.admin.post(f"/jobs/{job_id}/cancel")).refused(409, "not_possible_now")
    (await site.admin.post(f"/jobs/{job_id}/retry")).refused(409, "not_possible_now")


async def test_only_an_ended_job_is_forgotten_and_its_asset_stays(site: Site) -> None:
    job_id = await uploaded(site)
    (await site.admin("DELETE", f"/api/v1/jobs/{job_id}")).refused(409, "not_possible_now")
    await site.program.work()
    asset_id = (await site.admin.get(f"/jobs/{job_id}")).json["asset_id"]
    assert (await site.admin("DELETE", f"/api/v1/jobs/{job_id}")).status == 204
    (await site.admin.get(f"/jobs/{job_id}")).refused(404, "not_found")
    assert (await site.admin.get(f"/assets/{asset_id}")).json["id"] == asset_id


async def test_an_artist_may_not_forget(site: Site) -> None:
    job_id = await uploaded(site)
    await site.program.work()
    artist = await site.join(Role.ARTIST, same_studio=True)
    assert not (await artist.get(f"/jobs/{job_id}")).json["can"]["forget"]
    (await artist("DELETE", f"/api/v1/jobs/{job_id}")).refused(403, "forbidden")


async def test_ids_are_told_as_uuids(site: Site) -> None:
    assert UUID(await uploaded(site)).version == 7
