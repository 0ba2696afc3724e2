from __future__ import annotations

from dataclasses import replace

import pytest

from asset_ingest.core.errors import IngestError
from asset_ingest.core.model.assets import AssetVersion, PackageEntry, RenditionRole
from asset_ingest.core.ports.repos import EntryQuery, Records
from asset_ingest.testing.records.base import InStudios
from asset_ingest.testing.records.samples import Samples, keep_asset

MANY = 5000  # more than any adapter writes at once


class DerivedContract(InStudios):
    async def test_a_rendition_takes_the_place_of_the_earlier_one(self, records: Records, ours: Samples) -> None:
        async with records.transaction(ours.id) as tx:
            _asset, version = await keep_asset(tx, ours)
            sheet = ours.rendition(version, role=RenditionRole.CONTACT_SHEET, width=640, height=480)
            await tx.derived.put_rendition(ours.rendition(version))
            await tx.derived.put_rendition(sheet)
            newer = ours.rendition(version, recipe="r2", size=11)
            await tx.derived.put_rendition(newer)
            assert await tx.derived.renditions([version.id]) == [sheet, newer]

    async def test_renditions_of_many_versions_come_at_once(
        self, records: Records, ours: Samples, theirs: Samples
    ) -> None:
        other = await _version(records, theirs)
        async with records.transaction(theirs.id) as tx:
            await tx.derived.put_rendition(theirs.rendition(other))
        async with records.transaction(ours.id) as tx:
            versions = [(await keep_asset(tx, ours))[1] for _ in range(3)]
            kept = [ours.rendition(version) for version in versions]
            for rendition in kept:
                await tx.derived.put_rendition(rendition)
            wanted = [versions[0].id, versions[2].id, other.id]
            assert await tx.derived.renditions(wanted) == [kept[0], kept[2]]
            assert await tx.derived.renditions([]) == []

    async def test_entries_come_back_page_by_page_in_order(self, records: Records, ours: Samples) -> None:
        version = await _version(records, ours)
        entries = [ours.entry(version, number) for number in range(MANY)]
        async with records.transaction(ours.id) as tx:
            await tx.derived.put_entries(entries[::-1])
            seen: list[PackageEntry] = []
            while page := await tx.derived.entries(version.id, EntryQuery(2000, after=seen[-1].number if seen else -1)):
                seen += page
        assert seen == entries

    async def test_entries_put_again_replace_themselves(self, records: Records, ours: Samples) -> None:
        version = await _version(records, ours)
        entry = ours.entry(version, 0, preview_offset=1 << 40, preview_length=7)
        again = replace(entry, path="Assets/again.png", preview_offset=None)
        async with records.transaction(ours.id) as tx:
            await tx.derived.put_entries([])
            await tx.derived.put_entries([entry])
            assert await tx.derived.entries(version.id, EntryQuery(9)) == [entry]
            await tx.derived.put_entries([entry, again])
            assert await tx.derived.entries(version.id, EntryQuery(9)) == [again]

    async def test_entries_are_found_by_kind_and_part_of_the_path(self, records: Records, ours: Samples) -> None:
        version = await _version(records, ours)
        tree = ours.entry(version, 0, path="Assets/BÄUME/Eiche.png")
        mesh = ours.entry(version, 1, path="Assets/bäume/Eiche.fbx", kind="model")
        bush = ours.entry(version, 2, path="Assets/Busch_100%.png")
        async with records.transaction(ours.id) as tx:
            await tx.derived.put_entries([tree, mesh, bush])
            assert await tx.derived.entries(version.id, EntryQuery(9, text="bäume/")) == [tree, mesh]
            assert await tx.derived.entries(version.id, EntryQuery(9, text="EICHE", kind="model")) == [mesh]
            assert await tx.derived.entries(version.id, EntryQuery(9, text="_100%")) == [bush]
            assert mesh in await tx.derived.entries(version.id, EntryQuery(9, text=mesh.guid.upper()))
            assert await tx.derived.entry_kinds(version.id) == {"model": 1, "texture": 2}

    async def test_anothers_entries_are_out_of_sight_and_out_of_reach(
        self, records: Records, ours: Samples, theirs: Samples
    ) -> None:
        version = await _version(records, theirs)
        entry = theirs.entry(version, 0)
        async with records.transaction(theirs.id) as tx:
            await tx.derived.put_entries([entry])
        async with records.transaction(ours.id) as tx:
            assert await tx.derived.entries(version.id, EntryQuery(9)) == []
            assert await tx.derived.entry_kinds(version.id) == {}
        with pytest.raises(IngestError):
            async with records.transaction(ours.id) as tx:
                await tx.derived.put_entries([replace(entry, path="stolen")])
        async with records.transaction(theirs.id) as tx:
            assert await tx.derived.entries(version.id, EntryQuery(9)) == [entry]


async def _version(records: Records, of: Samples) -> AssetVersion:
    async with records.transaction(of.id) as tx:
        return (await keep_asset(tx, of))[1]
