"""The journey a person watches (UploadJob) and the work behind it (PipelineRun, StepRun)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from asset_ingest.core.errors import Code, Family
from asset_ingest.core.model.ids import AssetId, JobId, MemberId, RunId, StepId, StudioId, UploadId, VersionId


class JobStatus(StrEnum):
    """What the row on the screen says."""

    PENDING = "PENDING"  # announced, no byte yet
    UPLOADING = "UPLOADING"  # bytes are arriving or being checked
    QUEUED = "QUEUED"  # stored; waiting for a worker
    PROCESSING = "PROCESSING"  # a worker reads it and makes things of it
    SCRAPING = "SCRAPING"  # a worker asks an outside listing about it
    PUBLISHING = "PUBLISHING"  # a worker puts it into the catalogue and the CMS
    COMPLETE = "COMPLETE"  # done
    ERROR = "ERROR"  # stopped; the row says why and what to do
    CANCELLED = "CANCELLED"  # a person stopped it


class JobTrigger(StrEnum):
    RECEIVE = "receive"
    STORE = "store"
    PROCESS = "process"
    SCRAPE = "scrape"
    PUBLISH = "publish"
    COMPLETE = "complete"
    FAIL = "fail"
    CANCEL = "cancel"
    RETRY = "retry"


class Phase(StrEnum):
    """What a step shows on the row while it works."""

    PROCESSING = "PROCESSING"
    SCRAPING = "SCRAPING"
    PUBLISHING = "PUBLISHING"

    @property
    def trigger(self) -> JobTrigger:
        return {
            Phase.PROCESSING: JobTrigger.PROCESS,
            Phase.SCRAPING: JobTrigger.SCRAPE,
            Phase.PUBLISHING: JobTrigger.PUBLISH,
        }[self]


_RECEIVING = (JobStatus.PENDING, JobStatus.UPLOADING)
_WORKING = (JobStatus.QUEUED, JobStatus.PROCESSING, JobStatus.SCRAPING, JobStatus.PUBLISHING)
_LIVE = _RECEIVING + _WORKING

JOB_MOVES: dict[tuple[JobStatus, JobTrigger], JobStatus] = {
    (JobStatus.PENDING, JobTrigger.RECEIVE): JobStatus.UPLOADING,
    (JobStatus.UPLOADING, JobTrigger.STORE): JobStatus.QUEUED,
    (JobStatus.ERROR, JobTrigger.RETRY): JobStatus.QUEUED,
    **{(state, JobTrigger.PROCESS): JobStatus.PROCESSING for state in _WORKING},
    **{(state, JobTrigger.SCRAPE): JobStatus.SCRAPING for state in _WORKING},
    **{(state, JobTrigger.PUBLISH): JobStatus.PUBLISHING for state in _WORKING},
    **{(state, JobTrigger.COMPLETE): JobStatus.COMPLETE for state in _WORKING},
    **{(state, JobTrigger.FAIL): JobStatus.ERROR for state in _LIVE},
    **{(state, JobTrigger.CANCEL): JobStatus.CANCELLED for state in _LIVE},
}

ENDED = frozenset({JobStatus.COMPLETE, JobStatus.ERROR, JobStatus.CANCELLED})


class Stage(StrEnum):
    """Where a file stands, in the order that a person sees; derived from its job, never stored."""

    ANNOUNCED = "announced"  # no byte yet
    RECEIVING = "receiving"  # bytes are coming in
    STORED = "stored"  # all are durable, and wait for whoever reads them
    VERIFYING = "verifying"  # they are read from the first to the last
    PROCESSING = "processing"  # verified, and there is an asset
    READY = "ready"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why something stopped: for a person (`message`, `remedy`) and for programs (`code`, `family`, `step`)."""

    code: Code
    family: Family
    message: str
    remedy: str
    step: str | None = None


@dataclass(frozen=True, slots=True)
class UploadJob:
    """The row a person watches, from the first byte to the published asset.

    `revision` grows by one with each stored change; `progress` is 0 to 100 and is written between revisions too.
    """

    id: JobId
    studio_id: StudioId
    upload_id: UploadId
    original_filename: str
    status: JobStatus
    created_by: MemberId
    correlation_id: str
    created_at: datetime
    updated_at: datetime
    revision: int = 1
    progress: int = 0
    size: int | None = None
    failure: Failure | None = None
    asset_id: AssetId | None = None
    cms_id: str | None = None
    duplicate: bool = False
    metadata: dict[str, str] = field(default_factory=dict)
    completed_at: datetime | None = None

    @property
    def failed_at_work(self) -> bool:
        """Whether a step failed, so that there is something to retry; what failed before has none of its bytes."""
        return self.status is JobStatus.ERROR and self.failure is not None and self.failure.step is not None


_STAGES = {
    JobStatus.PENDING: Stage.ANNOUNCED,
    JobStatus.UPLOADING: Stage.RECEIVING,
    JobStatus.QUEUED: Stage.STORED,
    JobStatus.COMPLETE: Stage.READY,
    JobStatus.ERROR: Stage.FAILED,
    JobStatus.CANCELLED: Stage.CANCELLED,
}


