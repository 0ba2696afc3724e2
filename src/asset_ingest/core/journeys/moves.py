"""Single moves, each written and told in the caller's transaction."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from asset_ingest.core.errors import IngestError, NotPossibleNow
from asset_ingest.core.journeys.journey import Journey
from asset_ingest.core.model.access import Member, Principal
from asset_ingest.core.model.assets import Asset
from asset_ingest.core.model.events import Event, Fact, JobMoved, SessionMoved, StepMoved, SubjectKind
from asset_ingest.core.model.ids import JobId, StudioId, UploadId
from asset_ingest.core.model.jobs import (
    ENDED,
    JOB_MOVES,
    RUN_MOVES,
    STEP_MOVES,
    JobTrigger,
    PipelineRun,
    RunTrigger,
    StepRun,
    StepTrigger,
    UploadJob,
)
from asset_ingest.core.model.states import advance
from asset_ingest.core.model.uploads import OPEN_SESSION, SESSION_MOVES, Method, SessionTrigger
from asset_ingest.core.ports.clock import Clock, NewId
from asset_ingest.core.ports.notifier import Notifier, Progressed, RightsChanged, WorkCommitted
from asset_ingest.core.ports.repos import Records, Transaction
from asset_ingest.core.ports.telemetry import Observer

Actor = Principal | str
"""Who did it: a person, whose request is remembered with the fact, or a part of the program by its name."""


@dataclass(frozen=True, slots=True)
class _Unedited:
    id: StudioId
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Moves:
    """Loads journeys, makes single moves by their tables, and tells them."""

    records: Records
    notifier: Notifier
    clock: Clock
    new_id: NewId
    observer: Observer

    @asynccontextmanager
    async def change(self, studio_id: StudioId) -> AsyncIterator[Transaction]:
        """Run a transaction and, once it is committed, ring for the relay and the dispatcher."""
        async with self.records.transaction(studio_id) as tx:
            yield tx
        try:
            await self.notifier.publish(WorkCommitted())
        except IngestError as error:  # what was committed stands, and both look every second without a bell
            self.observer.failed("doorbell", error)

    async def tell_progress(self, job: UploadJob, progress: int, step: str | None = None) -> None:
        """Say how far the job is to whoever looks; one that is lost does not matter."""
        try:
            await self.notifier.publish(Progressed(job.studio_id, job.id, progress, step))
        except IngestError as error:
            self.observer.failed("progress", error, correlation_id=job.correlation_id)

    async def tell_rights(self, member: Member) -> None:
        """Have whoever listens as this member asked anew; where that is lost, they are asked within a minute."""
        try:
            await self.notifier.publish(RightsChanged(member.studio_id, member.id))
        except IngestError as error:
            self.observer.failed("rights", error)

    async def load(self, tx: Transaction, job_id: JobId) -> Journey:
        """Lock the job and return it with its session, its latest run and steps."""
        job = await tx.jobs.lock(job_id)
        session = await tx.uploads.get(job.upload_id)
        work = await tx.runs.of_job(job_id)
        return Journey(job, session, *work) if work else Journey(job, session)

    async def load_upload(self, tx: Transaction, upload_id: UploadId) -> Journey:
        """Lock the upload's job, or a partial upload itself, and return the journey."""
        session = await tx.uploads.get(upload_id)
        if session.job_id is None:
            return Journey(None, await tx.uploads.lock(upload_id))
        return await self.load(tx, session.job_id)

    async def move_job(self, tx: Transaction, at: Journey, trigger: JobTrigger, actor: Actor, **changes: Any) -> None:
        """Move the job by its table and tell it; where nobody watches there is nothing to move.

        What failed where it stood before is past, unless `changes` say so.
        """
        if at.watched is None:
            return
        status = advance(JOB_MOVES, at.job.status, trigger)
        ended_at = self.clock.now() if status in ENDED else None
        past = replace(at.job, failure=None)
        await self.write_job(tx, at, replace(past, status=status, completed_at=ended_at, **changes))
        await self.tell_job(tx, at.job, job_moved(at), actor)

    async def move_session(
        self, tx: Transaction, at: Journey, *triggers: SessionTrigger, actor: Actor, **changes: Any
    ) -> None:
        """Move the session through one or more triggers at once and tell where it ended."""
        was = status = at.session.status
        for trigger in triggers:
            status = advance(SESSION_MOVES, status, trigger)
        at.session = replace(at.session, status=status, **changes)
        await tx.uploads.save(at.session, was)
        if at.session.method is Method.REMOTE and status not in OPEN_SESSION:
            await tx.imports.forget(at.session.id)
        if at.watched:
            await self.tell_job(tx, at.watched, SessionMoved(upload_id=at.session.id, status=status), actor)

    async def move_step(
        self, tx: Transaction, at: Journey, step: StepRun, trigger: StepTrigger, **changes: Any
    ) -> StepRun:
        """Move one step by its table, write it into the journey, and tell it."""
        moved = replace(step, status=advance(STEP_MOVES, step.status, trigger), **changes)
        await tx.runs.save_step(moved, step.status)
        at.steps = [moved if each.id == step.id else each for each in at.steps or []]
        told = StepMoved(step=moved.name, status=moved.status, attempt=moved.attempt, reason=moved.reason)
        await self.tell_job(tx, at.job, told, "worker")
        return moved

    async def move_run(self, tx: Transaction, at: Journey, trigger: RunTrigger, **changes: Any) -> None:
        """Move the run by its table; what people hear of it is the job."""
        run = run_of(at)
        at.run = replace(run, status=advance(RUN_MOVES, run.status, trigger), **changes)
        await tx.runs.save(at.run, run.status)

    async def write_job(self, tx: Transaction, at: Journey, job: UploadJob) -> None:
        """Write a changed job as its next revision."""
        at.job = replace(job, revision=at.job.revision + 1, updated_at=self.clock.now())
        await tx.jobs.save(at.job)

    async def tell_job(self, tx: Transaction, job: UploadJob, event: Event, actor: Actor) -> None:
        """Write a fact about the job into the outbox."""
        await tx.events.add(self.fact_of_job(job, event, actor))

    async def tell_asset(self, tx: Transaction, asset: Asset, event: Event, actor: Actor, correlation_id: str) -> None:
        """Write a fact about the asset into the outbox."""
        await tx.events.add(self._fact(asset.studio_id, SubjectKind.ASSET, asset, event, actor, correlation_id))

    async def tell_member(
        self, tx: Transaction, member: Member, event: Event, actor: Actor, correlation_id: str
    ) -> None:
        """Write a fact about the member into the outbox."""
        await tx.events.add(self.fact_of_member(member, event, actor, correlation_id))

    def fact_of_member(self, member: Member, event: Event, actor: Actor, correlation_id: str) -> Fact:
        return self._fact(member.studio_id, SubjectKind.MEMBER, member, event, actor, correlation_id)

    def fact_of_studio(self, studio_id: StudioId, event: Event, actor: Actor, correlation_id: str) -> Fact:
        """Return a fact about the studio, which nobody edits: it has no revisions."""
        subject = _Unedited(studio_id)
        return self._fact(studio_id, SubjectKind.STUDIO, subject, event, actor, correlation_id)

    def fact_of_job(self, job: UploadJob, event: Event, actor: Actor) -> Fact:
        return self._fact(job.studio_id, SubjectKind.JOB, job, event, actor, job.correlation_id)

    def _fact(
        self,
        studio: StudioId,
        kind: SubjectKind,
        subject: UploadJob | Asset | Member | _Unedited,
        event: Event,
        actor: Actor,
        correlation: str,
    ) -> Fact:
        return Fact(
            id=self.new_id(),
            studio_id=studio,
            type=event.type,
            at=self.clock.now(),
            actor=actor.actor if isinstance(actor, Principal) else actor,
            subject_kind=kind,
            subject_id=subject.id,
            revision=subject.revision,
            correlation_id=correlation,
            data=event.data(),
            remote=actor.remote if isinstance(actor, Principal) else None,
            agent=actor.agent if isinstance(actor, Principal) else None,
        )


def job_moved(at: Journey) -> JobMoved:
    """Return what the row now says."""
    job, failure = at.job, at.job.failure
    return JobMoved(
        status=job.status,
        progress=job.progress,
        filename=job.original_filename,
        asset_id=job.asset_id,
        code=failure.code if failure else None,
        message=failure.message if failure else None,
        remedy=failure.remedy if failure else None,
        group_id=at.session.group_id,
    )


def run_of(at: Journey) -> PipelineRun:
    """Return the run of a job whose bytes are stored."""
    if at.run is None:
        raise NotPossibleNow("the bytes of this job are not stored yet")
    return at.run
