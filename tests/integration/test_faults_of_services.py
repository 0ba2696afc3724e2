"""Services that fail in the middle of a job: it ends right or says what is wrong, a retry works, nothing is doubled."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import httpx
import pytest
from tests.harness import Later, Program
from tests.integration.postgres_holder import holder
from tests.integration.redis_fixture import RedisServer
from tests.integration.server import QUICK, Server, ended, serving, working
from tests.integration.test_journeys import opened, passing
from tests.packages import small_package

from asset_ingest.adapters.cache.memory import MemoryCache
from asset_ingest.adapters.clock.memory import ManualClock
from asset_ingest.adapters.listings.asset_store import AssetStoreListings, StorePlace
from asset_ingest.adapters.locks.memory import MemoryLocks
from asset_ingest.adapters.object_store.s3 import Patience, S3Place, S3Store, open_s3
from asset_ingest.bootstrap import Ports
from asset_ingest.core.errors import IngestError
from asset_ingest.core.model.access import Principal
from asset_ingest.core.model.jobs import JobStatus, StepStatus
from asset_ingest.core.ports.asset_repos import AssetQuery
from asset_ingest.core.ports.repos import JobQuery
from asset_ingest.testing.asset_store import AssetStore, asset_store
from asset_ingest.testing.asset_store import faults as store_faults
from asset_ingest.testing.asset_store.faults import Fault as StoreFault
from asset_ingest.testing.s3_server import BUCKET, KEYS, S3Server, s3_server
from asset_ingest.testing.s3_server import faults as s3_faults
from asset_ingest.testing.s3_server.faults import Fault as S3Fault

PACKAGE = small_package()


@pytest.fixture
def later(database_url: str) -> Later:
    return passing(database_url)


@pytest.fixture
async def ports(database_url: str, tmp_path: Path) -> AsyncIterator[Ports]:
    async with AsyncExitStack() as stack:
        yield await opened(database_url, tmp_path, stack)


def named(fault: S3Fault | StoreFault) -> str:
    return fault.__qualname__.partition(".")[0]


async def one_asset(program: Program, who: Principal) -> None:
    """All that there is, is one asset with its four objects."""
    await program.app.upkeep.sweeper.once()
    assert len((await program.app.assets.page(who, AssetQuery(limit=10))).items) == 1
    assert len([stored async for stored in program.ports.store.list("studios/")]) == 4


class TestStore:
    """S3 fails while a package is received, read, pictured."""

    @pytest.fixture
    async def server(self) -> AsyncIterator[S3Server]:
        async with s3_server() as server:
            yield server

    @pytest.fixture
    async def s3(self, server: S3Server) -> AsyncIterator[S3Store]:
        patience = Patience(connect_seconds=2, read_seconds=2, attempts=2, first_pause=0, longest_pause=0)
        place = S3Place(BUCKET, server.url, None, KEYS.region, KEYS.access_key, KEYS.secret_key, patience=patience)
        async with open_s3(place) as s3:
            yield s3

    @pytest.fixture
    async def program(self, ports: Ports, s3: S3Store) -> Program:
        return Program(replace(ports, store=s3.objects, resumable=s3.resumable, direct=s3.direct, leftovers=None))

    @pytest.mark.parametrize(
        "fault",
        [s3_faults.refusing(403, "AccessDenied"), s3_faults.resetting(), s3_faults.slow_down(), s3_faults.failing()],
        ids=named,
    )
    async def test_an_upload_that_cannot_be_stored_says_so_and_keeps_nothing(
        self, program: Program, server: S3Server, fault: S3Fault
    ) -> None:
        who = await program.found()
        server.each("PutObject", fault)
        with pytest.raises(IngestError) as caught:
            await program.upload(who, "crates.unitypackage", PACKAGE)
        (job,) = (await program.app.jobs.page(who, JobQuery(limit=10))).items
        assert (job.status, job.code, job.remedy) == (JobStatus.ERROR, caught.value.code, caught.value.remedy)
        assert not server.bucket.objects
        server.heal()
        again = await program.upload(who, "crates.unitypackage", PACKAGE)
        await program.work()
        assert (await program.app.jobs.get(who, again.id)).status is JobStatus.COMPLETE

    @pytest.mark.parametrize("operation", ["GetObject", "PutObject"])
    @pytest.mark.parametrize("fault", [s3_faults.failing(), s3_faults.resetting()], ids=named)
    async def test_work_that_cannot_reach_its_bytes_is_done_later(
        self, program: Program, server: S3Server, later: Later, operation: str, fault: S3Fault
    ) -> None:
        who = await program.found()
        job = await program.upload(who, "crates.unitypackage", PACKAGE)
        server.next(operation, *[fault] * 4)
        done = await program.work_until_ended(who, job.id, later)
        assert done.status is JobStatus.COMPLETE
        assert max(step.attempt for step in done.steps) > 1
        await one_asset(program, who)

    async def test_a_store_that_stays_away_ends_in_an_error_that_can_be_retried(
        self, program: Program, server: S3Server, later: Later
    ) -> None:
        who = await program.found()
        job = await program.upload(who, "crates.unitypackage", PACKAGE)
        server.each("GetObject", s3_faults.failing())
        failed = await program.work_until_ended(who, job.id, later)
        assert (failed.status, failed.code, failed.step) == (JobStatus.ERROR, "store_unavailable", "digest")
        assert failed.error_message
        assert failed.remedy
        server.heal()
        await program.app.jobs.retry(who, job.id)
        assert (await program.work_until_ended(who, job.id, later)).status is JobStatus.COMPLETE
        await one_asset(program, who)

    async def test_the_parts_of_an_upload_that_vanished_are_freed(
        self, program: Program, s3: S3Store, later: Later
    ) -> None:
        who = await program.found()
        mine = f"studios/{who.studio_id}/uploads/gone/original"
        await s3.direct.begin(mine)
        await s3.direct.begin("somebody/elses")
        await program.app.upkeep.sweeper.once()
        assert [each.key async for each in s3.direct.unfinished("")] == ["somebody/elses"]


class TestStorePage:
    """The Asset Store fails while a package is completed from its page: the package is published as it is."""

    @pytest.fixture
    async def store(self) -> AsyncIterator[AssetStore]:
        async with asset_store() as store:
            yield store

    @pytest.fixture
    def clock(self) -> ManualClock:
        return ManualClock(datetime.now(UTC))

    @pytest.fixture
    def program(self, ports: Ports, store: AssetStore, clock: ManualClock) -> Program:
        async def sleep(seconds: float) -> None:
            clock.advance(timedelta(seconds=seconds))

        place = StorePlace(contact="ops@studio.example", url=store.url, loopback=True)
        listings = AssetStoreListings(place, MemoryCache(clock), MemoryLocks(), clock, sleep=sleep)
        return Program(replace(ports, listings=listings))

    async def test_a_page_completes_the_package_with_words_and_picture(self, program: Program) -> None:
        who = await program.found()
        job = await program.upload(who, "crates.unitypackage", PACKAGE)
        await program.work()
        done = await program.app.jobs.get(who, job.id)
        assert done.asset_id
        asset = await program.app.assets.get(who, done.asset_id)
        assert (asset.name, asset.provenance["title"]) == ("Crates & Barrels Deluxe Vol. 2", "page")
        assert asset.provenance["thumbnail"] == "page"
        assert "alert" not in str(asset.metadata["description"])

    @pytest.mark.parametrize(
        "fault",
        [
            store_faults.refusing(403),
            store_faults.refusing(429, "60"),
            store_faults.challenging(),
            store_faults.saying("<script>x.ReactDOMrender({oops"),
            store_faults.leading("https://elsewhere.example/packages/slug/90001"),
        ],
        ids=named,
    )
    async def test_a_page_that_is_kept_from_us_holds_nothing_up(
        self, program: Program, store: AssetStore, later: Later, fault: StoreFault
    ) -> None:
        who = await program.found()
        store.next("page", fault)
        job = await program.upload(who, "crates.unitypackage", PACKAGE)
        done = await program.work_until_ended(who, job.id, later)
        assert done.status is JobStatus.COMPLETE
        (listing,) = [step for step in done.steps if step.name == "unity.listing"]
        assert listing.status is StepStatus.SKIPPED
        assert listing.reason
        assert done.asset_id
        assert (await program.app.assets.get(who, done.asset_id)).name == "Crates & Barrels"
        await one_asset(program, who)

    async def test_a_picture_of_50_mb_is_left_where_it_is(self, program: Program, store: AssetStore) -> None:
        who = await program.found()
        store.next("picture", store_faults.flood(50))
        job = await program.upload(who, "crates.unitypackage", PACKAGE)
        await program.work()
        done = await program.app.jobs.get(who, job.id)
        assert (done.status, done.asset_id is None) == (JobStatus.COMPLETE, False)
        assert done.asset_id
        asset = await program.app.assets.get(who, done.asset_id)
        assert asset.name == "Crates & Barrels Deluxe Vol. 2"
        assert "thumbnail" not in asset.provenance

    async def test_a_store_that_breaks_down_is_asked_again_and_then_said(
        self, program: Program, store: AssetStore, later: Later
    ) -> None:
        who = await program.found()
        store.next("page", *[store_faults.dropping()] * 5)
        job = await program.upload(who, "crates.unitypackage", PACKAGE)
        failed = await program.work_until_ended(who, job.id, later)
        assert (failed.status, failed.code, failed.step) == (JobStatus.ERROR, "service_unavailable", "unity.listing")
        assert failed.remedy
        await program.app.jobs.retry(who, job.id)
        assert (await program.work_until_ended(who, job.id, later)).status is JobStatus.COMPLETE
        await one_asset(program, who)


async def send(server: Server, number: int) -> str | None:
    """Upload; None when the server says that it cannot take it now."""
    content = small_package(second_line=str(number).encode())
    async with server.client() as client:
        answer = await client.post("/assets", files={"file": (f"{number}.unitypackage", content)})
    if answer.status_code == httpx.codes.ACCEPTED:
        return str(answer.json()["jobs"][0]["id"])
    assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE
    assert answer.json()["code"] == "database_unavailable"
    assert answer.json()["remedy"]
    return None


@pytest.mark.timeout(180)
@pytest.mark.parametrize("way", ["stopped", "killed"])
async def test_postgresql_may_be_restarted_under_everything(
    tmp_path: Path, redis_server: RedisServer, way: str
) -> None:
    facts = tmp_path / "facts"
    facts.mkdir()
    with holder(facts) as (first, said):
        environment = {
            **QUICK,
            "ASSET_INGEST_DATABASE_URL": said["dsn"],
            "ASSET_INGEST_DATABASE_CONNECTIONS": "4",
            "ASSET_INGEST_REDIS_URL": redis_server.url,
        }
        async with serving(tmp_path / "data", **environment) as server, working(server.data, 2, **environment):
            ids = [await send(server, number) for number in range(3)]
            assert None not in ids
            if way == "killed":
                first.kill()
            else:
                assert first.stdin
                first.stdin.close()
            first.wait(30)
            ids.append(await send(server, 3))
            with holder(facts) as (_, again):
                assert again["dsn"] == said["dsn"]
                with anyio.fail_after(30):
                    while (sent := await send(server, 4)) is None:  # noqa: ASYNC110  as a person tries again
                        await anyio.sleep(0.1)
                async with server.client() as client:
                    jobs = [await ended(client, job_id) for job_id in [*ids, sent] if job_id]
                assert {(job["status"], job["error_message"]) for job in jobs} == {("COMPLETE", None)}
                assert len({job["asset_id"] for job in jobs}) == len(jobs)
