"""Steps that do nothing but be claimed, told and committed, and a worker for them."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import uuid4

import anyio

from asset_ingest.adapters.task_queue.dramatiq import open_broker
from asset_ingest.adapters.task_queue.redis_broker import StepBroker
from asset_ingest.bootstrap import Ports, memory_ports
from asset_ingest.core.journeys import Journeys
from asset_ingest.core.model.assets import AssetKind
from asset_ingest.core.model.ids import StepId
from asset_ingest.core.model.jobs import JobStatus, Phase, StepStatus
from asset_ingest.core.model.uploads import SessionStatus
from asset_ingest.core.pipelines.commit import Pipelines
from asset_ingest.core.pipelines.runner import Runner
from asset_ingest.core.pipelines.step import Step, StepContext, StepResult
from asset_ingest.entrypoints.worker import PushedWorker
from asset_ingest.testing.records.samples import Samples

QUEUE = "ingest"


@dataclass(slots=True)
class DoNothing(Step):
    """Remembers when it was begun."""

    name = "step-0"
    phase = Phase.PROCESSING
    queue = QUEUE
    begun: list[float] = field(default_factory=list)

    async def __call__(self, _: StepContext) -> StepResult:
        self.begun.append(time.monotonic())
        return StepResult()


@dataclass(slots=True)
class EmptyRunner:
    """Stands where the runner should be, to show what the way to it costs."""

    step: DoNothing

    async def run(self, _: StepId) -> None:
        self.step.begun.append(time.monotonic())


@dataclass(frozen=True, slots=True)
class Studio:
    """Uploaded files, the only step of each READY; and who runs it."""

    ports: Ports
    rows: Samples
    step: DoNothing = field(default_factory=DoNothing)

    @classmethod
    async def founded(cls, ports: Ports) -> Studio:
        rows = Samples.fresh()
        await ports.system.access.found(rows.studio, rows.member, rows.key())
        return cls(ports, rows)

    def runner(self) -> Runner:
        of = self.ports
        journeys = Journeys(of.records, of.notifier, of.clock, of.new_id, of.observer)
        return Runner(of.system.work, journeys, Pipelines(self.step, {AssetKind.OTHER: ()}), of.observer)

    async def ready(self, count: int) -> list[StepId]:
        jobs = [self.rows.job(status=JobStatus.QUEUED) for _ in range(count)]
        runs = [self.rows.run(job) for job in jobs]
        steps = [self.rows.step(run) for run in runs]
        async with self.ports.records.transaction(self.rows.id) as tx:
            for job, run, step in zip(jobs, runs, steps, strict=True):
                await tx.jobs.add(job)
                await tx.uploads.add(self.rows.upload(job, status=SessionStatus.COMPLETED))
                await tx.runs.add(run, [step])
        return [step.id for step in steps]

    async def check(self, ids: list[StepId]) -> None:
        async with self.ports.records.transaction(self.rows.id) as tx:
            assert all([(await tx.runs.step(each)).status is StepStatus.DONE for each in ids])


def our_broker(url: str, hands: int) -> StepBroker:
    return open_broker(url, memory_ports().observer, hands=hands, prefix=f"bench-{uuid4().hex}")


@asynccontextmanager
async def at_work(
    broker: StepBroker, runner: Runner | EmptyRunner, studio: Studio, queues: Sequence[str], hands: int
) -> AsyncIterator[None]:
    async with anyio.create_task_group() as group:
        group.start_soon(PushedWorker(broker, runner, studio.ports.observer, queues, hands).run)  # type: ignore[arg-type]
        yield
        group.cancel_scope.cancel()
    broker.close()
