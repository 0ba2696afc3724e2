"""Steps that are due, or were."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from asset_ingest.core.model.jobs import Lane, StepRun, StepStatus
from asset_ingest.core.ports.repos import Records
from asset_ingest.core.ports.system_records import DueStep
from asset_ingest.testing.records.samples import Samples, keep_steps

LATER = timedelta(hours=1)


def due_step(step: StepRun) -> DueStep:
    return DueStep(step.studio_id, step.job_id, step.id, step.queue)


async def ready_step(records: Records, of: Samples, lane: Lane = Lane.INTERACTIVE, **changes: Any) -> StepRun:
    async with records.transaction(of.id) as tx:
        [step] = await keep_steps(tx, of, changes, lane=lane)
        return step


async def move_step(records: Records, due: DueStep, status: StepStatus) -> None:
    async with records.transaction(due.studio_id) as tx:
        step = await tx.runs.step(due.step_id)
        await tx.runs.save_step(replace(step, status=status), was=step.status)
