"""Strapi refuses, crashes, loses answers: each job ends right or in ERROR with what to do, and nothing is doubled."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import anyio
import pytest
from tests.harness import Program
from tests.integration.strapi_fixture import INGEST, NO_SEARCH, NO_UPDATE, READ_ONLY, StrapiServer
from tests.integration.strapi_shelf import StrapiShelf, picture
from tests.packages import small_package

from asset_ingest.adapters.cms.strapi.cms import StrapiCMS, strapi_cms
from asset_ingest.adapters.cms.strapi.errors import Doubtful, EntryRefused
from asset_ingest.adapters.locks.memory import MemoryLocks
from asset_ingest.adapters.telemetry.memory import MemoryObserver
from asset_ingest.bootstrap import Tuning, memory_ports
from asset_ingest.core.model.jobs import JobStatus
from asset_ingest.core.pipelines.runner import Patience
from asset_ingest.testing.cms import ENTRY
from asset_ingest.testing.fault_proxy import (
    Fault,
    FaultProxy,
    answering,
    arriving_late,
    delaying,
    fault_proxy,
    hanging,
    losing_the_answer,
    replacing_the_answer,
    resetting,
)

PATIENCE = 2.0
"""Seconds that Strapi has for an answer here; long enough on a busy machine, short enough for a hanging one."""

RED = picture("red")
ASSETS, PUBLISHERS, UPLOAD = "/api/assets", "/api/publishers", "/api/upload"
PROXY_PAGE = b"<html><head><title>Bad Gateway</title></head><body>nginx</body></html>"


@pytest.fixture
async def proxy(strapi: StrapiServer) -> AsyncIterator[FaultProxy]:
    async with fault_proxy(strapi.url) as proxy:
        yield proxy
        assert proxy.spent, "every fault was met"


@pytest.fixture
async def shelf(strapi: StrapiServer) -> AsyncIterator[StrapiShelf]:
    async with strapi.editing() as client:
        yield StrapiShelf(client)


@pytest.fixture
async def cms(proxy: FaultProxy) -> AsyncIterator[StrapiCMS]:
    how = {"locks": MemoryLocks(), "observer": MemoryObserver()}
    async with strapi_cms(proxy.url, INGEST, seconds=PATIENCE, upload_seconds=PATIENCE, **how) as cms:
        yield cms


def refusing(status: int, name: str, message: str, **details: object) -> Fault:
    said = {"data": None, "error": {"status": status, "name": name, "message": message, "details": details}}
    return answering(status, json.dumps(said).encode(), "application/json")


# --- answers lost after the work was done -----------------------------------------------------------------------

LOST = {
    "reset": losing_the_answer,
    "500": replacing_the_answer(500, b'{"data":null,"error":{"status":500}}', "application/json"),
    "502 of a proxy": replacing_the_answer(502, PROXY_PAGE, "text/html"),
    "200 of a proxy": replacing_the_answer(200, PROXY_PAGE, "text/html"),
}


@pytest.mark.parametrize("lost", LOST.values(), ids=LOST)
@pytest.mark.parametrize("path", [ASSETS, PUBLISHERS, UPLOAD])
async def test_what_was_made_though_its_answer_was_lost_is_found_and_not_made_again(
    cms: StrapiCMS, shelf: StrapiShelf, proxy: FaultProxy, path: str, lost: Fault
) -> None:
    proxy.next("POST", path, lost)
    ident = await cms.publish(replace(ENTRY, thumbnail=RED))
    assert list(await shelf.assets()) == [ident]
    assert await shelf.publishers() == ["Kenney"]
    assert len(await shelf.files()) == 1
    assert proxy.times("POST", path) == 1
    assert await cms.differences(replace(ENTRY, thumbnail=RED), ident) == []


async def test_what_was_made_though_nobody_answered_in_time_is_found_and_not_made_again(
    cms: StrapiCMS, shelf: StrapiShelf, proxy: FaultProxy
) -> None:
    proxy.next("POST", ASSETS, hanging)
    ident = await cms.publish(ENTRY)
    assert list(await shelf.assets()) == [ident]
    assert proxy.times("POST", ASSETS) == 1


async def test_a_change_whose_answer_was_lost_is_repeated_by_the_next_attempt(
    cms: StrapiCMS, shelf: StrapiShelf, proxy: FaultProxy
) -> None:
    ident = await cms.publish(ENTRY)
    proxy.next("PUT", ".*", losing_the_answer)
    changed = replace(ENTRY, name="Space Kit 2")
    with pytest.raises(Doubtful):
        await cms.publish(changed)
    assert await cms.publish(changed) == ident
    assert (await shelf.assets())[ident].name == "Space Kit 2"
    assert proxy.times("PUT", ".*") == 1


async def test_what_is_still_on_its_way_is_never_made_twice(
    cms: StrapiCMS, shelf: StrapiShelf, proxy: FaultProxy
) -> None:
    """The request waits somewhere, we give up, and it arrives after all."""
    on_its_way, arrived = asyncio.Event(), asyncio.Event()
    proxy.next("POST", ASSETS, arriving_late(on_its_way, arrived))
    with pytest.raises(Doubtful, match="504"):
        await cms.publish(ENTRY)
    assert await shelf.assets() == {}
    assert proxy.times("POST", ASSETS) == 1, "it is not made again at once"
    on_its_way.set()
    await arrived.wait()
    ident = await cms.publish(ENTRY)
    assert list(await shelf.assets()) == [ident]
    assert proxy.times("POST", ASSETS) == 1


async def test_a_request_that_arrives_after_a_second_attempt_is_stopped_by_the_database(
    cms: StrapiCMS, shelf: StrapiShelf, proxy: FaultProxy, strapi: StrapiServer
) -> None:
    waiting, reached = asyncio.Event(), asyncio.Event()
    proxy.next("POST", ASSETS, delaying(waiting, reached))
    async with anyio.create_task_group() as group:
        group.start_soon(cms.publish, ENTRY)
        await reached.wait()
        how = {"locks": MemoryLocks(), "observer": MemoryObserver()}
        async with strapi_cms(strapi.url, INGEST, **how) as other:
            ident = await other.publish(ENTRY)
        waiting.set()
    assert list(await shelf.assets()) == [ident]
    assert list(await shelf.of("draft").assets()) == [ident]


async def test_without_the_right_to_search_pictures_everything_else_still_works(
    strapi: StrapiServer, shelf: StrapiShelf
) -> None:
    entry = replace(ENTRY, thumbnail=RED)
    async with strapi_cms(strapi.url, NO_SEARCH, locks=MemoryLocks(), observer=MemoryObserver()) as cms:
        ident = await cms.publish(entry)
        assert await cms.publish(replace(entry, name="Space Kit 2")) == ident
        assert await cms.differences(replace(entry, name="Space Kit 2"), ident) == []
    assert len(await shelf.files()) == 1


async def test_a_field_that_clashes_with_somebody_elses_entry_is_named(cms: StrapiCMS, shelf: StrapiShelf) -> None:
    ident = await cms.publish(ENTRY)
    taken = (await shelf.read(ident))["slug"]
    await shelf.delete(ident)
    other = await shelf.create(ingestKey="other", title="Other", slug=taken, kind="x")
    with pytest.raises(EntryRefused, match="slug: This attribute must be unique"):
        await cms.publish(ENTRY)
    assert list(await shelf.assets()) == [other]


# --- what a job says --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Refusal:
    """A fault at one request, and what the job's row then says."""

    method: str
    path: str
    fault: Fault
    code: str
    sentence: str
    remedy: str


