"""What was made of versions: renditions and the entries of packages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby

from asset_ingest.adapters.repos.memory.tables import StudioTables, has
from asset_ingest.core.model.assets import EntryChange, EntryState, PackageEntry, Rendition
from asset_ingest.core.model.ids import VersionId
from asset_ingest.core.ports.repos import DerivedRepo, EntryQuery


class MemoryDerived(DerivedRepo):
    def __init__(self, rows: StudioTables) -> None:
        self._rows = rows
        self._renditions = rows.tables.renditions
        self._entries = rows.tables.entries

    async def put_rendition(self, rendition: Rendition) -> None:
        self._rows.own(rendition)
        self._renditions[rendition.version_id, rendition.role] = rendition

    async def renditions(self, version_ids: Sequence[VersionId]) -> list[Rendition]:
        found = [row for row in self._rows.mine(self._renditions.values()) if row.version_id in version_ids]
        return sorted(found, key=lambda row: (row.version_id, row.role))

    async def put_entries(self, entries: Sequence[PackageEntry]) -> None:
        for version_id, some in groupby(entries, key=lambda entry: entry.version_id):
            self._put(version_id, some)

    def _put(self, version_id: VersionId, entries: Iterable[PackageEntry]) -> None:
        fresh = {entry.number: entry for entry in entries}
        for entry in fresh.values():
            self._rows.own(entry)
        self._entries[version_id] = self._entries.get(version_id, {}) | fresh  # a new dict: the old one is committed

    async def entries(self, version_id: VersionId, query: EntryQuery) -> list[PackageEntry]:
        found = [
            entry
            for entry in self._of(version_id)
            if entry.number > query.after
            and (has(entry.path, query.text) or entry.guid == (query.text or "").lower())
            and query.kind in {None, entry.kind}
        ]
        return sorted(found, key=lambda entry: entry.number)[: query.limit]

    async def has_entry(self, version_id: VersionId, guid: str) -> bool:
        return any(entry.guid == guid for entry in self._of(version_id))

    async def entry_changes(self, a: VersionId, b: VersionId, after: str, limit: int) -> list[EntryChange]:
        before, now = self._states(a), self._states(b)
        guids = sorted(guid for guid in before.keys() | now.keys() if guid > after)
        changes = [EntryChange(guid, before.get(guid), now.get(guid)) for guid in guids]
        return [change for change in changes if change.a != change.b][:limit]

    def _states(self, version_id: VersionId) -> dict[str, EntryState]:
        entries = sorted(self._of(version_id), key=lambda entry: entry.number, reverse=True)
        return {entry.guid: EntryState(entry.path, entry.kind, entry.size) for entry in entries}

    async def entry_kinds(self, version_id: VersionId) -> dict[str, int]:
        return dict(sorted(Counter(entry.kind for entry in self._of(version_id)).items()))

    def _of(self, version_id: VersionId) -> list[PackageEntry]:
        return self._rows.mine(self._entries.get(version_id, {}).values())
