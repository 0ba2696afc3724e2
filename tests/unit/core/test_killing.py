"""Killed at every single call of the journey, over memory ports."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.harness import Later
from tests.killing_suite import KillingSuite

from asset_ingest.adapters.clock.memory import ManualClock
from asset_ingest.adapters.cms.memory import MemoryCMS
from asset_ingest.adapters.object_store.memory import MemoryObjects
from asset_ingest.adapters.repos.memory import MemoryRecords
from asset_ingest.bootstrap import Ports, memory_ports


class TestKilling(KillingSuite):
    """Nothing outside at all."""

    @pytest.fixture
    def new_world(self) -> Callable[[], Awaitable[tuple[Ports, Later]]]:
        async def world() -> tuple[Ports, Later]:
            clock = ManualClock()
            records = MemoryRecords(clock)
            outside = {"records": records, "system": records.system, "store": MemoryObjects(clock), "cms": MemoryCMS()}

            async def later(by: timedelta) -> None:
                clock.advance(by)

            return replace(memory_ports(), clock=clock, **outside), later  # type: ignore[arg-type]

        return world
