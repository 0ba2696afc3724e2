"""What the server shows, as this client reads it.

Statuses and kinds stay text: a newer server may know more of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from asset_ingest.client.record import Record
from asset_ingest.core.model.jobs import ENDED, JobStatus


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a job's work."""

    name: str
    title: str
    status: str
    attempt: int = 0
    reason: str | None = None
    error_message: str | None = None
    code: str | None = None
    remedy: str | None = None

    @classmethod
    def of(cls, record: Record) -> Step:
        name = record.need("name", str)
        return cls(
            name=name,
            title=record.get("title", str) or name,
            status=record.need("status", str),
            attempt=record.get("attempt", int) or 0,
            reason=record.get("reason", str),
            error_message=record.get("error_message", str),
            code=record.get("code", str),
            remedy=record.get("remedy", str),
        )


@dataclass(frozen=True, slots=True)
class Check:
    """One look at the bytes of a file: at what, by whom, and when."""

    what: str
    by: str
    at: datetime

    @classmethod
    def of(cls, record: Record) -> Check:
        return cls(record.need("what", str), record.need("by", str), record.needed_time("at"))


@dataclass(frozen=True, slots=True)
class Job:
    """The way of one file, as a person watches it. `steps` and `verified` are empty in lists.

    `stage` says where the file stands: announced, receiving, stored, verifying, processing, ready, failed, cancelled.
    """

    id: str
    original_filename: str
    status: str
    created_at: datetime
    updated_at: datetime
    revision: int = 0
    progress: int = 0
    size: int | None = None
    error_message: str | None = None
    code: str | None = None
    step: str | None = None
    remedy: str | None = None
    asset_id: str | None = None
    cms_id: str | None = None
    duplicate: bool = False
    completed_at: datetime | None = None
    correlation_id: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    stage: str | None = None
    crc64nvme: str | None = None
    verified: tuple[Check, ...] = ()

    @property
    def ended(self) -> bool:
        """Nothing more happens by itself."""
        return self.status in ENDED

    @property
    def complete(self) -> bool:
        """Ended well; a duplicate counts, for its content is there."""
        return self.status == JobStatus.COMPLETE

    def progressed(self, progress: int, step: str | None) -> Job:
        """Return the job with what a progress frame told."""
        return replace(self, progress=progress, step=step or self.step)

    @classmethod
    def of(cls, record: Record) -> Job:
        return cls(
            id=record.need("id", str),
            original_filename=record.need("original_filename", str),
            status=record.need("status", str),
            created_at=record.needed_time("created_at"),
            updated_at=record.needed_time("updated_at"),
            revision=record.get("revision", int) or 0,
            progress=record.get("progress", int) or 0,
            size=record.get("size", int),
            error_message=record.get("error_message", str),
            code=record.get("code", str),
            step=record.get("step", str),
            remedy=record.get("remedy", str),
            asset_id=record.get("asset_id", str),
            cms_id=record.get("cms_id", str),
            duplicate=record.get("duplicate", bool) or False,
            completed_at=record.time("completed_at"),
            correlation_id=record.get("correlation_id", str),
            metadata=record.get("metadata", dict) or {},
            steps=tuple(Step.of(step) for step in record.records("steps", "step")),
            stage=record.get("stage", str),
            crc64nvme=record.get("crc64nvme", str),
            verified=tuple(Check.of(check) for check in record.records("verified", "check")),
        )


@dataclass(frozen=True, slots=True)
class Group:
    """Uploads that belong together."""

    id: str
    name: str
    status: str
    created_at: datetime

    @classmethod
    def of(cls, record: Record) -> Group:
        return cls(
            id=record.need("id", str),
            name=record.need("name", str),
            status=record.need("status", str),
            created_at=record.needed_time("created_at"),
        )


@dataclass(frozen=True, slots=True)
class Version:
    """One immutable content of an asset."""

    number: int
    filename: str
    size: int
    sha256: str
    created_at: datetime
    crc64nvme: str | None = None
    verified: tuple[Check, ...] = ()

    @classmethod
    def of(cls, record: Record) -> Version:
        return cls(
            number=record.need("number", int),
            filename=record.need("filename", str),
            size=record.need("size", int),
            sha256=record.need("sha256", str).lower(),
            created_at=record.needed_time("created_at"),
            crc64nvme=record.get("crc64nvme", str),
            verified=tuple(Check.of(check) for check in record.records("verified", "check")),
        )


@dataclass(frozen=True, slots=True)
class Finding:
    """Something odd inside a file that was taken nevertheless."""

    code: str
    detail: str
    guid: str | None = None
    path: str | None = None

    @classmethod
    def of(cls, record: Record) -> Finding:
        return cls(
            code=record.need("code", str),
            detail=record.get("detail", str) or "",
            guid=record.get("guid", str),
            path=record.get("path", str),
        )


@dataclass(frozen=True, slots=True)
class Asset:
    """A thing of the catalogue with its versions."""

    id: str
    name: str
    kind: str
    created_at: datetime
    updated_at: datetime
    revision: int = 0
    current_version: int = 0
    ready_at: datetime | None = None
    trashed_at: datetime | None = None
    size: int | None = None
    sha256: str | None = None
    content_type: str | None = None
    filename: str | None = None
    entry_count: int | None = None
    finding_count: int | None = None
    publisher: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    versions: tuple[Version, ...] = ()

    @classmethod
    def of(cls, record: Record) -> Asset:
        publisher = record.get("publisher", dict)
        return cls(
            id=record.need("id", str),
            name=record.need("name", str),
            kind=record.need("kind", str),
            created_at=record.needed_time("created_at"),
            updated_at=record.needed_time("updated_at"),
            revision=record.get("revision", int) or 0,
            current_version=record.get("current_version", int) or 0,
            ready_at=record.time("ready_at"),
            trashed_at=record.time("trashed_at"),
            size=record.get("size", int),
            sha256=record.get("sha256", str),
            content_type=record.get("content_type", str),
            filename=record.get("filename", str),
            entry_count=record.get("entry_count", int),
            finding_count=record.get("finding_count", int),
            publisher=Record("publisher", publisher).get("name", str) if publisher else None,
            metadata=record.get("metadata", dict) or {},
            findings=tuple(Finding.of(finding) for finding in record.records("findings", "finding")),
            versions=tuple(Version.of(version) for version in record.records("versions", "version")),
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """One file inside a package."""

    number: int
    guid: str | None
    path: str | None
    kind: str | None
    size: int | None
    preview_url: str | None = None

    @classmethod
    def of(cls, record: Record) -> Entry:
        return cls(
            number=record.need("number", int),
            guid=record.get("guid", str),
            path=record.get("path", str),
            kind=record.get("kind", str),
            size=record.get("size", int),
            preview_url=record.get("preview_url", str),
        )
