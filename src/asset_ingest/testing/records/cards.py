from __future__ import annotations

from dataclasses import replace

import pytest

from asset_ingest.core.errors import NotFound
from asset_ingest.core.model.assets import Asset, PublicationStatus, Publisher, RenditionRole
from asset_ingest.core.model.ids import PublisherId
from asset_ingest.core.ports.asset_repos import AssetQuery, AssetSort, Card, Known, Published
from asset_ingest.core.ports.repos import Records, Transaction
from asset_ingest.testing.records.base import InStudios
from asset_ingest.testing.records.samples import LONG_AGO, Samples, keep_asset

PICTURES = {RenditionRole.THUMBNAIL: "attempt-2", RenditionRole.CONTACT_SHEET: "attempt-3"}


class CardsContract(InStudios):
    async def test_a_card_is_the_asset_with_its_publisher_and_its_current_pictures(
        self, records: Records, ours: Samples
    ) -> None:
        async with records.transaction(ours.id) as tx:
            asset, publisher = await _pictured(tx, ours)
            plain, _version = await keep_asset(tx, ours, ready_at=LONG_AGO, name="Zebra", tags=("hero",))
        cards = [Card(asset, publisher.name, PICTURES), Card(plain, None, {})]
        async with records.reading(ours.id) as tx:
            listed = AssetQuery(9, sort=AssetSort.NAME, descending=False)
            for query in (listed, replace(listed, tag="hero"), replace(listed, tag="hero", kind=asset.kind)):
                assert await tx.assets.cards(query) == cards
                assert await tx.assets.cards(replace(query, limit=1)) == cards[:1]
            assert await tx.assets.cards(AssetQuery(9, text="zeb")) == cards[1:]

    async def test_an_assets_page_is_known_by_one_question(self, records: Records, ours: Samples) -> None:
        async with records.transaction(ours.id) as tx:
            asset, publisher = await _pictured(tx, ours)
            current = await tx.versions.numbered(asset.id, 2)
            await tx.derived.put_entries([ours.entry(current, number, kind="model") for number in (1, 2)])
            await tx.publishers.put_publication(ours.publication(asset, external_id="7"))
        async with records.reading(ours.id) as tx:
            published = (Published("strapi", PublicationStatus.PENDING, "7"),)
            assert await tx.assets.known(asset.id) == Known(
                Card(asset, publisher.name, PICTURES), {"model": 2}, published
            )

    async def test_versions_are_shown_with_their_content(self, records: Records, ours: Samples) -> None:
        async with records.transaction(ours.id) as tx:
            asset, _publisher = await _pictured(tx, ours)
            first, second = [await tx.versions.numbered(asset.id, number) for number in (1, 2)]
            of_first, of_second = [await tx.versions.blob(each.blob_id) for each in (first, second)]
        async with records.reading(ours.id) as tx:
            assert await tx.versions.shown(asset.id, 0, 1) == [(second, of_second), (first, of_first)]
            assert await tx.versions.shown(asset.id, 1, 1) == [(second, of_second), (first, of_first)]
            assert await tx.versions.shown(asset.id, 1, 2) == [(second, of_second)]

    async def test_who_reads_sees_one_studio_whoever_read_before(
        self, records: Records, ours: Samples, theirs: Samples
    ) -> None:
        async with records.transaction(ours.id) as tx:
            mine, _version = await keep_asset(tx, ours, ready_at=LONG_AGO)
        async with records.transaction(theirs.id) as tx:
            other, _version = await keep_asset(tx, theirs, ready_at=LONG_AGO)
        for _ in range(2):
            for studio_id, own, strange in ((ours.id, mine, other), (theirs.id, other, mine)):
                async with records.reading(studio_id) as tx:
                    assert [card.asset for card in await tx.assets.cards(AssetQuery(9))] == [own]
                    with pytest.raises(NotFound):
                        await tx.assets.known(strange.id)


async def _pictured(tx: Transaction, of: Samples) -> tuple[Asset, Publisher]:
    """Keep an asset with a publisher, whose second version is the current one and has pictures of its own."""
    publisher = await tx.publishers.put(of.publisher())
    ident = PublisherId(publisher.id)
    shown = {"ready_at": LONG_AGO, "publisher_id": ident, "current_version": 2, "latest_version": 2, "tags": ("hero",)}
    asset, first = await keep_asset(tx, of, **shown)
    second = of.version(asset, await tx.versions.put_blob(of.blob()), number=2)
    await tx.versions.add(second)
    await tx.derived.put_rendition(of.rendition(first, object_key="k/attempt-1/x.webp"))
    for role, edition in PICTURES.items():
        await tx.derived.put_rendition(of.rendition(second, role=role, object_key=f"k/{edition}/x.webp"))
    return asset, publisher
