from __future__ import annotations

from dataclasses import replace

import pytest

from asset_ingest.adapters.cms.memory import MemoryCMS
from asset_ingest.testing.cms import ENTRY, CMSContract, Editor, ReportsDriftContract, Shelf, Shown


class MemoryShelf(Shelf, Editor):
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

    async def rename(self, ident: str, name: str) -> None:
        key = await self._key(ident)
        self._cms.entries[key] = replace(self._cms.entries[key], name=name)

    async def delete(self, ident: str) -> None:
        del self._cms.entries[await self._key(ident)]

    async def _key(self, ident: str) -> str:
        for entry in list(self._cms.entries.values()):
            if await self._cms.publish(entry) == ident:
                return entry.key
        raise LookupError(ident)


class TestMemoryCMS(CMSContract, ReportsDriftContract):
    @pytest.fixture
    def cms(self) -> MemoryCMS:
        return MemoryCMS()

    @pytest.fixture
    def shelf(self, cms: MemoryCMS) -> MemoryShelf:
        return MemoryShelf(cms)

    @pytest.fixture
    def editor(self, shelf: MemoryShelf) -> MemoryShelf:
        return shelf

    async def test_entries_can_be_looked_at(self, cms: MemoryCMS) -> None:
        await cms.publish(ENTRY)
        assert cms.entries == {"asset-1": ENTRY}
