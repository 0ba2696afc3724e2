"""All rows, and what every repository does with them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Protocol, TypeVar
from uuid import UUID

import anyio

from asset_ingest.core.errors import Conflict, IngestError, NotFound
from asset_ingest.core.model.access import ApiKey, BrowserSession, Member, SignInLink, Studio
from asset_ingest.core.model.assets import (
    Asset,
    AssetVersion,
    Blob,
    PackageEntry,
    Publication,
    Publisher,
    Rendition,
    RenditionRole,
)
from asset_ingest.core.model.events import Fact
from asset_ingest.core.model.ids import JobId, MemberId, RunId, StepId, StudioId, VersionId
from asset_ingest.core.model.imports import RemoteImport
from asset_ingest.core.model.jobs import PipelineRun, StepRun, UploadJob
from asset_ingest.core.model.notifications import Notification
from asset_ingest.core.model.reviews import Approval, ApprovalPolicy, Comment
from asset_ingest.core.model.shares import Share, ShareVisit
from asset_ingest.core.model.sign_in import Attempts, Invitation, Password, PasswordReset, RefreshToken, TokenFamily
from asset_ingest.core.model.uploads import FilePart, UploadGroup, UploadSession


class OfStudio(Protocol):
    """A row that says whose it is."""

    @property
    def studio_id(self) -> StudioId: ...


class Identified(OfStudio, Protocol):
    """A row with an id."""

    @property
    def id(self) -> UUID: ...


Key = TypeVar("Key")
Row = TypeVar("Row")
Owned = TypeVar("Owned", bound=OfStudio)
Named = TypeVar("Named", bound=Identified)


@dataclass(frozen=True, slots=True)
class HeldDigest:
    """Whose mail somebody is at, or which rests after failures."""

    until: datetime
    failures: int = 0
    token: UUID | None = None


class Table(dict[Key, Row]):
    """Frozen rows by key, set and deleted one by one, that can become again what they were when last kept.

    So a transaction costs what it changes, however much there is. A row that was deleted may come back at the end.
    """

    def __init__(self) -> None:
        super().__init__()
        self._before: dict[Key, Row | None] = {}

    def __setitem__(self, key: Key, row: Row) -> None:
        self._before.setdefault(key, self.get(key))
        super().__setitem__(key, row)

    def __delitem__(self, key: Key) -> None:
        self._before.setdefault(key, self.get(key))
        super().__delitem__(key)

    def keep(self) -> None:
        self._before.clear()

    def undo(self) -> None:
        for key, row in self._before.items():
            if row is None:
                self.pop(key, None)
            else:
                super().__setitem__(key, row)
        self._before.clear()


@dataclass(slots=True)
class Tables:
    """All tables. Nothing in a row is ever changed in place."""

    studios: Table[UUID, Studio] = field(default_factory=Table)
    members: Table[UUID, Member] = field(default_factory=Table)
    keys: Table[UUID, ApiKey] = field(default_factory=Table)
    links: Table[UUID, SignInLink] = field(default_factory=Table)
    browsers: Table[UUID, BrowserSession] = field(default_factory=Table)
    passwords: Table[UUID, Password] = field(default_factory=Table)  # by member
    resets: Table[UUID, PasswordReset] = field(default_factory=Table)
    invitations: Table[UUID, Invitation] = field(default_factory=Table)
    families: Table[UUID, TokenFamily] = field(default_factory=Table)
    refreshes: Table[str, RefreshToken] = field(default_factory=Table)
    attempts: Table[str, Attempts] = field(default_factory=Table)
    jobs: Table[UUID, UploadJob] = field(default_factory=Table)
    uploads: Table[UUID, UploadSession] = field(default_factory=Table)
    parts: Table[tuple[UUID, int], FilePart] = field(default_factory=Table)
    looked_for: Table[UUID, datetime] = field(default_factory=Table)  # upload → when it last was
    imports: Table[UUID, RemoteImport] = field(default_factory=Table)
    groups: Table[UUID, UploadGroup] = field(default_factory=Table)
    runs: Table[UUID, PipelineRun] = field(default_factory=Table)
    steps: Table[UUID, StepRun] = field(default_factory=Table)
    runs_of: Table[JobId, tuple[RunId, ...]] = field(default_factory=Table)
    steps_of: Table[JobId, tuple[StepId, ...]] = field(default_factory=Table)
    blobs: Table[UUID, Blob] = field(default_factory=Table)
    assets: Table[UUID, Asset] = field(default_factory=Table)
    versions: Table[UUID, AssetVersion] = field(default_factory=Table)
    renditions: Table[tuple[UUID, RenditionRole], Rendition] = field(default_factory=Table)
    entries: Table[VersionId, dict[int, PackageEntry]] = field(default_factory=Table)
    publishers: Table[UUID, Publisher] = field(default_factory=Table)
    publications: Table[tuple[UUID, str], Publication] = field(default_factory=Table)
    shares: Table[UUID, Share] = field(default_factory=Table)
    share_visits: Table[tuple[UUID, str], ShareVisit] = field(default_factory=Table)
    comments: Table[UUID, Comment] = field(default_factory=Table)
    approvals: Table[UUID, Approval] = field(default_factory=Table)
    policies: Table[StudioId, ApprovalPolicy] = field(default_factory=Table)
    notifications: Table[UUID, Notification] = field(default_factory=Table)
    digests: Table[tuple[StudioId, MemberId], HeldDigest] = field(default_factory=Table)
    facts: Table[UUID, Fact] = field(default_factory=Table)  # in the order of their commits
    watermarks: Table[StudioId, int] = field(default_factory=Table)
    turns: Table[tuple[str, StudioId], int] = field(default_factory=Table)  # (queue, studio) → its next turn


class Store:
    """The tables, for one transaction at a time: the whole store is locked, so rows need no lock."""

    def __init__(self) -> None:
        self._tables = Tables()
        self._every = [getattr(self._tables, each.name) for each in fields(Tables)]
        self._lock = anyio.Lock(fast_acquire=True)  # a free store is no reason to wait for the loop's next turn

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tables]:
        """Work on the tables; unless the block ends well, nothing of it has happened."""
        async with self._lock:
            try:
                yield self._tables
            except BaseException:
                self._all(Table.undo)
                raise
            self._all(Table.keep)

    def _all(self, ending: Callable[[Table[Any, Any]], None]) -> None:
        for table in self._every:
            ending(table)


class StudioTables:
    """The tables as one studio's transaction may touch them."""

    def __init__(self, tables: Tables, studio_id: StudioId) -> None:
        self.tables = tables
        self.studio_id = studio_id

    def mine(self, rows: Iterable[Owned]) -> list[Owned]:
        return [row for row in rows if row.studio_id == self.studio_id]

    def newest_first(self, rows: Iterable[Named], after: UUID | None) -> list[Named]:
        """Return this studio's rows that come after `after` when the newest is the first."""
        found = [row for row in self.mine(rows) if after is None or row.id < after]
        return sorted(found, key=lambda row: row.id, reverse=True)

    def get(self, rows: Mapping[UUID, Owned], ident: UUID, what: str) -> Owned:
        row = rows.get(ident)
        if row is None or row.studio_id != self.studio_id:
            raise NotFound(what, ident)
        return row

    def own(self, row: OfStudio) -> None:
        if row.studio_id != self.studio_id:
            raise IngestError("a row of another studio cannot be written here")

    def add(self, rows: dict[UUID, Named], row: Named) -> None:
        self.own(row)
        insert(rows, row.id, row)

    def save(self, rows: dict[UUID, Named], row: Named, *, believed: Callable[[Named], bool]) -> Named:
        """Write over a row that is still as the writer believes, or raise Conflict; return what was there."""
        self.own(row)
        stored = rows.get(row.id)
        if stored is None or stored.studio_id != self.studio_id or not believed(stored):
            raise Conflict("somebody changed this first")
        rows[row.id] = row
        return stored


def insert(rows: dict[Key, Row], key: Key, row: Row) -> None:
    refuse_if(key in rows)
    rows[key] = row


def refuse_if(taken: bool) -> None:  # noqa: FBT001  the question is asked in place
    """Raise Conflict when what has to be unique is there already."""
    if taken:
        raise Conflict("this is there already")


def has(text: str, part: str | None) -> bool:
    """Say whether a filter's text is part of `text`, case ignored."""
    return part is None or part.lower() in text.lower()
