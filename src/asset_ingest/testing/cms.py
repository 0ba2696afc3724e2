"""What every CMS promises, and those that report drift.

Subclasses bring the fixtures `cms`, with nothing published yet, and `shelf`; for drift also `editor`.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import Protocol

import anyio

from asset_ingest.core.ports.cms import CMS, AssetEntry, Difference, PublisherEntry, ReportsDrift

PUBLISHER = PublisherEntry("publisher-1", "Kenney", "https://kenney.example/")
ENTRY = AssetEntry("asset-1", "Space Kit", "unity_package", {"version": "2.0", "entries": 150}, PUBLISHER)


@dataclass(frozen=True, slots=True)
class Shown:
    """One asset as a visitor of the CMS sees it."""

    name: str
    publisher: str | None


class Shelf(Protocol):
    """The other side of a CMS, as a contract has to see it."""

    @abstractmethod
    async def assets(self) -> dict[str, Shown]:
        """Return every asset over there by its id there."""

    @abstractmethod
    async def publishers(self) -> list[str]:
        """Return the name of every publisher entry over there, with repetitions."""


class CMSContract:
    async def test_it_has_a_name_to_remember_publications_by(self, cms: CMS) -> None:
        assert cms.target

    async def test_what_was_published_is_there_under_the_id_returned(self, cms: CMS, shelf: Shelf) -> None:
        ident = await cms.publish(ENTRY)
        assert await shelf.assets() == {ident: Shown("Space Kit", "Kenney")}

    async def test_publishing_again_is_the_same_one_entry(self, cms: CMS, shelf: Shelf) -> None:
        assert await cms.publish(ENTRY) == await cms.publish(ENTRY)
        assert len(await shelf.assets()) == 1
        assert await shelf.publishers() == ["Kenney"]

    async def test_publishing_a_change_leaves_exactly_the_change(self, cms: CMS, shelf: Shelf) -> None:
        await cms.publish(ENTRY)
        renamed = replace(PUBLISHER, name="Kenney NL")
        ident = await cms.publish(replace(ENTRY, name="Space Kit 2", publisher=renamed))
        assert await shelf.assets() == {ident: Shown("Space Kit 2", "Kenney NL")}
        assert await shelf.publishers() == ["Kenney NL"]

    async def test_an_asset_needs_no_publisher(self, cms: CMS, shelf: Shelf) -> None:
        ident = await cms.publish(replace(ENTRY, publisher=None))
        assert await shelf.assets() == {ident: Shown("Space Kit", None)}

    async def test_an_asset_can_lose_its_publisher(self, cms: CMS, shelf: Shelf) -> None:
        await cms.publish(ENTRY)
        ident = await cms.publish(replace(ENTRY, publisher=None))
        assert (await shelf.assets())[ident].publisher is None

    async def test_assets_of_one_publisher_share_its_entry(self, cms: CMS, shelf: Shelf) -> None:
        first = await cms.publish(ENTRY)
        second = await cms.publish(replace(ENTRY, key="asset-2", name="City Kit"))
        assert await shelf.assets() == {first: Shown("Space Kit", "Kenney"), second: Shown("City Kit", "Kenney")}
        assert await shelf.publishers() == ["Kenney"]

    async def test_equal_names_are_different_assets(self, cms: CMS, shelf: Shelf) -> None:
        assert await cms.publish(ENTRY) != await cms.publish(replace(ENTRY, key="asset-2"))
        assert len(await shelf.assets()) == 2

    async def test_publishing_side_by_side_is_still_one_entry(self, cms: CMS, shelf: Shelf) -> None:
        async with anyio.create_task_group() as group:
            for _ in range(5):
                group.start_soon(cms.publish, ENTRY)
        assert len(await shelf.assets()) == 1
        assert await shelf.publishers() == ["Kenney"]

    async def test_names_may_be_in_any_language(self, cms: CMS, shelf: Shelf) -> None:
        ident = await cms.publish(replace(ENTRY, name='Ünïcode 素材 "<b>&'))
        assert (await shelf.assets())[ident].name == 'Ünïcode 素材 "<b>&'


class DriftingCMS(CMS, ReportsDrift, Protocol):
    """A CMS that can also be asked."""


class Editor(Protocol):
    """Somebody who changes published assets over there, past us."""

    @abstractmethod
    async def rename(self, ident: str, name: str) -> None:
        """Give the asset another name over there."""

    @abstractmethod
    async def delete(self, ident: str) -> None:
        """Delete the asset over there."""


class ReportsDriftContract:
    async def test_what_was_just_published_does_not_differ(self, cms: DriftingCMS) -> None:
        assert not await _differences(cms, ENTRY, await cms.publish(ENTRY))

    async def test_a_name_changed_over_there_is_told(self, cms: DriftingCMS, editor: Editor) -> None:
        ident = await cms.publish(ENTRY)
        await editor.rename(ident, "My Kit")
        (difference,) = await _differences(cms, ENTRY, ident)
        assert (difference.ours, difference.theirs) == ("Space Kit", "My Kit")

    async def test_what_we_would_say_otherwise_by_now_is_told(self, cms: DriftingCMS) -> None:
        ident = await cms.publish(ENTRY)
        assert await _differences(cms, replace(ENTRY, metadata={"version": "2.1"}), ident)
        assert await _differences(cms, replace(ENTRY, publisher=None), ident)
        assert await _differences(cms, replace(ENTRY, publisher=replace(PUBLISHER, name="Kenney NL")), ident)

    async def test_what_was_deleted_over_there_is_gone(self, cms: DriftingCMS, editor: Editor) -> None:
        ident = await cms.publish(ENTRY)
        await editor.delete(ident)
        assert await cms.differences(ENTRY, ident) is None

    async def test_what_never_was_there_is_gone(self, cms: DriftingCMS) -> None:
        await cms.publish(ENTRY)
        assert await cms.differences(replace(ENTRY, key="asset-2"), "no-such-id") is None

    async def test_asking_changes_nothing(self, cms: DriftingCMS, shelf: Shelf, editor: Editor) -> None:
        ident = await cms.publish(ENTRY)
        await editor.rename(ident, "My Kit")
        assert await _differences(cms, ENTRY, ident) == await _differences(cms, ENTRY, ident)
        assert (await shelf.assets())[ident].name == "My Kit"

    async def test_publishing_again_ends_the_drift(self, cms: DriftingCMS, shelf: Shelf, editor: Editor) -> None:
        ident = await cms.publish(ENTRY)
        await editor.rename(ident, "My Kit")
        assert await cms.publish(ENTRY) == ident
        assert not await _differences(cms, ENTRY, ident)
        await editor.delete(ident)
        again = await cms.publish(ENTRY)
        assert not await _differences(cms, ENTRY, again)
        assert len(await shelf.assets()) == 1


async def _differences(cms: ReportsDrift, entry: AssetEntry, ident: str) -> list[Difference]:
    found = await cms.differences(entry, ident)
    assert found is not None, "it is there"
    return list(found)
