"""Facts about uploads, jobs and their steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from asset_ingest.core.model.events.envelope import Event
from asset_ingest.core.model.ids import AssetId, GroupId


@dataclass(frozen=True, slots=True)
class SessionMoved(Event):
    """The bytes of an upload reached another state."""

    type: ClassVar[str] = "upload.session.status_changed"
    upload_id: UUID
    status: str


@dataclass(frozen=True, slots=True)
class JobMoved(Event):
    """The row on the screen changed."""

    type: ClassVar[str] = "job.status_changed"
    status: str
    progress: int
    filename: str
    asset_id: AssetId | None = None
    code: str | None = None
    message: str | None = None
    remedy: str | None = None
    group_id: GroupId | None = None


@dataclass(frozen=True, slots=True)
class JobForgotten(Event):
    """Somebody took an ended job out of the history."""

    type: ClassVar[str] = "job.deleted"
    group_id: GroupId | None = None


@dataclass(frozen=True, slots=True)
class StepMoved(Event):
    """A step of a job's run reached another state."""

    type: ClassVar[str] = "pipeline.step.status_changed"
    step: str
    status: str
    attempt: int
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class GroupOpened(Event):
    """A group is there for uploads to come. It has no revisions, so the fact is about the studio."""

    type: ClassVar[str] = "group.opened"
    group_id: GroupId
    name: str


@dataclass(frozen=True, slots=True)
class GroupDeleted(Event):
    """A group is gone from the history with its jobs, each of which was told of before; their assets stay."""

    type: ClassVar[str] = "group.deleted"
    group_id: GroupId
    name: str
