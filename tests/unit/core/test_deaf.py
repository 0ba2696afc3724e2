"""While nobody carries notices, everything still moves, only later; and hears again once somebody does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import anyio
import pytest
from tests.harness import Program

from asset_ingest.adapters.notifier.memory import MemoryNotifier
from asset_ingest.bootstrap import memory_ports
from asset_ingest.core.errors import BrokerUnavailable
from asset_ingest.core.ports.notifier import Notice
from asset_ingest.core.services import events, upkeep


class AwayAtFirst(MemoryNotifier):
    """Cannot be followed the first `times` times."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times
        self.followed = anyio.Event()

    @asynccontextmanager
    async def follow(self) -> AsyncIterator[AsyncIterator[Notice]]:
        if self.times:
            self.times -= 1
            raise BrokerUnavailable("the message broker does not answer")
        async with super().follow() as notices:
            self.followed.set()
            yield notices


@pytest.mark.parametrize("task", ["upkeep", "fan_out"])
async def test_a_start_without_a_broker_is_no_end(task: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "DEAF_SECONDS", 0)
    monkeypatch.setattr(events, "DEAF_SECONDS", 0)
    notifier = AwayAtFirst(times=2)
    app = Program(replace(memory_ports(), notifier=notifier)).app
    async with anyio.create_task_group() as group:
        group.start_soon(app.upkeep.run if task == "upkeep" else app.events.fan_out)
        with anyio.fail_after(10):
            await notifier.followed.wait()
        group.cancel_scope.cancel()
    assert notifier.times == 0
