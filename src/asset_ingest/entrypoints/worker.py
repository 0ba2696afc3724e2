"""A worker that dramatiq hands ids to: its threads fetch, our loop works.

Not dramatiq's own command line, which forks, listens to signals by itself and hangs on a second one; and not its own
event loop, which no one may cancel. The steps run where the database's connections were opened.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

import anyio
import dramatiq
from anyio import to_thread
from anyio.abc import TaskGroup

from asset_ingest.core.errors import IngestError
from asset_ingest.core.model.ids import StepId
from asset_ingest.core.pipelines.runner import Runner
from asset_ingest.core.ports.telemetry import Observer

LONGEST_NAP = 100
"""Milliseconds between two looks at an idle queue: what a message waits at most before it is started."""
STOP_SECONDS = 10
"""By then every step has been handed back, or will not be."""

StepActor: TypeAlias = dramatiq.Actor[[str], None]


@dataclass(frozen=True, slots=True)
class PushedWorker:
    """Runs up to `concurrency` steps of `queues` at once, until cancelled; then its steps are free for others.

    One actor per queue, named like it. `broker` serves one such worker and one run; the process should end after it.
    """

    broker: dramatiq.Broker
    runner: Runner
    observer: Observer
    queues: Sequence[str]
    concurrency: int

    async def run(self) -> None:
        """Have the broker's threads hand ids over until cancelled; what is not finished then goes back to it."""
        async with anyio.create_task_group() as steps:
            for queue in self.queues:
                self._declare(queue, steps)
            threads = dramatiq.Worker(
                self.broker,
                queues=set(self.queues),
                worker_threads=self.concurrency,
                worker_timeout=LONGEST_NAP,
            )
            await to_thread.run_sync(threads.start)
            try:
                await anyio.sleep_forever()
            finally:
                steps.cancel_scope.cancel()  # each step hands itself back and ends its thread's wait
                with anyio.CancelScope(shield=True):
                    await to_thread.run_sync(threads.stop, STOP_SECONDS * 1000)

    def _declare(self, queue: str, steps: TaskGroup) -> None:
        loop = asyncio.get_running_loop()

        def run_step(step_id: str) -> None:  # in one of the broker's threads
            finished: Future[bool] = Future()
            loop.call_soon_threadsafe(start, step_id, finished)
            if not finished.result():
                self._give_back(actor, step_id)

        def start(step_id: str, finished: Future[bool]) -> None:
            if steps.cancel_scope.cancel_called:  # who starts in a cancelled group is not cancelled
                finished.set_result(False)
            else:
                steps.start_soon(self._run, StepId(UUID(step_id)), finished)

        actor: StepActor = dramatiq.actor(actor_name=queue, queue_name=queue, broker=self.broker)(run_step)

    async def _run(self, step_id: StepId, finished: Future[bool]) -> None:
        cancelled = False
        try:
            await self.runner.run(step_id)
        except IngestError as error:  # the records did not answer; the dispatcher offers the step again
            self.observer.failed("worker.step", error)
        except asyncio.CancelledError:
            cancelled = True
            raise
        finally:
            finished.set_result(not cancelled)

    def _give_back(self, actor: StepActor, step_id: str) -> None:
        """Offer the step to others at once: one that was cancelled before it was claimed would wait for a while."""
        try:
            actor.send(step_id)
        except IngestError as error:  # then it does wait for a while
            self.observer.failed("worker.step_not_given_back", error)
