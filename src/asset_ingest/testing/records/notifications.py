from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

import pytest

from asset_ingest.core.model.ids import MemberId
from asset_ingest.core.model.notifications import Notification, Reason
from asset_ingest.core.ports.repos import Records
from asset_ingest.core.ports.review_repos import DueDigest
from asset_ingest.core.ports.system_records import SystemRecords
from asset_ingest.testing.records.base import AddStudio, InStudios
from asset_ingest.testing.records.samples import FAR_AHEAD, HOUR, LONG_AGO, Samples, keep_asset, new_id

TOLD = (LONG_AGO - HOUR, LONG_AGO + HOUR)


async def told(records: Records, of: Samples, *many: Mapping[str, object]) -> list[Notification]:
    """Keep a notification for each of `many`, the newest first."""
    async with records.transaction(of.id) as tx:
        asset, _version = await keep_asset(tx, of)
        notifications = [of.notification(asset, **changes) for changes in many]
        await tx.notifications.add(*notifications)
    return notifications[::-1]


class NotificationsContract(InStudios):
    @pytest.fixture
    async def colleague(self, add_studio: AddStudio, ours: Samples) -> Samples:
        """Another member of our studio."""
        samples = replace(ours, member=replace(ours.member, id=MemberId(new_id()), name="Grace", email=None))
        await add_studio(samples.studio, samples.member)
        return samples

    async def test_they_come_newest_first_with_the_name_of_their_asset(
        self, records: Records, ours: Samples, theirs: Samples, colleague: Samples
    ) -> None:
        third, second, first = await told(records, ours, {}, {"read_at": LONG_AGO}, {"reason": Reason.MENTION})
        await told(records, colleague, {})
        me = ours.member.id
        async with records.transaction(ours.id) as tx:
            page = tx.notifications.page
            assert await page(me, 9, None, unread=False) == [(each, "Forest") for each in (third, second, first)]
            assert await page(me, 9, None, unread=True) == [(third, "Forest"), (first, "Forest")]
            assert await page(me, 1, None, unread=True) == [(third, "Forest")]
            assert await page(me, 9, third.id, unread=True) == [(first, "Forest")]
            assert await tx.notifications.unread(me) == 2
        async with records.transaction(theirs.id) as tx:
            assert await tx.notifications.page(me, 9, None, unread=False) == []
            assert await tx.notifications.unread(me) == 0

    async def test_they_are_read_once_and_only_by_whose_they_are(
        self, records: Records, ours: Samples, colleague: Samples
    ) -> None:
        third, second, first = await told(records, ours, {}, {}, {})
        me, at = ours.member.id, FAR_AHEAD
        async with records.transaction(ours.id) as tx:
            await tx.notifications.read(colleague.member.id, [third.id], at)
            await tx.notifications.read_until(colleague.member.id, third.id, at)
            assert await tx.notifications.unread(me) == 3
            await tx.notifications.read(me, [second.id], LONG_AGO)
            await tx.notifications.read_until(me, second.id, at)
            found = [each for each, _asset in await tx.notifications.page(me, 9, None, unread=False)]
        assert found == [third, replace(second, read_at=LONG_AGO), replace(first, read_at=at)]

    async def test_a_mail_tells_of_what_is_unread_and_was_in_none(self, records: Records, ours: Samples) -> None:
        later = {"created_at": FAR_AHEAD}
        _late, _mailed, _read, second, first = await told(
            records, ours, {}, {}, {"read_at": LONG_AGO}, {"mailed_at": LONG_AGO}, later
        )
        me = ours.member.id
        async with records.transaction(ours.id) as tx:
            unmailed = tx.notifications.unmailed
            assert await unmailed(me, LONG_AGO, 9) == [(second, "Forest"), (first, "Forest")]
            assert await unmailed(me, LONG_AGO, 1) == [(second, "Forest")]
            await tx.notifications.mailed(me, LONG_AGO, FAR_AHEAD)
            assert await unmailed(me, LONG_AGO, 9) == []
            assert len(await unmailed(me, FAR_AHEAD, 9)) == 1

    async def test_they_go_with_the_comment(self, records: Records, ours: Samples) -> None:
        async with records.transaction(ours.id) as tx:
            asset, _version = await keep_asset(tx, ours)
            comment = ours.comment(asset)
            await tx.comments.add(comment)
            await tx.notifications.add(ours.notification(asset, comment_id=comment.id))
        async with records.transaction(ours.id) as tx:
            await tx.comments.delete(comment.id)
        async with records.transaction(ours.id) as tx:
            assert await tx.notifications.unread(ours.member.id) == 0


