"""Ids of steps in a dictionary: for workers inside the same process."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import count

from asset_ingest.core.model.ids import StepId
from asset_ingest.core.ports.task_queue import TaskQueue, TaskSource


class MemoryTaskQueue(TaskQueue, TaskSource):
    """Both ends of the queue. Its ids go when the process goes; the dispatcher offers them again."""

    def __init__(self) -> None:
        self._queues: dict[str, dict[StepId, int]] = {}
        self._numbers = count()
        self._arrived = asyncio.Event()

    async def put(self, queue: str, step_id: StepId) -> None:
        self._queues.setdefault(queue, {}).setdefault(step_id, next(self._numbers))
        self._arrived.set()

    async def take(self, queues: Sequence[str]) -> StepId:
        # Looking and taking happen without a pause between them, so a cancelled taker holds no id.
        while (step_id := self._oldest(queues)) is None:
            self._arrived.clear()
            await self._arrived.wait()
        return step_id

    def _oldest(self, queues: Sequence[str]) -> StepId | None:
        waiting = [(next(iter(held.items())), held) for queue in queues if (held := self._queues.get(queue))]
        if not waiting:
            return None
        (step_id, _), held = min(waiting, key=lambda one: one[0][1])
        del held[step_id]
        return step_id
