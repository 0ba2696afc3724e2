"""A stand-in for the Asset Store, small and in memory, that fails when and how the test says. All in it is invented.

It leads `/packages/slug/<id>` on to the page's own address, as the store does, and shows a page in the store's shape:
the script's tables, JSON-LD, and other products beside. Pictures are on the same server. It keeps a log of what was
asked for, and of how many asked at once.
"""

from asset_ingest.testing.asset_store.products import CRATES, FRAMEWORK, PRODUCTS, Product
from asset_ingest.testing.asset_store.server import AssetStore, Hit, asset_store

__all__ = ["CRATES", "FRAMEWORK", "PRODUCTS", "AssetStore", "Hit", "Product", "asset_store"]
