from __future__ import annotations

import pytest

from asset_ingest.adapters.clock.system import SystemClock
from asset_ingest.adapters.repos.memory import MemoryRecords
from asset_ingest.core.model.access import Member, Studio
from asset_ingest.core.ports.system_records import SystemRecords
from asset_ingest.testing.records import AddStudio, RecordsContract
from asset_ingest.testing.records.samples import Samples


class TestMemoryRecords(RecordsContract):
    @pytest.fixture
    def records(self) -> MemoryRecords:
        return MemoryRecords(SystemClock())

    @pytest.fixture
    def system(self, records: MemoryRecords) -> SystemRecords:
        return records.system

    @pytest.fixture
    def add_studio(self, records: MemoryRecords) -> AddStudio:
        async def add(studio: Studio, member: Member) -> None:
            async with records._store.transaction() as tables:
                tables.studios[studio.id] = studio
                tables.members[member.id] = member

        return add

    async def test_waiting_for_oneself_is_an_error_and_not_a_standstill(self, records: MemoryRecords) -> None:
        async with records.transaction(Samples.fresh().id):
            with pytest.raises(RuntimeError):
                await records.system.relay.number(1)
