"""Jobs: the rows that people watch."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar
from uuid import UUID

from asset_ingest.adapters.repos.memory.tables import StudioTables, has
from asset_ingest.core.model.ids import JobId
from asset_ingest.core.model.jobs import ENDED, PipelineRun, StepRun, UploadJob
from asset_ingest.core.model.uploads import UploadSession
from asset_ingest.core.ports.repos import JobQuery, JobRepo


class MemoryJobs(JobRepo):
    def __init__(self, rows: StudioTables) -> None:
        self._rows = rows
        self._jobs = rows.tables.jobs

    async def add(self, *jobs: UploadJob) -> None:
        for job in jobs:
            self._rows.add(self._jobs, _kept(job))

    async def get(self, job_id: JobId) -> UploadJob:
        return self._rows.get(self._jobs, job_id, "job")

    async def lock(self, job_id: JobId) -> UploadJob:
        return await self.get(job_id)

    async def save(self, job: UploadJob) -> None:
        self._rows.save(self._jobs, _kept(job), believed=lambda stored: stored.revision == job.revision - 1)

    async def note_progress(self, job_id: JobId, progress: int) -> None:
        job = self._jobs.get(job_id)
        if job and job.studio_id == self._rows.studio_id and job.status not in ENDED and job.progress < progress:
            self._jobs[job_id] = replace(job, progress=progress)

    async def page(self, query: JobQuery) -> list[UploadJob]:
        jobs = self._rows.newest_first(self._jobs.values(), query.after)
        return [
            job
            for job in jobs
            if (not query.statuses or job.status in query.statuses) and has(job.original_filename, query.text)
        ][: query.limit]

    async def delete(self, job_id: JobId) -> None:
        await self.get(job_id)
        del self._jobs[job_id]
        tables = self._rows.tables
        for upload in [row for row in tables.uploads.values() if row.job_id == job_id and row.id in tables.imports]:
            del tables.imports[upload.id]
        _forget(tables.uploads, job_id)
        _forget(tables.runs, job_id)
        _forget(tables.steps, job_id)
        if job_id in tables.runs_of:
            del tables.runs_of[job_id]
        if job_id in tables.steps_of:
            del tables.steps_of[job_id]


Part = TypeVar("Part", UploadSession, PipelineRun, StepRun)


def _forget(rows: dict[UUID, Part], job_id: JobId) -> None:
    for row in [row for row in rows.values() if row.job_id == job_id]:
        del rows[row.id]


def _kept(job: UploadJob) -> UploadJob:
    return replace(job, metadata=dict(job.metadata))
