"""Assets: what a studio owns."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

from asset_ingest.adapters.repos.json_values import stored as as_stored
from asset_ingest.adapters.repos.memory.tables import StudioTables
from asset_ingest.adapters.repos.memory.versions import add_version
from asset_ingest.core.model.assets import Asset, AssetVersion
from asset_ingest.core.model.ids import AssetId, VersionId
from asset_ingest.core.ports.asset_repos import (
    COUNTED_AT_MOST,
    AssetQuery,
    AssetRepo,
    Card,
    Known,
    Place,
    Published,
    TagCount,
    place_of,
)


class MemoryAssets(AssetRepo):
    def __init__(self, rows: StudioTables) -> None:
        self._rows = rows
        self._assets = rows.tables.assets

    async def add(self, asset: Asset, version: AssetVersion) -> None:
        self._rows.add(self._assets, _kept(asset))
        add_version(self._rows, version)

    async def get(self, asset_id: AssetId) -> Asset:
        return self._rows.get(self._assets, asset_id, "asset")

    async def lock(self, asset_id: AssetId) -> Asset:
        return await self.get(asset_id)

    async def save(self, asset: Asset) -> None:
        self._rows.save(self._assets, _kept(asset), believed=lambda stored: stored.revision == asset.revision - 1)

    async def _page(self, query: AssetQuery) -> list[Asset]:
        found = [asset for asset in self._rows.mine(self._assets.values()) if self._matches(asset, query)]
        found.sort(key=lambda asset: _key(place_of(asset, query.sort)), reverse=query.descending)
        if query.after:
            seen = _key(query.after)
            places = ((_key(place_of(asset, query.sort)), asset) for asset in found)
            found = [asset for place, asset in places if (place < seen if query.descending else place > seen)]
        return found[: query.limit]

    async def cards(self, query: AssetQuery) -> list[Card]:
        return [self._card(asset) for asset in await self._page(query)]

    async def known(self, asset_id: AssetId) -> Known:
        card, tables = self._card(await self.get(asset_id)), self._rows.tables
        current = self._current(card.asset)
        kinds = Counter(entry.kind for entry in tables.entries.get(current, {}).values()) if current else {}
        found = sorted(
            (row for row in tables.publications.values() if row.asset_id == asset_id), key=lambda it: it.target
        )
        return Known(card, dict(kinds), tuple(Published(it.target, it.status, it.external_id) for it in found))

    def _card(self, asset: Asset) -> Card:
        publisher = self._rows.tables.publishers.get(asset.publisher_id) if asset.publisher_id else None
        made = [row for row in self._rows.tables.renditions.values() if row.version_id == self._current(asset)]
        return Card(asset, publisher.name if publisher else None, {row.role: row.edition for row in made})

    def _current(self, asset: Asset) -> VersionId | None:
        versions = self._rows.tables.versions.values()
        known = (row.id for row in versions if (row.asset_id, row.number) == (asset.id, asset.current_version))
        return next(known, None)

    def _matches(self, asset: Asset, query: AssetQuery) -> bool:
        return (
            asset.ready_at is not None
            and asset.is_trashed == query.trashed
            and query.kind in {None, asset.kind}
            and query.publisher_id in {None, asset.publisher_id}
            and query.owner in {None, asset.created_by}
            and (query.tag is None or query.tag in asset.tags)
            and (query.since is None or asset.created_at >= query.since)
            and (query.until is None or asset.created_at < query.until)
            and (query.text is None or _says(self._words(asset), query.text))
        )

    def _words(self, asset: Asset) -> frozenset[str]:
        publisher = self._rows.tables.publishers.get(asset.publisher_id) if asset.publisher_id else None
        said = (asset.name, *asset.tags, asset.metadata, asset.custom, publisher.name if publisher else "")
        return frozenset(_split(" ".join(map(str, said))))

    async def tags(self, limit: int, after: str, prefix: str) -> list[TagCount]:
        shown = [row for row in self._rows.mine(self._assets.values()) if row.ready_at and not row.is_trashed]
        counts = Counter(tag for asset in shown for tag in asset.tags)
        found = [
            TagCount(tag, min(counts[tag], COUNTED_AT_MOST))
            for tag in sorted(counts)
            if tag > after and tag.startswith(prefix)
        ]
        return found[:limit]

    async def purge(self, asset_id: AssetId) -> None:
        await self.get(asset_id)
        tables = self._rows.tables
        gone = {row.id: row for row in tables.versions.values() if row.asset_id == asset_id}
        for version in gone.values():
            del tables.versions[version.id]
            if version.id in tables.entries:
                del tables.entries[version.id]
        for rendition in [key for key in tables.renditions if key[0] in gone]:
            del tables.renditions[rendition]
        for publication in [key for key in tables.publications if key[0] == asset_id]:
            del tables.publications[publication]
        for table in (tables.shares, tables.comments, tables.approvals, tables.notifications):
            for key in [key for key, row in table.items() if row.asset_id == asset_id]:
                del table[key]
        for job in [row for row in tables.jobs.values() if row.asset_id == asset_id]:
            tables.jobs[job.id] = replace(job, asset_id=None)
        for run in [row for row in tables.runs.values() if row.version_id in gone]:
            tables.runs[run.id] = replace(run, version_id=None)
        kept = {row.blob_id for row in tables.versions.values()}
        for blob_id in {row.blob_id for row in gone.values()} - kept:
            del tables.blobs[blob_id]
        del self._assets[asset_id]


def _key(place: Place) -> tuple[object, AssetId]:
    """Return what places are compared by; those of one list have values of one type."""
    return (place.value.lower() if isinstance(place.value, str) else place.value, place.id)


def _split(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.lower())


def _says(words: frozenset[str], text: str) -> bool:
    """Say whether all words of the text are there, those behind a minus are not, and the last one begins any."""
    unwanted = {word for part in re.findall(r"(?:^|\s)-(\S+)", text) for word in _split(part)}
    wanted = _split(re.sub(r"(?:^|\s)-\S+", " ", text))
    if not wanted or unwanted & words:
        return False
    *whole, last = wanted
    return words.issuperset(whole) and any(word.startswith(last) for word in words)


def _kept(asset: Asset) -> Asset:
    return replace(
        asset,
        metadata=as_stored(asset.metadata),
        custom=as_stored(asset.custom),
        provenance=dict(asset.provenance),
    )
