from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from asset_ingest.core.errors import Conflict, NotFound
from asset_ingest.core.model.assets import Asset, AssetKind
from asset_ingest.core.model.ids import AssetId, BlobId, VersionId
from asset_ingest.core.ports.asset_repos import AssetQuery, AssetSort, place_of
from asset_ingest.core.ports.repos import Records
from asset_ingest.testing.records.base import InStudios, listed
from asset_ingest.testing.records.samples import FAR_AHEAD, LONG_AGO, Samples, digest, keep_asset, new_id


class AssetsContract(InStudios):
    async def test_an_asset_and_its_version_come_back_as_they_were_added(self, records: Records, ours: Samples) -> None:
        async with records.transaction(ours.id) as tx:
            publisher = await tx.publishers.put(ours.publisher())
            blob = await tx.versions.put_blob(ours.blob())
            asset = ours.asset(
                publisher_id=publisher.id,
                metadata={"title": "Wald ✗", "counts": {"texture": 3}},
                provenance={"title": "header"},
                ready_at=FAR_AHEAD,
            )
            version = ours.version(asset, blob, facts={"unpack": {"entries": 3}})
            await tx.assets.add(asset, version)
        async with records.transaction(ours.id) as tx:
            assert await tx.assets.get(asset.id) == asset
            assert await tx.assets.lock(asset.id) == asset
            assert await tx.versions.get(version.id) == version
            assert await tx.versions.blob(blob.id) == blob

    async def test_what_is_missing_or_anothers_is_not_found(
        self, records: Records, ours: Samples, theirs: Samples
    ) -> None:
        async with records.transaction(theirs.id) as tx:
            asset, version = await keep_asset(tx, theirs, ready_at=LONG_AGO)
        async with records.transaction(ours.id) as tx:
            for reading in (
                tx.assets.get(asset.id),
                tx.assets.lock(AssetId(new_id())),
                tx.versions.get(version.id),
                tx.versions.get(VersionId(new_id())),
                tx.versions.blob(version.blob_id),
                tx.versions.blob(BlobId(new_id())),
                tx.versions.add_facts(version.id, {}),
            ):
                with pytest.raises(NotFound):
                    await reading
            assert await listed(tx, AssetQuery(9)) == []
            assert await tx.versions.of_asset(asset.id) == []
            assert await tx.versions.of_blob(version.blob_id) is None

    async def test_an_asset_is_saved_over_the_revision_it_was_read_in(self, records: Records, ours: Samples) -> None:
        async with records.transaction(ours.id) as tx:
            asset, _version = await keep_asset(tx, ours)
            moved = replace(asset, revision=2, ready_at=FAR_AHEAD, metadata={"title": "Forest"})
            await tx.assets.save(moved)
            assert await tx.assets.get(asset.id) == moved
        with pytest.raises(Conflict):
            async with records.transaction(ours.id) as tx:
                await tx.assets.save(moved)

    async def test_pages_hold_ready_assets_newest_first(self, records: Records, ours: Samples) -> None:
        kinds = (AssetKind.PHOTO, AssetKind.VIDEO, AssetKind.OTHER)
        seen: list[Asset] = []
        async with records.transaction(ours.id) as tx:
            ready = [(await keep_asset(tx, ours, kind=kinds[number % 3], ready_at=LONG_AGO))[0] for number in range(7)]
            await keep_asset(tx, ours)
            while page := await listed(
                tx, AssetQuery(3, after=place_of(seen[-1], AssetSort.CREATED_AT) if seen else None)
            ):
                seen += page
        assert seen == ready[::-1]

    async def test_a_page_can_ask_for_kind_publisher_and_part_of_the_name(
        self, records: Records, ours: Samples
    ) -> None:
        async with records.transaction(ours.id) as tx:
            publisher = await tx.publishers.put(ours.publisher())
            photo, _ = await keep_asset(tx, ours, name="Wiese", kind=AssetKind.PHOTO, ready_at=LONG_AGO)
            tree, _ = await keep_asset(tx, ours, name="BÄUME", publisher_id=publisher.id, ready_at=LONG_AGO)
            bush, _ = await keep_asset(tx, ours, name="Büsche", publisher_id=publisher.id, ready_at=LONG_AGO)
            await keep_asset(tx, ours, name="Bäume", publisher_id=publisher.id)
            assert await listed(tx, AssetQuery(9, kind=AssetKind.PHOTO)) == [photo]
            last = place_of(bush, AssetSort.CREATED_AT)
            assert await listed(tx, AssetQuery(1, kind=AssetKind.UNITY_PACKAGE, after=last)) == [tree]
            assert await listed(tx, AssetQuery(9, publisher_id=publisher.id)) == [bush, tree]
            assert await listed(tx, AssetQuery(9, publisher_id=publisher.id, kind=AssetKind.PHOTO)) == []
            behind = place_of(bush, AssetSort.CREATED_AT)
            assert await listed(tx, AssetQuery(9, publisher_id=publisher.id, after=behind)) == [tree]
            assert await listed(tx, AssetQuery(9, text="bäum")) == [tree]

    async def test_versions_of_an_asset_are_newest_first_and_never_share_a_number(
        self, records: Records, ours: Samples
    ) -> None:
        async with records.transaction(ours.id) as tx:
            asset, version = await keep_asset(tx, ours)
            assert await tx.versions.of_asset(asset.id) == [version]
        with pytest.raises(Conflict):
            async with records.transaction(ours.id) as tx:
                await tx.assets.add(ours.asset(), replace(version, id=VersionId(new_id())))

    async def test_facts_of_steps_are_added_up_and_replace_their_own(self, records: Records, ours: Samples) -> None:
        async with records.transaction(ours.id) as tx:
            _asset, version = await keep_asset(tx, ours)
            await tx.versions.add_facts(version.id, {"digest": {"a": 1}, "unpack": {"b": 2}})
            await tx.versions.add_facts(version.id, {"unpack": {"c": None}})
            kept = await tx.versions.get(version.id)
        assert kept.facts == {"digest": {"a": 1}, "unpack": {"c": None}}

    async def test_the_current_version_of_each_asset_is_told(
        self, records: Records, ours: Samples, theirs: Samples
    ) -> None:
        async with records.transaction(theirs.id) as tx:
            stranger, _version = await keep_asset(tx, theirs)
        async with records.transaction(ours.id) as tx:
            one, first = await keep_asset(tx, ours)
            two, second = await keep_asset(tx, ours)
            told = await tx.versions.current([one.id, two.id, stranger.id])
            assert told == {one.id: first.id, two.id: second.id}
            assert await tx.versions.current([]) == {}


