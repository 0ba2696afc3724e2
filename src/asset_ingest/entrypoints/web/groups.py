"""Uploads that belong together."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPMethod
from typing import Annotated
from uuid import UUID

from pydantic import Field

from asset_ingest.core.errors import Code
from asset_ingest.core.model.access import Action
from asset_ingest.core.model.ids import GroupId, JobId
from asset_ingest.core.services.groups import GroupView
from asset_ingest.core.services.jobs import JobView, Page
from asset_ingest.entrypoints.web.asking import Cursor, Limit
from asset_ingest.entrypoints.web.wire import Call, Operation, Operations


@dataclass(frozen=True, slots=True)
class Named:
    name: Annotated[str, Field(max_length=1000)]
    description: Annotated[str, Field(max_length=10_000)] = ""


@dataclass(frozen=True, slots=True)
class OpenGroup:
    body: Named


@dataclass(frozen=True, slots=True)
class OneGroup:
    group_id: UUID


@dataclass(frozen=True, slots=True)
class ManyGroups:
    limit: Limit = 50
    cursor: Cursor = None


@dataclass(frozen=True, slots=True)
class ManyJobsOfGroup:
    group_id: UUID
    limit: Limit = 50
    cursor: Cursor = None


async def open_group(call: Call[OpenGroup]) -> GroupView:
    return await call.app.groups.open(call.who, call.asked.body.name, call.asked.body.description)


async def list_groups(call: Call[ManyGroups]) -> Page[GroupView]:
    after = GroupId(call.asked.cursor) if call.asked.cursor else None
    return await call.app.groups.page(call.who, call.asked.limit, after)


async def get_group(call: Call[OneGroup]) -> GroupView:
    return await call.app.groups.get(call.who, GroupId(call.asked.group_id))


async def list_jobs_of_group(call: Call[ManyJobsOfGroup]) -> Page[JobView]:
    asked = call.asked
    after = JobId(asked.cursor) if asked.cursor else None
    return await call.app.groups.jobs(call.who, GroupId(asked.group_id), asked.limit, after)


async def cancel_group(call: Call[OneGroup]) -> GroupView:
    return await call.app.groups.cancel(call.who, GroupId(call.asked.group_id))


async def retry_group(call: Call[OneGroup]) -> GroupView:
    return await call.app.groups.retry(call.who, GroupId(call.asked.group_id))


async def forget_group(call: Call[OneGroup]) -> None:
    await call.app.groups.forget(call.who, GroupId(call.asked.group_id))


_MISSING = (Code.NOT_FOUND,)

OPERATIONS: Operations = (
    Operation(
        HTTPMethod.POST,
        "/groups",
        open_group,
        "Open a group for uploads to come",
        OpenGroup,
        GroupView,
        status=201,
        action=Action.UPLOAD,
    ),
    Operation(HTTPMethod.GET, "/groups", list_groups, "Groups, newest first", ManyGroups, Page[GroupView]),
    Operation(
        HTTPMethod.GET, "/groups/{group_id}", get_group, "How a group stands", OneGroup, GroupView, refusals=_MISSING
    ),
    Operation(
        HTTPMethod.GET,
        "/groups/{group_id}/jobs",
        list_jobs_of_group,
        "The jobs of a group, newest first",
        ManyJobsOfGroup,
        Page[JobView],
        refusals=_MISSING,
    ),
    Operation(
        HTTPMethod.POST,
        "/groups/{group_id}/cancel",
        cancel_group,
        "Stop every job of the group that has not ended",
        OneGroup,
        GroupView,
        status=202,
        action=Action.CANCEL_JOB,
        refusals=_MISSING,
    ),
    Operation(
        HTTPMethod.POST,
        "/groups/{group_id}/retry",
        retry_group,
        "Go on with every job of the group that failed at its work",
        OneGroup,
        GroupView,
        status=202,
        action=Action.RETRY_JOB,
        refusals=_MISSING,
    ),
    Operation(
        HTTPMethod.DELETE,
        "/groups/{group_id}",
        forget_group,
        "Take a group and its jobs, which have all ended, out of the history; their assets stay",
        OneGroup,
        status=204,
        action=Action.FORGET_JOB,
        refusals=(*_MISSING, Code.NOT_POSSIBLE_NOW),
    ),
)
