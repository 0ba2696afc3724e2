"""What was made of versions: renditions and the entries of packages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from asset_ingest.adapters.repos.postgres.rows import Table
from asset_ingest.adapters.repos.postgres.studio import StudioSql
from asset_ingest.core.model.assets import EntryChange, EntryState, PackageEntry, Rendition
from asset_ingest.core.model.ids import VersionId
from asset_ingest.core.ports.repos import DerivedRepo, EntryQuery

RENDITIONS: Final = Table("rendition", Rendition)
ENTRIES: Final = Table("package_entry", PackageEntry)
_BATCH: Final = 2000  # entries a statement: about 0.5 MB of arrays

PUT_RENDITION = RENDITIONS.replace("studio_id", "version_id", "role")
RENDITIONS_OF = RENDITIONS.select("WHERE studio_id = $1 AND version_id = ANY($2::uuid[]) ORDER BY version_id, role")
PUT_ENTRIES = ENTRIES.replace("studio_id", "version_id", "number")
_MATCHING = """
WHERE studio_id = $1 AND version_id = $2 AND number > $3
    AND (strpos(lower(path COLLATE "default"), lower($5)) > 0 OR guid = lower($5))
    AND ($6::text IS NULL OR kind = $6) ORDER BY number LIMIT $4"""
ENTRIES_OF = ENTRIES.select(_MATCHING)
HAS_ENTRY = "SELECT EXISTS (SELECT FROM package_entry WHERE studio_id = $1 AND version_id = $2 AND guid = $3)"
_FIRSTS = """
SELECT DISTINCT ON (guid) guid, path, kind, size FROM package_entry
WHERE studio_id = $1 AND version_id = {version} AND guid > $4 ORDER BY guid, number"""
CHANGES = f"""
SELECT coalesce(a.guid, b.guid) AS guid, a.path AS a_path, a.kind AS a_kind, a.size AS a_size,
    b.path AS b_path, b.kind AS b_kind, b.size AS b_size
FROM ({_FIRSTS.format(version="$2")}) AS a FULL JOIN ({_FIRSTS.format(version="$3")}) AS b ON a.guid = b.guid
WHERE (a.path, a.kind, a.size) IS DISTINCT FROM (b.path, b.kind, b.size) ORDER BY 1 LIMIT $5"""  # noqa: S608  ours
KINDS = """
SELECT kind, count(*) AS entries FROM package_entry
WHERE studio_id = $1 AND version_id = $2 GROUP BY kind ORDER BY kind"""


class PostgresDerived(DerivedRepo):
    def __init__(self, sql: StudioSql) -> None:
        self._sql = sql

    async def put_rendition(self, rendition: Rendition) -> None:
        await self._sql.write(PUT_RENDITION, rendition)

    async def renditions(self, version_ids: Sequence[VersionId]) -> list[Rendition]:
        return await self._sql.many(RENDITIONS, RENDITIONS_OF, list(version_ids))

    async def put_entries(self, entries: Sequence[PackageEntry]) -> None:
        for start in range(0, len(entries), _BATCH):
            batch = entries[start : start + _BATCH]
            # One statement may write each row once: of two with the same number the later one stays.
            rows = {(entry.version_id, entry.number): entry for entry in batch}.values()
            await self._sql.add(PUT_ENTRIES, list(rows))

    async def entries(self, version_id: VersionId, query: EntryQuery) -> list[PackageEntry]:
        return await self._sql.many(
            ENTRIES, ENTRIES_OF, version_id, query.after, query.limit, query.text or "", query.kind
        )

    async def has_entry(self, version_id: VersionId, guid: str) -> bool:
        return bool(await self._sql.value(HAS_ENTRY, version_id, guid))

    async def entry_changes(self, a: VersionId, b: VersionId, after: str, limit: int) -> list[EntryChange]:
        found = await self._sql.records(CHANGES, a, b, after, limit)
        return [EntryChange(record["guid"], _state(record, "a"), _state(record, "b")) for record in found]

    async def entry_kinds(self, version_id: VersionId) -> dict[str, int]:
        return {record["kind"]: record["entries"] for record in await self._sql.records(KINDS, version_id)}


def _state(record: Any, side: str) -> EntryState | None:
    path = record[f"{side}_path"]
    return None if path is None else EntryState(path, record[f"{side}_kind"], record[f"{side}_size"])
