from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from tests.unit.client.pauses import Pauses

from asset_ingest.client import (
    Backoff,
    Client,
)
from asset_ingest.testing.http_server import KEY, StandIn, stand_in


@pytest.fixture
async def server() -> AsyncIterator[StandIn]:
    async with stand_in() as server:
        yield server


@pytest.fixture
def pauses() -> Pauses:
    return Pauses()


@pytest.fixture
def backoff(pauses: Pauses) -> Backoff:
    return Backoff(attempts=3, shortest=1, longest=3, sleep=pauses, chance=lambda: 1.0)


@pytest.fixture
async def client(server: StandIn, backoff: Backoff) -> AsyncIterator[Client]:
    async with Client(server.url, KEY, backoff=backoff) as client:
        yield client


@pytest.fixture
def a_file(tmp_path: Path) -> Callable[..., Path]:
    def make(content: bytes = b"content", name: str = "chair.txt") -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return make
