"""Files that we fetch ourselves."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from uuid import UUID

from asset_ingest.adapters.repos.memory.tables import Store, StudioTables, Tables, insert
from asset_ingest.core.model.ids import StudioId, UploadId
from asset_ingest.core.model.imports import RemoteImport
from asset_ingest.core.model.jobs import Lane
from asset_ingest.core.model.uploads import SessionStatus
from asset_ingest.core.ports.clock import Clock
from asset_ingest.core.ports.import_repos import ImportRecords, ImportRepo

LANES = tuple(Lane)  # the earlier is served first


class MemoryImports(ImportRepo):
    def __init__(self, rows: StudioTables, clock: Clock) -> None:
        self._rows = rows
        self._imports = rows.tables.imports
        self._clock = clock

    async def add(self, new: RemoteImport) -> None:
        self._rows.own(new)
        insert(self._imports, new.upload_id, new)

    async def count(self) -> int:
        return len(self._rows.mine(self._imports.values()))

    async def hold(self, upload_id: UploadId, token: UUID, seconds: float) -> bool:
        held = self._held(upload_id, token)
        if held:
            until = self._clock.now() + timedelta(seconds=seconds)
            self._imports[upload_id] = replace(held, lease_until=until)
        return held is not None

    async def learn(self, upload_id: UploadId, version: str | None) -> None:
        if row := self._mine(upload_id):
            self._imports[upload_id] = replace(row, version=version)

    async def give_back(self, upload_id: UploadId, token: UUID, failures: int, seconds: float) -> bool:
        held = self._held(upload_id, token)
        if held:
            due = self._clock.now() + timedelta(seconds=seconds)
            free = replace(held, lease_token=None, lease_until=None, failures=failures, not_before=due)
            self._imports[upload_id] = free
        return held is not None

    async def forget(self, upload_id: UploadId) -> None:
        if self._mine(upload_id):
            del self._imports[upload_id]

    def _mine(self, upload_id: UploadId) -> RemoteImport | None:
        row = self._imports.get(upload_id)
        return row if row and row.studio_id == self._rows.studio_id else None

    def _held(self, upload_id: UploadId, token: UUID) -> RemoteImport | None:
        row = self._mine(upload_id)
        return row if row and row.lease_token == token else None


class MemoryImportRecords(ImportRecords):
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def claim(self, token: UUID, limit: int, seconds: float) -> list[RemoteImport]:
        async with self._store.transaction() as tables:
            now = self._clock.now()
            chosen = [row for _place, row in sorted(_line(tables, now), key=lambda each: each[0])[:limit]]
            for row in chosen:
                until = now + timedelta(seconds=seconds)
                tables.imports[row.upload_id] = replace(row, lease_token=token, lease_until=until)
            return [tables.imports[row.upload_id] for row in chosen]


def _line(tables: Tables, now: datetime) -> Iterator[tuple[tuple[int, int, UploadId], RemoteImport]]:
    """Say of each import that is due its lane, its turn and its id: whose are smallest is first."""
    under_way = Counter(row.studio_id for row in tables.imports.values() if _is_held(row, now))
    turns: defaultdict[tuple[int, StudioId], Iterator[int]] = defaultdict(count)
    for upload_id in sorted(tables.imports):
        row, upload = tables.imports[upload_id], tables.uploads[upload_id]
        wanted = upload.status in {SessionStatus.PENDING, SessionStatus.UPLOADING}
        if wanted and row.not_before <= now and not _is_held(row, now):
            lane = LANES.index(upload.lane)
            yield (lane, under_way[row.studio_id] + next(turns[lane, row.studio_id]), row.upload_id), row


def _is_held(row: RemoteImport, now: datetime) -> bool:
    return row.lease_until is not None and row.lease_until > now
