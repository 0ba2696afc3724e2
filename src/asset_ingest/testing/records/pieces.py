from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from asset_ingest.core.errors import NotFound
from asset_ingest.core.model.ids import UploadId
from asset_ingest.core.model.uploads import FilePart, SessionStatus, UploadSession
from asset_ingest.core.ports.repos import Records
from asset_ingest.core.ports.system_records import SystemRecords
from asset_ingest.core.ports.upload_repos import Ledger
from asset_ingest.testing.records.base import InStudios
from asset_ingest.testing.records.samples import FAR_AHEAD, HOUR, LONG_AGO, Samples, new_id


class PiecesContract(InStudios):
    """Partial uploads, which have no job, and the uploads that are joined from them."""

    async def test_a_piece_and_what_is_joined_from_it_come_back_as_they_were_added(
        self, records: Records, ours: Samples
    ) -> None:
        piece = await _piece(records, ours)
        whole = await _whole(records, ours, piece, piece)
        async with records.transaction(ours.id) as tx:
            assert await tx.uploads.get(piece.id) == piece
            assert (await tx.uploads.lock(whole.id)).joined_from == (piece.id, piece.id)

    async def test_many_that_are_added_at_once_are_what_each_was(self, records: Records, ours: Samples) -> None:
        pieces = [await _piece(records, ours) for _ in range(2)]
        jobs = [ours.job(original_filename=f'{n} "quoted", {{braced}} \\ null.png') for n in range(9)]
        ids = tuple(piece.id for piece in pieces)
        added = [
            ours.upload(job, joined_from=ids[: n % 3], filename=job.original_filename) for n, job in enumerate(jobs)
        ]
        async with records.transaction(ours.id) as tx:
            await tx.jobs.add(*jobs)
            await tx.uploads.add(*added)
        async with records.transaction(ours.id) as tx:
            assert [await tx.jobs.get(job.id) for job in jobs] == jobs
            assert [await tx.uploads.get(upload.id) for upload in added] == added

    async def test_what_is_anothers_is_neither_locked_nor_forgotten(
        self, records: Records, ours: Samples, theirs: Samples
    ) -> None:
        piece = await _piece(records, theirs)
        async with records.transaction(ours.id) as tx:
            for ident in (piece.id, UploadId(new_id())):
                with pytest.raises(NotFound):
                    await tx.uploads.lock(ident)
        async with records.transaction(theirs.id) as tx:
            assert await tx.uploads.get(piece.id) == piece

    async def test_a_piece_is_forgotten_with_its_parts(self, records: Records, ours: Samples) -> None:
        piece = await _piece(records, ours, status=SessionStatus.UPLOADING)
        async with records.transaction(ours.id) as tx:
            writer = await tx.uploads.take_over(piece.id)
            await tx.uploads.record(_one_part(writer))
        async with records.transaction(ours.id) as tx:
            await tx.uploads.lock(piece.id)
            assert await tx.uploads.forget(piece.id)
        async with records.transaction(ours.id) as tx:
            with pytest.raises(NotFound):
                await tx.uploads.get(piece.id)
            assert await tx.uploads.parts(piece.id, 0, 10) == []

    async def test_a_piece_is_not_forgotten_while_it_is_being_joined(self, records: Records, ours: Samples) -> None:
        piece = await _piece(records, ours)
        whole = await _whole(records, ours, piece)
        async with records.transaction(ours.id) as tx:
            assert not await tx.uploads.forget(piece.id)
            assert not await tx.uploads.forget(whole.id)  # is no piece
            await tx.uploads.save(replace(whole, status=SessionStatus.COMPLETED), was=whole.status)
            assert await tx.uploads.forget(piece.id)

    async def test_what_is_being_joined_is_written_down_and_what_is_being_finished_is_not(
        self, records: Records, ours: Samples
    ) -> None:
        whole = await _whole(records, ours, await _piece(records, ours))
        other = await _whole(records, ours)
        async with records.transaction(ours.id) as tx:
            await tx.uploads.record(_one_part(await tx.uploads.take_over(whole.id)))
            assert (await tx.uploads.held(whole.id)).prefix == 10
            told = await tx.uploads.record(_one_part(await tx.uploads.take_over(other.id)))
            assert told is SessionStatus.FINALISING
            assert (await tx.uploads.held(other.id)).prefix == 0

    async def test_expired_pieces_are_found_across_studios_unless_they_are_needed(
        self, records: Records, system: SystemRecords, ours: Samples, theirs: Samples
    ) -> None:
        past = LONG_AGO - HOUR
        expired = {(of.id, (await _piece(records, of, expires_at=past)).id) for of in (ours, theirs)}
        begun = await _piece(records, ours, expires_at=past, status=SessionStatus.UPLOADING)
        needed = await _piece(records, ours, expires_at=past)
        await _whole(records, ours, needed)
        alive = await _piece(records, ours, expires_at=FAR_AHEAD)
        found = set(await system.work.expired_partials(LONG_AGO, 1_000))
        assert expired | {(ours.id, begun.id)} <= found
        assert not {(ours.id, needed.id), (ours.id, alive.id)} & found

    async def test_a_piece_has_expired_unless_an_upload_that_goes_on_needs_it(
        self, records: Records, system: SystemRecords, ours: Samples
    ) -> None:
        before = await system.work.count_expired(LONG_AGO)
        free, freed, needed = [await _piece(records, ours, expires_at=LONG_AGO - HOUR) for _ in range(3)]
        over = await _whole(records, ours, freed, expires_at=LONG_AGO - HOUR)
        await _whole(records, ours, needed)
        keys = [each.object_key for each in (free, freed, needed, over)]
        assert await system.work.expired_among(keys, LONG_AGO) == {keys[0], keys[1], keys[3]}
        assert await system.work.count_expired(LONG_AGO) == before + 3

    async def test_pieces_are_no_jobs_that_were_abandoned(
        self, records: Records, system: SystemRecords, ours: Samples
    ) -> None:
        await _piece(records, ours, expires_at=LONG_AGO - HOUR, status=SessionStatus.UPLOADING)
        assert all(job_id is not None for _, job_id in await system.work.abandoned(LONG_AGO, 1_000))
        assert ours.id not in {studio_id for studio_id, _ in await system.work.abandoned(LONG_AGO, 1_000)}

    async def test_the_object_of_a_piece_is_its_own_until_it_is_forgotten(
        self, records: Records, system: SystemRecords, ours: Samples
    ) -> None:
        piece = await _piece(records, ours)
        assert await system.work.referenced([piece.object_key]) == {piece.object_key}
        async with records.transaction(ours.id) as tx:
            await tx.uploads.forget(piece.id)
        assert await system.work.referenced([piece.object_key]) == frozenset()


def _one_part(writer: UploadSession) -> Ledger:
    part = FilePart(writer.id, writer.studio_id, 1, 0, 10, "etag")
    return Ledger(writer.id, writer.writer_epoch, (part,), 0, None, FAR_AHEAD)


async def _piece(
    records: Records, of: Samples, status: SessionStatus = SessionStatus.COMPLETED, expires_at: datetime = FAR_AHEAD
) -> UploadSession:
    piece = of.upload(of.job(), job_id=None, status=status, expires_at=expires_at)
    async with records.transaction(of.id) as tx:
        await tx.uploads.add(piece)
    return piece


async def _whole(
    records: Records, of: Samples, *pieces: UploadSession, expires_at: datetime = FAR_AHEAD
) -> UploadSession:
    job, ids = of.job(), tuple(piece.id for piece in pieces)
    whole = of.upload(job, status=SessionStatus.FINALISING, joined_from=ids, expires_at=expires_at)
    async with records.transaction(of.id) as tx:
        await tx.jobs.add(job)
        await tx.uploads.add(whole)
    return whole
