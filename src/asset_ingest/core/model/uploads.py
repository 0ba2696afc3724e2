"""The bytes: one file in transit."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from asset_ingest.core.errors import InvalidFilename
from asset_ingest.core.model.ids import BlobId, JobId, StudioId, UploadId


class SessionStatus(StrEnum):
    """Where the bytes of one upload stand."""

    PENDING = "PENDING"  # announced, no byte yet
    UPLOADING = "UPLOADING"  # bytes are arriving
    FINALISING = "FINALISING"  # all bytes are stored, being checked against their promises
    COMPLETED = "COMPLETED"  # stored, durable, as promised
    FAILED = "FAILED"  # the bytes broke a promise
    CANCELLED = "CANCELLED"  # a person stopped it
    EXPIRED = "EXPIRED"  # nobody sent bytes for too long


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
    """

    id: UploadId
    studio_id: StudioId
    job_id: JobId
    object_key: str
    filename: str
    status: SessionStatus
    created_at: datetime
    expires_at: datetime
    size: int | None = None
    promised_sha256: str | None = None
    blob_id: BlobId | None = None


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
