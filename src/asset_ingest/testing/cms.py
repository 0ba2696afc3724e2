"""What every CMS promises. Subclasses bring the fixtures `cms`, with nothing published yet, and `shelf`."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import Protocol

import anyio

from asset_ingest.core.ports.cms import CMS, AssetEntry, PublisherEntry

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
