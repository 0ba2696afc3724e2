"""What is taken in under a grant, whatever the door lets through."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from asset_ingest.adapters.clock.system import SystemClock
from asset_ingest.adapters.object_store.disk import DiskObjects
from asset_ingest.adapters.object_store.disk_direct import DiskDirectUploads
from asset_ingest.core.errors import LengthMismatch
from asset_ingest.core.ports.object_store import Grant
from asset_ingest.core.services.deliveries import Deliveries
from asset_ingest.testing.object_store import chunks_of, keys


@asynccontextmanager
async def always(_: Grant) -> AsyncIterator[None]:
    yield


@pytest.mark.parametrize("sent", [b"", b"1234", b"123456", b"1" * 100_000])
async def test_bytes_of_another_length_are_never_kept(tmp_path: Path, sent: bytes) -> None:
    objects, direct = DiskObjects(tmp_path), DiskDirectUploads(tmp_path, bytes(32), "", SystemClock())
    deliveries = Deliveries(direct, objects, direct, always)
    upload_id = await direct.begin("a")
    for grant in (Grant("a", 5), Grant("a", 5, upload_id, 1)):
        with pytest.raises(LengthMismatch):
            await deliveries.receive(grant, chunks_of(sent))
    assert await keys(objects, "") == set()
    assert [part async for part in direct.parts("a", upload_id)] == []
