"""The door to everything that is kept in memory, for tests, trials and programs without a database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from asset_ingest.adapters.repos.memory.access import MemoryAccess
from asset_ingest.adapters.repos.memory.approvals import MemoryApprovals
from asset_ingest.adapters.repos.memory.assets import MemoryAssets
from asset_ingest.adapters.repos.memory.attempts import MemoryAttempts
from asset_ingest.adapters.repos.memory.comments import MemoryComments, MemoryPeople
from asset_ingest.adapters.repos.memory.derived import MemoryDerived
from asset_ingest.adapters.repos.memory.events import MemoryEvents
from asset_ingest.adapters.repos.memory.groups import MemoryGroups
from asset_ingest.adapters.repos.memory.imports import MemoryImportRecords, MemoryImports
from asset_ingest.adapters.repos.memory.jobs import MemoryJobs
from asset_ingest.adapters.repos.memory.members import MemoryInvitations, MemoryMembers
from asset_ingest.adapters.repos.memory.notifications import MemoryDigests, MemoryNotifications
from asset_ingest.adapters.repos.memory.publishers import MemoryPublishers
from asset_ingest.adapters.repos.memory.relay import MemoryRelay
from asset_ingest.adapters.repos.memory.runs import MemoryRuns
from asset_ingest.adapters.repos.memory.shares import MemoryShareRecords, MemoryShares
from asset_ingest.adapters.repos.memory.sign_in import MemoryKeys, MemoryPasswords, MemorySessions
from asset_ingest.adapters.repos.memory.tables import Store, StudioTables
from asset_ingest.adapters.repos.memory.uploads import MemoryUploads
from asset_ingest.adapters.repos.memory.versions import MemoryVersions
from asset_ingest.adapters.repos.memory.work import MemoryWork
from asset_ingest.core.model.ids import StudioId
from asset_ingest.core.ports.asset_repos import AssetRepo
from asset_ingest.core.ports.clock import Clock
from asset_ingest.core.ports.import_repos import ImportRepo
from asset_ingest.core.ports.member_repos import InvitationRepo, KeyRepo, MemberRepo, PasswordRepo, SessionRepo
from asset_ingest.core.ports.repos import (
    DerivedRepo,
    EventRepo,
    JobRepo,
    PublisherRepo,
    Records,
    RunRepo,
    Transaction,
    VersionRepo,
)
from asset_ingest.core.ports.review_repos import ApprovalRepo, CommentRepo, NotificationRepo, PeopleRepo
from asset_ingest.core.ports.share_repos import ShareRepo
from asset_ingest.core.ports.system_records import SystemRecords
from asset_ingest.core.ports.upload_repos import GroupRepo, UploadRepo


class MemoryRecords(Records):
    """Facts in this process, gone with it. Transactions run one after the other over the whole store.

    A transaction inside a transaction of the same task, or a system call there, raises RuntimeError instead of waiting
    for itself.
    """

    def __init__(self, clock: Clock) -> None:
        self._store = Store()
        self._clock = clock
        self.system = SystemRecords(
            MemoryAccess(self._store),
            MemoryWork(self._store, clock),
            MemoryRelay(self._store),
            MemoryImportRecords(self._store, clock),
            MemoryShareRecords(self._store),
            MemoryDigests(self._store, clock),
            MemoryAttempts(self._store),
        )

    def transaction(self, studio_id: StudioId) -> AbstractAsyncContextManager[Transaction]:
        return self._transaction(studio_id)

    @asynccontextmanager
    async def _transaction(self, studio_id: StudioId) -> AsyncIterator[Transaction]:
        async with self._store.transaction() as tables:
            yield MemoryTransaction(StudioTables(tables, studio_id), self._clock)


class MemoryTransaction(Transaction):
    """The repositories, all on one snapshot."""

    def __init__(self, rows: StudioTables, clock: Clock) -> None:
        self.jobs: JobRepo = MemoryJobs(rows)
        self.uploads: UploadRepo = MemoryUploads(rows)
        self.imports: ImportRepo = MemoryImports(rows, clock)
        self.groups: GroupRepo = MemoryGroups(rows)
        self.runs: RunRepo = MemoryRuns(rows, clock)
        self.assets: AssetRepo = MemoryAssets(rows)
        self.versions: VersionRepo = MemoryVersions(rows)
        self.derived: DerivedRepo = MemoryDerived(rows)
        self.publishers: PublisherRepo = MemoryPublishers(rows)
        self.shares: ShareRepo = MemoryShares(rows)
        self.comments: CommentRepo = MemoryComments(rows)
        self.approvals: ApprovalRepo = MemoryApprovals(rows)
        self.people: PeopleRepo = MemoryPeople(rows)
        self.notifications: NotificationRepo = MemoryNotifications(rows)
        self.members: MemberRepo = MemoryMembers(rows)
        self.invitations: InvitationRepo = MemoryInvitations(rows)
        self.passwords: PasswordRepo = MemoryPasswords(rows)
        self.sessions: SessionRepo = MemorySessions(rows)
        self.keys: KeyRepo = MemoryKeys(rows)
        self.events: EventRepo = MemoryEvents(rows)
