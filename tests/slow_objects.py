"""A store in memory that is as slow as a test wants."""

from __future__ import annotations

from collections.abc import Mapping

import anyio

from asset_ingest.adapters.clock.system import SystemClock
from asset_ingest.adapters.object_store.memory import MemoryObjects


class SlowObjects(MemoryObjects):
    """Keeps objects that come together waiting until the test lets them in; notes how many came each time."""

    def __init__(self) -> None:
        super().__init__(SystemClock())
        self.came: list[int] = []
        self._let_in = anyio.Semaphore(0)

    def let_in(self, times: int = 1) -> None:
        for _ in range(times):
            self._let_in.release()

    async def put_all(self, objects: Mapping[str, bytes]) -> None:
        self.came.append(len(objects))
        await self._let_in.acquire()
        await super().put_all(objects)
