"""Runs and their steps: the work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from asset_ingest.adapters.repos.json_values import stored as as_stored
from asset_ingest.adapters.repos.memory.tables import StudioTables, refuse_if
from asset_ingest.core.model.ids import JobId, StepId
from asset_ingest.core.model.jobs import PipelineRun, RunStatus, StepRun, StepStatus
from asset_ingest.core.ports.clock import Clock
from asset_ingest.core.ports.repos import RunRepo


class MemoryRuns(RunRepo):
    def __init__(self, rows: StudioTables, clock: Clock) -> None:
        self._rows = rows
        self._runs = rows.tables.runs
        self._runs_of = rows.tables.runs_of
        self._steps = rows.tables.steps
        self._steps_of = rows.tables.steps_of
        self._clock = clock

    async def add(self, runs: Sequence[PipelineRun], steps: Sequence[StepRun]) -> None:
        for run in runs:
            self._rows.add(self._runs, run)
            self._runs_of[run.job_id] = (*self._runs_of.get(run.job_id, ()), run.id)
        await self.add_steps(steps)

    async def add_steps(self, steps: Sequence[StepRun]) -> None:
        for step in steps:
            place = (step.run_id, step.position)
            refuse_if(any((other.run_id, other.position) == place for other in self._of(step.job_id)))
            self._rows.add(self._steps, _kept(step))
            self._steps_of[step.job_id] = (*self._steps_of.get(step.job_id, ()), step.id)

    async def of_job(self, job_id: JobId) -> tuple[PipelineRun, list[StepRun]] | None:
        runs = self._rows.mine(self._runs[run_id] for run_id in self._runs_of.get(job_id, ()))
        if not runs:
            return None
        latest = max(runs, key=lambda run: run.id)
        steps = [step for step in self._of(job_id) if step.run_id == latest.id]
        return latest, sorted(steps, key=lambda step: step.position)

    def _of(self, job_id: JobId) -> list[StepRun]:
        return [self._steps[step_id] for step_id in self._steps_of.get(job_id, ())]

    async def save(self, run: PipelineRun, was: RunStatus) -> None:
        self._rows.save(self._runs, run, believed=lambda stored: stored.status == was)

    async def save_step(self, step: StepRun, was: StepStatus) -> None:
        held = self._steps.get(step.id, step).lease_until
        kept = replace(_kept(step), lease_until=held)
        self._rows.save(self._steps, kept, believed=lambda stored: stored.status == was)

    async def lease(self, step_id: StepId, token: UUID, seconds: float) -> bool:
        step = self._steps.get(step_id)
        if step is None or step.studio_id != self._rows.studio_id:
            return False
        if step.lease_token != token or step.status is not StepStatus.RUNNING:
            return False
        self._steps[step_id] = replace(step, lease_until=self._clock.now() + timedelta(seconds=seconds))
        return True

    async def step(self, step_id: StepId) -> StepRun:
        return self._rows.get(self._steps, step_id, "step")


def _kept(step: StepRun) -> StepRun:
    return replace(step, checkpoint=as_stored(step.checkpoint), facts=as_stored(step.facts))
