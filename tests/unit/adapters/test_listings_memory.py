from datetime import UTC, datetime

import pytest

from asset_ingest.adapters.listings.memory import MemoryListings
from asset_ingest.core.ports.listings import Blocked, Found
from asset_ingest.testing.listings import LISTED, PICTURE, StoreListingsContract


class TestMemoryListings(StoreListingsContract):
    @pytest.fixture
    def listings(self) -> MemoryListings:
        return MemoryListings({LISTED.product_id: Found(LISTED)}, {LISTED.product_id: PICTURE})

    async def test_any_answer_can_be_laid_down(self) -> None:
        blocked = Blocked("too many requests", datetime(2030, 1, 1, tzinfo=UTC))
        assert await MemoryListings({"1": blocked}).look_up("1") == blocked
