"""Uploads in transit and their groups, as rows of one studio inside a transaction."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from asset_ingest.core.model.ids import GroupId, JobId, UploadId
from asset_ingest.core.model.jobs import JobStatus, UploadJob
from asset_ingest.core.model.uploads import FilePart, Held, SessionStatus, UploadGroup, UploadSession


@dataclass(frozen=True, slots=True)
class Ledger:
    """What one writer has stored since it last said so; `tail_size` and `tail_token` replace what was there."""

    upload_id: UploadId
    epoch: int
    parts: tuple[FilePart, ...]
    tail_size: int
    tail_token: str | None
    until: datetime


@dataclass(frozen=True, slots=True)
class Usage:
    """What a studio takes up: `stored` bytes, with those that open uploads promise, and how many `uploads` are open.

    An open upload of unknown size counts as far as it is stored; what is stored for good counts once per content.
    """

    stored: int
    uploads: int


@dataclass(frozen=True, slots=True)
class Claim:
    """Room that a transaction is about to take: so many bytes more, within these limits; None is no limit."""

    size: int
    most_stored: int | None
    most_uploads: int | None


class UploadRepo(Protocol):
    """The bytes in transit."""

    @abstractmethod
    async def add(self, *sessions: UploadSession) -> None: ...

    @abstractmethod
    async def get(self, upload_id: UploadId) -> UploadSession: ...

    @abstractmethod
    async def lock(self, upload_id: UploadId) -> UploadSession:
        """Return it, and hold it: for what has no job that is locked in its place. Several are locked in order."""

    @abstractmethod
    async def save(self, session: UploadSession, was: SessionStatus) -> None: ...

    @abstractmethod
    async def forget(self, upload_id: UploadId) -> bool:
        """Remove a partial upload that was locked; say False, and leave it, while another is being joined from it."""

    @abstractmethod
    async def keep_alive(self, upload_id: UploadId, until: datetime) -> SessionStatus:
        """Move the expiry of an open session on and tell its status: a cancelled one must stop receiving."""

    @abstractmethod
    async def take_over(self, upload_id: UploadId) -> UploadSession:
        """Become its only writer: raise the epoch, so that what an earlier writer records from now on is refused."""

    @abstractmethod
    async def begin_anew(self, upload_id: UploadId) -> None:
        """Forget what is stored of it; what an earlier writer records from now on is refused."""

    @abstractmethod
    async def record(self, ledger: Ledger) -> SessionStatus:
        """Write what has become durable and move the expiry on; tell the status as `keep_alive` does.

        Raises WriterReplaced, and writes nothing, when somebody took over. A part that is there already stays as it is.
        An upload that is FINALISING takes no more, unless it is being joined from others.
        """

    @abstractmethod
    async def held(self, upload_id: UploadId) -> Held:
        """Say how many parts are stored, how far they reach without a gap, and what lies behind: all of one moment."""

    @abstractmethod
    async def parts(self, upload_id: UploadId, after: int, limit: int) -> list[FilePart]:
        """Return stored parts with numbers above `after`, in order."""

    @abstractmethod
    async def usage(self) -> Usage:
        """Say what the studio takes up."""

    @abstractmethod
    async def claim(self, claim: Claim) -> Usage:
        """Say the same to one who takes what there is room for in this very transaction, and nothing else.

        Where two claims at once might not both fit, the second waits for the end of the first and counts what it took.
        """


@dataclass(frozen=True, slots=True)
class GroupCount:
    """How many jobs of a group stand where, how many bytes they promise, and how many failed at their work."""

    jobs: dict[JobStatus, int]
    size: int
    retryable: int = 0


class GroupRepo(Protocol):
    """Uploads that belong together."""

    @abstractmethod
    async def add(self, group: UploadGroup) -> None: ...

    @abstractmethod
    async def get(self, group_id: GroupId) -> UploadGroup: ...

    @abstractmethod
    async def delete(self, group_id: GroupId) -> None:
        """Take a group out; raises NotFound, and Conflict for one that holds uploads."""

    @abstractmethod
    async def page(self, limit: int, after: GroupId | None) -> list[UploadGroup]:
        """Return groups, newest first."""

    @abstractmethod
    async def counts(self, group_ids: Sequence[GroupId]) -> dict[GroupId, GroupCount]:
        """Count the jobs of each group; one without any is left out."""

    @abstractmethod
    async def jobs(self, group_id: GroupId, after: JobId | None, limit: int) -> list[UploadJob]:
        """Return jobs of the group, newest first."""
