"""A job with all that moves with it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from asset_ingest.core.errors import IngestError, NotPossibleNow
from asset_ingest.core.model.access import Principal
from asset_ingest.core.model.assets import Asset
from asset_ingest.core.model.ids import StepId
from asset_ingest.core.model.jobs import (
    Failure,
    PipelineRun,
    StepRun,
    StepStatus,
    UploadJob,
)
from asset_ingest.core.model.uploads import UploadSession

BYTES_SHARE = 30
"""Percent of a job's progress that stands for its bytes; the steps share the rest."""

USUAL_STEPS = 5
"""How many there will be, as long as nobody knows."""

UNFINISHED = frozenset({StepStatus.WAITING, StepStatus.READY, StepStatus.RUNNING})


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step that a run will take: its persisted name and the queue whose workers take it."""

    name: str
    queue: str


@dataclass(slots=True)
class Journey:
    """A job with all that moves with it, as last written in the transaction that locked it.

    Nobody watches a partial upload: its journey is the session alone. `opened_by` is known where it begins.
    """

    watched: UploadJob | None
    session: UploadSession
    run: PipelineRun | None = None
    steps: list[StepRun] | None = None
    opened_by: Principal | None = None

    @property
    def job(self) -> UploadJob:
        """Return the job that people watch; raises NotPossibleNow where there is none."""
        if self.watched is None:
            raise NotPossibleNow("this is a piece of an upload, which has no job of its own")
        return self.watched

    @job.setter
    def job(self, job: UploadJob) -> None:
        self.watched = job

    @property
    def correlation_id(self) -> str:
        return self.watched.correlation_id if self.watched else ""

    def step(self, step_id: StepId) -> StepRun | None:
        return next((step for step in self.steps or () if step.id == step_id), None)

    def next_step(self) -> StepRun | None:
        """Return the first step that has not begun."""
        return next((step for step in self.steps or () if step.status is StepStatus.WAITING), None)

    def became(self, asset: Asset, *, duplicate: bool) -> None:
        """Remember which asset the job became; written with the job's next move."""
        known = {**self.job.metadata, "kind": str(asset.kind)}
        self.job = replace(self.job, asset_id=asset.id, duplicate=duplicate, metadata=known)

    def published_as(self, cms_id: str | None) -> None:
        """Remember where a CMS holds the asset; written with the job's next move."""
        self.job = replace(self.job, cms_id=cms_id)

    def progress_at(self, fraction: float) -> int:
        """Return the job's percent when the step at work is `fraction` (0 to 1) done."""
        steps = self.steps or []
        ended = sum(step.status in {StepStatus.DONE, StepStatus.SKIPPED} for step in steps)
        planned = self.run is not None and self.run.version_id is not None  # the digest plans the rest
        done = (ended + min(max(fraction, 0.0), 1.0)) / max(len(steps), 1 if planned else USUAL_STEPS)
        # 100 is for COMPLETE alone
        return max(self.job.progress, min(99, BYTES_SHARE + int((100 - BYTES_SHARE) * done)))


def failure_of(error: IngestError, step: str | None = None) -> Failure:
    """Return the error as the row shows it."""
    return Failure(code=error.code, family=error.family, message=error.message, remedy=error.remedy, step=step)
