"""The history that people watch, and what they may do with a row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, TypeVar

from asset_ingest.core.errors import NotPossibleNow
from asset_ingest.core.journeys import Journey, Journeys
from asset_ingest.core.model.access import Action, Principal, may, require
from asset_ingest.core.model.events import JobForgotten
from asset_ingest.core.model.ids import AssetId, JobId, UploadId
from asset_ingest.core.model.jobs import ENDED, JobStatus, Stage, StepRun, StepStatus, UploadJob, stage_of
from asset_ingest.core.model.uploads import UploadSession
from asset_ingest.core.ports.repos import JobQuery
from asset_ingest.core.services.checked import CheckView, check_views, durable

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """One page of a list; `next_cursor` asks for the following one and is empty on the last."""

    items: list[Item]
    next_cursor: str | None


def page_of(items: list[Item], *, more: bool, cursor: Callable[[Item], object]) -> Page[Item]:
    """Return a page; whoever asked for one row too many knows whether there are more."""
    return Page(items, str(cursor(items[-1])) if more else None)


@dataclass(frozen=True, slots=True)
class JobActions:
    """What the one who asked may do with the job as it stands."""

    retry: bool
    cancel: bool
    forget: bool


@dataclass(frozen=True, slots=True)
class JobView:
    """A row of the history; `stage` is where the file stands as a person thinks of it."""

    id: JobId
    upload_id: UploadId
    original_filename: str
    size: int | None
    status: JobStatus
    stage: Stage
    progress: int
    error_message: str | None
    code: str | None
    step: str | None
    remedy: str | None
    asset_id: AssetId | None
    cms_id: str | None
    duplicate: bool
    metadata: dict[str, str]
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None
    revision: int
    can: JobActions


@dataclass(frozen=True, slots=True)
class StepView:
    """One step of the work behind a row."""

    name: str
    title: str
    status: StepStatus
    attempt: int
    reason: str | None
    error_message: str | None
    code: str | None
    remedy: str | None
    not_before: datetime | None
    started_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class JobDetail(JobView):
    """A row with its steps. `stored` bytes are durable, without a gap; `verified` says what was checked of them."""

    steps: list[StepView]
    correlation_id: str
    stored: int
    crc64nvme: str | None
    verified: list[CheckView]


TITLES = {
    "digest": "Check the bytes",
    "unity.unpack": "Unpack",
    "unity.listing": "Ask the store page",
    "unity.contact_sheet": "Thumbnail and contact sheet",
    "publish": "Publish",
}
"""What people read for a step's persisted name."""


@dataclass(frozen=True, slots=True)
class Jobs:
    """Reads, retries, cancels and forgets jobs."""

    journeys: Journeys

    async def page(self, who: Principal, query: JobQuery) -> Page[JobView]:
        """Return the history, newest first."""
        require(who, Action.READ)
        async with self.journeys.records.reading(who.studio_id) as tx:
            found = await tx.jobs.page(replace(query, limit=query.limit + 1))
        jobs = [job_view(who, job) for job in found[: query.limit]]
        return page_of(jobs, more=len(found) > query.limit, cursor=lambda job: job.id)

    async def get(self, who: Principal, job_id: JobId) -> JobDetail:
        """Return the job with its steps, time and attempts."""
        require(who, Action.READ)
        async with self.journeys.records.reading(who.studio_id) as tx:
            job = await tx.jobs.get(job_id)
            work = await tx.runs.of_job(job_id)
            session = await tx.uploads.get(job.upload_id)
            stored = await durable(tx, session)
        return _detail(who, job, session, stored, work[1] if work else [])

    async def retry(self, who: Principal, job_id: JobId) -> JobView:
        """Go on from the failed step; raises NotPossibleNow for a job that has none."""
        require(who, Action.RETRY_JOB)
        async with self.journeys.change(who.studio_id) as tx:
            at = await self.journeys.load(tx, job_id)
            await self.journeys.retry(tx, at, who)
        return job_view(who, at.job)

    async def cancel(self, who: Principal, job_id: JobId) -> JobView:
        """Stop a live job; raises NotPossibleNow for one that has ended."""
        require(who, Action.CANCEL_JOB)
        async with self.journeys.change(who.studio_id) as tx:
            at = await self.journeys.load(tx, job_id)
            await self.journeys.cancel(tx, at, who)
        return job_view(who, at.job)

    async def forget(self, who: Principal, job_id: JobId) -> None:
        """Take an ended job out of the history; its asset stays. Raises NotPossibleNow for a live one."""
        require(who, Action.FORGET_JOB)
        async with self.journeys.change(who.studio_id) as tx:
            at: Journey = await self.journeys.load(tx, job_id)
            if at.job.status not in ENDED:
                raise NotPossibleNow(f"the job is {at.job.status}; cancel it first")
            await self.journeys.tell_job(tx, at.job, JobForgotten(at.session.group_id), who)
            await tx.jobs.delete(job_id)


def job_view(who: Principal, job: UploadJob) -> JobView:
    """Return what `who` may see of the job."""
    return JobView(**_seen(who, job))


def _detail(who: Principal, job: UploadJob, session: UploadSession, stored: int, steps: list[StepRun]) -> JobDetail:
    return JobDetail(
        **_seen(who, job),
        steps=[_step_view(step) for step in steps],
        correlation_id=job.correlation_id,
        stored=stored,
        crc64nvme=session.crc64nvme,
        verified=check_views(session.verified),
    )


def _seen(who: Principal, job: UploadJob) -> dict[str, Any]:
    failure = job.failure
    return {
        "id": job.id,
        "upload_id": job.upload_id,
        "original_filename": job.original_filename,
        "size": job.size,
        "status": job.status,
        "stage": stage_of(job),
        "progress": job.progress,
        "error_message": failure.message if failure else None,
        "code": failure.code if failure else None,
        "step": failure.step if failure else None,
        "remedy": failure.remedy if failure else None,
        "asset_id": job.asset_id,
        "cms_id": job.cms_id,
        "duplicate": job.duplicate,
        "metadata": job.metadata,
        "created_at": job.created_at,
        "updated_at": job.updated_at,
        "completed_at": job.completed_at,
        "revision": job.revision,
        "can": _actions(who, job),
    }


def _actions(who: Principal, job: UploadJob) -> JobActions:
    return JobActions(
        retry=job.failed_at_work and may(who, Action.RETRY_JOB),
        cancel=job.status not in ENDED and may(who, Action.CANCEL_JOB),
        forget=job.status in ENDED and may(who, Action.FORGET_JOB),
    )


def _step_view(step: StepRun) -> StepView:
    failure = step.failure
    return StepView(
        name=step.name,
        title=TITLES.get(step.name, step.name),
        status=step.status,
        attempt=step.attempt,
        reason=step.reason,
        error_message=failure.message if failure else None,
        code=failure.code if failure else None,
        remedy=failure.remedy if failure else None,
        not_before=step.not_before if step.status is StepStatus.READY else None,
        started_at=step.started_at,
        ended_at=step.ended_at,
    )