INVALID = refusing(
    400,
    "ValidationError",
    "2 errors occurred",
    errors=[
        {"path": ["version"], "message": "version must match the following: [0-9]", "name": "ValidationError"},
        {"path": ["category"], "message": "category must be one of the following values: model", "name": "x"},
    ],
)
REFUSALS = {
    "400": Refusal(
        "POST",
        ASSETS,
        INVALID,
        "invalid_request",
        "version: version must match the following: [0-9]; category: category must be one of",
        "loosen the rules of the content type",
    ),
    "400 no such field": Refusal(
        "POST",
        ASSETS,
        refusing(400, "ValidationError", "Invalid key storeId", key="storeId", path=None, source="body"),
        "misconfigured",
        "the content type 'assets' in Strapi has no field 'storeId'",
        "ASSET_INGEST_STRAPI_MAPPING",
    ),
    "401": Refusal(
        "GET",
        ASSETS,
        refusing(401, "UnauthorizedError", "Missing or invalid credentials"),
        "misconfigured",
        "Strapi does not know our API token",
        "ASSET_INGEST_STRAPI_TOKEN",
    ),
    "403": Refusal(
        "POST",
        PUBLISHERS,
        refusing(403, "ForbiddenError", "Forbidden"),
        "misconfigured",
        "our API token has no right in Strapi to create an entry in 'publishers'",
        "give our API token in Strapi this right",
    ),
    "404": Refusal(
        "GET",
        PUBLISHERS,
        refusing(404, "NotFoundError", "Not Found"),
        "misconfigured",
        "Strapi has no content type 'publishers'",
        "docs/how-to/publish-to-strapi.md",
    ),
    "413": Refusal(
        "POST",
        UPLOAD,
        answering(413, PROXY_PAGE, "text/html"),
        "too_large",
        "too large for Strapi, or for a proxy before it: could not upload a thumbnail",
        "raise the limits",
    ),
    "500": Refusal(
        "POST",
        ASSETS,
        refusing(500, "InternalServerError", "Internal Server Error"),
        "service_unavailable",
        "could not create an entry in 'assets': the answer was 500",
        "Retry the job later",
    ),
    "502": Refusal(
        "GET",
        ASSETS,
        answering(502, PROXY_PAGE, "text/html"),
        "service_unavailable",
        "the answer was 502, text/html",
        "Retry the job later",
    ),
    "redirect": Refusal(
        "GET",
        PUBLISHERS,
        answering(302, Location="https://elsewhere.example/login?next=%2F"),
        "service_unavailable",
        "a redirect to https://elsewhere.example/login",
        "Retry the job later",
    ),
    "reset": Refusal(
        "GET", PUBLISHERS, resetting, "service_unavailable", "the connection to http://127", "Retry the job later"
    ),
    "no answer": Refusal(
        "GET", PUBLISHERS, hanging, "service_unavailable", "did not answer within 2 seconds", "Retry the job later"
    ),
    "older Strapi": Refusal(
        "GET",
        ASSETS,
        answering(200, b'{"data":[{"id":1,"attributes":{}}],"meta":{}}', "application/json"),
        "misconfigured",
        "an entry of 'assets' is not in the form of Strapi 5",
        "ASSET_INGEST_STRAPI_URL",
    ),
}


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
async def test_a_refused_job_says_what_to_do_and_a_retry_then_works(
    cms: StrapiCMS, shelf: StrapiShelf, proxy: FaultProxy, refusal: Refusal
) -> None:
    program = Program(replace(memory_ports(), cms=cms, drift=cms), Tuning(patience=Patience(attempts=1)))
    who = await program.found()
    proxy.next(refusal.method, refusal.path, refusal.fault)
    job = await program.upload(who, "crates.unitypackage", small_package())
    await program.work()
    told = await program.app.jobs.get(who, job.id)
    assert (told.status, told.code, told.step) == (JobStatus.ERROR, refusal.code, "publish")
    assert refusal.sentence in (told.error_message or "")
    assert refusal.remedy in (told.remedy or "")
    assert INGEST not in str(told)

    await program.app.jobs.retry(who, job.id)
    await program.work()
    told = await program.app.jobs.get(who, job.id)
    assert (told.status, told.error_message) == (JobStatus.COMPLETE, None)
    (ident,) = await shelf.assets()
    assert told.cms_id == ident
    assert await shelf.publishers() == ["Tiny Studio"]
    assert len(await shelf.files()) == 1


