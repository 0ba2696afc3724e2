"""Rows of uploads and of the work on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from asset_ingest.core.model.events import Fact, SubjectKind
from asset_ingest.core.model.ids import JobId, RunId, StepId, UploadId
from asset_ingest.core.model.jobs import JobStatus, PipelineRun, RunStatus, StepRun, StepStatus, UploadJob
from asset_ingest.core.model.uploads import SessionStatus, UploadSession
from asset_ingest.testing.records.samples.base import FAR_AHEAD, LONG_AGO, StudioSamples, new_id


@dataclass(frozen=True, slots=True)
class WorkSamples(StudioSamples):
    """Makes jobs, sessions, runs, steps and facts."""

    def job(self, **changes: Any) -> UploadJob:
        own: dict[str, Any] = {
            "id": JobId(new_id()),
            "studio_id": self.id,
            "upload_id": UploadId(new_id()),
            "original_filename": "Forest.unitypackage",
            "status": JobStatus.PENDING,
            "created_by": self.member.id,
            "correlation_id": "c-1",
            "created_at": LONG_AGO,
            "updated_at": LONG_AGO,
        }
        return UploadJob(**own | changes)

    def upload(self, job: UploadJob, **changes: Any) -> UploadSession:
        own: dict[str, Any] = {
            "id": job.upload_id,
            "studio_id": self.id,
            "job_id": job.id,
            "object_key": f"studios/{self.id}/uploads/{job.upload_id}/1",
            "filename": job.original_filename,
            "status": SessionStatus.UPLOADING,
            "created_at": LONG_AGO,
            "expires_at": FAR_AHEAD,
        }
        return UploadSession(**own | changes)

    def run(self, job: UploadJob, **changes: Any) -> PipelineRun:
        own: dict[str, Any] = {
            "id": RunId(new_id()),
            "studio_id": self.id,
            "job_id": job.id,
            "upload_id": job.upload_id,
            "pipeline": "unity",
            "status": RunStatus.QUEUED,
            "created_at": LONG_AGO,
        }
        return PipelineRun(**own | changes)

    def step(self, run: PipelineRun, position: int = 0, **changes: Any) -> StepRun:
        own: dict[str, Any] = {
            "id": StepId(new_id()),
            "studio_id": self.id,
            "run_id": run.id,
            "job_id": run.job_id,
            "position": position,
            "name": f"step-{position}",
            "queue": "ingest",
            "status": StepStatus.READY,
            "not_before": LONG_AGO,
        }
        return StepRun(**own | changes)

    def fact(self, **changes: Any) -> Fact:
        own: dict[str, Any] = {
            "id": new_id(),
            "studio_id": self.id,
            "type": "job.status_changed",
            "at": LONG_AGO,
            "actor": "worker",
            "subject_kind": SubjectKind.JOB,
            "subject_id": new_id(),
            "revision": 1,
            "correlation_id": "c-1",
            "data": {"status": "QUEUED"},
        }
        return Fact(**own | changes)
