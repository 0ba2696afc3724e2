"""Everything that can go wrong, said so that a person knows what, why and what to do.

Each error has a stable `code` from a closed set, a message, and a `remedy`. Doors turn the code into a status with one
table; the runner turns the `family` into a decision to retry.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID


class Family(StrEnum):
    """Who can mend it, and so whether trying again by ourselves makes sense."""

    INPUT = "input"  # the file or the request: the same bytes fail again
    DEPENDENCY = "dependency"  # a service of somebody else: try again later
    QUOTA = "quota"  # a limit that time or an operator lifts: try again later
    INFRA = "infra"  # our own disk, database or worker: try again soon
    BUG = "bug"  # ours to fix: trying again would hide it


class Code(StrEnum):
    """The closed set of reasons that clients may branch on. A code is never renamed."""

    INVALID_REQUEST = "invalid_request"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    CONFLICT = "conflict"
    NOT_POSSIBLE_NOW = "not_possible_now"
    RANGE_NOT_SATISFIABLE = "range_not_satisfiable"
    TOO_LARGE = "too_large"
    EMPTY_FILE = "empty_file"
    INVALID_FILENAME = "invalid_filename"
    LENGTH_MISMATCH = "length_mismatch"
    CONTENT_MISMATCH = "content_mismatch"
    UPLOAD_INTERRUPTED = "upload_interrupted"
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


class InvalidRequest(IngestError):
    """A field, header or query parameter makes no sense; `field` names it where one is to blame."""

    code = Code.INVALID_REQUEST
    family = Family.INPUT
    remedy = "Correct the request and send it again."

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class Unauthenticated(IngestError):
    """Nobody we know is asking."""

    code = Code.UNAUTHENTICATED
    family = Family.INPUT
    remedy = "Sign in with a fresh link, or send 'Authorization: Bearer <API key>'."


class Forbidden(IngestError):
    """We know who asks, and this role may not."""

    code = Code.FORBIDDEN
    family = Family.INPUT
    remedy = "Ask an administrator of your studio for a role that allows it."


class NotFound(IngestError):
    """There is no such thing, or it is not yours: the answer is the same."""

    code = Code.NOT_FOUND
    family = Family.INPUT
    remedy = "Check the address; the thing may have been deleted."

    def __init__(self, what: str, ident: object) -> None:
        super().__init__(f"there is no {what} {ident}")
        self.what = what


class Conflict(IngestError):
    """Somebody changed the same thing first."""

    code = Code.CONFLICT
    family = Family.INFRA
    remedy = "Read the thing again and repeat the change."


class NotPossibleNow(IngestError):
    """The state table has no such move from where the thing stands."""

    code = Code.NOT_POSSIBLE_NOW
    family = Family.INPUT
    remedy = "Look at its present state; the page shows what is possible."


class RangeNotSatisfiable(IngestError):
    """The bytes asked for lie outside the object."""

    code = Code.RANGE_NOT_SATISFIABLE
    family = Family.INPUT
    remedy = "Ask for a range inside the size that the answer names."

    def __init__(self, size: int) -> None:
        super().__init__(f"the range lies outside the {size} bytes of this object")
        self.size = size


class UploadRefused(IngestError):
    """The bytes as sent cannot become a file here."""

    family = Family.INPUT


class TooLarge(UploadRefused):
    code = Code.TOO_LARGE
    remedy = "Send a smaller file, or ask an operator to raise the limit."

    def __init__(self, limit: int) -> None:
        super().__init__(f"the file is larger than the {limit} bytes allowed here")
        self.limit = limit


class EmptyFile(UploadRefused):
    code = Code.EMPTY_FILE
    remedy = "Check the file on your disk: it has no content."

    def __init__(self) -> None:
        super().__init__("the file is empty")


class InvalidFilename(UploadRefused):
    code = Code.INVALID_FILENAME
    remedy = "Rename the file and upload it again."


class LengthMismatch(UploadRefused):
    code = Code.LENGTH_MISMATCH
    remedy = "Upload the file again; it may have changed while it was sent."

    def __init__(self, promised: int, received: int) -> None:
        super().__init__(f"{promised} bytes were promised and {received} arrived")


class ContentMismatch(UploadRefused):
    code = Code.CONTENT_MISMATCH
    remedy = "Upload the file again; its content is not what the SHA-256 promised."

    def __init__(self) -> None:
        super().__init__("the SHA-256 of the bytes is not the one that was promised")


class UploadInterrupted(UploadRefused):
    """The connection or the server went away in the middle."""

    code = Code.UPLOAD_INTERRUPTED
    remedy = "Drop the file again; nothing of the first attempt is kept."

    def __init__(self) -> None:
        super().__init__("the upload stopped before all bytes had arrived")


class Cancelled(UploadRefused):
    code = Code.CANCELLED
    remedy = "Drop the file again if you want it after all."

    def __init__(self) -> None:
        super().__init__("somebody cancelled this while it was under way")


class FileRefused(IngestError):
    """The stored file cannot be what it claims; the same bytes will be refused again."""

    family = Family.INPUT


class NotWhatItsNameSays(FileRefused):
    code = Code.NOT_WHAT_ITS_NAME_SAYS
    remedy = "Check that you dropped the right file; rename it if its extension is wrong."

    def __init__(self, claimed: str, found: str) -> None:
        super().__init__(f"the name says {claimed}, the bytes say {found}")


class PackageUnreadable(FileRefused):
    code = Code.PACKAGE_UNREADABLE
    remedy = "Export the package again from Unity, or download it again."


class PackageTruncated(FileRefused):
    code = Code.PACKAGE_TRUNCATED
    remedy = "Download or export the package again and drop the complete file."


class PackageCorrupt(FileRefused):
    code = Code.PACKAGE_CORRUPT
    remedy = "Download or export the package again; its checksum does not match its content."


class PackageBomb(FileRefused):
    code = Code.PACKAGE_BOMB
    remedy = "If you trust the package, ask an operator to raise the inflation limit."


class PackageOverLimit(FileRefused):
    code = Code.PACKAGE_OVER_LIMIT
    remedy = "Split the package, or ask an operator to raise the limit."


class DecoderFailed(IngestError):
    """A native decoder crashed, hung or refused; it ran in a child process, so we did not."""

    code = Code.DECODER_FAILED
    family = Family.INPUT
    remedy = "Check that the picture opens elsewhere; export it again."


class ObjectMissing(IngestError):
    """The store has no object under this key."""

    code = Code.OBJECT_MISSING
    family = Family.INFRA
    remedy = "An operator should check the object store: something deleted its data."

    def __init__(self, key: str) -> None:
        super().__init__("the stored bytes are gone")
        self.key = key


class StoreUnavailable(IngestError):
    code = Code.STORE_UNAVAILABLE
    family = Family.INFRA
    remedy = "Try again in a moment; if it stays, an operator should look at the object store."


class StoreFull(IngestError):
    code = Code.STORE_FULL
    family = Family.INFRA
    remedy = "An operator has to free space in the object store."

    def __init__(self) -> None:
        super().__init__("the object store has no space left")


class DatabaseUnavailable(IngestError):
    code = Code.DATABASE_UNAVAILABLE
    family = Family.INFRA
    remedy = "Try again in a moment; if it stays, an operator should look at the database."


class ServiceUnavailable(IngestError):
    """A service of somebody else did not do its part."""

    code = Code.SERVICE_UNAVAILABLE
    family = Family.DEPENDENCY
    remedy = "Retry the job later; the service may be down or refusing us."


class WorkerLost(IngestError):
    """The step took its worker down as often as we allow."""

    code = Code.WORKER_LOST
    family = Family.INPUT
    remedy = "The file may be made to crash readers. Look at the worker's log before you retry."

    def __init__(self, attempts: int) -> None:
        super().__init__(f"the worker vanished {attempts} times while it worked on this step")


class TimedOut(IngestError):
    code = Code.TIMED_OUT
    family = Family.INFRA
    remedy = "Retry the job; if it happens again the file is too much for the limit an operator set."


class Misconfigured(IngestError):
    """The operator's settings cannot work; said before anything starts."""

    code = Code.MISCONFIGURED
    family = Family.INFRA
    remedy = "Correct the setting that the message names and start again."


class GiveUp(IngestError):
    """A step knows that trying again is useless."""

    family = Family.INPUT
    remedy = "Read the reason; retry once it is gone."


class Defer(Exception):
    """A step asks to be run again, not before `until`; this costs no attempt."""

    def __init__(self, until: datetime, reason: str) -> None:
        super().__init__(reason)
        self.until = until


class LeaseLost(Exception):
    """Another worker owns the step now, or somebody cancelled it: stop at once and write nothing."""
