"""Files sent in pieces and joined here, over any ports: subclasses bring them. One promise per test."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise
from uuid import uuid4

import anyio
import pytest
from tests.harness import Later, Program, chunks_of
from tests.packages import small_package

from asset_ingest.bootstrap import Ports
from asset_ingest.core.errors import EmptyFile, InvalidRequest, NotFound, TooLarge
from asset_ingest.core.model.access import Principal
from asset_ingest.core.model.ids import GroupId, StudioId, UploadId
from asset_ingest.core.model.jobs import JobStatus
from asset_ingest.core.model.uploads import SessionStatus
from asset_ingest.core.ports.repos import JobQuery
from asset_ingest.core.services.transfers import NewUpload, no_bytes
from asset_ingest.core.services.transfers.joining import BeingJoined
from asset_ingest.core.services.transfers.views import UploadView
from asset_ingest.testing.mortal import Killed, Mortal, MortalObjects, MortalRecords

PACKAGE = small_package()
CUTS = (0, 700, 701, len(PACKAGE))
A_WHILE = timedelta(seconds=10)


async def sent(program: Program, who: Principal, content: bytes) -> UploadId:
    """Send a piece to its end."""
    piece = await program.app.transfers.open_partial(who, len(content))
    if content:
        piece = await program.app.transfers.append(who, piece.id, 0, chunks_of(content))
    assert piece.status is SessionStatus.COMPLETED
    return piece.id


async def pieces_of(program: Program, who: Principal, content: bytes = PACKAGE) -> list[UploadId]:
    return [await sent(program, who, content[start:end]) for start, end in pairwise(CUTS)]


async def opened(program: Program, who: Principal, pieces: Sequence[UploadId], **new: object) -> UploadView:
    named = NewUpload("crates.unitypackage", **new)  # type: ignore[arg-type]
    return await program.app.transfers.open_joined(who, named, pieces)


async def content_of(program: Program, who: Principal, upload: UploadView) -> bytes:
    async with program.ports.records.transaction(who.studio_id) as tx:
        key = (await tx.uploads.get(upload.id)).object_key
    async with aclosing(program.ports.store.read(key)) as chunks:
        return b"".join([chunk async for chunk in chunks])


async def left(program: Program) -> list[str]:
    """Sweep, and return what the store still holds."""
    await program.app.upkeep.sweeper.once()
    stored = [stored.key async for stored in program.ports.store.list("studios/")]
    return stored + [each.key async for each in program.ports.resumable.unfinished("studios/")]


@dataclass(frozen=True, slots=True)
class LookedInto(MortalObjects):
    """A store during whose reading something else happens."""

    happens: Callable[[], Awaitable[None]]

    async def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncGenerator[bytes, None]:
        async with aclosing(self.inner.read(key, start, end)) as chunks:
            async for chunk in chunks:
                yield chunk
                await self.happens()


class JoiningSuite:
    """Fixtures of subclasses: `ports`, and `later`, which lets time pass for the program and its records."""

    @pytest.fixture
    def program(self, ports: Ports) -> Program:
        return Program(ports)

    @pytest.fixture
    async def who(self, program: Program) -> Principal:
        return await program.found()

    async def test_pieces_are_joined_to_a_published_asset(self, program: Program, who: Principal) -> None:
        whole = await opened(program, who, await pieces_of(program, who))
        assert (whole.status, whole.size) == (SessionStatus.FINALISING, len(PACKAGE))
        assert whole.job_id
        assert (await program.app.jobs.get(who, whole.job_id)).status is JobStatus.UPLOADING
        await program.app.upkeep.finish_uploads()
        done = await program.app.transfers.get(who, whole.id)
        assert (done.status, done.offset) == (SessionStatus.COMPLETED, len(PACKAGE))
        assert await content_of(program, who, whole) == PACKAGE
        await program.work()
        assert (await program.app.jobs.get(who, whole.job_id)).status is JobStatus.COMPLETE

    async def test_a_piece_is_an_upload_that_nobody_watches(self, program: Program, who: Principal) -> None:
        piece = await program.app.transfers.open_partial(who, None)
        assert (piece.job_id, piece.group_id) == (None, None)
        await program.app.transfers.append(who, piece.id, 0, chunks_of(b"abc"))
        assert (await program.app.transfers.get(who, piece.id)).offset == 3
        done = await program.app.transfers.append(who, piece.id, 3, no_bytes(), size=3)
        assert done.status is SessionStatus.COMPLETED
        await program.app.upkeep.relay.once()
        assert (await program.app.jobs.page(who, JobQuery(limit=10))).items == []
        async with program.ports.records.transaction(who.studio_id) as tx:
            assert await tx.events.watermark() == 0

    async def test_a_group_counts_the_whole_and_not_its_pieces(self, program: Program, who: Principal) -> None:
        group = await program.app.groups.open(who, "Friday")
        await opened(program, who, await pieces_of(program, who), group_id=GroupId(group.id))
        counted = await program.app.groups.get(who, GroupId(group.id))
        assert (sum(counted.jobs.values()), counted.size) == (1, len(PACKAGE))

    async def test_a_piece_may_be_used_again(self, program: Program, who: Principal) -> None:
        first, second = await sent(program, who, b"ab"), await sent(program, who, b"cd")
        once = await opened(program, who, [second, first, second])
        again = await opened(program, who, [first])
        await program.app.upkeep.finish_uploads()
        assert await content_of(program, who, once) == b"cdabcd"
        assert await content_of(program, who, again) == b"ab"

    async def test_empty_pieces_are_left_out(self, program: Program, who: Principal) -> None:
        whole = await opened(program, who, [await sent(program, who, each) for each in (b"", b"x", b"")])
        await program.app.upkeep.finish_uploads()
        assert await content_of(program, who, whole) == b"x"

    async def test_what_cannot_be_joined_opens_nothing(self, program: Program, who: Principal) -> None:
        complete = await sent(program, who, b"ab")
        unfinished = (await program.app.transfers.open_partial(who, 2)).id
        ordinary = await program.app.transfers.open_resumable(who, NewUpload("a.bin", 2))
        for other in (unfinished, ordinary.id, UploadId(uuid4())):
            with pytest.raises(InvalidRequest, match=str(other)):
                await opened(program, who, [complete, other])
        stranger = replace(who, studio_id=StudioId(uuid4()))
        with pytest.raises(InvalidRequest, match=str(complete)):
            await opened(program, stranger, [complete])
        with pytest.raises(EmptyFile):
            await opened(program, who, [await sent(program, who, b"")])
        with pytest.raises(NotFound):
            await opened(program, who, [complete], group_id=GroupId(uuid4()))
        jobs = (await program.app.jobs.page(who, JobQuery(limit=10))).items
        assert [job.id for job in jobs] == [ordinary.job_id]

    async def test_a_whole_over_the_limit_is_refused(self, ports: Ports, program: Program, who: Principal) -> None:
        small = Program(ports, replace(program.tuning, transfers=replace(program.tuning.transfers, largest=5)))
        piece = await sent(small, who, b"abc")
        with pytest.raises(TooLarge):
            await opened(small, who, [piece, piece])
        with pytest.raises(TooLarge):
            await small.app.transfers.open_partial(who, 6)

    async def test_killed_at_any_call_it_goes_on_where_it_was(
        self, ports: Ports, program: Program, who: Principal, later: Later
    ) -> None:
        content = os.urandom(3_000)
        pieces = [await sent(program, who, content[start : start + 600]) for start in range(0, 3_000, 600)]
        dies_at, lived = 0, False
        while not lived:
            dies_at += 1
            whole = await opened(program, who, pieces)
            life = Mortal(dies_at)
            mine = replace(ports, store=MortalObjects(life, ports.store), records=MortalRecords(life, ports.records))
            try:
                await Program(mine).app.upkeep.finish_uploads()
            except* Killed:  # alone, or in a group
                pass
            lived = not life.dead
            stood = await program.app.transfers.get(who, whole.id)
            assert stood.status in {SessionStatus.FINALISING, SessionStatus.COMPLETED}
            await later(A_WHILE)
            await program.app.upkeep.finish_uploads()
            done = await program.app.transfers.get(who, whole.id)
            assert (done.status, done.offset) == (SessionStatus.COMPLETED, 3_000), dies_at
            assert await content_of(program, who, whole) == content
        assert dies_at > 5

    @pytest.mark.parametrize("silent", [True, False])
    async def test_of_two_processes_one_joins(
        self, ports: Ports, program: Program, who: Principal, later: Later, *, silent: bool
    ) -> None:
        whole = await opened(program, who, await pieces_of(program, who))
        seen: list[SessionStatus] = []

        async def look_in() -> None:
            if not seen:
                if silent:
                    await later(A_WHILE)
                await program.app.upkeep.finish_uploads()
                seen.append((await program.app.transfers.get(who, whole.id)).status)

        await Program(replace(ports, store=LookedInto(Mortal(), ports.store, look_in))).app.upkeep.finish_uploads()
        assert seen == [SessionStatus.COMPLETED if silent else SessionStatus.FINALISING]
        assert (await program.app.transfers.get(who, whole.id)).status is SessionStatus.COMPLETED
        assert await content_of(program, who, whole) == PACKAGE

    async def test_whoever_waits_long_for_a_slow_store_is_still_at_work(
        self, ports: Ports, program: Program, who: Principal, later: Later
    ) -> None:
        whole = await opened(program, who, await pieces_of(program, who))
        seen: list[SessionStatus] = []

        async def wait_long() -> None:
            if seen:
                return
            began = (await program.app.transfers.get(who, whole.id)).expires_at
            await later(A_WHILE)
            with anyio.fail_after(10):
                while (await program.app.transfers.get(who, whole.id)).expires_at <= began:  # noqa: ASYNC110  a row
                    await anyio.sleep(0.05)
            await program.app.upkeep.finish_uploads()
            seen.append((await program.app.transfers.get(who, whole.id)).status)

        await Program(replace(ports, store=LookedInto(Mortal(), ports.store, wait_long))).app.upkeep.finish_uploads()
        assert seen == [SessionStatus.FINALISING]
        assert await content_of(program, who, whole) == PACKAGE

    async def test_a_terminated_piece_is_gone_with_its_bytes(self, program: Program, who: Principal) -> None:
        complete, begun = await sent(program, who, b"ab"), (await program.app.transfers.open_partial(who, 9)).id
        await program.app.transfers.append(who, begun, 0, chunks_of(b"abc"))
        for piece in (complete, begun):
            await program.app.transfers.cancel(who, piece)
            with pytest.raises(NotFound):
                await program.app.transfers.get(who, piece)
        assert await left(program) == []

    async def test_a_piece_stays_while_another_upload_needs_it(
        self, program: Program, who: Principal, later: Later
    ) -> None:
        piece = await sent(program, who, b"ab")
        await later(timedelta(hours=23))
        whole = await opened(program, who, [piece])
        await later(timedelta(hours=2))
        with pytest.raises(BeingJoined):
            await program.app.transfers.cancel(who, piece)
        await program.app.upkeep.sweeper.once()
        await program.app.upkeep.finish_uploads()
        assert await content_of(program, who, whole) == b"ab"
        await program.app.upkeep.sweeper.once()
        with pytest.raises(NotFound):
            await program.app.transfers.get(who, piece)

    async def test_pieces_that_nobody_joins_expire(self, program: Program, who: Principal, later: Later) -> None:
        await pieces_of(program, who)
        unfinished = await program.app.transfers.open_partial(who, 9)
        await program.app.transfers.append(who, unfinished.id, 0, chunks_of(b"abc"))
        await program.app.upkeep.sweeper.once()
        assert len(await left(program)) >= len(CUTS) - 1
        await later(timedelta(hours=25))
        await program.app.upkeep.sweeper.once()
        with pytest.raises(NotFound):
            await program.app.transfers.append(who, unfinished.id, 3, chunks_of(b"d"))
        assert await left(program) == []

    async def test_a_join_that_nobody_wants_any_more_leaves_nothing(self, program: Program, who: Principal) -> None:
        pieces = await pieces_of(program, who)
        whole = await opened(program, who, pieces)
        await program.app.transfers.cancel(who, whole.id)
        await program.app.upkeep.finish_uploads()
        assert (await program.app.transfers.get(who, whole.id)).status is SessionStatus.CANCELLED
        for piece in pieces:
            await program.app.transfers.cancel(who, piece)
        assert await left(program) == []

    async def test_bytes_that_got_lost_end_the_upload_visibly(self, program: Program, who: Principal) -> None:
        pieces = await pieces_of(program, who)
        whole = await opened(program, who, pieces)
        async with program.ports.records.transaction(who.studio_id) as tx:
            key = (await tx.uploads.get(pieces[1])).object_key
        await program.ports.store.delete(key)
        await program.app.upkeep.finish_uploads()
        assert (await program.app.transfers.get(who, whole.id)).status is SessionStatus.FAILED
        assert whole.job_id
        assert (await program.app.jobs.get(who, whole.job_id)).status is JobStatus.ERROR
