"""A CMS in a dictionary: for tests and demonstrations."""

from __future__ import annotations

from asset_ingest.core.ports.cms import CMS, AssetEntry


class MemoryCMS(CMS):
    """Holds in `entries` what was published last under each key."""

    target = "memory"

    def __init__(self) -> None:
        self.entries: dict[str, AssetEntry] = {}
        self._ids: dict[str, str] = {}

    async def publish(self, entry: AssetEntry) -> str:
        self.entries[entry.key] = entry
        return self._ids.setdefault(entry.key, f"memory-{len(self._ids) + 1}")
