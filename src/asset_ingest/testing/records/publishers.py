from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from asset_ingest.core.errors import NotFound
from asset_ingest.core.model.assets import PublicationStatus
from asset_ingest.core.model.ids import PublisherId
from asset_ingest.core.ports.repos import Records
from asset_ingest.testing.records.base import InStudios
from asset_ingest.testing.records.samples import LONG_AGO, Samples, digest, keep_asset, new_id


class PublishersContract(InStudios):
    async def test_a_publisher_is_remembered_with_the_newer_name(self, records: Records, ours: Samples) -> None:
        first = ours.publisher(url="https://example.org/p/1")
        async with records.transaction(ours.id) as tx:
            assert await tx.publishers.put(first) == first
            again = ours.publisher(external_id=first.external_id, name="Trees GmbH")
            renamed = replace(first, name="Trees GmbH")
            assert await tx.publishers.put(again) == renamed
            assert await tx.publishers.get(first.id) == renamed
            with pytest.raises(NotFound):
                await tx.publishers.get(again.id)

    async def test_of_many_who_bring_the_same_publisher_all_get_one(self, records: Records, ours: Samples) -> None:
        async def bring() -> PublisherId:
            async with records.transaction(ours.id) as tx:
                return (await tx.publishers.put(ours.publisher(external_id="7"))).id

        assert len(set(await asyncio.gather(*(bring() for _ in range(8))))) == 1

    async def test_names_are_told_of_our_own_publishers_only(
        self, records: Records, ours: Samples, theirs: Samples
    ) -> None:
        async with records.transaction(theirs.id) as tx:
            other = await tx.publishers.put(theirs.publisher())
        async with records.transaction(ours.id) as tx:
            mine = await tx.publishers.put(ours.publisher())
            assert await tx.publishers.named([mine.id, other.id]) == {mine.id: mine.name}

    async def test_publishers_come_newest_first_with_their_ready_assets(
        self, records: Records, ours: Samples, theirs: Samples
    ) -> None:
        async with records.transaction(theirs.id) as tx:
            other = await tx.publishers.put(theirs.publisher())
        async with records.transaction(ours.id) as tx:
            old, new = await tx.publishers.put(ours.publisher()), await tx.publishers.put(ours.publisher())
            for ready_at in (LONG_AGO, LONG_AGO, None):
                await keep_asset(tx, ours, publisher_id=old.id, ready_at=ready_at)
            assert await tx.publishers.page(9, None) == [(new, 0), (old, 2)]
            assert await tx.publishers.page(1, None) == [(new, 0)]
            assert await tx.publishers.page(9, new.id) == [(old, 2)]
            assert await tx.publishers.counted(old.id) == (old, 2)
            for ident in (other.id, PublisherId(new_id())):
                with pytest.raises(NotFound):
                    await tx.publishers.get(ident)
                with pytest.raises(NotFound):
                    await tx.publishers.counted(ident)

    async def test_an_asset_has_one_publication_for_each_target(
        self, records: Records, ours: Samples, theirs: Samples
    ) -> None:
        async with records.transaction(ours.id) as tx:
            asset, _version = await keep_asset(tx, ours)
            pending, own = ours.publication(asset), ours.publication(asset, target="catalogue")
            done = replace(pending, status=PublicationStatus.PUBLISHED, external_id="doc-1", sent_hash=digest("body"))
            for publication in (pending, own, done):
                await tx.publishers.put_publication(publication)
            assert await tx.publishers.publications(asset.id) == [own, done]
        async with records.transaction(theirs.id) as tx:
            assert await tx.publishers.publications(asset.id) == []
