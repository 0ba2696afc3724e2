from __future__ import annotations

from dataclasses import replace

import pytest

from asset_ingest.core.errors import Conflict, NotFound
from asset_ingest.core.model.ids import UploadId
from asset_ingest.core.model.uploads import SessionStatus, UploadSession
from asset_ingest.core.ports.repos import Records
from asset_ingest.testing.records.base import InStudios
from asset_ingest.testing.records.samples import FAR_AHEAD, HOUR, LONG_AGO, Samples, digest, new_id


class UploadsContract(InStudios):
    async def test_a_session_comes_back_as_it_was_added(self, records: Records, ours: Samples) -> None:
        async with records.transaction(ours.id) as tx:
            blob = await tx.versions.put_blob(ours.blob())
        full = await _kept(records, ours, size=1 << 40, promised_sha256=digest("a"), blob_id=blob.id)
        async with records.transaction(ours.id) as tx:
            assert await tx.uploads.get(full.id) == full

    async def test_what_is_missing_or_anothers_is_not_found(
        self, records: Records, ours: Samples, theirs: Samples
    ) -> None:
        session = await _kept(records, theirs)
        async with records.transaction(ours.id) as tx:
            for ident in (session.id, UploadId(new_id())):
                with pytest.raises(NotFound):
                    await tx.uploads.get(ident)
                with pytest.raises(NotFound):
                    await tx.uploads.keep_alive(ident, FAR_AHEAD)

    async def test_a_session_is_saved_over_the_status_it_was_read_in(self, records: Records, ours: Samples) -> None:
        session = await _kept(records, ours)
        moved = replace(session, status=SessionStatus.FINALISING, size=7)
        async with records.transaction(ours.id) as tx:
            await tx.uploads.save(moved, was=SessionStatus.UPLOADING)
            assert await tx.uploads.get(session.id) == moved

    async def test_another_status_is_a_conflict(self, records: Records, ours: Samples) -> None:
        session = await _kept(records, ours, status=SessionStatus.CANCELLED)
        with pytest.raises(Conflict):
            async with records.transaction(ours.id) as tx:
                await tx.uploads.save(replace(session, status=SessionStatus.COMPLETED), was=SessionStatus.FINALISING)

    async def test_two_sessions_never_share_an_object(self, records: Records, ours: Samples) -> None:
        session = await _kept(records, ours)
        with pytest.raises(Conflict):
            await _kept(records, ours, object_key=session.object_key)

    async def test_keeping_alive_moves_the_expiry_on_and_never_back(self, records: Records, ours: Samples) -> None:
        session = await _kept(records, ours, expires_at=LONG_AGO)
        async with records.transaction(ours.id) as tx:
            assert await tx.uploads.keep_alive(session.id, LONG_AGO + HOUR) is SessionStatus.UPLOADING
            await tx.uploads.keep_alive(session.id, LONG_AGO)
            assert (await tx.uploads.get(session.id)).expires_at == LONG_AGO + HOUR

    async def test_a_closed_session_is_not_kept_alive_and_says_so(self, records: Records, ours: Samples) -> None:
        session = await _kept(records, ours, status=SessionStatus.CANCELLED)
        async with records.transaction(ours.id) as tx:
            assert await tx.uploads.keep_alive(session.id, FAR_AHEAD + HOUR) is SessionStatus.CANCELLED
            assert await tx.uploads.get(session.id) == session


async def _kept(records: Records, of: Samples, **changes: object) -> UploadSession:
    job = of.job()
    session = of.upload(job, **changes)
    async with records.transaction(of.id) as tx:
        await tx.jobs.add(job)
        await tx.uploads.add(session)
    return session