class DigestsContract(InStudios):
    async def test_who_has_something_waiting_is_claimed_once(
        self, records: Records, system: SystemRecords, ours: Samples, theirs: Samples
    ) -> None:
        await told(records, ours, {}, {})
        await told(records, theirs, {})
        found = await asyncio.gather(*(system.digests.claim(new_id(), TOLD, 600, 9) for _ in range(6)))
        claimed = [due for some in found for due in some]
        wanted = [DueDigest(each.id, each.member.id, 0) for each in (ours, theirs)]
        assert sorted(claimed, key=lambda due: due.studio_id) == wanted

    async def test_what_is_read_mailed_or_of_another_time_is_nobodys_mail(
        self, records: Records, system: SystemRecords, ours: Samples
    ) -> None:
        await told(records, ours, {"read_at": LONG_AGO}, {"mailed_at": LONG_AGO}, {"created_at": FAR_AHEAD})
        await told(records, ours, {"created_at": LONG_AGO - 2 * HOUR})
        assert await system.digests.claim(new_id(), TOLD, 600, 9) == []

    async def test_one_that_was_let_go_can_be_claimed_again(
        self, records: Records, system: SystemRecords, ours: Samples
    ) -> None:
        await told(records, ours, {})
        token = new_id()
        (due,) = await system.digests.claim(token, TOLD, 600, 9)
        await system.digests.release(new_id(), due, None)  # by one who does not hold it
        assert await system.digests.claim(new_id(), TOLD, 600, 9) == []
        await system.digests.release(token, due, None)
        assert await system.digests.claim(new_id(), TOLD, 600, 9) == [due]

    async def test_one_that_failed_rests_and_is_not_forgotten(
        self, records: Records, system: SystemRecords, ours: Samples
    ) -> None:
        await told(records, ours, {})
        for failures in range(3):
            token = new_id()
            (due,) = await system.digests.claim(token, TOLD, 600, 9)
            assert due.failures == failures
            await system.digests.release(token, due, 0.0)
        token = new_id()
        (due,) = await system.digests.claim(token, TOLD, 600, 9)
        await system.digests.release(token, due, 600)
        assert await system.digests.claim(new_id(), TOLD, 600, 9) == []

    async def test_whose_holder_vanished_is_claimed_again_when_its_time_is_over(
        self, records: Records, system: SystemRecords, ours: Samples
    ) -> None:
        await told(records, ours, {})
        gone = new_id()
        (due,) = await system.digests.claim(gone, TOLD, 0.0, 9)
        assert await system.digests.claim(new_id(), TOLD, 600, 9) == [due]
        await system.digests.release(gone, due, None)
        assert await system.digests.claim(new_id(), TOLD, 600, 9) == []

    async def test_at_most_so_many_are_claimed(
        self, records: Records, system: SystemRecords, ours: Samples, theirs: Samples
    ) -> None:
        await told(records, theirs, {"created_at": LONG_AGO - HOUR / 2})
        await told(records, ours, {})
        assert [due.studio_id for due in await system.digests.claim(new_id(), TOLD, 600, 1)] == [theirs.id]
        assert [due.studio_id for due in await system.digests.claim(new_id(), TOLD, 600, 1)] == [ours.id]
