"""What every answer has: headers, ids, a document that describes it, a line in the log."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from tests.unit.web.conftest import Site
from tests.unit.web.door import API, DOCUMENT

from asset_ingest.adapters.object_store.memory import MemoryObjects
from asset_ingest.bootstrap import memory_ports
from asset_ingest.core.errors import Code, DatabaseUnavailable, StoreUnavailable
from asset_ingest.core.ports.object_store import StoredObject
from asset_ingest.core.ports.repos import Records
from asset_ingest.entrypoints.web.errors import STATUS
from asset_ingest.entrypoints.web.options import WebOptions


def test_every_code_has_a_status() -> None:
    assert set(STATUS) == set(Code)
    assert all(status >= 400 for status in STATUS.values())


# --- the document -----------------------------------------------------------------------------------------------


def test_the_document_is_valid_openapi() -> None:
    OpenAPIV31SpecValidator(DOCUMENT).validate()


def test_the_document_names_every_operation_once_and_nothing_private() -> None:
    names = [told["operationId"] for methods in DOCUMENT["paths"].values() for told in methods.values()]
    assert len(names) == len(set(names))
    fields = {name for schema in DOCUMENT["components"]["schemas"].values() for name in schema.get("properties", ())}
    assert not fields & {"studio_id", "object_key", "lease_token", "token_hash", "secret_hash", "blob_id"}


def test_every_schema_has_a_name_of_its_own() -> None:
    """Two types of one name would be told apart by where they stand in our code, which is nobody's business."""
    assert [name for name in DOCUMENT["components"]["schemas"] if "__" in name] == []


async def test_the_document_and_its_page_are_served_to_anybody(site: Site) -> None:
    served = await site.anybody.get("/openapi.json")
    assert served.json["openapi"].startswith("3.1")
    assert served.json["paths"].keys() == DOCUMENT["paths"].keys()
    page = (await site.anybody.get("/docs")).body.decode()
    assert all(f"<code>{path}</code>" in page for path in DOCUMENT["paths"])
    assert "<script" not in page
    assert " style=" not in page
    style = await site.anybody.get("/docs.css")
    assert style.headers["Content-Type"].startswith("text/css")


# --- refusals of the framework ----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [f"{API}/nowhere", f"{API}/jobs/", "/api", "/api/v2/jobs", f"{API}/%00%ff"])
async def test_an_address_that_is_none_is_a_problem(site: Site, path: str) -> None:
    (await site.admin("GET", path)).refused(404, "not_found")


async def test_a_method_that_is_none_is_a_problem_that_names_the_others(site: Site) -> None:
    answer = await site.admin("PUT", f"{API}/jobs")
    answer.refused(405, "method_not_allowed")
    assert answer.headers["Allow"] == "GET, HEAD"


async def test_another_method_of_an_operation_is_not_the_page(site: Site) -> None:
    answer = await site.admin.get("/auth/logout")
    answer.refused(405, "method_not_allowed")
    assert answer.headers["Allow"] == "POST"


async def test_head_answers_what_get_answers_without_the_body(site: Site) -> None:
    head, get = await site.admin("HEAD", f"{API}/jobs"), await site.admin.get("/jobs")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["Content-Length"] == get.headers["Content-Length"]


# --- ids and headers --------------------------------------------------------------------------------------------


async def test_a_clients_correlation_id_is_kept_up_to_the_job(site: Site) -> None:
    answer = await site.admin.upload("a.bin", b"x", **{"X-Correlation-ID": "my-id_1.2"})
    assert answer.headers["X-Correlation-ID"] == "my-id_1.2"
    job = await site.admin.get(f"/jobs/{answer.json['jobs'][0]['id']}")
    assert job.json["correlation_id"] == "my-id_1.2"


@pytest.mark.parametrize("offered", ["a b", "x" * 65, "", "é", '"><script>'])
async def test_an_odd_correlation_id_is_replaced(site: Site, offered: str) -> None:
    answer = await site.admin.get("/jobs", headers={"X-Correlation-ID": offered})
    assert answer.headers["X-Correlation-ID"] not in {offered, ""}


async def test_the_policy_lets_nothing_foreign_in(site: Site) -> None:
    policy = (await site.admin("GET", "/healthz")).headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "Strict-Transport-Security" not in (await site.admin("GET", "/healthz")).headers


async def test_answers_of_the_api_are_kept_by_nobody(site: Site) -> None:
    assert (await site.admin.get("/jobs")).headers["Cache-Control"] == "no-store"


# --- other origins ----------------------------------------------------------------------------------------------

LISTED = "https://tools.example"