async def test_a_job_whose_entry_was_made_in_silence_is_complete_after_a_retry(
    cms: StrapiCMS, shelf: StrapiShelf, proxy: FaultProxy
) -> None:
    """It timed out after it was committed, and nobody answered when we looked again."""
    program = Program(replace(memory_ports(), cms=cms, drift=cms), Tuning(patience=Patience(attempts=1)))
    who = await program.found()
    proxy.next("POST", ASSETS, hanging)
    job = await program.upload(who, "milk.txt", b"remember the milk")
    proxy.chooser = lambda request: resetting if proxy.times("POST", ASSETS) else None
    await program.work()
    told = await program.app.jobs.get(who, job.id)
    assert (told.status, told.code) == (JobStatus.ERROR, "service_unavailable")
    (ident,) = await shelf.assets()

    proxy.chooser = lambda _: None
    await program.app.jobs.retry(who, job.id)
    await program.work()
    assert (await program.app.jobs.get(who, job.id)).cms_id == ident
    assert list(await shelf.assets()) == [ident]
    assert proxy.times("POST", ASSETS) == 1


@pytest.mark.parametrize(
    ("token", "sentence"),
    [
        ("wrong-token", "does not know our API token"),
        (READ_ONLY, "no right in Strapi to create an entry in 'publishers'"),
        (NO_UPDATE, "no right in Strapi to change an entry of 'publishers'"),
    ],
)
async def test_a_real_strapi_says_no_in_the_same_words(strapi: StrapiServer, token: str, sentence: str) -> None:
    how = {"locks": MemoryLocks(), "observer": MemoryObserver()}
    async with strapi_cms(strapi.url, INGEST, **how) as right, strapi_cms(strapi.url, token, **how) as wrong:
        entry = ENTRY
        if token == NO_UPDATE:
            await right.publish(ENTRY)
            entry = replace(ENTRY, publisher=replace(ENTRY.publisher, name="New")) if ENTRY.publisher else ENTRY
        with pytest.raises(Exception, match=sentence) as refused:
            await wrong.publish(entry)
        assert token not in str(refused.value)


async def test_a_real_strapi_refuses_a_thumbnail_that_is_too_large(cms: StrapiCMS, shelf: StrapiShelf) -> None:
    huge = replace(RED, content=RED.content + bytes(33 << 20))
    with pytest.raises(Exception, match="too large for Strapi") as refused:
        await cms.publish(replace(ENTRY, thumbnail=huge))
    assert "sizeLimit" in refused.value.remedy  # type: ignore[attr-defined]
    assert await shelf.assets() == {}
