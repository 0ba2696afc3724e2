"""A pulling worker: takes ids, runs them, several at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import anyio

from asset_ingest.core.errors import IngestError
from asset_ingest.core.model.ids import StepId
from asset_ingest.core.pipelines.runner import Runner
from asset_ingest.core.ports.task_queue import TaskSource
from asset_ingest.core.ports.telemetry import Observer

REST_SECONDS = 1.0
"""Between two tries to reach a queue that does not answer."""


@dataclass(frozen=True, slots=True)
class Worker:
    """Runs up to `concurrency` steps of `queues` at once, until cancelled; then its steps are free for others."""

    source: TaskSource
    runner: Runner
    observer: Observer
    queues: Sequence[str]
    concurrency: int

    async def run(self) -> None:
        """Take an id only when a hand is free, so that no step waits behind a busy worker."""
        hands = anyio.Semaphore(self.concurrency)
        async with anyio.create_task_group() as group:
            while True:
                await hands.acquire()
                group.start_soon(self._work, hands, await self._take())

    async def _take(self) -> StepId:
        while True:
            try:
                return await self.source.take(self.queues)
            except IngestError as error:
                self.observer.failed("worker.queue", error)
                await anyio.sleep(REST_SECONDS)

    async def _work(self, hands: anyio.Semaphore, step_id: StepId) -> None:
        try:
            await self.runner.run(step_id)
        except IngestError as error:  # the records did not answer; the dispatcher offers the step again
            self.observer.failed("worker.step", error)
        finally:
            hands.release()
