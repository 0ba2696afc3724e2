"""What every ObjectStore promises. Subclasses bring the fixture `store`, empty."""

from asset_ingest.testing.object_store.names import KeysContract
from asset_ingest.testing.object_store.replaced import ReplacedBytesContract
from asset_ingest.testing.object_store.samples import BAD_KEYS, MIB, chunks_of, content, keys, pattern
from asset_ingest.testing.object_store.stored import CopiedBytesContract, StoredBytesContract

__all__ = ["BAD_KEYS", "MIB", "ObjectStoreContract", "chunks_of", "content", "keys", "pattern"]


class ObjectStoreContract(StoredBytesContract, ReplacedBytesContract, CopiedBytesContract, KeysContract):
    """All of it."""
