from __future__ import annotations

import pytest

from asset_ingest.adapters.clock.system import SystemClock
from asset_ingest.adapters.object_store.memory import MemoryObjects
from asset_ingest.adapters.object_store.memory_parts import MemoryPlace, MemoryResumable
from asset_ingest.testing.resumable_uploads import Reopen, ResumableUploadsContract


class TestMemoryResumable(ResumableUploadsContract):
    @pytest.fixture
    def store(self) -> MemoryObjects:
        return MemoryObjects(SystemClock())

    @pytest.fixture
    def reopen(self, store: MemoryObjects) -> Reopen:
        place = MemoryPlace()
        return lambda: MemoryResumable(store, SystemClock(), place)

    @pytest.fixture
    def resumable(self, reopen: Reopen) -> MemoryResumable:
        return reopen()

    @pytest.fixture
    def part_size(self) -> int:
        return 4096
