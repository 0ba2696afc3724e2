"""A CMS in a dictionary: for tests and demonstrations."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from asset_ingest.core.ports.cms import CMS, AssetEntry, Difference, ReportsDrift


class MemoryCMS(CMS, ReportsDrift):
    """Holds in `entries` what was published last under each key."""

    target = "memory"

    def __init__(self) -> None:
        self.entries: dict[str, AssetEntry] = {}
        self._ids: dict[str, str] = {}

    async def publish(self, entry: AssetEntry) -> str:
        self.entries[entry.key] = entry
        return self._ids.setdefault(entry.key, f"memory-{len(self._ids) + 1}")

    async def differences(self, entry: AssetEntry, external_id: str) -> Sequence[Difference] | None:
        held = self.entries.get(entry.key)
        if held is None or self._ids[entry.key] != external_id:
            return None
        ours, theirs = _told(entry), _told(held)
        return [Difference(name, ours[name], theirs[name]) for name in ours if ours[name] != theirs[name]]


def _told(entry: AssetEntry) -> dict[str, object]:
    picture = entry.thumbnail
    return {
        "name": entry.name,
        "kind": entry.kind,
        "metadata": entry.metadata,
        "publisher": entry.publisher.name if entry.publisher else None,
        "thumbnail": hashlib.sha256(picture.content).hexdigest() if picture else None,
    }
