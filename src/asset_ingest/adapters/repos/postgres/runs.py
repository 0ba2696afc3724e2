"""Runs and their steps: the work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from asset_ingest.adapters.repos.postgres.rows import Table
from asset_ingest.adapters.repos.postgres.studio import StudioSql
from asset_ingest.core.model.ids import JobId, StepId
from asset_ingest.core.model.jobs import PipelineRun, RunStatus, StepRun, StepStatus
from asset_ingest.core.ports.repos import RunRepo

RUNS: Final = Table("pipeline_run", PipelineRun)
STEPS: Final = Table("step_run", StepRun)

ADD = RUNS.insert()
ADD_STEP = STEPS.insert(
    lane="(SELECT lane FROM pipeline_run WHERE studio_id = {studio_id} AND id = {run_id})",
)
LATEST = RUNS.select("WHERE studio_id = $1 AND job_id = $2 ORDER BY id DESC LIMIT 1")
STEPS_OF = STEPS.select("WHERE studio_id = $1 AND run_id = $2 ORDER BY position")
STEP = STEPS.select("WHERE studio_id = $1 AND id = $2")
SAVE = RUNS.update("status = {more}", without={"lane"})
SAVE_STEP = STEPS.update("status = {more}", without={"lease_until"})
# Not now(): that is when the transaction began, and it may have waited for a lock since.
LEASE = """
UPDATE step_run SET lease_until = clock_timestamp() + make_interval(secs => $4)
WHERE studio_id = $1 AND id = $2 AND lease_token = $3 AND status = 'RUNNING'"""


class PostgresRuns(RunRepo):
    def __init__(self, sql: StudioSql) -> None:
        self._sql = sql

    async def add(self, runs: Sequence[PipelineRun], steps: Sequence[StepRun]) -> None:
        await self._sql.add(ADD, runs)
        await self.add_steps(steps)

    async def add_steps(self, steps: Sequence[StepRun]) -> None:
        await self._sql.add(ADD_STEP, steps)

    async def of_job(self, job_id: JobId) -> tuple[PipelineRun, list[StepRun]] | None:
        run = await self._sql.one(RUNS, LATEST, job_id)
        return None if run is None else (run, await self._sql.many(STEPS, STEPS_OF, run.id))

    async def save(self, run: PipelineRun, was: RunStatus) -> None:
        await self._sql.save(SAVE, run, was)

    async def save_step(self, step: StepRun, was: StepStatus) -> None:
        await self._sql.save(SAVE_STEP, step, was)

    async def lease(self, step_id: StepId, token: UUID, seconds: float) -> bool:
        return bool(await self._sql.run(LEASE, step_id, token, seconds))

    async def step(self, step_id: StepId) -> StepRun:
        return await self._sql.get(STEPS, STEP, "step", step_id)