@pytest.fixture
async def shared(open_site: Callable, tmp_path: Path) -> Site:
    return await open_site(WebOptions(cors_origins=(LISTED,), static=tmp_path))


def asking(origin: str) -> dict[str, str]:
    return {"Origin": origin, "Access-Control-Request-Method": "POST"}


async def test_a_listed_origin_may_ask_and_read_but_never_with_cookies(shared: Site) -> None:
    allowed = await shared.anybody("OPTIONS", f"{API}/assets", headers=asking(LISTED))
    assert allowed.status == 204
    assert allowed.headers["Access-Control-Allow-Origin"] == LISTED
    assert "POST" in allowed.headers["Access-Control-Allow-Methods"]
    assert "Authorization" in allowed.headers["Access-Control-Allow-Headers"]
    for answer in (
        await shared.admin.get("/jobs", headers={"Origin": LISTED}),
        await shared.anybody.get("/jobs", headers={"Origin": LISTED}),
    ):
        assert answer.headers["Access-Control-Allow-Origin"] == LISTED
        assert "X-Correlation-ID" in answer.headers["Access-Control-Expose-Headers"]
        assert "Access-Control-Allow-Credentials" not in answer.headers
        assert "Origin" in answer.headers["Vary"]


async def test_any_other_origin_is_told_nothing(shared: Site) -> None:
    refused = await shared.anybody("OPTIONS", f"{API}/assets", headers=asking("https://evil.example"))
    refused.refused(405, "method_not_allowed")
    answer = await shared.admin.get("/jobs", headers={"Origin": "https://evil.example"})
    for seen in (refused, answer):
        assert "Access-Control-Allow-Origin" not in seen.headers
        assert "Origin" in seen.headers["Vary"]


# --- when things break ------------------------------------------------------------------------------------------


class Broken(Records):
    """A database that is away, or code of ours that is wrong."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def transaction(self, studio_id: object) -> Any:
        raise self.error


async def test_a_database_that_is_away_is_said_so(open_site: Callable) -> None:
    site = await open_site(ports=replace(memory_ports(), records=Broken(DatabaseUnavailable("no connection"))))
    answer = await site.admin.get("/jobs")
    answer.refused(503, "database_unavailable")
    assert answer.headers["Retry-After"]


async def test_a_bug_is_told_to_us_and_not_to_the_client(open_site: Callable) -> None:
    site = await open_site(ports=replace(memory_ports(), records=Broken(ZeroDivisionError("secret detail"))))
    answer = await site.admin.get("/jobs")
    answer.refused(500, "internal")
    assert b"secret" not in answer.body
    [told] = [heard for heard in site.observer.heard if heard.what == "http.bug"]
    assert isinstance(told.error, ZeroDivisionError)
    assert told.correlation_id == answer.headers["X-Correlation-ID"]


async def test_every_request_is_noted_by_its_pattern_without_its_query(site: Site) -> None:
    await site.admin.get("/jobs?q=secret")
    await site.admin.get("/jobs/0190b5f4-0000-7000-8000-000000000000")
    await site.anybody.get("/jobs")
    noted = [heard.facts for heard in site.observer.heard if heard.what == "http.request"]
    assert [(each["method"], each["route"], each["status"]) for each in noted] == [
        ("GET", "/api/v1/jobs", 200),
        ("GET", "/api/v1/jobs/{job_id}", 404),
        ("GET", "/api/v1/jobs", 401),
    ]
    assert all(each["bytes"] > 0 for each in noted)
    assert "secret" not in repr(noted)


# --- health -----------------------------------------------------------------------------------------------------


async def test_a_well_server_is_alive_and_ready(site: Site) -> None:
    assert (await site.anybody("GET", "/healthz")).json == {"status": "ok"}
    ready = await site.anybody("GET", "/readyz")
    assert ready.json == {"status": "ok", "checks": {"database": "ok", "object_store": "ok"}}


class Away(MemoryObjects):
    async def stat(self, key: str) -> StoredObject:
        raise StoreUnavailable("the store does not answer")


async def test_a_server_without_its_store_is_alive_but_not_ready(open_site: Callable) -> None:
    ports = memory_ports()
    site = await open_site(ports=replace(ports, store=Away(ports.clock)))
    assert (await site.anybody("GET", "/healthz")).status == 200
    ready = await site.anybody("GET", "/readyz")
    assert (ready.status, ready.json["status"]) == (503, "unavailable")
    assert ready.json["checks"]["object_store"] == "the store does not answer"


async def test_requests_do_not_wait_for_each_other(site: Site) -> None:
    answers = await asyncio.gather(*[site.admin.get("/jobs") for _ in range(20)])
    assert {answer.status for answer in answers} == {200}