class BlobsContract(InStudios):
    async def test_known_content_is_remembered(self, records: Records, ours: Samples) -> None:
        first = ours.blob()
        async with records.transaction(ours.id) as tx:
            assert await tx.versions.put_blob(first) == first
        async with records.transaction(ours.id) as tx:
            again = ours.blob(sha256=first.sha256)
            assert await tx.versions.put_blob(again) == replace(first, object_key=again.object_key)

    async def test_studios_know_nothing_of_each_others_content(
        self, records: Records, ours: Samples, theirs: Samples
    ) -> None:
        async with records.transaction(theirs.id) as tx:
            known = await tx.versions.put_blob(theirs.blob())
        async with records.transaction(ours.id) as tx:
            blob = ours.blob(sha256=known.sha256)
            assert await tx.versions.put_blob(blob) == blob

    async def test_of_many_who_bring_the_same_content_one_makes_the_asset(
        self, records: Records, ours: Samples
    ) -> None:
        async def bring() -> VersionId:
            async with records.transaction(ours.id) as tx:
                blob = await tx.versions.put_blob(ours.blob(sha256=digest("the same")))
                known = await tx.versions.of_blob(blob.id)
                if known is not None:
                    return known.id
                asset = ours.asset()
                version = ours.version(asset, blob)
                await tx.assets.add(asset, version)
                return version.id

        assert len(set(await asyncio.gather(*(bring() for _ in range(8))))) == 1

    async def test_the_oldest_version_of_a_content_is_found(self, records: Records, ours: Samples) -> None:
        async with records.transaction(ours.id) as tx:
            blob = await tx.versions.put_blob(ours.blob())
            one, two = ours.asset(), ours.asset()
            older, newer = ours.version(one, blob), ours.version(two, blob)
            await tx.assets.add(two, newer)
            await tx.assets.add(one, older)
            assert await tx.versions.of_blob(blob.id) == older
