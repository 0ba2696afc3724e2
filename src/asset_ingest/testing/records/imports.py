from __future__ import annotations

from collections import Counter
from dataclasses import replace

import anyio

from asset_ingest.core.model.imports import RemoteImport
from asset_ingest.core.model.jobs import Lane
from asset_ingest.core.model.uploads import SessionStatus
from asset_ingest.core.ports.repos import JobQuery, Records
from asset_ingest.core.ports.system_records import SystemRecords
from asset_ingest.testing.records.base import InStudios
from asset_ingest.testing.records.samples import FAR_AHEAD, LONG_AGO, Samples, new_id

URL = "https://files.example/a.zip?token=secret"
PLENTY = 1_000
"""Rows of other tests may be there, too."""


class ImportsContract(InStudios):
    """What is still to be fetched from where others serve it."""

    async def test_one_that_is_due_is_claimed_as_it_was_added_and_by_one_alone(
        self, records: Records, system: SystemRecords, ours: Samples
    ) -> None:
        added = await _kept(records, ours, version='"1"', failures=3)
        token = new_id()
        (claimed,) = _of(ours, await system.imports.claim(token, PLENTY, 60))
        assert claimed.lease_token == token
        assert claimed.lease_until is not None
        assert replace(claimed, lease_token=None, lease_until=None) == added
        assert _of(ours, await system.imports.claim(new_id(), PLENTY, 60)) == []

    async def test_two_who_claim_at_once_never_get_the_same(
        self, records: Records, system: SystemRecords, ours: Samples
    ) -> None:
        added = {(await _kept(records, ours)).upload_id for _ in range(10)}
        claimed: list[RemoteImport] = []

        async def claim() -> None:
            claimed.extend(_of(ours, await system.imports.claim(new_id(), PLENTY, 60)))

        async with anyio.create_task_group() as group:
            for _ in range(4):
                group.start_soon(claim)
        assert Counter(row.upload_id for row in claimed) == dict.fromkeys(added, 1)

    async def test_what_is_not_due_or_not_wanted_any_more_is_left(
        self, records: Records, system: SystemRecords, ours: Samples
    ) -> None:
        await _kept(records, ours, not_before=FAR_AHEAD)
        for status in (SessionStatus.FINALISING, SessionStatus.CANCELLED, SessionStatus.COMPLETED):
            await _kept(records, ours, status)
        assert _of(ours, await system.imports.claim(new_id(), PLENTY, 60)) == []

    async def test_a_lease_that_ran_out_is_anybodys(
        self, records: Records, system: SystemRecords, ours: Samples
    ) -> None:
        added = await _kept(records, ours)
        late, next_one = new_id(), new_id()
        await system.imports.claim(late, PLENTY, -1)
        (claimed,) = _of(ours, await system.imports.claim(next_one, PLENTY, 60))
        async with records.transaction(ours.id) as tx:
            assert not await tx.imports.hold(added.upload_id, late, 60)
            assert not await tx.imports.give_back(added.upload_id, late, 0, 0)
            assert await tx.imports.hold(claimed.upload_id, next_one, 60)

    async def test_holding_moves_the_end_of_the_lease_on(
        self, records: Records, system: SystemRecords, ours: Samples
    ) -> None:
        added, token = await _kept(records, ours), new_id()
        await system.imports.claim(token, PLENTY, -1)
        async with records.transaction(ours.id) as tx:
            assert await tx.imports.hold(added.upload_id, token, 60)
        assert _of(ours, await system.imports.claim(new_id(), PLENTY, 60)) == []

    async def test_what_is_given_back_is_due_when_it_is_said(
        self, records: Records, system: SystemRecords, ours: Samples
    ) -> None:
        now, later = await _kept(records, ours), await _kept(records, ours)
        token = new_id()
        await system.imports.claim(token, PLENTY, 60)
        async with records.transaction(ours.id) as tx:
            assert await tx.imports.give_back(now.upload_id, token, 5, 0)
            assert await tx.imports.give_back(later.upload_id, token, 1, 3600)
            await tx.imports.learn(now.upload_id, '"2"')
        (claimed,) = _of(ours, await system.imports.claim(new_id(), PLENTY, 60))
        assert (claimed.upload_id, claimed.failures, claimed.version) == (now.upload_id, 5, '"2"')

    async def test_what_is_forgotten_is_gone_and_may_be_forgotten_again(
        self, records: Records, system: SystemRecords, ours: Samples, theirs: Samples
    ) -> None:
        added, other = await _kept(records, ours), await _kept(records, theirs)
        async with records.transaction(ours.id) as tx:
            for upload_id in (added.upload_id, added.upload_id, other.upload_id):
                await tx.imports.forget(upload_id)
            assert await tx.imports.count() == 0
        claimed = await system.imports.claim(new_id(), PLENTY, 60)
        assert (_of(ours, claimed), len(_of(theirs, claimed))) == ([], 1)

    async def test_it_goes_with_its_job(self, records: Records, ours: Samples) -> None:
        await _kept(records, ours)
        async with records.transaction(ours.id) as tx:
            [job] = await tx.jobs.page(JobQuery(limit=1))
            await tx.jobs.delete(job.id)
        async with records.transaction(ours.id) as tx:
            assert await tx.imports.count() == 0

    async def test_interactive_ones_go_first_and_studios_take_turns(
        self, records: Records, system: SystemRecords, ours: Samples, theirs: Samples
    ) -> None:
        bulk = await _kept(records, ours, lane=Lane.BULK)
        many = [await _kept(records, ours) for _ in range(3)]
        one = await _kept(records, theirs)
        turns = [(await system.imports.claim(new_id(), 1, 60))[0].upload_id for _ in range(5)]
        assert set(turns[:2]) == {many[0].upload_id, one.upload_id}
        assert turns[2:] == [many[1].upload_id, many[2].upload_id, bulk.upload_id]

    async def test_an_address_is_not_shown(self, records: Records, system: SystemRecords, ours: Samples) -> None:
        await _kept(records, ours)
        assert "secret" not in f"{await system.imports.claim(new_id(), PLENTY, 60)}"


def _of(studio: Samples, rows: list[RemoteImport]) -> list[RemoteImport]:
    return [row for row in rows if row.studio_id == studio.id]


async def _kept(
    records: Records,
    of: Samples,
    status: SessionStatus = SessionStatus.UPLOADING,
    lane: Lane = Lane.INTERACTIVE,
    **changes: object,
) -> RemoteImport:
    job = of.job()
    session = of.upload(job, status=status, lane=lane)
    row = RemoteImport(session.id, of.id, URL, keeps_name=False, created_at=LONG_AGO, not_before=LONG_AGO)
    row = replace(row, **changes)  # type: ignore[arg-type]
    async with records.transaction(of.id) as tx:
        await tx.jobs.add(job)
        await tx.uploads.add(session)
        await tx.imports.add(row)
    return row
