from __future__ import annotations

import pytest

from asset_ingest.adapters.cms.memory import MemoryCMS
from asset_ingest.testing.cms import ENTRY, CMSContract, Shelf, Shown


class MemoryShelf(Shelf):
    def __init__(self, cms: MemoryCMS) -> None:
        self._cms = cms

    async def assets(self) -> dict[str, Shown]:
        entries = list(self._cms.entries.values())
        return {
            await self._cms.publish(entry): Shown(entry.name, entry.publisher.name if entry.publisher else None)
            for entry in entries
        }

    async def publishers(self) -> list[str]:
        held = {entry.publisher.key: entry.publisher.name for entry in self._cms.entries.values() if entry.publisher}
        return list(held.values())


class TestMemoryCMS(CMSContract):
    @pytest.fixture
    def cms(self) -> MemoryCMS:
        return MemoryCMS()

    @pytest.fixture
    def shelf(self, cms: MemoryCMS) -> MemoryShelf:
        return MemoryShelf(cms)

    async def test_entries_can_be_looked_at(self, cms: MemoryCMS) -> None:
        await cms.publish(ENTRY)
        assert cms.entries == {"asset-1": ENTRY}
