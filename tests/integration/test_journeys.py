"""The main job over PostgreSQL, a real disk and real decoders; killed at its calls, it still ends once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest
from tests.harness import Later
from tests.journey_suite import JourneySuite
from tests.killing_suite import KillingSuite

from asset_ingest.adapters.cms.memory import MemoryCMS
from asset_ingest.adapters.media.memory import MemoryImages
from asset_ingest.bootstrap import Ports, server_ports
from asset_ingest.settings import Settings

_MOMENTS = {
    "step_run": ("not_before", "lease_until", "dispatched_at"),
    "remote_import": ("not_before", "lease_until"),
    "upload_session": ("expires_at", "created_at", "looked_for_at"),
}


def passing(database_url: str) -> Later:
    """Time passes by moving every moment in the database back."""

    async def later(by: timedelta) -> None:
        connection = await asyncpg.connect(database_url)
        try:
            for table, columns in _MOMENTS.items():
                async with connection.transaction():
                    # A row at a time it could wait for somebody who waits for it.
                    await connection.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE")
                    moved = ", ".join(f"{column} = {column} - $1::interval" for column in columns)
                    await connection.execute(f"UPDATE {table} SET {moved}", by)  # noqa: S608  names of our own
        finally:
            await connection.close()

    return later


async def opened(database_url: str, data: Path, stack: AsyncExitStack) -> Ports:
    settings = Settings(data=data, database_connections=4, log_level="error")
    return await server_ports(settings, database_url, stack)


class TestJourneys(JourneySuite):
    """Everything real but the CMS and the store page."""

    @pytest.fixture
    async def ports(self, database_url: str, tmp_path: Path) -> AsyncIterator[Ports]:
        async with AsyncExitStack() as stack:
            yield await opened(database_url, tmp_path, stack)

    @pytest.fixture
    def later(self, database_url: str) -> Later:
        return passing(database_url)


class TestKilling(KillingSuite):
    """Dies at every call, each time over a database and a folder of its own."""

    every = 1

    @pytest.fixture
    async def new_world(
        self, new_database: Callable[[], str], tmp_path: Path
    ) -> AsyncIterator[Callable[[], Awaitable[tuple[Ports, Later]]]]:
        async with AsyncExitStack() as stack:

            async def world() -> tuple[Ports, Later]:
                await stack.aclose()  # the world before
                url = new_database()
                ports = await opened(url, tmp_path / url.rsplit("/", 1)[-1].partition("?")[0], stack)
                return replace(ports, cms=MemoryCMS(), images=MemoryImages()), passing(url)

            yield world
