"""Having a file fetched, behind the web door."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import anyio
import pytest
from tests.unit.web.conftest import Site

from asset_ingest.adapters.remote.memory import MemoryRemoteFiles, serving
from asset_ingest.bootstrap import memory_ports

URL = "https://files.example/props.unitypackage"


@pytest.fixture
async def site(open_site: Callable) -> Site:
    return await open_site(ports=replace(memory_ports(), remote=MemoryRemoteFiles({URL: serving(b"bytes")})))


async def test_an_import_is_accepted_with_its_job(site: Site) -> None:
    async with anyio.create_task_group() as group:
        group.start_soon(site.program.app.imports.run)
        told = await site.admin.post("/uploads", json={"url": URL})
        assert told.status == 202
        job = (await site.admin.get(f"/jobs/{told.json['job_id']}")).json
        assert job["original_filename"] == "props.unitypackage"
        upload = (await site.admin.get(f"/uploads/{told.json['upload_id']}")).json
        assert upload["job_id"] == told.json["job_id"]
        group.cancel_scope.cancel()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"url": "file:///etc/passwd"}, "url"),
        ({"url": ""}, "url"),
        ({"url": "https://" + "a" * 5_000}, "url"),
        ({"url": URL, "size": 5}, "size"),
        ({"url": URL, "method": "resumable"}, "method"),
        ({}, "filename"),
    ],
)
async def test_what_makes_no_sense_is_refused_before_anything_is_kept(
    site: Site, body: dict[str, object], field: str
) -> None:
    (await site.admin.post("/uploads", json=body)).refused(422, "invalid_request", field)
    assert (await site.admin.get("/jobs")).json["items"] == []


async def test_who_may_not_upload_may_not_import(site: Site) -> None:
    nobody = await site.anybody.post("/uploads", json={"url": URL})
    nobody.refused(401, "unauthenticated")


async def test_whoever_signs_in_learns_whether_it_is_allowed(site: Site, open_site: Callable) -> None:
    assert (await site.admin.get("/auth/me")).json["can"] == {"import_url": True}
    assert (await (await open_site()).admin.get("/auth/me")).json["can"] == {"import_url": False}


async def test_an_address_is_in_no_answer(site: Site) -> None:
    secret = f"{URL}?token=secret"
    told = await site.admin.post("/uploads", json={"url": secret})
    for path in (f"/jobs/{told.json['job_id']}", "/jobs", f"/uploads/{told.json['upload_id']}"):
        assert b"secret" not in (await site.admin.get(path)).body
    job = (await site.admin.get(f"/jobs/{told.json['job_id']}")).json
    assert job["metadata"] == {"source": "https://files.example/…"}


async def test_a_client_appends_nothing_to_it(site: Site) -> None:
    told = await site.admin.post("/uploads", json={"url": URL})
    headers = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    refused = await site.admin("PATCH", f"/api/v1/files/{told.json['upload_id']}", data=b"mine", headers=headers)
    assert (refused.status, refused.json["code"]) == (409, "not_possible_now")


async def test_it_is_refused_where_no_operator_allowed_it(open_site: Callable) -> None:
    site = await open_site()
    told = await site.admin.post("/uploads", json={"url": URL})
    assert "ASSET_INGEST_REMOTE_IMPORT" in told.refused(409, "not_possible_now").json["remedy"]
