"""Direct roads to a real disk, over PostgreSQL, as bootstrap wires them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from tests.delivery_suite import DeliverySuite
from tests.integration.test_journeys import opened
from tests.unit.web.conftest import Site, open_site

from asset_ingest.bootstrap import Ports

__all__ = ["open_site"]


class TestDeliveries(DeliverySuite):
    @pytest.fixture
    async def ports(self, database_url: str, tmp_path: Path) -> AsyncIterator[Ports]:
        async with AsyncExitStack() as stack:
            yield await opened(database_url, tmp_path, stack)

    @pytest.fixture
    async def site(self, open_site: Callable, ports: Ports) -> Site:
        return await open_site(ports=ports)
