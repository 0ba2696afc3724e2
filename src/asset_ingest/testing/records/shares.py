from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from asset_ingest.core.errors import Conflict, NotFound
from asset_ingest.core.model.ids import AssetId, ShareId
from asset_ingest.core.model.shares import Share, ShareVisit
from asset_ingest.core.ports.repos import Records
from asset_ingest.core.ports.system_records import SystemRecords
from asset_ingest.testing.records.base import InStudios
from asset_ingest.testing.records.samples import FAR_AHEAD, HOUR, LONG_AGO, Samples, digest, keep_asset, new_id

TODAY = LONG_AGO.date()
DAY = timedelta(days=1)


class SharesContract(InStudios):
    """Links to assets, who opened them and who guesses."""

    async def test_a_link_is_what_was_added_and_its_token_leads_there(
        self, records: Records, system: SystemRecords, ours: Samples, theirs: Samples
    ) -> None:
        share = await _kept(records, ours, version=3, password_hash=digest("password"))
        async with records.transaction(ours.id) as tx:
            assert await tx.shares.get(share.id) == share
        assert await system.shares.by_token(share.token_hash) == share
        assert await system.shares.by_token(digest("unknown")) is None
        async with records.transaction(theirs.id) as tx:
            with pytest.raises(NotFound):
                await tx.shares.get(share.id)

    async def test_a_link_needs_an_asset_of_its_studio_and_a_token_of_its_own(
        self, records: Records, ours: Samples, theirs: Samples
    ) -> None:
        share = await _kept(records, ours)
        async with records.transaction(theirs.id) as tx:
            asset, _ = await keep_asset(tx, theirs)
        for wrong in (_share(ours, AssetId(new_id())), _share(ours, asset.id), replace(share, id=ShareId(new_id()))):
            with pytest.raises(Conflict):
                async with records.transaction(ours.id) as tx:
                    await tx.shares.add(wrong)

    async def test_links_of_an_asset_come_newest_first_and_page_by_page(
        self, records: Records, ours: Samples, theirs: Samples
    ) -> None:
        first = await _kept(records, ours)
        await _kept(records, ours)
        shares = [first] + [await _kept_of(records, ours, first.asset_id) for _ in range(3)]
        async with records.transaction(ours.id) as tx:
            assert await tx.shares.of_asset(first.asset_id, 2, None) == shares[:1:-1]
            assert await tx.shares.of_asset(first.asset_id, 9, shares[2].id) == shares[1::-1]
        async with records.transaction(theirs.id) as tx:
            assert await tx.shares.of_asset(first.asset_id, 9, None) == []

    async def test_links_that_open_are_counted(self, records: Records, ours: Samples, theirs: Samples) -> None:
        first = await _kept(records, ours)
        await _kept_of(records, ours, first.asset_id, expires_at=LONG_AGO)
        await _kept_of(records, ours, first.asset_id, revoked_at=LONG_AGO)
        async with records.transaction(ours.id) as tx:
            assert await tx.shares.count(first.asset_id, LONG_AGO) == 1
            assert await tx.shares.count(first.asset_id, FAR_AHEAD) == 0
        async with records.transaction(theirs.id) as tx:
            assert await tx.shares.count(first.asset_id, LONG_AGO) == 0

    async def test_a_link_is_revoked_once(self, records: Records, ours: Samples, theirs: Samples) -> None:
        share = await _kept(records, ours)
        with pytest.raises(NotFound):
            async with records.transaction(theirs.id) as tx:
                await tx.shares.revoke(share.id, LONG_AGO)
        async with records.transaction(ours.id) as tx:
            assert [await tx.shares.revoke(share.id, LONG_AGO + n * HOUR) for n in range(2)] == [True, False]
            assert await tx.shares.get(share.id) == replace(share, revoked_at=LONG_AGO)

    async def test_all_links_of_an_asset_are_revoked_at_once(
        self, records: Records, ours: Samples, theirs: Samples
    ) -> None:
        first, other = await _kept(records, ours), await _kept(records, ours)
        await _kept_of(records, ours, first.asset_id, revoked_at=LONG_AGO)
        second = await _kept_of(records, ours, first.asset_id)
        async with records.transaction(theirs.id) as tx:
            assert await tx.shares.revoke_all(first.asset_id, LONG_AGO) == []
        async with records.transaction(ours.id) as tx:
            assert await tx.shares.revoke_all(first.asset_id, LONG_AGO) == [first.id, second.id]
            assert await tx.shares.revoke_all(first.asset_id, LONG_AGO) == []
            assert await tx.shares.get(other.id) == other

    async def test_the_first_visit_of_a_day_is_told_from_the_next(
        self, records: Records, ours: Samples, theirs: Samples
    ) -> None:
        share, other = await _kept(records, ours), await _kept(records, ours)
        foreign = await _kept(records, theirs)
        visit = ShareVisit(share.id, ours.id, TODAY, "a")
        async with records.transaction(ours.id) as tx:
            visits = [visit, visit, replace(visit, visitor="b"), replace(visit, share_id=other.id)]
            assert [await tx.shares.visit(each) for each in visits] == [True, False, True, True]
            tomorrow = replace(visit, day=TODAY + DAY)
            assert [await tx.shares.visit(each) for each in (tomorrow, tomorrow)] == [True, False]
        async with records.transaction(theirs.id) as tx:
            assert await tx.shares.visit(ShareVisit(foreign.id, theirs.id, TODAY, "a"))


def _share(of: Samples, asset_id: AssetId, **changes: object) -> Share:
    ident = ShareId(new_id())
    own: dict[str, object] = {
        "id": ident,
        "studio_id": of.id,
        "asset_id": asset_id,
        "token_hash": digest(ident),
        "seal": "seal",
        "may_download": True,
        "created_by": of.member.id,
        "created_at": LONG_AGO,
        "expires_at": FAR_AHEAD,
    }
    return Share(**own | changes)  # type: ignore[arg-type]


async def _kept(records: Records, of: Samples, **changes: object) -> Share:
    async with records.transaction(of.id) as tx:
        asset, _ = await keep_asset(tx, of)
    return await _kept_of(records, of, asset.id, **changes)


async def _kept_of(records: Records, of: Samples, asset_id: AssetId, **changes: object) -> Share:
    share = _share(of, asset_id, **changes)
    async with records.transaction(of.id) as tx:
        await tx.shares.add(share)
    return share
