"""Uploads over many requests, over any ports: subclasses bring them. One promise per test."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any, NoReturn, cast
from uuid import uuid4

import anyio
import pytest
from tests.harness import Later, Program, chunks_of
from tests.packages import small_package

from asset_ingest.bootstrap import Ports
from asset_ingest.core.errors import (
    Cancelled,
    ChecksumMismatch,
    DatabaseUnavailable,
    EmptyFile,
    InvalidRequest,
    LengthMismatch,
    NotFound,
    NotPossibleNow,
    OffsetMismatch,
    Overlong,
    StoreUnavailable,
    TooLarge,
    UploadGone,
    UploadInterrupted,
    WriterReplaced,
)
from asset_ingest.core.model.access import Principal
from asset_ingest.core.model.ids import StudioId
from asset_ingest.core.model.jobs import JobStatus
from asset_ingest.core.model.uploads import SessionStatus
from asset_ingest.core.ports.object_store import ResumableUploads
from asset_ingest.core.ports.repos import JobQuery, Records, Transaction
from asset_ingest.core.ports.upload_repos import UploadRepo
from asset_ingest.core.services.transfers import Checksum, NewUpload, no_bytes
from asset_ingest.core.services.transfers.views import UploadView
from asset_ingest.testing.flaky import stalling

PACKAGE = small_package()


async def breaking_off(content: bytes) -> AsyncIterator[bytes]:
    """Bytes whose connection breaks behind the last."""
    async for chunk in chunks_of(content):
        yield chunk
    raise UploadInterrupted


class AwayAtTheEnd:
    """A store that takes every byte and cannot make an object of them."""

    def __init__(self, inner: ResumableUploads) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def complete(self, *_: object) -> NoReturn:
        raise StoreUnavailable("the store does not answer")


class SlowToWrite:
    """Records in which a ledger is never written in time."""

    def __init__(self, inner: Records) -> None:
        self._inner = inner

    def reading(self, studio_id: StudioId) -> AbstractAsyncContextManager[Transaction]:
        return self._inner.reading(studio_id)

    @asynccontextmanager
    async def transaction(self, studio_id: StudioId) -> AsyncIterator[Transaction]:
        async with self._inner.transaction(studio_id) as tx:
            uploads: Any = tx.uploads

            async def record(_: object) -> NoReturn:
                raise TimeoutError

            tx.uploads = cast("UploadRepo", _But(uploads, record=record))
            yield tx


class _But:
    """Another object, with some of its methods replaced."""

    def __init__(self, inner: object, **own: object) -> None:
        self._inner = inner
        self.__dict__.update(own)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class TransferSuite:
    """Fixtures of subclasses: `ports`, and `later`, which lets time pass for the program and its records."""

    @pytest.fixture
    def program(self, ports: Ports) -> Program:
        return Program(ports)

    @pytest.fixture
    async def who(self, program: Program) -> Principal:
        return await program.found()

    async def open(self, program: Program, who: Principal, size: int | None = len(PACKAGE)) -> UploadView:
        return await program.app.transfers.open_resumable(who, NewUpload("crates.unitypackage", size))

    async def test_pieces_become_a_published_asset(self, program: Program, who: Principal) -> None:
        upload = await self.open(program, who)
        half = len(PACKAGE) // 2
        first = await program.app.transfers.append(who, upload.id, 0, chunks_of(PACKAGE[:half]))
        assert (first.offset, first.status) == (half, SessionStatus.UPLOADING)
        last = await program.app.transfers.append(who, upload.id, half, chunks_of(PACKAGE[half:]))
        assert (last.offset, last.status) == (len(PACKAGE), SessionStatus.COMPLETED)
        await program.work()
        job = await program.app.jobs.get(who, upload.job_id)
        assert job.status is JobStatus.COMPLETE
        assert job.asset_id
        asset = await program.app.assets.get(who, job.asset_id)
        assert asset.sha256 == hashlib.sha256(PACKAGE).hexdigest()

    async def test_what_arrived_before_a_break_is_kept(self, program: Program, who: Principal) -> None:
        upload = await self.open(program, who)
        with pytest.raises(UploadInterrupted):
            await program.app.transfers.append(who, upload.id, 0, breaking_off(PACKAGE[:700]))
        assert (await program.app.transfers.get(who, upload.id)).offset == 700
        again = Program(program.ports)  # another process
        done = await again.app.transfers.append(who, upload.id, 700, chunks_of(PACKAGE[700:]))
        assert done.status is SessionStatus.COMPLETED
        await again.work()
        assert (await again.app.jobs.get(who, upload.job_id)).status is JobStatus.COMPLETE

    @pytest.mark.parametrize("sent", [0, 699, 701, 10_000_000])
    async def test_an_offset_that_lies_is_told_the_true_one(self, program: Program, who: Principal, sent: int) -> None:
        upload = await self.open(program, who)
        await program.app.transfers.append(who, upload.id, 0, chunks_of(PACKAGE[:700]))
        with pytest.raises(OffsetMismatch) as caught:
            await program.app.transfers.append(who, upload.id, sent, chunks_of(PACKAGE[sent:]))
        assert caught.value.held == 700
        assert (await program.app.transfers.get(who, upload.id)).offset == 700

    async def test_a_length_told_late_ends_the_upload(self, program: Program, who: Principal) -> None:
        upload = await self.open(program, who, size=None)
        told = await program.app.transfers.append(who, upload.id, 0, chunks_of(PACKAGE))
        assert (told.status, told.size, told.offset) == (SessionStatus.UPLOADING, None, len(PACKAGE))
        done = await program.app.transfers.append(who, upload.id, len(PACKAGE), no_bytes(), size=len(PACKAGE))
        assert done.status is SessionStatus.COMPLETED

    async def test_the_last_append_may_say_that_it_is_the_last(self, program: Program, who: Principal) -> None:
        upload = await self.open(program, who, size=None)
        await program.app.transfers.append(who, upload.id, 0, chunks_of(PACKAGE[:100]))
        done = await program.app.transfers.append(who, upload.id, 100, chunks_of(PACKAGE[100:]), is_last=True)
        assert (done.status, done.size) == (SessionStatus.COMPLETED, len(PACKAGE))

    async def test_a_length_never_changes(self, program: Program, who: Principal) -> None:
        upload = await self.open(program, who)
        with pytest.raises(LengthMismatch):
            await program.app.transfers.append(who, upload.id, 0, chunks_of(PACKAGE), size=len(PACKAGE) + 1)
        assert (await program.app.transfers.get(who, upload.id)).size == len(PACKAGE)

    async def test_more_bytes_than_promised_are_refused(self, program: Program, who: Principal) -> None:
        upload = await self.open(program, who, size=1_000)
        with pytest.raises(Overlong, match="1000 bytes were promised"):  # no limit of ours, so no operator helps
            await program.app.transfers.append(who, upload.id, 0, chunks_of(PACKAGE))
        assert (await program.app.transfers.get(who, upload.id)).offset <= 1_000

    @pytest.mark.parametrize("algorithm", ["sha1", "sha256", "md5", "crc32"])
    async def test_a_checksum_that_holds_is_taken(self, program: Program, who: Principal, algorithm: str) -> None:
        upload = await self.open(program, who)
        piece = PACKAGE[:500]
        told = zlib.crc32(piece).to_bytes(4, "big") if algorithm == "crc32" else hashlib.new(algorithm, piece).digest()
        taken = await program.app.transfers.append(
            who, upload.id, 0, chunks_of(piece), checksum=Checksum(algorithm, lambda: told)
        )
        assert taken.offset == 500

    async def test_a_checksum_that_does_not_hold_keeps_nothing(self, program: Program, who: Principal) -> None:
        upload = await self.open(program, who)
        await program.app.transfers.append(who, upload.id, 0, chunks_of(PACKAGE[:100]))
        for digest in (bytes(20), None):
            with pytest.raises(ChecksumMismatch):
                await program.app.transfers.append(
                    who, upload.id, 100, chunks_of(PACKAGE[100:]), checksum=Checksum("sha1", lambda told=digest: told)
                )
        assert (await program.app.transfers.get(who, upload.id)).offset == 100
        done = await program.app.transfers.append(who, upload.id, 100, chunks_of(PACKAGE[100:]))
        assert done.status is SessionStatus.COMPLETED
        await program.work()
        assert (await program.app.jobs.get(who, upload.job_id)).status is JobStatus.COMPLETE

    async def test_a_checksum_nobody_knows_is_refused(self, program: Program, who: Principal) -> None:
        upload = await self.open(program, who)
        with pytest.raises(InvalidRequest):
            await program.app.transfers.append(
                who, upload.id, 0, chunks_of(PACKAGE), checksum=Checksum("rot13", lambda: b"")
            )

    async def test_the_newer_of_two_writers_wins_at_once(self, program: Program, who: Principal) -> None:
        upload = await self.open(program, who)
        stalled = anyio.Event()

        async def stalling() -> AsyncIterator[bytes]:
            yield PACKAGE[:300]
            stalled.set()
            await anyio.sleep_forever()

        async def stale() -> None:
            with pytest.raises(WriterReplaced):
                await program.app.transfers.append(who, upload.id, 0, stalling())

        async with anyio.create_task_group() as group:
            group.start_soon(stale)
            await stalled.wait()
            with pytest.raises(OffsetMismatch) as caught:  # it stops the other one, and hears where that came to
                await program.app.transfers.append(who, upload.id, len(PACKAGE), chunks_of(b""))
        held = caught.value.held
        done = await program.app.transfers.append(who, upload.id, held, chunks_of(PACKAGE[held:]))
        assert done.status is SessionStatus.COMPLETED
        await program.work()
        assert (await program.app.jobs.get(who, upload.job_id)).status is JobStatus.COMPLETE

    async def test_what_arrived_before_a_take_over_is_kept(self, program: Program, who: Principal) -> None:
        upload = await self.open(program, who)
        stalled = anyio.Event()

        async def stale() -> None:
            with pytest.raises(WriterReplaced):
                await program.app.transfers.append(who, upload.id, 0, stalling(PACKAGE[:300], stalled=stalled))

        async with anyio.create_task_group() as group:
            group.start_soon(stale)
            await stalled.wait()
            done = await program.app.transfers.append(who, upload.id, 300, chunks_of(PACKAGE[300:]))
        assert done.status is SessionStatus.COMPLETED

    async def test_a_writer_of_another_process_is_replaced_too(self, program: Program, who: Principal) -> None:
        other = Program(program.ports)
        upload = await self.open(program, who)
        stalled, go_on = anyio.Event(), anyio.Event()

        async def slow() -> AsyncIterator[bytes]:
            yield PACKAGE[:300]
            stalled.set()
            await go_on.wait()
            yield PACKAGE[300:]

        async def stale() -> None:
            with pytest.raises((WriterReplaced, UploadGone)):
                await program.app.transfers.append(who, upload.id, 0, slow())

        async with anyio.create_task_group() as group:
            group.start_soon(stale)
            await stalled.wait()
            held = (await other.app.transfers.get(who, upload.id)).offset
            done = await other.app.transfers.append(who, upload.id, held, chunks_of(PACKAGE[held:]))
            go_on.set()
        assert done.status is SessionStatus.COMPLETED
        await other.work()
        job = await other.app.jobs.get(who, upload.job_id)
        assert (job.status, job.error_message) == (JobStatus.COMPLETE, None)

    async def test_a_cancelled_upload_is_gone(self, program: Program, who: Principal) -> None:
        upload = await self.open(program, who)
        await program.app.transfers.append(who, upload.id, 0, chunks_of(PACKAGE[:700]))
        await program.app.transfers.cancel(who, upload.id)
        assert (await program.app.transfers.get(who, upload.id)).status is SessionStatus.CANCELLED
        assert (await program.app.jobs.get(who, upload.job_id)).status is JobStatus.CANCELLED
        with pytest.raises(Cancelled):
            await program.app.transfers.append(who, upload.id, 700, chunks_of(PACKAGE[700:]))
        await self.nothing_is_left(program)

    async def test_an_upload_nobody_continues_expires(self, program: Program, who: Principal, later: Later) -> None:
        upload = await self.open(program, who)
        await program.app.transfers.append(who, upload.id, 0, chunks_of(PACKAGE[:700]))
        await later(timedelta(hours=25))
        await program.app.upkeep.sweeper.once()
        job = await program.app.jobs.get(who, upload.job_id)
        assert (job.status, job.code) == (JobStatus.ERROR, "upload_interrupted")
        await self.nothing_is_left(program)

    async def nothing_is_left(self, program: Program) -> None:
        await program.app.upkeep.sweeper.once()
        assert [stored async for stored in program.ports.store.list("studios/")] == []
        assert [each async for each in program.ports.resumable.unfinished("studios/")] == []

    async def test_what_could_not_be_finished_at_once_is_finished_later(self, ports: Ports) -> None:
        program = Program(replace(ports, resumable=AwayAtTheEnd(ports.resumable)))
        who = await program.found()
        upload = await self.open(program, who)
        told = await program.app.transfers.append(who, upload.id, 0, chunks_of(PACKAGE))
        assert (told.status, told.offset) == (SessionStatus.FINALISING, len(PACKAGE))
        await Program(ports).app.upkeep.finish_uploads()
        assert (await program.app.transfers.get(who, upload.id)).status is SessionStatus.COMPLETED
        await program.work()
        assert (await program.app.jobs.get(who, upload.job_id)).status is JobStatus.COMPLETE

    async def test_bytes_that_could_not_be_written_down_are_not_acknowledged(self, ports: Ports) -> None:
        program = Program(ports)
        who = await program.found()
        upload = await self.open(program, who)
        slow = Program(replace(ports, records=cast("Records", SlowToWrite(ports.records))))
        with pytest.raises(DatabaseUnavailable):
            await slow.app.transfers.append(who, upload.id, 0, chunks_of(PACKAGE))
        assert (await program.app.transfers.get(who, upload.id)).offset == 0
        done = await program.app.transfers.append(who, upload.id, 0, chunks_of(PACKAGE))
        assert done.status is SessionStatus.COMPLETED
        await program.work()
        assert (await program.app.jobs.get(who, upload.job_id)).status is JobStatus.COMPLETE

    async def test_what_is_not_all_there_is_not_complete(self, program: Program, who: Principal) -> None:
        upload = await self.open(program, who)
        await program.app.transfers.append(who, upload.id, 0, chunks_of(PACKAGE[:700]))
        with pytest.raises(NotPossibleNow, match="700"):
            await program.app.transfers.complete(who, upload.id)
        assert (await program.app.transfers.get(who, upload.id)).status is SessionStatus.UPLOADING

    async def test_an_empty_file_is_refused_before_anything_is_kept(self, program: Program, who: Principal) -> None:
        with pytest.raises(EmptyFile):
            await self.open(program, who, size=0)
        assert (await program.app.jobs.page(who, JobQuery(limit=10))).items == []

    async def test_a_file_over_the_limit_is_refused_before_a_byte_is_sent(
        self, program: Program, who: Principal
    ) -> None:
        with pytest.raises(TooLarge):
            await self.open(program, who, size=1 << 41)

    async def test_a_strangers_upload_is_not_there(self, program: Program, who: Principal) -> None:
        upload = await self.open(program, who)
        stranger = replace(who, studio_id=StudioId(uuid4()))
        for call in (
            program.app.transfers.get(stranger, upload.id),
            program.app.transfers.append(stranger, upload.id, 0, chunks_of(PACKAGE)),
            program.app.transfers.cancel(stranger, upload.id),
        ):
            with pytest.raises(NotFound):
                await call

    async def test_the_grid_says_what_is_missing(self, program: Program, who: Principal) -> None:
        upload = await self.open(program, who)
        assert upload.part_count == 1
        before = await program.app.transfers.parts(who, upload.id, 0, 10)
        assert [(part.number, part.status, part.size) for part in before.items] == [(1, "PENDING", len(PACKAGE))]
        await program.app.transfers.append(who, upload.id, 0, chunks_of(PACKAGE))
        after = await program.app.transfers.parts(who, upload.id, 0, 10)
        assert [part.status for part in after.items] == ["UPLOADED"]
