"""The bytes: one file in transit."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from asset_ingest.core.errors import InvalidFilename, InvalidRequest
from asset_ingest.core.model.checks import Verified
from asset_ingest.core.model.ids import AssetId, BlobId, GroupId, JobId, MemberId, StudioId, UploadId
from asset_ingest.core.model.jobs import ENDED, JobStatus, Lane


class SessionStatus(StrEnum):
    """Where the bytes of one upload stand."""

    PENDING = "PENDING"  # announced, no byte yet
    UPLOADING = "UPLOADING"  # bytes are arriving
    FINALISING = "FINALISING"  # all bytes are stored, being checked against their promises
    COMPLETED = "COMPLETED"  # stored, durable, as promised
    FAILED = "FAILED"  # the bytes broke a promise
    CANCELLED = "CANCELLED"  # a person stopped it
    EXPIRED = "EXPIRED"  # nobody sent bytes for too long


class Method(StrEnum):
    """By which road the bytes come."""

    PLAIN = "plain"  # one request, from the first byte to the last
    RESUMABLE = "resumable"  # through the server alone, over as many requests as it takes
    SINGLE = "single"  # one signed request to where bytes live
    MULTIPART = "multipart"  # signed requests to where bytes live, one for each part; through the server too
    REMOTE = "remote"  # we fetch them ourselves, from where others serve them


class SessionTrigger(StrEnum):
    RECEIVE = "receive"
    FINALISE = "finalise"
    COMPLETE = "complete"
    FAIL = "fail"
    CANCEL = "cancel"
    EXPIRE = "expire"


OPEN_SESSION = (SessionStatus.PENDING, SessionStatus.UPLOADING, SessionStatus.FINALISING)
"""States in which bytes may still come."""

SESSION_MOVES: dict[tuple[SessionStatus, SessionTrigger], SessionStatus] = {
    (SessionStatus.PENDING, SessionTrigger.RECEIVE): SessionStatus.UPLOADING,
    (SessionStatus.UPLOADING, SessionTrigger.FINALISE): SessionStatus.FINALISING,
    (SessionStatus.FINALISING, SessionTrigger.COMPLETE): SessionStatus.COMPLETED,
    **{(state, SessionTrigger.FAIL): SessionStatus.FAILED for state in OPEN_SESSION},
    **{(state, SessionTrigger.CANCEL): SessionStatus.CANCELLED for state in OPEN_SESSION},
    **{(state, SessionTrigger.EXPIRE): SessionStatus.EXPIRED for state in OPEN_SESSION},
}


@dataclass(frozen=True, slots=True)
class UploadSession:
    """One file in transit. `object_key` is ours, never the client's name.

    `size` in bytes is the promise until COMPLETED, then the fact.
    `expires_at` moves on while bytes arrive; a session past it is abandoned. `blob_id` is set once the digest knows it.

    What comes in several requests is collected in parts of `part_size` bytes under the store's name `store_upload_id`;
    `tail_size` bytes behind the last whole part are durable too, as `tail_token` says in the store's words. Only the
    writer who raised `writer_epoch` last may write.

    With `checked_appends` bytes came through us under checksums of their own. What was refused may lie in the store as
    a whole part, so from then on only what we wrote down counts, and nothing goes straight to the store any more.

    A partial upload is a piece of a file that is still to be joined: nobody watches it, so it has no job. An upload
    that is `joined_from` such pieces gets no bytes but theirs, in this order.

    `content_type` is what one signed request has to say of the bytes, where its sender announced it.
    `promised_crc64nvme` is what the client says, `crc64nvme` what was found, both as S3 writes them; `verified` tells
    what was checked.

    With an `asset_id` the bytes become the next version of that asset, and `change_note` says what is new in it.
    `restores` says whether known content may come back from the trash: whoever sends it may do that.
    """

    id: UploadId
    studio_id: StudioId
    job_id: JobId | None
    object_key: str
    filename: str
    status: SessionStatus
    created_at: datetime
    expires_at: datetime
    size: int | None = None
    promised_sha256: str | None = None
    blob_id: BlobId | None = None
    method: Method = Method.PLAIN
    group_id: GroupId | None = None
    lane: Lane = Lane.INTERACTIVE
    part_size: int | None = None
    store_upload_id: str | None = None
    writer_epoch: int = 0
    tail_size: int = 0
    tail_token: str | None = None
    client_metadata: str = ""
    joined_from: tuple[UploadId, ...] = ()
    content_type: str | None = None
    promised_crc64nvme: str | None = None
    crc64nvme: str | None = None
    verified: Verified = field(default_factory=dict)
    asset_id: AssetId | None = None
    change_note: str = ""
    restores: bool = False
    checked_appends: bool = False

    @property
    def is_partial(self) -> bool:
        return self.job_id is None


@dataclass(frozen=True, slots=True)
class FilePart:
    """A part that the store holds, for good: number from 1, place and size in bytes, `etag` in the store's words.

    `crc64nvme` is there if the bytes came through us: counted on their way in, not asked of the store.
    """

    upload_id: UploadId
    studio_id: StudioId
    number: int
    start: int
    size: int
    etag: str
    crc64nvme: str | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """What the store holds of an upload: `prefix_parts` whole parts without a gap, `prefix` bytes in them.

    `tail` bytes lie right behind those, as of the same moment: between two looks a tail may have become a part.
    """

    parts: int
    prefix_parts: int
    prefix: int
    tail: int = 0

    @property
    def offset(self) -> int:
        """How many bytes from the start on are there without a gap."""
        return self.prefix + self.tail


class GroupStatus(StrEnum):
    """How a group stands; derived from its jobs, never stored."""

    PENDING = "PENDING"  # no byte yet
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"  # every job is complete
    FAILED = "FAILED"  # none is running, and some ended in an error
    CANCELLED = "CANCELLED"  # none is running or failed, and some were cancelled


def group_status(jobs: Mapping[JobStatus, int]) -> GroupStatus:
    """Return how a group of such jobs stands."""
    there = {status for status, count in jobs.items() if count}
    if there <= {JobStatus.PENDING}:
        return GroupStatus.PENDING
    if there - ENDED:
        return GroupStatus.IN_PROGRESS
    if JobStatus.ERROR in there:
        return GroupStatus.FAILED
    return GroupStatus.CANCELLED if JobStatus.CANCELLED in there else GroupStatus.COMPLETED


@dataclass(frozen=True, slots=True)
class UploadGroup:
    """Uploads that belong together; how they stand is derived from their jobs."""

    id: GroupId
    studio_id: StudioId
    name: str
    created_by: MemberId
    created_at: datetime
    description: str = ""


LONGEST_NOTE = 2000
"""Characters of a change note."""


def clean_note(raw: str, field: str = "change_note") -> str:
    """Return what a person says of a change, in NFC and without spaces around it; `field` is where it was said."""
    note = unicodedata.normalize("NFC", raw).strip()
    if len(note) > LONGEST_NOTE:
        raise InvalidRequest(f"has {len(note)} characters; {LONGEST_NOTE} are allowed", field)
    if any(unicodedata.category(char) in {"Cc", "Cs"} and char not in "\n\t" for char in note):
        raise InvalidRequest("holds control characters", field)
    return note


LONGEST_FILENAME = 255
"""Characters; what every common file system can hold."""


def clean_filename(raw: str) -> str:
    """Return the last path segment of a client's name, in NFC.

    It is only ever shown and offered for download; no file of ours is named by it. Raises InvalidFilename for one that
    would lie on screen (control, bidirectional-override or unassigned characters), is empty or too long.
    """
    name = unicodedata.normalize("NFC", raw.replace("\\", "/").rsplit("/", 1)[-1]).strip()
    if name in {"", ".", ".."}:
        raise InvalidFilename("the file has no name")
    if len(name) > LONGEST_FILENAME:
        raise InvalidFilename(f"the file name has {len(name)} characters; {LONGEST_FILENAME} are allowed")
    if any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn"} and char != "\u200d" for char in name):
        raise InvalidFilename("the file name holds invisible or control characters")
    return name
