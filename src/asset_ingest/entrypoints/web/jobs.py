"""The history."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPMethod
from uuid import UUID

from aiohttp import web
from pydantic import TypeAdapter

from asset_ingest.core.errors import Code
from asset_ingest.core.model.access import Action
from asset_ingest.core.model.ids import JobId
from asset_ingest.core.model.jobs import JobStatus
from asset_ingest.core.ports.repos import JobQuery
from asset_ingest.core.services.jobs import JobDetail, JobView, Page
from asset_ingest.entrypoints.web.asking import CommaList, Cursor, Limit, Text
from asset_ingest.entrypoints.web.content import serve_json
from asset_ingest.entrypoints.web.wire import Call, Operation, Operations


@dataclass(frozen=True, slots=True)
class OneJob:
    job_id: UUID


@dataclass(frozen=True, slots=True)
class ManyJobs:
    status: CommaList[JobStatus] = frozenset()
    q: Text | None = None
    limit: Limit = 50
    cursor: Cursor = None


async def list_jobs(call: Call[ManyJobs]) -> Page[JobView]:
    asked = call.asked
    after = JobId(asked.cursor) if asked.cursor else None
    query = JobQuery(asked.limit, after, statuses=asked.status, text=asked.q or None)
    return await call.app.jobs.page(call.who, query)


async def get_job(call: Call[OneJob]) -> web.Response:
    job = await call.app.jobs.get(call.who, JobId(call.asked.job_id))
    return serve_json(call.request, _DETAIL.dump_json(job))


async def retry_job(call: Call[OneJob]) -> JobView:
    return await call.app.jobs.retry(call.who, JobId(call.asked.job_id))


async def cancel_job(call: Call[OneJob]) -> JobView:
    return await call.app.jobs.cancel(call.who, JobId(call.asked.job_id))


async def forget_job(call: Call[OneJob]) -> None:
    await call.app.jobs.forget(call.who, JobId(call.asked.job_id))


_DETAIL = TypeAdapter(JobDetail)
_MISSING, _MOVES = (Code.NOT_FOUND,), (Code.NOT_FOUND, Code.FORBIDDEN, Code.NOT_POSSIBLE_NOW)

OPERATIONS: Operations = (
    Operation(
        HTTPMethod.GET,
        "/jobs",
        list_jobs,
        "The history, newest first; `status` takes several by commas, `q` a part of the file name",
        ManyJobs,
        Page[JobView],
    ),
    Operation(
        HTTPMethod.GET,
        "/jobs/{job_id}",
        get_job,
        "A job with its steps",
        OneJob,
        JobDetail,
        refusals=_MISSING,
        extra={
            "parameters": [{"name": "If-None-Match", "in": "header", "schema": {"type": "string"}}],
            "responses": {
                "200": {
                    "description": "The job as it stands; its `ETag` changes with it",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/JobDetail"}}},
                },
                "304": {"description": "The client holds this state"},
            },
        },
    ),
    Operation(
        HTTPMethod.POST,
        "/jobs/{job_id}/retry",
        retry_job,
        "Go on from the failed step",
        OneJob,
        JobView,
        status=202,
        action=Action.RETRY_JOB,
        refusals=_MOVES,
    ),
    Operation(
        HTTPMethod.POST,
        "/jobs/{job_id}/cancel",
        cancel_job,
        "Stop a job that has not ended",
        OneJob,
        JobView,
        status=202,
        action=Action.CANCEL_JOB,
        refusals=_MOVES,
    ),
    Operation(
        HTTPMethod.DELETE,
        "/jobs/{job_id}",
        forget_job,
        "Take an ended job out of the history; its asset stays",
        OneJob,
        status=204,
        action=Action.FORGET_JOB,
        refusals=_MOVES,
    ),
)
