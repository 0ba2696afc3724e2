"""Drives the program step by step over any ports, without tasks that run by themselves."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from asset_ingest.bootstrap import App, Ports, Tuning, wire
from asset_ingest.core.model.access import Principal
from asset_ingest.core.model.ids import JobId, StepId
from asset_ingest.core.model.jobs import ENDED
from asset_ingest.core.pipelines.runner import Patience
from asset_ingest.core.ports.task_queue import TaskQueue, TaskSource
from asset_ingest.core.services.jobs import JobDetail, JobView
from asset_ingest.core.services.uploads import IncomingFile, UploadLimits

CHUNK = 64 * 1024

Later = Callable[[timedelta], Awaitable[None]]
"""Lets time pass for the program and its records."""


class Inbox(TaskQueue, TaskSource):
    """Ids that were dispatched, in order, for a test to run."""

    def __init__(self) -> None:
        self.ids: list[StepId] = []

    async def put(self, queue: str, step_id: StepId) -> None:
        del queue
        self.ids.append(step_id)

    async def take(self, queues: Sequence[str]) -> StepId:
        del queues
        return self.ids.pop(0)


def chunks_of(content: bytes, size: int = CHUNK) -> AsyncIterator[bytes]:
    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(content), size):
            yield content[start : start + size]

    return chunks()


TUNING = Tuning(
    uploads=UploadLimits(largest=64 << 20, abandoned_after=timedelta(seconds=30)),
    patience=Patience(lease=30, attempts=3, backoff=1.0),
    orphan_grace=timedelta(0),
)


@dataclass(slots=True)
class Program:
    """One process's worth of the program over ports that outlive it."""

    ports: Ports
    tuning: Tuning = TUNING
    inbox: Inbox = field(default_factory=Inbox)
    app: App = field(init=False)

    def __post_init__(self) -> None:
        self.ports = replace(self.ports, queue=self.inbox, source=self.inbox)
        self.app = wire(self.ports, self.tuning)

    async def found(self) -> Principal:
        secret = await self.app.access.found_local_studio()
        assert secret is not None
        return await self.app.access.by_key(secret, "test")

    async def upload(
        self, who: Principal, name: str, content: bytes | AsyncIterable[bytes], **promise: object
    ) -> JobView:
        chunks = chunks_of(content) if isinstance(content, bytes) else content
        return await self.app.uploads.receive(who, IncomingFile(name, **promise), chunks)  # type: ignore[arg-type]

    async def work(self) -> None:
        """Dispatch and run until nothing is due."""
        await self.app.upkeep.dispatcher.bury_lapsed()
        await self.app.upkeep.dispatcher.once()
        while self.inbox.ids:
            await self.app.runner.run(self.inbox.ids.pop(0))
            await self.app.upkeep.dispatcher.once()
        await self.app.upkeep.relay.once()

    async def work_until_ended(self, who: Principal, job_id: JobId, later: Later) -> JobDetail:
        """Work and let time pass until the job has ended; a job that never ends fails the test."""
        for _ in range(30):
            await self.work()
            job = await self.app.jobs.get(who, job_id)
            if job.status in ENDED:
                return job
            await later(timedelta(seconds=31))
            await self.app.upkeep.sweeper.once()
        raise AssertionError(f"the job is still {job.status} after 30 rounds")