def stage_of(job: UploadJob) -> Stage:
    """Return it. What gives a job its asset is the step that reads all bytes and compares their checksums."""
    if job.asset_id is not None and job.status not in ENDED:
        return Stage.PROCESSING
    return _STAGES.get(job.status, Stage.VERIFYING)


class RunStatus(StrEnum):
    """Where a pass over a version stands."""

    QUEUED = "QUEUED"  # no step has been claimed yet
    RUNNING = "RUNNING"  # a step is or was at work
    DONE = "DONE"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class Lane(StrEnum):
    """Who waits for the work; an earlier lane is served first."""

    INTERACTIVE = "interactive"  # a person looks at the screen
    BULK = "bulk"  # an import of many
    BACKFILL = "backfill"  # our own re-runs


class RunTrigger(StrEnum):
    START = "start"
    FINISH = "finish"
    FAIL = "fail"
    CANCEL = "cancel"
    RETRY = "retry"


RUN_MOVES: dict[tuple[RunStatus, RunTrigger], RunStatus] = {
    (RunStatus.QUEUED, RunTrigger.START): RunStatus.RUNNING,
    (RunStatus.RUNNING, RunTrigger.START): RunStatus.RUNNING,
    (RunStatus.RUNNING, RunTrigger.FINISH): RunStatus.DONE,
    (RunStatus.RUNNING, RunTrigger.FAIL): RunStatus.FAILED,
    (RunStatus.QUEUED, RunTrigger.FAIL): RunStatus.FAILED,
    (RunStatus.QUEUED, RunTrigger.CANCEL): RunStatus.CANCELLED,
    (RunStatus.RUNNING, RunTrigger.CANCEL): RunStatus.CANCELLED,
    (RunStatus.FAILED, RunTrigger.RETRY): RunStatus.QUEUED,
}


@dataclass(frozen=True, slots=True)
class PipelineRun:
    """One pass of a pipeline over one upload and, once the digest has born it, one version."""

    id: RunId
    studio_id: StudioId
    job_id: JobId
    upload_id: UploadId
    pipeline: str
    status: RunStatus
    created_at: datetime
    lane: Lane = Lane.INTERACTIVE
    version_id: VersionId | None = None


class StepStatus(StrEnum):
    """Where one step stands."""

    WAITING = "WAITING"  # an earlier step is not done
    READY = "READY"  # may be claimed at `not_before`
    RUNNING = "RUNNING"  # a worker holds the lease
    DONE = "DONE"
    SKIPPED = "SKIPPED"  # there was nothing to do; `reason` says why
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class StepTrigger(StrEnum):
    UNBLOCK = "unblock"
    CLAIM = "claim"
    SUCCEED = "succeed"
    SKIP = "skip"
    FAIL = "fail"
    RELEASE = "release"  # a retry, a deferral or a lost lease
    CANCEL = "cancel"
    RETRY = "retry"  # a person asked


STEP_MOVES: dict[tuple[StepStatus, StepTrigger], StepStatus] = {
    (StepStatus.WAITING, StepTrigger.UNBLOCK): StepStatus.READY,
    (StepStatus.WAITING, StepTrigger.SKIP): StepStatus.SKIPPED,
    (StepStatus.WAITING, StepTrigger.CANCEL): StepStatus.CANCELLED,
    (StepStatus.READY, StepTrigger.CLAIM): StepStatus.RUNNING,
    (StepStatus.READY, StepTrigger.CANCEL): StepStatus.CANCELLED,
    (StepStatus.RUNNING, StepTrigger.SUCCEED): StepStatus.DONE,
    (StepStatus.RUNNING, StepTrigger.SKIP): StepStatus.SKIPPED,
    (StepStatus.RUNNING, StepTrigger.FAIL): StepStatus.FAILED,
    (StepStatus.RUNNING, StepTrigger.RELEASE): StepStatus.READY,
    (StepStatus.RUNNING, StepTrigger.CANCEL): StepStatus.CANCELLED,
    (StepStatus.FAILED, StepTrigger.RETRY): StepStatus.READY,
}


@dataclass(frozen=True, slots=True)
class StepRun:
    """One step of a run: leased to one worker at a time.

    `attempt` counts claims, `lost_leases` those whose worker vanished. `lease_token` fences every write of a worker;
    `lease_until` is the database's clock. `dispatched_at` is when its id last went to the task queue. `checkpoint` is
    whatever the step wants to find again; `facts` is what it found out.
    """

    id: StepId
    studio_id: StudioId
    run_id: RunId
    job_id: JobId
    position: int
    name: str
    queue: str
    status: StepStatus
    not_before: datetime
    attempt: int = 0
    lost_leases: int = 0
    lease_token: UUID | None = None
    lease_until: datetime | None = None
    dispatched_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    reason: str | None = None
    failure: Failure | None = None
    checkpoint: dict[str, object] = field(default_factory=dict)
    facts: dict[str, object] = field(default_factory=dict)
