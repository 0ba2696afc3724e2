"""Killed at every single call of the journey, over memory ports."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from asset_ingest.adapters.clock.memory import ManualClock
from asset_ingest.adapters.cms.memory import MemoryCMS
from asset_ingest.adapters.object_store.memory import MemoryObjects
from asset_ingest.adapters.repos.memory import MemoryRecords
from asset_ingest.bootstrap import Ports, memory_ports
from tests.killing_suite import KillingSuite


class TestKilling(KillingSuite):
    """Nothing outside at all."""

    @pytest.fixture
    def new_world(self) -> Callable[[], tuple[Ports, Callable[[timedelta], None]]]:
        def world() -> tuple[Ports, Callable[[timedelta], None]]:
            clock = ManualClock()
            records = MemoryRecords(clock)
            outside = {"records": records, "system": records.system, "store": MemoryObjects(clock), "cms": MemoryCMS()}
            return replace(memory_ports(), clock=clock, **outside), clock.advance  # type: ignore[arg-type]

        return world
