"""Store pages in a dictionary: for tests and demonstrations."""

from __future__ import annotations

from collections.abc import Mapping

from asset_ingest.core.ports.listings import Answer, NotListed, StoreListings


class MemoryListings(StoreListings):
    """Answers what `found` says of a product id; any other product is not listed."""

    def __init__(self, found: Mapping[str, Answer]) -> None:
        self._found = found

    async def look_up(self, product_id: str) -> Answer:
        return self._found.get(product_id, NotListed())
