"""Facts. Everything inside one transaction happens or does not; a studio sees only its own rows.

`get` and `lock` raise NotFound for what is missing or another studio's. `lock` holds the row until the transaction
ends. `save` writes only over the state it was read in and raises Conflict otherwise. When several rows are locked,
the job comes first, then its run and steps, then assets: one order for all, so that nobody waits in a circle.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from asset_ingest.core.model.assets import (
    AssetVersion,
    Blob,
    EntryChange,
    PackageEntry,
    Publication,
    Publisher,
    Rendition,
)
from asset_ingest.core.model.events import Fact
from asset_ingest.core.model.ids import (
    AssetId,
    BlobId,
    JobId,
    PublisherId,
    StepId,
    StudioId,
    VersionId,
)
from asset_ingest.core.model.jobs import JobStatus, PipelineRun, RunStatus, StepRun, StepStatus, UploadJob
from asset_ingest.core.ports.asset_repos import AssetRepo
from asset_ingest.core.ports.import_repos import ImportRepo
from asset_ingest.core.ports.member_repos import InvitationRepo, KeyRepo, MemberRepo, PasswordRepo, SessionRepo
from asset_ingest.core.ports.review_repos import ApprovalRepo, CommentRepo, NotificationRepo, PeopleRepo
from asset_ingest.core.ports.share_repos import ShareRepo
from asset_ingest.core.ports.upload_repos import GroupRepo, UploadRepo


@dataclass(frozen=True, slots=True)
class JobQuery:
    """A page of the history, newest first; `after` is the id of the last row seen."""

    limit: int
    after: JobId | None = None
    statuses: frozenset[JobStatus] = frozenset()
    text: str | None = None  # part of the file name, case ignored


class JobRepo(Protocol):
    """The rows that people watch."""

    @abstractmethod
    async def add(self, *jobs: UploadJob) -> None: ...

    @abstractmethod
    async def get(self, job_id: JobId) -> UploadJob: ...

    @abstractmethod
    async def lock(self, job_id: JobId) -> UploadJob: ...

    @abstractmethod
    async def save(self, job: UploadJob) -> None:
        """Write a job whose revision is one more than the stored one."""

    @abstractmethod
    async def note_progress(self, job_id: JobId, progress: int) -> None:
        """Write how far a live job is (0 to 100), between two revisions; never lowers it."""

    @abstractmethod
    async def page(self, query: JobQuery) -> list[UploadJob]: ...

    @abstractmethod
    async def delete(self, job_id: JobId) -> None:
        """Remove the job with its upload and runs; blobs, assets and facts stay."""


class RunRepo(Protocol):
    """The work."""

    @abstractmethod
    async def add(self, runs: Sequence[PipelineRun], steps: Sequence[StepRun]) -> None: ...

    @abstractmethod
    async def add_steps(self, steps: Sequence[StepRun]) -> None:
        """Append steps to a run that is there."""

    @abstractmethod
    async def of_job(self, job_id: JobId) -> tuple[PipelineRun, list[StepRun]] | None:
        """Return the latest run of the job with its steps in order; None before the bytes are stored."""

    @abstractmethod
    async def save(self, run: PipelineRun, was: RunStatus) -> None: ...

    @abstractmethod
    async def save_step(self, step: StepRun, was: StepStatus) -> None:
        """Write the step, except its lease's end, which only `lease` moves."""

    @abstractmethod
    async def lease(self, step_id: StepId, token: UUID, seconds: float) -> bool:
        """Move the lease's end to `seconds` from now by the database's clock, if `token` still holds a RUNNING step."""

    @abstractmethod
    async def step(self, step_id: StepId) -> StepRun: ...


class VersionRepo(Protocol):
    """Immutable states of assets and the content they are."""

    @abstractmethod
    async def put_blob(self, blob: Blob) -> Blob:
        """Remember the content and return what is remembered: the earlier blob where the studio knew the SHA-256.

        It then refers to the newer object, which was just read to its end: so bytes that got lost heal.
        Two transactions putting the same content wait for each other.
        """

    @abstractmethod
    async def blob(self, blob_id: BlobId) -> Blob: ...

    @abstractmethod
    async def blobs(self, blob_ids: Sequence[BlobId]) -> dict[BlobId, Blob]: ...

    @abstractmethod
    async def add(self, version: AssetVersion) -> None:
        """Add a version to an asset that is there; raises Conflict for a number that is taken."""

    @abstractmethod
    async def get(self, version_id: VersionId) -> AssetVersion: ...

    @abstractmethod
    async def of_blob(self, blob_id: BlobId) -> AssetVersion | None:
        """Return the oldest version that is this content: of an asset in the trash only where there is no other."""

    @abstractmethod
    async def of_asset(self, asset_id: AssetId) -> list[AssetVersion]:
        """Return all versions, the newest first."""

    @abstractmethod
    async def page(self, asset_id: AssetId, limit: int, before: int) -> list[AssetVersion]:
        """Return versions with lower numbers than `before`, the newest first."""

    @abstractmethod
    async def shown(self, asset_id: AssetId, after: int, also: int) -> list[tuple[AssetVersion, Blob]]:
        """Return versions with higher numbers than `after`, the newest first, and the one with the number `also`."""

    @abstractmethod
    async def numbered(self, asset_id: AssetId, number: int) -> AssetVersion: ...

    @abstractmethod
    async def current(self, asset_ids: Sequence[AssetId]) -> dict[AssetId, VersionId]:
        """Return the id of each asset's current version."""

    @abstractmethod
    async def add_facts(self, version_id: VersionId, facts: dict[str, object]) -> None:
        """Add what a step found out; the same step's facts again replace themselves."""


