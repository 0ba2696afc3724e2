"""Store pages in a dictionary: for tests and demonstrations."""

from __future__ import annotations

from collections.abc import Mapping

from asset_ingest.core.ports.listings import Answer, Listing, NotListed, StoreListings


class MemoryListings(StoreListings):
    """Answers what `found` says of a product id; any other product is not listed. `pictures` are by product id too."""

    def __init__(self, found: Mapping[str, Answer], pictures: Mapping[str, bytes] | None = None) -> None:
        self._found = found
        self._pictures = pictures or {}

    async def look_up(self, product_id: str) -> Answer:
        return self._found.get(product_id, NotListed())

    async def picture(self, listing: Listing) -> bytes | None:
        return self._pictures.get(listing.product_id)
