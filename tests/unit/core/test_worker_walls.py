"""The walls between studios where no door is, over rows in memory."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from tests.worker_walls_suite import Kept, Rows, WorkerWallsSuite

from asset_ingest.adapters.clock.memory import ManualClock
from asset_ingest.adapters.repos.memory import MemoryRecords
from asset_ingest.bootstrap import Ports, memory_ports
from asset_ingest.core.model.ids import StudioId


class TestWorkerWalls(WorkerWallsSuite):
    @pytest.fixture
    def clock(self) -> ManualClock:
        return ManualClock()

    @pytest.fixture
    def records(self, clock: ManualClock) -> MemoryRecords:
        return MemoryRecords(clock)

    @pytest.fixture
    def ports(self, clock: ManualClock, records: MemoryRecords) -> Ports:
        return replace(memory_ports(), clock=clock, records=records, system=records.system)

    @pytest.fixture
    def kept(self, records: MemoryRecords) -> Kept:
        async def rows(studio_id: StudioId) -> Rows:
            async with records._store.transaction() as tables:
                found = {each.name: list(getattr(tables, each.name).values()) for each in fields(tables)}
            return {
                name: [row for row in of_all if getattr(row, "studio_id", None) == studio_id]
                for name, of_all in found.items()
            }

        return rows
