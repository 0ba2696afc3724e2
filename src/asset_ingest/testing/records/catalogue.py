from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asset_ingest.core.errors import Conflict, NotFound
from asset_ingest.core.model.assets import Asset
from asset_ingest.core.model.ids import BlobId
from asset_ingest.core.model.uploads import SessionStatus
from asset_ingest.core.ports.asset_repos import AssetQuery, AssetSort, Place, TagCount, place_of
from asset_ingest.core.ports.repos import Records
from asset_ingest.core.ports.system_records import SystemRecords
from asset_ingest.testing.records.base import ANY_ORDER, AddStudio, InStudios, listed, settled
from asset_ingest.testing.records.samples import FAR_AHEAD, HOUR, LONG_AGO, Samples, keep_asset, new_id


def _place(seen: list[Asset], sort: AssetSort = AssetSort.CREATED_AT) -> Place | None:
    return place_of(seen[-1], sort) if seen else None


class CatalogueContract(InStudios):
    @pytest.mark.parametrize("sort", AssetSort)
    @pytest.mark.parametrize("descending", [True, False])
    @pytest.mark.parametrize("text", [None, "Wald"])
    async def test_pages_come_in_any_order_and_hold_each_asset_once(
        self, records: Records, ours: Samples, sort: AssetSort, *, descending: bool, text: str | None
    ) -> None:
        seen: list[Asset] = []
        async with records.transaction(ours.id) as tx:
            for number, name in enumerate(("wald b", "Wald a", "WALD C", "wald b", "Wald Ü")):
                when = LONG_AGO + HOUR * (number * 2 % 5)
                await keep_asset(
                    tx, ours, name=name, ready_at=LONG_AGO, created_at=when, updated_at=FAR_AHEAD - when + LONG_AGO
                )
            query = AssetQuery(2, sort=sort, descending=descending, text=text)
            while page := await listed(tx, replace(query, after=_place(seen, sort))):
                seen += page
        keys = [(asset.name.lower() if sort is AssetSort.NAME else getattr(asset, sort), asset.id) for asset in seen]
        assert len(seen) == 5
        assert keys == sorted(keys, reverse=descending)

    async def test_a_page_can_ask_for_owner_tag_time_and_the_trash(
        self, records: Records, ours: Samples, theirs: Samples
    ) -> None:
        async with records.transaction(theirs.id) as tx:
            await keep_asset(tx, theirs, ready_at=LONG_AGO, tags=("hero",))
        async with records.transaction(ours.id) as tx:
            old, _ = await keep_asset(tx, ours, ready_at=LONG_AGO, tags=("hero", "rock"))
            new, _ = await keep_asset(tx, ours, ready_at=LONG_AGO, created_at=FAR_AHEAD, tags=("hero",))
            gone, _ = await keep_asset(tx, ours, ready_at=LONG_AGO, tags=("hero",), trashed_at=FAR_AHEAD)
            for text in (None, "forest"):
                query = AssetQuery(9, text=text)
                assert await listed(tx, replace(query, tag="hero")) == [new, old]
                assert await listed(tx, replace(query, tag="rock")) == [old]
                assert await listed(tx, replace(query, tag="her")) == []
                assert await listed(tx, replace(query, since=LONG_AGO + HOUR)) == [new]
                assert await listed(tx, replace(query, until=FAR_AHEAD)) == [old]
                assert await listed(tx, replace(query, owner=ours.member.id)) == [new, old]
                assert await listed(tx, replace(query, owner=theirs.member.id)) == []
                assert await listed(tx, replace(query, trashed=True)) == [gone]
                assert await listed(tx, replace(query, trashed=True, tag="hero")) == [gone]

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("low poly", True),
            ("poly LOW", True),
            ("low_poly-fo", True),
            ("crüst", True),
            ("ast", False),
            ("low oak", False),
            ("low -poly", False),
            ("low -oak", True),
            ("needle", True),
            ("vendor a", True),
            ("rigged", True),
            ("4k", True),
            ("trees", True),
            ("!&|():* '", False),
            ("\\", False),
            ("low:*", True),
        ],
    )
    async def test_words_are_found_wherever_an_asset_says_them(
        self, records: Records, ours: Samples, theirs: Samples, text: str, *, found: bool
    ) -> None:
        async with records.transaction(theirs.id) as tx:
            await keep_asset(tx, theirs, name="Low_Poly-Forest.v2 crüsty needle ast oak rigged 4k", ready_at=LONG_AGO)
        async with records.transaction(ours.id) as tx:
            publisher = await tx.publishers.put(ours.publisher(name="Trees Ltd"))
            asset, _ = await keep_asset(
                tx,
                ours,
                name="Low_Poly-Forest.v2 CRÜSTY",
                tags=("rigged", "4k-textures"),
                metadata={"description": "a needle/haystack"},
                custom={"vendor": "Acme"},
                publisher_id=publisher.id,
                ready_at=LONG_AGO,
            )
            assert await listed(tx, AssetQuery(9, text=text)) == ([asset] if found else [])

    @ANY_ORDER
    @given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40))
    async def test_any_text_can_be_looked_for(self, records: Records, add_studio: AddStudio, text: str) -> None:
        ours = await settled(add_studio)
        async with records.transaction(ours.id) as tx:
            asset, _ = await keep_asset(tx, ours, name=text, tags=(text,), ready_at=LONG_AGO)
            assert await listed(tx, AssetQuery(9, text=text)) in ([asset], [])

    async def test_a_publishers_new_name_is_found(self, records: Records, ours: Samples) -> None:
        async with records.transaction(ours.id) as tx:
            publisher = await tx.publishers.put(ours.publisher(name="Trees Ltd"))
            asset, _ = await keep_asset(tx, ours, publisher_id=publisher.id, ready_at=LONG_AGO)
            await tx.publishers.put(replace(publisher, name="Meadows Inc"))
            assert await listed(tx, AssetQuery(9, text="meadows")) == [asset]
            assert await listed(tx, AssetQuery(9, text="trees")) == []

    async def test_tags_are_counted_over_what_is_in_the_catalogue(
        self, records: Records, ours: Samples, theirs: Samples
    ) -> None:
        async with records.transaction(theirs.id) as tx:
            await keep_asset(tx, theirs, ready_at=LONG_AGO, tags=("theirs",))
        async with records.transaction(ours.id) as tx:
            one, _ = await keep_asset(tx, ours, ready_at=LONG_AGO, tags=("hero", "rock", "änder"))
            await keep_asset(tx, ours, ready_at=LONG_AGO, tags=("hero", "hill"))
            await keep_asset(tx, ours, tags=("half",))
            await keep_asset(tx, ours, ready_at=LONG_AGO, trashed_at=LONG_AGO, tags=("gone",))
            every = [TagCount("hero", 2), TagCount("hill", 1), TagCount("rock", 1), TagCount("änder", 1)]
            assert await tx.assets.tags(9, "", "") == every
            assert await tx.assets.tags(2, "hero", "") == every[1:3]
            assert await tx.assets.tags(9, "", "h") == every[:2]
            assert await tx.assets.tags(9, "", "x") == []
            await tx.assets.save(replace(one, revision=2, trashed_at=LONG_AGO))
            assert await tx.assets.tags(9, "", "") == [TagCount("hero", 1), TagCount("hill", 1)]
            await tx.assets.save(replace(one, revision=3, tags=("rock",)))
            assert await tx.assets.tags(9, "", "") == [TagCount("hero", 1), TagCount("hill", 1), TagCount("rock", 1)]

    async def test_a_purged_asset_leaves_nothing_but_its_jobs_and_shared_content(
        self, records: Records, system: SystemRecords, ours: Samples
    ) -> None:
        async with records.transaction(ours.id) as tx:
            asset, version = await keep_asset(tx, ours, ready_at=LONG_AGO)
            shared = await tx.versions.put_blob(ours.blob())
            await tx.versions.add(ours.version(asset, shared, number=2))
            other = ours.asset()
            await tx.assets.add(other, ours.version(other, shared))
            own = await tx.versions.blob(version.blob_id)
            picture = ours.rendition(version)
            await tx.derived.put_rendition(picture)
            await tx.derived.put_entries([ours.entry(version, 0)])
            await tx.publishers.put_publication(ours.publication(asset))
            job = ours.job(asset_id=asset.id)
            run = ours.run(job, version_id=version.id)
            await tx.jobs.add(job)
            await tx.uploads.add(ours.upload(job, status=SessionStatus.COMPLETED, blob_id=own.id))
            await tx.runs.add([run], [])
        async with records.transaction(ours.id) as tx:
            await tx.assets.lock(asset.id)
            await tx.assets.purge(asset.id)
        async with records.transaction(ours.id) as tx:
            for reading in (tx.assets.get(asset.id), tx.versions.get(version.id), tx.versions.blob(own.id)):
                with pytest.raises(NotFound):
                    await reading
            assert await tx.versions.blob(shared.id) == shared
            assert await tx.jobs.get(job.id) == replace(job, asset_id=None)
            assert await tx.runs.of_job(job.id) == (replace(run, version_id=None), [])
            assert await tx.derived.renditions([version.id]) == []
            assert await tx.derived.entry_kinds(version.id) == {}
            assert await tx.publishers.publications(asset.id) == []
        keys = [own.object_key, picture.object_key, shared.object_key]
        assert await system.work.referenced(keys) == {shared.object_key}


