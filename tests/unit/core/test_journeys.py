"""The main job over memory ports, with a clock that only moves when told."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from asset_ingest.adapters.clock.memory import ManualClock
from asset_ingest.adapters.object_store.memory import MemoryObjects
from asset_ingest.adapters.repos.memory import MemoryRecords
from asset_ingest.bootstrap import Ports, memory_ports
from tests.journey_suite import JourneySuite


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
def later(clock: ManualClock) -> Callable[[timedelta], None]:
    return clock.advance


class TestJourneys(JourneySuite):
    """Nothing outside at all."""
