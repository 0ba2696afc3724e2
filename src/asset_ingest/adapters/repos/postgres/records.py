"""The door to everything that PostgreSQL keeps for us."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from uuid import UUID

import asyncpg

from asset_ingest.adapters.repos.postgres.access import PostgresAccess
from asset_ingest.adapters.repos.postgres.approvals import PostgresApprovals
from asset_ingest.adapters.repos.postgres.assets import PostgresAssets
from asset_ingest.adapters.repos.postgres.attempts import PostgresAttempts
from asset_ingest.adapters.repos.postgres.comments import PostgresComments, PostgresPeople
from asset_ingest.adapters.repos.postgres.derived import PostgresDerived
from asset_ingest.adapters.repos.postgres.events import PostgresEvents
from asset_ingest.adapters.repos.postgres.groups import PostgresGroups
from asset_ingest.adapters.repos.postgres.imports import PostgresImportRecords, PostgresImports
from asset_ingest.adapters.repos.postgres.jobs import PostgresJobs
from asset_ingest.adapters.repos.postgres.members import PostgresInvitations, PostgresMembers
from asset_ingest.adapters.repos.postgres.notifications import PostgresDigests, PostgresNotifications
from asset_ingest.adapters.repos.postgres.publishers import PostgresPublishers
from asset_ingest.adapters.repos.postgres.readers import Borrowed, Readers
from asset_ingest.adapters.repos.postgres.relay import PostgresRelay
from asset_ingest.adapters.repos.postgres.runs import PostgresRuns
from asset_ingest.adapters.repos.postgres.shares import PostgresShareRecords, PostgresShares
from asset_ingest.adapters.repos.postgres.sign_in import PostgresKeys, PostgresPasswords, PostgresSessions
from asset_ingest.adapters.repos.postgres.sql import Sql, transaction
from asset_ingest.adapters.repos.postgres.studio import StudioSql
from asset_ingest.adapters.repos.postgres.uploads import PostgresUploads
from asset_ingest.adapters.repos.postgres.versions import PostgresVersions
from asset_ingest.adapters.repos.postgres.work import PostgresWork
from asset_ingest.core.model.ids import StudioId
from asset_ingest.core.ports.asset_repos import AssetRepo
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


class PostgresRecords(Records):
    """Facts in PostgreSQL. Each transaction is one connection of the pool, read committed.

    `readers` are connections for reading without one, `doormen` for finding out who asks; where there are none, the
    pool does it.
    """

    def __init__(self, pool: asyncpg.Pool, readers: Readers | None = None, doormen: Readers | None = None) -> None:
        self._pool, self._readers = pool, readers
        self.system = SystemRecords(
            PostgresAccess(pool, doormen),
            PostgresWork(pool),
            PostgresRelay(pool),
            PostgresImportRecords(pool),
            PostgresShareRecords(pool),
            PostgresDigests(pool),
            PostgresAttempts(pool),
        )

    def transaction(self, studio_id: StudioId) -> AbstractAsyncContextManager[Transaction]:
        return self._transaction(studio_id)

    def reading(self, studio_id: StudioId) -> AbstractAsyncContextManager[Transaction]:
        if self._readers is None:
            return self.transaction(studio_id)
        return Borrowed(self._readers, lambda reader: PostgresTransaction(Sql(reader), studio_id), studio_id)

    @asynccontextmanager
    async def _transaction(self, studio_id: StudioId) -> AsyncIterator[Transaction]:
        async with transaction(self._pool, walled(studio_id)) as sql:
            yield PostgresTransaction(sql, studio_id)


def walled(studio_id: StudioId) -> str:
    """Begin a transaction that sees the rows of one studio, whatever its statements forget; one round trip."""
    return f"BEGIN; SET LOCAL ROLE ingest_app; SET LOCAL ingest.studio = '{UUID(bytes=studio_id.bytes)}'"


class PostgresTransaction(Transaction):
    """The repositories, all on one connection."""

    def __init__(self, sql: Sql, studio_id: StudioId) -> None:
        bound = StudioSql(sql, studio_id)
        self.jobs: JobRepo = PostgresJobs(bound)
        self.uploads: UploadRepo = PostgresUploads(bound)
        self.imports: ImportRepo = PostgresImports(bound)
        self.groups: GroupRepo = PostgresGroups(bound)
        self.runs: RunRepo = PostgresRuns(bound)
        self.assets: AssetRepo = PostgresAssets(bound)
        self.versions: VersionRepo = PostgresVersions(bound)
        self.derived: DerivedRepo = PostgresDerived(bound)
        self.publishers: PublisherRepo = PostgresPublishers(bound)
        self.shares: ShareRepo = PostgresShares(bound)
        self.comments: CommentRepo = PostgresComments(bound)
        self.approvals: ApprovalRepo = PostgresApprovals(bound)
        self.people: PeopleRepo = PostgresPeople(bound)
        self.notifications: NotificationRepo = PostgresNotifications(bound)
        self.members: MemberRepo = PostgresMembers(bound)
        self.invitations: InvitationRepo = PostgresInvitations(bound)
        self.passwords: PasswordRepo = PostgresPasswords(bound)
        self.sessions: SessionRepo = PostgresSessions(bound)
        self.keys: KeyRepo = PostgresKeys(bound)
        self.events: EventRepo = PostgresEvents(bound)
