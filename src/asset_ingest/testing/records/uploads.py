from __future__ import annotations

from dataclasses import replace

import pytest

from asset_ingest.core.errors import Conflict, NotFound, WriterReplaced
from asset_ingest.core.model.checks import By, Check, made
from asset_ingest.core.model.ids import UploadId
from asset_ingest.core.model.uploads import FilePart, Held, SessionStatus, UploadSession
from asset_ingest.core.ports.repos import Records
from asset_ingest.core.ports.system_records import SystemRecords
from asset_ingest.core.ports.upload_repos import Ledger
from asset_ingest.testing.records.base import InStudios
from asset_ingest.testing.records.samples import FAR_AHEAD, HOUR, LONG_AGO, Samples, digest, new_id


class UploadsContract(InStudios):
    async def test_a_session_comes_back_as_it_was_added(self, records: Records, ours: Samples) -> None:
        async with records.transaction(ours.id) as tx:
            blob = await tx.versions.put_blob(ours.blob())
        full = await _kept(
            records,
            ours,
            size=1 << 40,
            promised_sha256=digest("a"),
            blob_id=blob.id,
            content_type="a/b",
            promised_crc64nvme="rosUhgp5mIg=",
            crc64nvme="rosUhgp5mIg=",
            verified=made({Check.SIZE: By.STORE}, LONG_AGO),
        )
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


