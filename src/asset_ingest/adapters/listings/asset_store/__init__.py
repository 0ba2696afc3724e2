"""The Asset Store's product pages: one page at a time, seldom, and never where we are not wanted.

Nothing here is on by default. The store's terms forbid automated access without agreement, so an operator decides.
"""

from asset_ingest.adapters.listings.asset_store.listings import AssetStoreListings
from asset_ingest.adapters.listings.asset_store.place import Manners, StorePlace

__all__ = ["AssetStoreListings", "Manners", "StorePlace"]
