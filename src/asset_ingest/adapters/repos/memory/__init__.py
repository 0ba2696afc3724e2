"""Everything kept in this process."""

from asset_ingest.adapters.repos.memory.records import MemoryRecords

__all__ = ["MemoryRecords"]
