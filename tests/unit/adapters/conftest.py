"""Servers that adapters are tried on."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from tests.unit.adapters.s3_store import SMALL_PARTS, opened

from asset_ingest.adapters.object_store.s3 import S3Store
from asset_ingest.testing.s3_server import S3Server, s3_server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running() -> AsyncIterator[S3Server]:
    async with s3_server() as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def s3(running: S3Server) -> AsyncIterator[S3Store]:
    async with opened(running) as store:
        yield store


@pytest.fixture
def server(running: S3Server) -> S3Server:
    running.start_over(SMALL_PARTS)
    return running
