"""Moves of the whole: what happens to the job, its bytes and its work at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from asset_ingest.core.errors import IngestError, NotPossibleNow
from asset_ingest.core.journeys.journey import BYTES_SHARE, UNFINISHED, Journey, PlannedStep, failure_of
from asset_ingest.core.journeys.moves import Actor, Moves, job_moved, run_of
from asset_ingest.core.model.checks import By, Check, made
from asset_ingest.core.model.ids import BlobId, RunId, StepId
from asset_ingest.core.model.jobs import (
    JOB_MOVES,
    JobTrigger,
    Lane,
    PipelineRun,
    RunStatus,
    RunTrigger,
    StepRun,
    StepStatus,
    StepTrigger,
)
from asset_ingest.core.model.states import advance
from asset_ingest.core.model.uploads import OPEN_SESSION, SESSION_MOVES, SessionTrigger
from asset_ingest.core.ports.repos import Transaction


@dataclass(frozen=True, slots=True)
class Journeys(Moves):
    """What use cases and the runner do with journeys."""

    async def open(self, tx: Transaction, *opened: Journey) -> None:
        """Write jobs and their sessions for the first time, with their work where their bytes are stored already."""
        await tx.jobs.add(*(at.job for at in opened))
        await tx.uploads.add(*(at.session for at in opened))
        await tx.runs.add([at.run for at in opened if at.run], [step for at in opened for step in at.steps or ()])
        facts = (
            self.fact_of_job(at.job, job_moved(at), at.opened_by or f"member:{at.job.created_by}") for at in opened
        )
        await tx.events.add(*facts)

    def land(self, at: Journey, first: PlannedStep, lane: Lane, size: int, crc64nvme: str, **session: Any) -> None:
        """Bring a journey that is not written yet to where its bytes are stored and its work may begin."""
        status = at.session.status
        for trigger in (SessionTrigger.RECEIVE, SessionTrigger.FINALISE, SessionTrigger.COMPLETE):
            status = advance(SESSION_MOVES, status, trigger)
        at.session = replace(at.session, status=status, size=size, **self.counted(crc64nvme), **session)
        self._start(at, first, lane)
        stored = advance(JOB_MOVES, advance(JOB_MOVES, at.job.status, JobTrigger.RECEIVE), JobTrigger.STORE)
        at.job = replace(at.job, status=stored, progress=BYTES_SHARE, size=size)

    def counted(self, crc64nvme: str) -> dict[str, Any]:
        """Return what a session remembers once we have seen all of its bytes pass."""
        checks = dict.fromkeys((Check.SIZE, Check.SERVER_CRC), By.SERVER)
        return {"crc64nvme": crc64nvme, "verified": made(checks, self.clock.now())}

    async def queue(self, tx: Transaction, at: Journey, first: PlannedStep, lane: Lane) -> None:
        """Start the work on bytes that are stored: a run whose first step is READY."""
        self._start(at, first, lane)
        await tx.runs.add([run_of(at)], at.steps or [])
        await self.move_job(tx, at, JobTrigger.STORE, "server", progress=BYTES_SHARE, size=at.session.size)

    def _start(self, at: Journey, first: PlannedStep, lane: Lane) -> None:
        at.run = PipelineRun(
            id=RunId(self.new_id()),
            studio_id=at.job.studio_id,
            job_id=at.job.id,
            upload_id=at.session.id,
            pipeline=first.name,
            status=RunStatus.QUEUED,
            created_at=self.clock.now(),
            lane=lane,
        )
        at.steps = [self._planned(at, first, 0, StepStatus.READY)]

    async def plan(self, tx: Transaction, at: Journey, planned: Iterable[PlannedStep]) -> None:
        """Append the steps that follow the ones already there."""
        here = at.steps or []
        more = [self._planned(at, step, len(here) + n, StepStatus.WAITING) for n, step in enumerate(planned)]
        at.steps = [*here, *more]
        await tx.runs.add_steps(more)

    def _planned(self, at: Journey, step: PlannedStep, position: int, status: StepStatus) -> StepRun:
        return StepRun(
            id=StepId(self.new_id()),
            studio_id=at.job.studio_id,
            run_id=run_of(at).id,
            job_id=at.job.id,
            position=position,
            name=step.name,
            queue=step.queue,
            status=status,
            not_before=self.clock.now(),
        )

    async def go_on(self, tx: Transaction, at: Journey) -> None:
        """After a step has ended well: make the next one READY, or complete the job."""
        waiting = at.next_step()
        if waiting is None:
            await self.move_run(tx, at, RunTrigger.FINISH)
            await self.move_job(tx, at, JobTrigger.COMPLETE, "worker", progress=100)
            return
        await self.move_step(tx, at, waiting, StepTrigger.UNBLOCK, not_before=self.clock.now())
        await self.write_job(tx, at, replace(at.job, progress=at.progress_at(0.0)))
        await self.tell_job(tx, at.job, job_moved(at), "worker")

    async def end_step(self, tx: Transaction, at: Journey, step: StepRun, trigger: StepTrigger, **changes: Any) -> None:
        """Move a step to one of its ends and let go of its lease."""
        now = self.clock.now()
        await self.move_step(tx, at, step, trigger, lease_token=None, lease_until=None, ended_at=now, **changes)

    async def know_blob(
        self, tx: Transaction, at: Journey, blob_id: BlobId, crc64nvme: str, checks: Mapping[Check, By]
    ) -> None:
        """Remember which content the uploaded bytes turned out to be, and what was checked to find that out."""
        session, now = at.session, self.clock.now()
        verified = {**session.verified, **made(checks, now)}
        at.session = replace(session, blob_id=blob_id, crc64nvme=session.crc64nvme or crc64nvme, verified=verified)
        await tx.uploads.save(at.session, at.session.status)

    async def fail(self, tx: Transaction, at: Journey, step: StepRun, error: IngestError) -> None:
        """End the step, its run and the job with a reason; later steps wait for a retry."""
        failure = failure_of(error, step.name)
        await self.end_step(tx, at, step, StepTrigger.FAIL, failure=failure)
        await self.move_run(tx, at, RunTrigger.FAIL)
        await self.move_job(tx, at, JobTrigger.FAIL, "worker", failure=failure)

    async def release(self, tx: Transaction, at: Journey, step: StepRun, not_before: datetime, **changes: Any) -> None:
        """Give a running step back, to be claimed again at `not_before`."""
        await self.write_job(tx, at, at.job)  # a revision of its own for the fact
        free = replace(step, lease_token=None, lease_until=None, dispatched_at=None)
        await self.move_step(tx, at, free, StepTrigger.RELEASE, not_before=not_before, **changes)

    async def end_upload(self, tx: Transaction, at: Journey, trigger: SessionTrigger, error: IngestError) -> None:
        """Give up on bytes that will not come: end the session and the job, if they have not ended already."""
        if at.session.status in OPEN_SESSION:
            await self.move_session(tx, at, trigger, actor="server")
            await self.move_job(tx, at, JobTrigger.FAIL, "server", failure=failure_of(error))

    async def cancel(self, tx: Transaction, at: Journey, actor: Actor) -> None:
        """Stop everything of a live job; a worker at it finds its lease gone and stops."""
        await self.move_job(tx, at, JobTrigger.CANCEL, actor)
        if at.session.status in OPEN_SESSION:
            await self.move_session(tx, at, SessionTrigger.CANCEL, actor=actor)
        for step in [each for each in at.steps or () if each.status in UNFINISHED]:
            await self.end_step(tx, at, step, StepTrigger.CANCEL)
        if at.run:
            await self.move_run(tx, at, RunTrigger.CANCEL)

    async def retry(self, tx: Transaction, at: Journey, actor: Actor) -> None:
        """Go on from the failed step, with fresh attempts. Raises NotPossibleNow where there is none."""
        failed = _failed(at.steps or ())
        if failed is None:
            raise NotPossibleNow("there is no failed step to retry; drop the file again")
        await self.move_run(tx, at, RunTrigger.RETRY)
        fresh: dict[str, Any] = {
            "attempt": 0,
            "lost_leases": 0,
            "failure": None,
            "ended_at": None,
            "dispatched_at": None,
        }
        await self.move_step(tx, at, failed, StepTrigger.RETRY, not_before=self.clock.now(), **fresh)
        await self.move_job(tx, at, JobTrigger.RETRY, actor)


def _failed(steps: Sequence[StepRun]) -> StepRun | None:
    return next((step for step in steps if step.status is StepStatus.FAILED), None)
