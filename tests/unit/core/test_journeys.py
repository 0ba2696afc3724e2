"""The main job over memory ports, with a clock that only moves when told."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.harness import Later
from tests.journey_suite import JourneySuite

from asset_ingest.adapters.clock.memory import ManualClock
from asset_ingest.adapters.object_store.memory import MemoryObjects
from asset_ingest.adapters.repos.memory import MemoryRecords
from asset_ingest.bootstrap import Ports, memory_ports


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def ports(clock: ManualClock) -> Ports:
    records = MemoryRecords(clock)
    return replace(
        memory_ports(), clock=clock, records=records, system=records.system, store=MemoryObjects(clock), cms=None
    )


@pytest.fixture
def later(clock: ManualClock) -> Later:
    async def pass_time(by: timedelta) -> None:
        clock.advance(by)

    return pass_time


class TestJourneys(JourneySuite):
    """Nothing outside at all."""
