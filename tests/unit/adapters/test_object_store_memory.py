import pytest

from asset_ingest.adapters.clock.system import SystemClock
from asset_ingest.adapters.object_store.memory import MemoryObjects
from asset_ingest.testing.object_store import ObjectStoreContract


class TestMemoryObjects(ObjectStoreContract):
    @pytest.fixture
    def store(self) -> MemoryObjects:
        return MemoryObjects(SystemClock())
