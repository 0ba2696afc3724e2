"""The JSON side of uploads over many requests."""

from __future__ import annotations

from uuid import uuid4

import pytest
from tests.packages import small_package
from tests.unit.web.conftest import Site

PACKAGE = small_package()


async def test_a_plan_says_how_to_send_a_file(site: Site) -> None:
    told = await site.admin.post("/uploads", json={"filename": "a.unitypackage", "size": len(PACKAGE)})
    assert told.status == 201
    plan = told.json
    assert (plan["method"], plan["part_count"]) == ("resumable", 1)
    assert plan["url"] == f"/api/v1/files/{plan['upload_id']}"
    assert plan["limits"]["most_parts"] >= 1000
    job = (await site.admin.get(f"/jobs/{plan['job_id']}")).json
    assert (job["status"], job["original_filename"]) == ("PENDING", "a.unitypackage")
    upload = (await site.admin.get(f"/uploads/{plan['upload_id']}")).json
    assert (upload["offset"], upload["size"], upload["status"]) == (0, len(PACKAGE), "PENDING")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 422, "invalid_request"),
        ({"filename": "a.bin", "size": 0}, 422, "empty_file"),
        ({"filename": "a.bin", "size": -1}, 422, "invalid_request"),
        ({"filename": "a.bin", "size": 1 << 50}, 413, "too_large"),
        ({"filename": "..", "size": 1}, 422, "invalid_filename"),
        ({"filename": "a.bin", "size": 1, "sha256": "x"}, 422, "invalid_request"),
        ({"filename": "a.bin", "size": 1, "method": "pigeon"}, 422, "invalid_request"),
    ],
)
async def test_what_makes_no_sense_is_refused_before_anything_is_kept(
    site: Site, body: dict[str, object], status: int, code: str
) -> None:
    told = await site.admin.post("/uploads", json=body)
    assert (told.status, told.json["code"]) == (status, code)
    assert (await site.admin.get("/jobs")).json["items"] == []


async def test_the_grid_comes_page_by_page(site: Site) -> None:
    told = await site.admin.post("/uploads", json={"filename": "big.bin", "size": 100 << 20})
    upload_id = told.json["upload_id"]
    first = (await site.admin.get(f"/uploads/{upload_id}/parts?limit=4")).json
    assert [part["number"] for part in first["items"]] == [1, 2, 3, 4]
    rest = (await site.admin.get(f"/uploads/{upload_id}/parts?limit=4&cursor={first['next_cursor']}")).json
    assert [part["number"] for part in rest["items"]] == [5, 6, 7]
    assert {part["status"] for part in first["items"]} == {"PENDING"}


async def test_an_upload_can_be_stopped(site: Site) -> None:
    plan = (await site.admin.post("/uploads", json={"filename": "a.bin", "size": 10})).json
    assert (await site.admin("DELETE", f"/api/v1/uploads/{plan['upload_id']}")).status == 204
    assert (await site.admin.get(f"/uploads/{plan['upload_id']}")).json["status"] == "CANCELLED"
    assert (await site.admin.get(f"/jobs/{plan['job_id']}")).json["status"] == "CANCELLED"


async def test_parts_are_signed_only_where_the_store_takes_them_itself(site: Site) -> None:
    plan = (await site.admin.post("/uploads", json={"filename": "a.bin", "size": 10})).json
    told = await site.admin.post(f"/uploads/{plan['upload_id']}/parts:sign", json={"numbers": [1]})
    assert (told.status, told.json["code"]) == (409, "not_possible_now")


async def test_what_is_not_there_is_not_found(site: Site) -> None:
    for path in ("", "/parts"):
        assert (await site.admin.get(f"/uploads/{uuid4()}{path}")).status == 404
    assert (await site.admin.post(f"/uploads/{uuid4()}/complete")).status == 404
    assert (await site.admin("DELETE", f"/api/v1/uploads/{uuid4()}")).status == 404
