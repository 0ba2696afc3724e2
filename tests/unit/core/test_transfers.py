"""Uploads over many requests, over memory ports, with a clock that only moves when told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.harness import Later
from tests.joining_suite import JoiningSuite
from tests.transfer_suite import TransferSuite

from asset_ingest.adapters.clock.memory import ManualClock
from asset_ingest.adapters.object_store.memory import MemoryObjects
from asset_ingest.adapters.object_store.memory_parts import MemoryResumable
from asset_ingest.adapters.repos.memory import MemoryRecords
from asset_ingest.bootstrap import Ports, memory_ports


class InMemory:
    @pytest.fixture
    def clock(self) -> ManualClock:
        return ManualClock()

    @pytest.fixture
    def ports(self, clock: ManualClock) -> Ports:
        records, store = MemoryRecords(clock), MemoryObjects(clock)
        resumable = MemoryResumable(store, clock)
        return replace(
            memory_ports(), clock=clock, records=records, system=records.system, store=store, resumable=resumable
        )

    @pytest.fixture
    def later(self, clock: ManualClock) -> Later:
        async def pass_time(by: timedelta) -> None:
            clock.advance(by)

        return pass_time


class TestTransfers(InMemory, TransferSuite):
    """One upload after the other."""


class TestJoining(InMemory, JoiningSuite):
    """Several uploads that become one."""