@dataclass(frozen=True, slots=True)
class EntryQuery:
    """A page of a package's entries in order; `after` is the number of the last one seen."""

    limit: int
    after: int = -1
    text: str | None = None  # part of the path or the whole GUID, case ignored
    kind: str | None = None


class DerivedRepo(Protocol):
    """What was made of a version. Each is written again by a repeated step, with the same content."""

    @abstractmethod
    async def put_rendition(self, rendition: Rendition) -> None:
        """Adopt the rendition in place of an earlier one of the same version and role."""

    @abstractmethod
    async def renditions(self, version_ids: Sequence[VersionId]) -> list[Rendition]: ...

    @abstractmethod
    async def put_entries(self, entries: Sequence[PackageEntry]) -> None:
        """Add entries; those whose (version, number) is there already are replaced."""

    @abstractmethod
    async def entries(self, version_id: VersionId, query: EntryQuery) -> list[PackageEntry]: ...

    @abstractmethod
    async def has_entry(self, version_id: VersionId, guid: str) -> bool:
        """Say whether the package has an entry of this GUID."""

    async def entry_changes(self, a: VersionId, b: VersionId, after: str, limit: int) -> list[EntryChange]:
        """Return what differs between the entries of two versions, by GUIDs above `after`, in their order.

        Of entries that share a GUID the first counts.
        """

    @abstractmethod
    async def entry_kinds(self, version_id: VersionId) -> dict[str, int]:
        """Count the entries of each kind."""


class PublisherRepo(Protocol):
    """Who made assets, and where assets are published."""

    @abstractmethod
    async def put(self, publisher: Publisher) -> Publisher:
        """Remember the publisher by (source, external id) and return what is remembered, with the newer name."""

    @abstractmethod
    async def get(self, publisher_id: PublisherId) -> Publisher: ...

    @abstractmethod
    async def named(self, publisher_ids: Sequence[PublisherId]) -> dict[PublisherId, str]:
        """Return the name of each publisher."""

    @abstractmethod
    async def counted(self, publisher_id: PublisherId) -> tuple[Publisher, int]:
        """Return the publisher with the number of its ready assets."""

    @abstractmethod
    async def page(self, limit: int, after: PublisherId | None) -> list[tuple[Publisher, int]]:
        """Return publishers with the number of their ready assets, newest first."""

    @abstractmethod
    async def put_publication(self, publication: Publication) -> None:
        """Remember the publication in place of an earlier one of the same asset and target."""

    @abstractmethod
    async def publications(self, asset_id: AssetId) -> list[Publication]: ...


class EventRepo(Protocol):
    """The outbox and, once the relay has numbered its rows, the audit trail."""

    @abstractmethod
    async def add(self, *facts: Fact) -> None: ...

    @abstractmethod
    async def after(self, seq: int, limit: int) -> list[Fact]:
        """Return numbered facts after `seq`, in order."""

    @abstractmethod
    async def before(self, seq: int, limit: int, subject: UUID | None = None, kind: str = "") -> list[Fact]:
        """Return numbered facts before `seq`, of one subject or of all, the newest first.

        `kind` is what their types begin with, up to the dot.
        """

    @abstractmethod
    async def watermark(self) -> int:
        """Return the highest number given out in this studio; 0 before the first."""


class Transaction(Protocol):
    """The repositories of one studio, inside one transaction."""

    jobs: JobRepo
    uploads: UploadRepo
    imports: ImportRepo
    groups: GroupRepo
    runs: RunRepo
    assets: AssetRepo
    versions: VersionRepo
    derived: DerivedRepo
    publishers: PublisherRepo
    shares: ShareRepo
    comments: CommentRepo
    approvals: ApprovalRepo
    people: PeopleRepo
    notifications: NotificationRepo
    members: MemberRepo
    invitations: InvitationRepo
    passwords: PasswordRepo
    sessions: SessionRepo
    keys: KeyRepo
    events: EventRepo


class Records(Protocol):
    """The door to a studio's rows."""

    @abstractmethod
    def transaction(self, studio_id: StudioId) -> AbstractAsyncContextManager[Transaction]:
        """Commit when the block ends well, roll back when it raises. A lost database raises DatabaseUnavailable."""

    def reading(self, studio_id: StudioId) -> AbstractAsyncContextManager[Transaction]:
        """Read alone: each question may see what was committed behind the one before. Some stores have it cheaper."""
        return self.transaction(studio_id)
