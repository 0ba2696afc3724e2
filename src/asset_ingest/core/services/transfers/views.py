"""What may be seen of an upload in transit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from asset_ingest.core.model.ids import GroupId, JobId, UploadId
from asset_ingest.core.model.uploads import FilePart, Method, SessionStatus, UploadSession
from asset_ingest.core.services.checked import CheckView, check_views
from asset_ingest.core.services.transfers.grid import part_count, size_of


@dataclass(frozen=True, slots=True)
class UploadView:
    """One upload. `offset` bytes from the start are stored: durable, without a gap. `size` is unknown until it is told.

    At least `received` bytes have come: more than are stored while the process that answers takes them in.
    `crc64nvme` is the checksum of the whole, once it is known, and `verified` what was checked, and by whom.

    With a `part_size` the upload has a grid of parts; `part_count` is known with the size. A partial upload, a piece
    that is still to be joined, has no job; one that is `joined_from` pieces names them in order.
    """

    id: UploadId
    job_id: JobId | None
    filename: str
    status: SessionStatus
    method: Method
    size: int | None
    offset: int
    received: int
    part_size: int | None
    part_count: int | None
    group_id: GroupId | None
    created_at: datetime
    expires_at: datetime
    client_metadata: str
    crc64nvme: str | None
    verified: list[CheckView]
    joined_from: list[UploadId]

    @property
    def is_partial(self) -> bool:
        return self.job_id is None


@dataclass(frozen=True, slots=True)
class PartView:
    """One part of an upload's grid; `etag` once it is stored."""

    number: int
    start: int
    size: int
    status: str
    etag: str | None


@dataclass(frozen=True, slots=True)
class SignedPart:
    """Where one part may be sent, and with which headers, until `expires_at`."""

    number: int
    method: str
    url: str
    headers: dict[str, str]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Limits:
    """What this server takes, in bytes; parts are those of the store.

    `quota_left` is how much more the studio may promise, where an operator has set a quota.
    """

    largest: int
    smallest_part: int
    largest_part: int
    most_parts: int
    largest_append: int | None = None
    quota_left: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """How to send one file: the best road that this server and its store have for it."""

    job_id: JobId
    upload_id: UploadId
    method: Method
    url: str | None
    headers: dict[str, str]
    part_size: int | None
    part_count: int | None
    parts: list[SignedPart]
    expires_at: datetime
    limits: Limits


def upload_view(session: UploadSession, offset: int, received: int = 0) -> UploadView:
    return UploadView(
        id=session.id,
        job_id=session.job_id,
        filename=session.filename,
        status=session.status,
        method=session.method,
        size=session.size,
        offset=offset,
        received=max(offset, received),
        part_size=session.part_size,
        part_count=part_count(session),
        group_id=session.group_id,
        created_at=session.created_at,
        expires_at=session.expires_at,
        client_metadata=session.client_metadata,
        joined_from=list(session.joined_from),
        crc64nvme=session.crc64nvme,
        verified=check_views(session.verified),
    )


def part_view(number: int, session: UploadSession, size: int, stored: FilePart | None) -> PartView:
    whole = size_of(number, session, size) if session.size is not None else size
    return PartView(
        number=number,
        start=(number - 1) * size,
        size=stored.size if stored else whole,
        status="UPLOADED" if stored else "PENDING",
        etag=stored.etag if stored else None,
    )
