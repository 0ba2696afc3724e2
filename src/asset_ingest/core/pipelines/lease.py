"""A worker's hold on a step: renewed by a heartbeat that also carries the progress."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from uuid import UUID

import anyio

from asset_ingest.core.errors import DatabaseUnavailable, LeaseLost
from asset_ingest.core.journeys import Journey, Journeys
from asset_ingest.core.model.jobs import StepRun, StepStatus
from asset_ingest.core.ports.repos import Transaction

PROGRESS_SECONDS = 0.5
"""Progress is told at most twice a second."""


@dataclass(slots=True)
class Lease:
    """One claim. Every write of its worker goes through it and fails once the lease is somebody else's."""

    journeys: Journeys
    at: Journey
    step: StepRun
    token: UUID
    seconds: float
    _fraction: float = 0.0
    _told: int = -1
    _changed: anyio.Event = field(default_factory=anyio.Event)

    def report(self, fraction: float) -> None:
        """Say how much of the step is done; the heartbeat tells it."""
        self._fraction = max(self._fraction, fraction)
        self._changed.set()

    async def renew(self) -> None:
        """Hold the step for another full lease, or raise LeaseLost."""
        async with self.journeys.records.transaction(self.step.studio_id) as tx:
            await self._hold(tx)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Open a transaction that holds the step; raises LeaseLost before anything is written."""
        async with self.journeys.records.transaction(self.step.studio_id) as tx:
            await self._hold(tx)
            yield tx

    async def remember(self, checkpoint: dict[str, object]) -> None:
        """Keep `checkpoint` for the next attempt, in place of an earlier one."""
        async with self.transaction() as tx:
            self.step = replace(self.step, checkpoint=checkpoint)
            await tx.runs.save_step(self.step, StepStatus.RUNNING)

    async def _hold(self, tx: Transaction) -> None:
        progress = self.at.progress_at(self._fraction)
        if progress != self._told:  # the job's row before the step's, like everybody: nobody waits in a circle
            await tx.jobs.note_progress(self.step.job_id, progress)
        if not await tx.runs.lease(self.step.id, self.token, self.seconds):
            raise LeaseLost

    async def keep(self) -> None:
        """Renew until cancelled, sooner when there is progress to tell; raises LeaseLost."""
        while True:
            with anyio.move_on_after(self.seconds / 4):
                await self._changed.wait()
            self._changed = anyio.Event()
            await self._beat()
            await anyio.sleep(PROGRESS_SECONDS)

    async def _beat(self) -> None:
        try:
            await self.renew()
        except DatabaseUnavailable:
            return  # the lease outlives three missed beats; if the database stays away, the last one fails the step
        progress = self.at.progress_at(self._fraction)
        if progress != self._told:
            self._told = progress
            await self.journeys.tell_progress(self.at.job, progress, self.step.name)
