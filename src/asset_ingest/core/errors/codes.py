"""The root of our errors, and the closed sets that programs may branch on."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar
from uuid import UUID


class Family(StrEnum):
    """Who can mend it, and so whether trying again by ourselves makes sense."""

    INPUT = "input"  # the file or the request: the same bytes fail again
    DEPENDENCY = "dependency"  # a service of somebody else: try again later
    QUOTA = "quota"  # a limit that time or an operator lifts: try again later
    INFRA = "infra"  # our own disk, database, broker or worker: try again soon
    BUG = "bug"  # ours to fix: trying again would hide it


class Code(StrEnum):
    """The closed set of reasons that clients may branch on. A code is never renamed."""

    INVALID_REQUEST = "invalid_request"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    PASSWORD_NEEDED = "password_needed"  # noqa: S105  a reason, no password
    METHOD_NOT_ALLOWED = "method_not_allowed"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    CONFLICT = "conflict"
    PRECONDITION_FAILED = "precondition_failed"
    NOT_POSSIBLE_NOW = "not_possible_now"
    RANGE_NOT_SATISFIABLE = "range_not_satisfiable"
    TOO_LARGE = "too_large"
    QUOTA_EXCEEDED = "quota_exceeded"
    TOO_MANY_UPLOADS = "too_many_uploads"
    TOO_MANY_BODIES = "too_many_bodies"
    TOO_SLOW = "too_slow"
    TOO_MANY_REQUESTS = "too_many_requests"
    CHOOSE_STUDIO = "choose_studio"
    EMPTY_FILE = "empty_file"
    INVALID_FILENAME = "invalid_filename"
    LENGTH_MISMATCH = "length_mismatch"
    CONTENT_MISMATCH = "content_mismatch"
    STORED_BYTES_CHANGED = "stored_bytes_changed"
    UPLOAD_INTERRUPTED = "upload_interrupted"
    OFFSET_MISMATCH = "offset_mismatch"
    CHECKSUM_MISMATCH = "checksum_mismatch"
    WRITER_REPLACED = "writer_replaced"
    UPLOAD_GONE = "upload_gone"
    CANCELLED = "cancelled"
    NOT_WHAT_ITS_NAME_SAYS = "not_what_its_name_says"
    PACKAGE_UNREADABLE = "package_unreadable"
    PACKAGE_TRUNCATED = "package_truncated"
    PACKAGE_CORRUPT = "package_corrupt"
    PACKAGE_BOMB = "package_bomb"
    PACKAGE_OVER_LIMIT = "package_over_limit"
    DECODER_FAILED = "decoder_failed"
    OBJECT_MISSING = "object_missing"
    STORE_UNAVAILABLE = "store_unavailable"
    STORE_FULL = "store_full"
    DATABASE_UNAVAILABLE = "database_unavailable"
    BROKER_UNAVAILABLE = "broker_unavailable"
    SERVICE_UNAVAILABLE = "service_unavailable"
    WORKER_LOST = "worker_lost"
    TIMED_OUT = "timed_out"
    MISCONFIGURED = "misconfigured"
    INTERNAL = "internal"


class IngestError(Exception):
    """The root: every error a person can meet is one of its subclasses."""

    code: ClassVar[Code] = Code.INTERNAL
    family: ClassVar[Family] = Family.BUG
    remedy: ClassVar[str] = "Report this with its correlation id; the log has the details."
    job_id: UUID | None = None
    """The job whose row says the same, where there is one."""

    @property
    def message(self) -> str:
        """One sentence a person understands."""
        return str(self)
