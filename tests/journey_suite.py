"""The main job over any ports: subclasses bring them. One promise per test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from tests.harness import Later, Program, chunks_of
from tests.packages import RECORD, small_package

from asset_ingest.adapters.cms.memory import MemoryCMS
from asset_ingest.adapters.listings.memory import MemoryListings
from asset_ingest.bootstrap import Ports
from asset_ingest.core.errors import (
    Cancelled,
    ContentMismatch,
    EmptyFile,
    InvalidFilename,
    LengthMismatch,
    NotPossibleNow,
    ObjectMissing,
    ServiceUnavailable,
    TooLarge,
    UploadInterrupted,
)
from asset_ingest.core.model.access import Principal
from asset_ingest.core.model.assets import RenditionRole
from asset_ingest.core.model.jobs import JobStatus, StepStatus
from asset_ingest.core.ports.asset_repos import AssetQuery
from asset_ingest.core.ports.cms import CMS, AssetEntry
from asset_ingest.core.ports.listings import Blocked, Found, Listing
from asset_ingest.core.ports.repos import EntryQuery, JobQuery
from asset_ingest.core.services.jobs import JobDetail
from asset_ingest.testing.unity_packages import PackageItem, build_package, picture

FILMS = Path(__file__).parent / "data" / "film"
LISTING = Listing(
    product_id="90001",
    url="https://store.example/packages/crates-90001",
    title="Crates & Barrels Deluxe",
    publisher_id="77",
    publisher_name="Tiny Studio Oy",
    description="Forty crates.",
)


async def told_statuses(program: Program, who: Principal) -> list[str]:
    """Return the statuses of the only job as the facts tell them, without repeats."""
    async with program.ports.records.transaction(who.studio_id) as tx:
        facts = await tx.events.after(0, 1_000)
    assert [fact.seq for fact in facts] == list(range(1, len(facts) + 1))
    told = [str(fact.data["status"]) for fact in facts if fact.type == "job.status_changed"]
    return [status for n, status in enumerate(told) if n == 0 or told[n - 1] != status]


class BreakingCMS(CMS):
    """Fails the first `failures` times."""

    target = "breaking"

    def __init__(self, failures: int) -> None:
        self.failures = failures

    async def publish(self, entry: AssetEntry) -> str:
        if self.failures:
            self.failures -= 1
            raise ServiceUnavailable("the CMS does not answer")
        return f"published-{entry.name}"


class JourneySuite:
    """Fixtures of subclasses: `ports`, and `later`, which lets time pass for the program and its records."""

    @pytest.fixture
    def program(self, ports: Ports) -> Program:
        return Program(ports)

    @pytest.fixture
    async def who(self, program: Program) -> Principal:
        return await program.found()

    async def test_a_package_becomes_a_published_asset(self, program: Program, who: Principal) -> None:
        job = await program.upload(who, "crates.unitypackage", small_package())
        assert job.status is JobStatus.QUEUED
        await program.work()
        done = await program.app.jobs.get(who, job.id)
        assert (done.status, done.progress) == (JobStatus.COMPLETE, 100)
        assert done.asset_id is not None
        assert done.completed_at is not None
        asset = await program.app.assets.get(who, done.asset_id)
        assert (asset.kind, asset.name) == ("unity_package", "Crates & Barrels")
        assert asset.publisher is not None
        assert asset.publisher.name == "Tiny Studio"
        assert (asset.entry_count, asset.finding_count) == (4, 0)
        assert asset.store_record is not None
        assert asset.store_record["version"] == "1.2.3"
        assert asset.provenance["title"] == "header"
        assert asset.thumbnail_url
        assert asset.contact_sheet_url

    @pytest.mark.parametrize(
        ("name", "rate"), [("film.mp4", "24000/1001"), ("ntsc.mov", "30000/1001"), ("pal.webm", "25")]
    )
    async def test_a_film_becomes_an_asset_that_says_its_frame_rate(
        self, program: Program, who: Principal, name: str, rate: str
    ) -> None:
        job = await program.upload(who, name, (FILMS / name).read_bytes())
        await program.work()
        done = await program.app.jobs.get(who, job.id)
        assert done.asset_id
        asset = await program.app.assets.get(who, done.asset_id)
        assert asset.metadata["frame_rate"] == rate
        assert (asset.metadata["width"], asset.metadata["height"]) == (64, 36)
        assert asset.metadata["duration_seconds"] == pytest.approx(12 / float(Fraction(rate)), abs=0.01)
        assert asset.provenance == dict.fromkeys(("frame_rate", "duration_seconds", "width", "height"), "file")

    async def test_a_film_that_cannot_be_read_is_an_asset_all_the_same(self, program: Program, who: Principal) -> None:
        job = await program.upload(who, "film.mp4", (FILMS / "film.mp4").read_bytes()[:-99])
        await program.work()
        done = await program.app.jobs.get(who, job.id)
        assert done.status is JobStatus.COMPLETE
        assert done.asset_id
        asset = await program.app.assets.get(who, done.asset_id)
        assert (asset.kind, asset.metadata) == ("video", {})

    async def test_a_new_version_of_a_film_has_its_own_frame_rate(self, program: Program, who: Principal) -> None:
        first = await program.upload(who, "film.mp4", (FILMS / "film.mp4").read_bytes())
        await program.work()
        asset_id = (await program.app.jobs.get(who, first.id)).asset_id
        assert asset_id
        await program.upload(who, "pal.mp4", (FILMS / "pal.mp4").read_bytes(), asset_id=asset_id)
        await program.work()
        assert (await program.app.assets.get(who, asset_id)).metadata["frame_rate"] == "25"
        await program.app.versions.roll_back(who, asset_id, 1)
        assert (await program.app.assets.get(who, asset_id)).metadata["frame_rate"] == "24000/1001"

    async def test_the_row_walks_through_every_status(self, program: Program, who: Principal) -> None:
        await program.upload(who, "crates.unitypackage", small_package())
        await program.work()
        assert await told_statuses(program, who) == [
            *("PENDING", "UPLOADING", "QUEUED", "PROCESSING", "PUBLISHING", "COMPLETE")
        ]

    async def test_a_step_that_has_nothing_to_do_says_why(self, program: Program, who: Principal) -> None:
        job = await program.upload(who, "crates.unitypackage", small_package())
        await program.work()
        steps = {step.name: step for step in (await program.app.jobs.get(who, job.id)).steps}
        assert steps["unity.listing"].status is StepStatus.SKIPPED
        assert steps["unity.listing"].reason == "asking the store page is turned off"
        assert all(step.attempt == 1 for step in steps.values())
        assert all(step.started_at and step.ended_at for step in steps.values())

    async def test_a_listing_source_completes_the_asset(self, ports: Ports) -> None:
        program = Program(replace(ports, listings=MemoryListings({"90001": Found(LISTING)})))
        who = await program.found()
        job = await program.upload(who, "crates.unitypackage", small_package())
        await program.work()
        assert "SCRAPING" in await told_statuses(program, who)
        done = await program.app.jobs.get(who, job.id)
        assert done.asset_id
        asset = await program.app.assets.get(who, done.asset_id)
        assert asset.name == "Crates & Barrels Deluxe"
        assert asset.provenance["title"] == "page"
        assert asset.provenance["unity_version"] == "header"
        assert asset.publisher
        assert asset.publisher.name == "Tiny Studio Oy"
        assert len((await program.app.assets.publishers(who, 10, None)).items) == 1

    async def test_the_picture_of_the_store_page_becomes_the_thumbnail(self, ports: Ports) -> None:
        program = Program(
            replace(ports, listings=MemoryListings({"90001": Found(LISTING)}, {"90001": picture(300, 200)}))
        )
        who = await program.found()
        job = await program.upload(who, "crates.unitypackage", small_package())
        await program.work()
        done = await program.app.jobs.get(who, job.id)
        assert (done.status, done.asset_id is not None) == (JobStatus.COMPLETE, True)
        assert done.asset_id
        asset = await program.app.assets.get(who, done.asset_id)
        assert asset.provenance["thumbnail"] == "page"
        shown = await program.app.assets.rendition(who, done.asset_id, RenditionRole.THUMBNAIL)
        assert "unity.listing" in {step.name for step in done.steps if step.status is StepStatus.DONE}
        assert shown.size > 0
        assert asset.contact_sheet_url

    async def test_a_page_that_names_no_publisher_leaves_the_one_of_the_header(self, ports: Ports) -> None:
        silent = replace(LISTING, publisher_id="", publisher_name="")
        program = Program(replace(ports, listings=MemoryListings({"90001": Found(silent)})))
        who = await program.found()
        job = await program.upload(who, "crates.unitypackage", small_package())
        await program.work()
        done = await program.app.jobs.get(who, job.id)
        assert done.asset_id
        asset = await program.app.assets.get(who, done.asset_id)
        assert asset.publisher
        assert (asset.publisher.name, asset.metadata["publisher"]) == ("Tiny Studio", "Tiny Studio")

    async def test_a_picture_that_is_none_leaves_the_words_of_the_page(self, ports: Ports) -> None:
        program = Program(replace(ports, listings=MemoryListings({"90001": Found(LISTING)}, {"90001": b"no picture"})))
        who = await program.found()
        job = await program.upload(who, "crates.unitypackage", small_package())
        await program.work()
        done = await program.app.jobs.get(who, job.id)
        assert done.asset_id
        asset = await program.app.assets.get(who, done.asset_id)
        assert asset.name == "Crates & Barrels Deluxe"
        assert "thumbnail" not in asset.provenance
        assert asset.thumbnail_url

    async def test_a_name_alone_links_nothing_and_offers_candidates(self, ports: Ports) -> None:
        program = Program(replace(ports, listings=MemoryListings({"90001": Found(LISTING)})))
        who = await program.found()
        await program.upload(who, "crates.unitypackage", small_package())
        await program.work()
        nameless = build_package([PackageItem("Assets/Other.prefab", b"x")])
        job = await program.upload(who, "Crates & Barrels Deluxe.unitypackage", nameless)
        await program.work()
        done = await program.app.jobs.get(who, job.id)
        assert done.asset_id
        asset = await program.app.assets.get(who, done.asset_id)
        assert [(one.product_id, one.title) for one in asset.candidates] == [("90001", "Crates & Barrels Deluxe")]
        assert asset.publisher is None
        assert "store_url" not in asset.metadata

    async def test_a_blocked_store_page_does_not_hold_the_asset_back(self, ports: Ports, later: Later) -> None:
        blocked = Blocked("captcha", ports.clock.now())
        program = Program(replace(ports, listings=MemoryListings({"90001": blocked})))
        who = await program.found()
        job = await program.upload(who, "crates.unitypackage", small_package())
        done = await program.work_until_ended(who, job.id, later)
        assert done.status is JobStatus.COMPLETE
        assert any(step.reason and "captcha" in step.reason for step in done.steps)

    async def test_entries_come_in_pages_and_can_be_searched(self, program: Program, who: Principal) -> None:
        job = await program.upload(who, "crates.unitypackage", small_package())
        await program.work()
        asset_id = (await program.app.jobs.get(who, job.id)).asset_id
        assert asset_id
        first = await program.app.assets.entries(who, asset_id, EntryQuery(limit=3))
        assert first.next_cursor is not None
        rest = await program.app.assets.entries(who, asset_id, EntryQuery(limit=3, after=int(first.next_cursor)))
        paths = [entry.path for entry in first.items + rest.items]
        assert len(set(paths)) == 4
        found = await program.app.assets.entries(who, asset_id, EntryQuery(limit=10, text="CRATE"))
        assert {entry.path for entry in found.items} == {"Assets/Props/Crate.prefab", "Assets/Props/Crate.png"}

    async def test_an_entrys_preview_is_its_picture(self, program: Program, who: Principal) -> None:
        job = await program.upload(who, "crates.unitypackage", small_package())
        await program.work()
        asset_id = (await program.app.jobs.get(who, job.id)).asset_id
        assert asset_id
        entries = (await program.app.assets.entries(who, asset_id, EntryQuery(limit=10))).items
        pictured = [entry for entry in entries if entry.preview_url]
        assert len(pictured) == 2
        for entry in pictured:
            content = await program.app.assets.entry_preview(who, asset_id, entry.number)
            read = b"".join([chunk async for chunk in program.app.assets.read(content, 0, content.size)])
            assert read.startswith(b"\x89PNG\r\n\x1a\n")
            assert read.endswith(b"IEND\xaeB`\x82")

    async def test_any_other_file_is_welcome(self, program: Program, who: Principal) -> None:
        job = await program.upload(who, "notes.txt", b"remember the milk")
        await program.work()
        done = await program.app.jobs.get(who, job.id)
        assert done.status is JobStatus.COMPLETE
        assert [step.name for step in done.steps] == ["digest", "publish"]

    async def test_the_same_bytes_again_lead_to_the_same_asset(self, program: Program, who: Principal) -> None:
        jobs = [await program.upload(who, name, small_package()) for name in ("one.unitypackage", "two.unitypackage")]
        await program.work()
        details = [await program.app.jobs.get(who, job.id) for job in jobs]
        assert {job.status for job in details} == {JobStatus.COMPLETE}
        assert len({job.asset_id for job in details}) == 1
        assert len((await program.app.assets.page(who, AssetQuery(limit=10))).items) == 1
        third = await program.upload(who, "three.unitypackage", small_package())
        await program.work()
        assert (await program.app.jobs.get(who, third.id)).duplicate

    async def test_the_same_bytes_many_times_at_once_are_one_asset(self, program: Program, who: Principal) -> None:
        """Whoever comes before it is ready sees it through, too; whoever comes after says that it was known."""

        async def sent_at_once() -> list[JobDetail]:
            jobs = await asyncio.gather(*(program.upload(who, f"{n}.txt", b"remember the milk") for n in range(20)))
            await program.app.upkeep.dispatcher.once()
            while program.inbox.ids:  # a worker for each
                ids, program.inbox.ids = program.inbox.ids, []
                await asyncio.gather(*map(program.app.runner.run, ids))
                await program.app.upkeep.dispatcher.once()
            return [await program.app.jobs.get(who, job.id) for job in jobs]

        early, late = await sent_at_once(), await sent_at_once()
        assert {job.status for job in early + late} == {JobStatus.COMPLETE}
        [card] = (await program.app.assets.page(who, AssetQuery(limit=10))).items
        assert {job.asset_id for job in early + late} == {card.id}
        assert not all(job.duplicate for job in early)
        assert all(job.duplicate for job in late)
        await program.app.upkeep.sweeper.once()
        assert len([each async for each in program.ports.store.list("studios/")]) == 1

    @pytest.mark.parametrize(
        ("name", "content", "code"),
        [
            ("cut.unitypackage", small_package()[:-300], "package_truncated"),
            ("text.unitypackage", b"not a package at all", "not_what_its_name_says"),
        ],
    )
    async def test_a_broken_package_ends_with_a_sentence_and_no_asset(
        self, program: Program, who: Principal, name: str, content: bytes, code: str
    ) -> None:
        job = await program.upload(who, name, content)
        await program.work()
        done = await program.app.jobs.get(who, job.id)
        assert (done.status, done.code, done.asset_id) == (JobStatus.ERROR, code, None)
        assert done.error_message
        assert done.remedy
        assert (await program.app.assets.page(who, AssetQuery(limit=10))).items == []

    async def test_an_empty_file_leaves_nothing_but_its_reason(self, program: Program, who: Principal) -> None:
        with pytest.raises(EmptyFile):
            await program.upload(who, "empty.txt", b"")
        await self._only_an_error(program, who, "empty_file")

    async def test_a_wrong_length_leaves_nothing_but_its_reason(self, program: Program, who: Principal) -> None:
        for promised in (3, 50):
            with pytest.raises(LengthMismatch):
                await program.upload(who, "a.txt", b"ten  bytes", size=promised)
        await self._only_an_error(program, who, "length_mismatch")

    async def test_a_file_over_the_limit_leaves_nothing_but_its_reason(self, program: Program, who: Principal) -> None:
        async def endless() -> AsyncIterator[bytes]:
            while True:
                yield bytes(1 << 20)

        with pytest.raises(TooLarge):
            await program.upload(who, "endless.bin", endless())
        await self._only_an_error(program, who, "too_large")

    async def test_a_connection_that_breaks_leaves_nothing_but_its_reason(
        self, program: Program, who: Principal
    ) -> None:
        async def breaking() -> AsyncIterator[bytes]:
            yield b"half of it"
            raise UploadInterrupted

        with pytest.raises(UploadInterrupted):
            await program.upload(who, "half.bin", breaking())
        await self._only_an_error(program, who, "upload_interrupted")

    async def _only_an_error(self, program: Program, who: Principal, code: str) -> None:
        jobs = (await program.app.jobs.page(who, JobQuery(limit=10))).items
        assert {(job.status, job.code) for job in jobs} == {(JobStatus.ERROR, code)}
        assert not any(job.can.retry for job in jobs)
        assert [stored async for stored in program.ports.store.list("studios/")] == []

    async def test_a_name_that_would_lie_is_refused_before_anything_is_kept(
        self, program: Program, who: Principal
    ) -> None:
        with pytest.raises(InvalidFilename):
            await program.upload(who, "x" * 5_000, b"content")
        assert (await program.app.jobs.page(who, JobQuery(limit=10))).items == []

    async def test_a_promised_digest_that_does_not_hold_gives_no_asset(self, program: Program, who: Principal) -> None:
        with pytest.raises(ContentMismatch):
            await program.upload(who, "a.txt", b"content", sha256="0" * 64)
        await program.work()
        [done] = (await program.app.jobs.page(who, JobQuery(limit=10))).items
        assert (done.status, done.code) == (JobStatus.ERROR, ContentMismatch.code)

    async def test_a_service_that_fails_is_tried_again_later(self, ports: Ports, later: Later) -> None:
        program = Program(replace(ports, cms=BreakingCMS(failures=2)))
        who = await program.found()
        job = await program.upload(who, "notes.txt", b"remember")
        done = await program.work_until_ended(who, job.id, later)
        assert (done.status, done.cms_id) == (JobStatus.COMPLETE, "published-notes")
        assert done.steps[-1].attempt == 3

    async def test_a_service_that_stays_away_ends_in_an_error_that_can_be_retried(
        self, ports: Ports, later: Later
    ) -> None:
        cms = BreakingCMS(failures=3)
        program = Program(replace(ports, cms=cms))
        who = await program.found()
        job = await program.upload(who, "notes.txt", b"remember")
        failed = await program.work_until_ended(who, job.id, later)
        assert (failed.status, failed.code, failed.step) == (JobStatus.ERROR, "service_unavailable", "publish")
        assert failed.can.retry
        await program.app.jobs.retry(who, job.id)
        await program.work()
        done = await program.app.jobs.get(who, job.id)
        assert (done.status, done.error_message) == (JobStatus.COMPLETE, None)
        assert done.steps[0].attempt == 1  # only the failed step ran again

    async def test_a_cancelled_job_is_not_worked_on(self, program: Program, who: Principal) -> None:
        job = await program.upload(who, "notes.txt", b"remember")
        await program.app.jobs.cancel(who, job.id)
        await program.work()
        done = await program.app.jobs.get(who, job.id)
        assert done.status is JobStatus.CANCELLED
        assert {step.status for step in done.steps} == {StepStatus.CANCELLED}
        with pytest.raises(NotPossibleNow):
            await program.app.jobs.retry(who, job.id)

    async def test_forgetting_a_job_keeps_its_asset(self, program: Program, who: Principal) -> None:
        job = await program.upload(who, "notes.txt", b"remember")
        with pytest.raises(NotPossibleNow):
            await program.app.jobs.forget(who, job.id)
        await program.work()
        asset_id = (await program.app.jobs.get(who, job.id)).asset_id
        await program.app.jobs.forget(who, job.id)
        assert (await program.app.jobs.page(who, JobQuery(limit=10))).items == []
        assert asset_id
        assert (await program.app.assets.get(who, asset_id)).name == "notes"

    async def test_a_cancelled_upload_stops_receiving(self, program: Program, who: Principal) -> None:
        async def cancelled_in_the_middle() -> AsyncIterator[bytes]:
            yield b"first"
            (job,) = (await program.app.jobs.page(who, JobQuery(limit=1))).items
            await program.app.jobs.cancel(who, job.id)
            yield b"second"

        with pytest.raises(Cancelled):
            await program.upload(who, "big.bin", cancelled_in_the_middle())
        (job,) = (await program.app.jobs.page(who, JobQuery(limit=1))).items
        assert job.status is JobStatus.CANCELLED
        assert [stored async for stored in program.ports.store.list("studios/")] == []

    async def test_an_upload_whose_server_was_thought_dead_is_told_so(
        self, program: Program, who: Principal, later: Later
    ) -> None:
        async def slow() -> AsyncIterator[bytes]:
            yield b"first"
            await later(timedelta(minutes=1))
            await program.app.upkeep.sweeper.end_abandoned()
            yield b"second"

        with pytest.raises(UploadInterrupted):
            await program.upload(who, "slow.bin", slow())
        await self._only_an_error(program, who, "upload_interrupted")

    async def test_bytes_that_got_lost_heal_when_they_come_again(self, program: Program, who: Principal) -> None:
        job = await program.upload(who, "notes.txt", b"remember")
        await program.work()
        asset_id = (await program.app.jobs.get(who, job.id)).asset_id
        assert asset_id
        content = await program.app.assets.content(who, asset_id, 1)
        await program.ports.store.delete(content.object_key)
        with pytest.raises(ObjectMissing):
            await program.app.assets.check(content)
        await program.upload(who, "notes.txt", b"remember")
        await program.work()
        await program.app.upkeep.sweeper.once()
        healed = await program.app.assets.content(who, asset_id, 1)
        await program.app.assets.check(healed)

    async def test_a_duplicate_knows_where_the_cms_holds_it(self, ports: Ports) -> None:
        program = Program(replace(ports, cms=MemoryCMS()))
        who = await program.found()
        for _ in range(2):
            job = await program.upload(who, "notes.txt", b"remember")
            await program.work()
        again = await program.app.jobs.get(who, job.id)
        assert (again.duplicate, again.cms_id) == (True, "memory-1")

    async def test_what_nothing_refers_to_is_swept(self, program: Program, who: Principal) -> None:
        await program.upload(who, "one.txt", b"the same")
        await program.upload(who, "two.txt", b"the same")
        await program.work()
        await program.ports.store.put("studios/nobody/uploads/lost/original", chunks_of(b"lost"))
        before = [stored.key async for stored in program.ports.store.list("studios/")]
        swept = await program.app.upkeep.sweeper.once()
        after = [stored.key async for stored in program.ports.store.list("studios/")]
        assert (len(before), swept.orphans.count, len(after)) == (3, 2, 1)
        assert swept.bytes == len(b"the same") + len(b"lost")

    async def test_the_cms_holds_what_the_catalogue_shows(self, ports: Ports) -> None:
        cms = MemoryCMS()
        program = Program(replace(ports, cms=cms))
        who = await program.found()
        job = await program.upload(who, "crates.unitypackage", small_package())
        await program.work()
        done = await program.app.jobs.get(who, job.id)
        (entry,) = cms.entries.values()
        assert (entry.key, entry.name) == (str(done.asset_id), RECORD["title"])
        assert entry.publisher
        assert entry.thumbnail
        assert done.cms_id == "memory-1"