class VersionsContract(InStudios):
    async def test_versions_are_added_numbered_and_paged(
        self, records: Records, ours: Samples, theirs: Samples
    ) -> None:
        async with records.transaction(ours.id) as tx:
            asset, first = await keep_asset(tx, ours)
            blob = await tx.versions.put_blob(ours.blob())
            more = [ours.version(asset, blob, number=number, change_note=f"n {number}") for number in (2, 3)]
            for version in more:
                await tx.versions.add(version)
            assert await tx.versions.page(asset.id, 2, 99) == more[::-1]
            assert await tx.versions.page(asset.id, 2, 2) == [first]
            assert await tx.versions.numbered(asset.id, 2) == more[0]
            assert await tx.versions.blobs([blob.id, first.blob_id, BlobId(new_id())]) == {
                blob.id: blob,
                first.blob_id: await tx.versions.blob(first.blob_id),
            }
            with pytest.raises(NotFound):
                await tx.versions.numbered(asset.id, 4)
        async with records.transaction(theirs.id) as tx:
            assert await tx.versions.page(asset.id, 9, 99) == []
            assert await tx.versions.blobs([blob.id]) == {}
            with pytest.raises(NotFound):
                await tx.versions.numbered(asset.id, 1)
        with pytest.raises(Conflict):
            async with records.transaction(ours.id) as tx:
                await tx.versions.add(ours.version(asset, blob, number=3))

    async def test_content_is_found_where_it_is_not_in_the_trash(self, records: Records, ours: Samples) -> None:
        async with records.transaction(ours.id) as tx:
            blob = await tx.versions.put_blob(ours.blob())
            trashed, living = ours.asset(trashed_at=LONG_AGO), ours.asset()
            older, newer = ours.version(trashed, blob), ours.version(living, blob)
            await tx.assets.add(trashed, older)
            assert await tx.versions.of_blob(blob.id) == older
            await tx.assets.add(living, newer)
            assert await tx.versions.of_blob(blob.id) == newer

    async def test_entries_of_two_versions_are_compared(self, records: Records, ours: Samples) -> None:
        async with records.transaction(ours.id) as tx:
            asset, a = await keep_asset(tx, ours)
            b = ours.version(asset, await tx.versions.put_blob(ours.blob()), number=2)
            await tx.versions.add(b)
            same, moved, grown, gone = (ours.entry(a, number) for number in range(4))
            await tx.derived.put_entries([same, moved, grown, gone, ours.entry(a, 9, guid=same.guid, path="twice")])
            now = [replace(each, version_id=b.id) for each in (same, moved, grown)]
            now[1] = replace(now[1], path="Assets/elsewhere.png")
            now[2] = replace(now[2], size=99)
            await tx.derived.put_entries([*now, ours.entry(b, 7)])
            found = await tx.derived.entry_changes(a.id, b.id, "", 9)
            assert [(change.a and change.a.path, change.b and change.b.path) for change in found] == [
                (moved.path, "Assets/elsewhere.png"),
                (grown.path, grown.path),
                (gone.path, None),
                (None, "Assets/7.png"),
            ]
            assert await tx.derived.entry_changes(a.id, b.id, found[1].guid, 1) == [found[2]]
            assert await tx.derived.entry_changes(a.id, a.id, "", 9) == []