class PartsContract(InStudios):
    """What is stored of an upload that comes in several requests."""

    async def test_nothing_is_held_at_first(self, records: Records, ours: Samples) -> None:
        session = await _kept(records, ours)
        async with records.transaction(ours.id) as tx:
            assert await tx.uploads.held(session.id) == Held(0, 0, 0)
            assert await tx.uploads.parts(session.id, 0, 10) == []

    async def test_a_writer_is_the_only_one_until_the_next_takes_over(self, records: Records, ours: Samples) -> None:
        session = await _kept(records, ours)
        async with records.transaction(ours.id) as tx:
            first = await tx.uploads.take_over(session.id)
            await tx.uploads.record(_ledger(first, 1))
        async with records.transaction(ours.id) as tx:
            second = await tx.uploads.take_over(session.id)
            assert second.writer_epoch == first.writer_epoch + 1
        with pytest.raises(WriterReplaced):
            async with records.transaction(ours.id) as tx:
                await tx.uploads.record(_ledger(first, 2))
        async with records.transaction(ours.id) as tx:
            await tx.uploads.record(_ledger(second, 2))
            assert [part.number for part in await tx.uploads.parts(session.id, 0, 10)] == [1, 2]

    async def test_the_tail_and_the_expiry_are_those_of_the_last_record(self, records: Records, ours: Samples) -> None:
        session = await _kept(records, ours, expires_at=LONG_AGO)
        async with records.transaction(ours.id) as tx:
            writer = await tx.uploads.take_over(session.id)
            told = _ledger(writer, tail=(7, "seven"))
            assert await tx.uploads.record(replace(told, until=LONG_AGO + HOUR)) is SessionStatus.UPLOADING
            kept = await tx.uploads.get(session.id)
            assert (kept.tail_size, kept.tail_token, kept.expires_at) == (7, "seven", LONG_AGO + HOUR)
            await tx.uploads.record(_ledger(writer, 1))
            kept = await tx.uploads.get(session.id)
            assert (kept.tail_size, kept.tail_token) == (0, None)

    async def test_saving_a_session_touches_no_writer(self, records: Records, ours: Samples) -> None:
        session = await _kept(records, ours)
        async with records.transaction(ours.id) as tx:
            writer = await tx.uploads.take_over(session.id)
            await tx.uploads.record(_ledger(writer, tail=(7, "seven")))
            await tx.uploads.save(replace(session, size=99), was=session.status)
            kept = await tx.uploads.get(session.id)
            assert (kept.size, kept.writer_epoch, kept.tail_size) == (99, writer.writer_epoch, 7)

    async def test_beginning_anew_forgets_what_is_stored_and_stops_the_writer(
        self, records: Records, ours: Samples
    ) -> None:
        session = await _kept(records, ours)
        async with records.transaction(ours.id) as tx:
            writer = await tx.uploads.take_over(session.id)
            await tx.uploads.record(_ledger(writer, 1, 2, tail=(7, "seven")))
        async with records.transaction(ours.id) as tx:
            await tx.uploads.begin_anew(session.id)
            kept = await tx.uploads.get(session.id)
            assert (kept.tail_size, kept.tail_token, await tx.uploads.held(session.id)) == (0, None, Held(0, 0, 0))
        with pytest.raises(WriterReplaced):
            async with records.transaction(ours.id) as tx:
                await tx.uploads.record(_ledger(writer, 3))

    async def test_what_is_held_reaches_to_the_first_gap(self, records: Records, ours: Samples) -> None:
        session = await _kept(records, ours)
        async with records.transaction(ours.id) as tx:
            writer = await tx.uploads.take_over(session.id)
            await tx.uploads.record(_ledger(writer, 1, 2, 4, 5))
            assert await tx.uploads.held(session.id) == Held(parts=4, prefix_parts=2, prefix=20)
            await tx.uploads.record(_ledger(writer, 3))
            assert await tx.uploads.held(session.id) == Held(parts=5, prefix_parts=5, prefix=50)
            await tx.uploads.record(_ledger(writer, tail=(7, "seven")))
            held = await tx.uploads.held(session.id)
            assert (held, held.offset) == (Held(parts=5, prefix_parts=5, prefix=50, tail=7), 57)

    async def test_a_part_keeps_the_checksum_it_came_with(self, records: Records, ours: Samples) -> None:
        session = await _kept(records, ours)
        async with records.transaction(ours.id) as tx:
            writer = await tx.uploads.take_over(session.id)
            ledger = _ledger(writer, 1, 2)
            counted = replace(ledger.parts[0], crc64nvme="rosUhgp5mIg=")
            await tx.uploads.record(replace(ledger, parts=(counted, ledger.parts[1])))
            assert await tx.uploads.parts(session.id, 0, 10) == [counted, ledger.parts[1]]

    async def test_a_part_that_is_there_stays_as_it_is(self, records: Records, ours: Samples) -> None:
        session = await _kept(records, ours)
        async with records.transaction(ours.id) as tx:
            writer = await tx.uploads.take_over(session.id)
            await tx.uploads.record(_ledger(writer, 1))
            other = replace(_ledger(writer, 1).parts[0], etag="another")
            await tx.uploads.record(replace(_ledger(writer), parts=(other,)))
            assert [part.etag for part in await tx.uploads.parts(session.id, 0, 10)] == ["etag-1"]

    async def test_parts_come_page_by_page(self, records: Records, ours: Samples) -> None:
        session = await _kept(records, ours)
        async with records.transaction(ours.id) as tx:
            writer = await tx.uploads.take_over(session.id)
            await tx.uploads.record(_ledger(writer, *range(1, 6)))
            pages = [await tx.uploads.parts(session.id, after, 2) for after in (0, 2, 4, 5)]
        assert [[part.number for part in page] for page in pages] == [[1, 2], [3, 4], [5], []]

    async def test_an_upload_that_has_ended_takes_no_more_and_says_so(self, records: Records, ours: Samples) -> None:
        session = await _kept(records, ours)
        async with records.transaction(ours.id) as tx:
            writer = await tx.uploads.take_over(session.id)
            cancelled = replace(session, status=SessionStatus.CANCELLED)
            await tx.uploads.save(cancelled, was=session.status)
            assert await tx.uploads.record(_ledger(writer, 1)) is SessionStatus.CANCELLED
            assert await tx.uploads.parts(session.id, 0, 10) == []

    async def test_uploads_to_be_finished_are_found_across_studios(
        self, records: Records, system: SystemRecords, ours: Samples, theirs: Samples
    ) -> None:
        wanted = {(of.id, (await _kept(records, of, status=SessionStatus.FINALISING)).id) for of in (ours, theirs)}
        await _kept(records, ours)
        assert wanted <= set(await system.work.finalising(1_000))

    async def test_a_tail_is_its_uploads_while_that_is_open(
        self, records: Records, system: SystemRecords, ours: Samples
    ) -> None:
        live = await _kept(records, ours)
        dead = await _kept(records, ours, status=SessionStatus.EXPIRED)
        keys = [f"{session.object_key}.tail/1-7" for session in (live, dead)]
        assert await system.work.referenced(keys) == {keys[0]}

    async def test_the_keys_of_open_uploads_past_their_expiry_are_known_and_their_tails(
        self, records: Records, system: SystemRecords, ours: Samples
    ) -> None:
        before = await system.work.count_expired(LONG_AGO + HOUR)
        late = await _kept(records, ours, expires_at=LONG_AGO)
        done = await _kept(records, ours, expires_at=LONG_AGO, status=SessionStatus.COMPLETED)
        live = await _kept(records, ours)
        keys = [f"{each.object_key}{end}" for each in (late, done, live) for end in ("", ".tail/1-7")]
        assert await system.work.expired_among([*keys, "strange"], LONG_AGO + HOUR) == set(keys[:2])
        assert await system.work.count_expired(LONG_AGO + HOUR) == before + 1

    @pytest.mark.parametrize(
        ("status", "name", "in_use"),
        [
            (SessionStatus.UPLOADING, "this", True),
            (SessionStatus.FINALISING, "this", True),
            (SessionStatus.UPLOADING, None, True),  # it is written down only once it is begun
            (SessionStatus.UPLOADING, "another", False),
            (SessionStatus.COMPLETED, "this", False),
            (SessionStatus.COMPLETED, None, False),
            (SessionStatus.CANCELLED, "this", False),
        ],
    )
    async def test_what_the_store_has_begun_is_in_use_while_its_upload_goes_on_with_it(
        self,
        records: Records,
        system: SystemRecords,
        ours: Samples,
        status: SessionStatus,
        name: str | None,
        *,
        in_use: bool,
    ) -> None:
        session = await _kept(records, ours, status=status, store_upload_id=name)
        assert await system.work.in_use(session.object_key, "this") is in_use
        assert not await system.work.in_use("strange", "this")


def _ledger(writer: UploadSession, *numbers: int, tail: tuple[int, str | None] = (0, None)) -> Ledger:
    """Parts of ten bytes each."""
    parts = tuple(
        FilePart(writer.id, writer.studio_id, number, (number - 1) * 10, 10, f"etag-{number}") for number in numbers
    )
    return Ledger(writer.id, writer.writer_epoch, parts, *tail, FAR_AHEAD)


async def _kept(records: Records, of: Samples, **changes: object) -> UploadSession:
    job = of.job()
    session = of.upload(job, **changes)
    async with records.transaction(of.id) as tx:
        await tx.jobs.add(job)
        await tx.uploads.add(session)
    return session
