"""All rows, and what every repository does with them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from copy import copy
from dataclasses import dataclass, field, fields
from typing import Protocol, TypeVar
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
from asset_ingest.core.model.ids import StudioId, VersionId
from asset_ingest.core.model.jobs import PipelineRun, StepRun, UploadJob
from asset_ingest.core.model.uploads import UploadSession


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


@dataclass(slots=True)
class Tables:
    """Frozen rows by key. Nothing in a table is ever changed in place, so a shallow copy is a snapshot."""

    studios: dict[UUID, Studio] = field(default_factory=dict)
    members: dict[UUID, Member] = field(default_factory=dict)
    keys: dict[UUID, ApiKey] = field(default_factory=dict)
    links: dict[UUID, SignInLink] = field(default_factory=dict)
    browsers: dict[UUID, BrowserSession] = field(default_factory=dict)
    jobs: dict[UUID, UploadJob] = field(default_factory=dict)
    uploads: dict[UUID, UploadSession] = field(default_factory=dict)
    runs: dict[UUID, PipelineRun] = field(default_factory=dict)
    steps: dict[UUID, StepRun] = field(default_factory=dict)
    blobs: dict[UUID, Blob] = field(default_factory=dict)
    assets: dict[UUID, Asset] = field(default_factory=dict)
    versions: dict[UUID, AssetVersion] = field(default_factory=dict)
    renditions: dict[tuple[UUID, RenditionRole], Rendition] = field(default_factory=dict)
    entries: dict[VersionId, dict[int, PackageEntry]] = field(default_factory=dict)
    publishers: dict[UUID, Publisher] = field(default_factory=dict)
    publications: dict[tuple[UUID, str], Publication] = field(default_factory=dict)
    facts: dict[UUID, Fact] = field(default_factory=dict)  # in the order of their commits
    watermarks: dict[StudioId, int] = field(default_factory=dict)
    turns: dict[tuple[str, StudioId], int] = field(default_factory=dict)  # (queue, studio) → its next turn

    def snapshot(self) -> Tables:
        return Tables(**{each.name: copy(getattr(self, each.name)) for each in fields(self)})


class Store:
    """The committed tables, for one transaction at a time: the whole store is locked, so rows need no lock."""

    def __init__(self) -> None:
        self._tables = Tables()
        self._lock = anyio.Lock()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tables]:
        """Work on a snapshot that becomes the truth when the block ends well."""
        async with self._lock:
            draft = self._tables.snapshot()
            yield draft
            self._tables = draft


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
