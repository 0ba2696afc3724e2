"""What a sweep finds, says and removes: in memory, in a folder, and in the strict double of S3."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.sweeping_suite import SENT, SweepingSuite
from tests.unit.core.test_transfers import InMemory

from asset_ingest.adapters.clock.memory import ManualClock
from asset_ingest.adapters.object_store.disk import DiskObjects
from asset_ingest.adapters.object_store.disk_parts import DiskResumable
from asset_ingest.adapters.object_store.s3 import S3Place, open_s3
from asset_ingest.adapters.repos.memory import MemoryRecords
from asset_ingest.bootstrap import Ports, memory_ports
from asset_ingest.core.ports.object_store import Pile
from asset_ingest.core.services.upkeep import Swept
from asset_ingest.entrypoints.cli.sweep import told
from asset_ingest.testing.s3_server import BUCKET, KEYS, s3_server


class TestInMemory(InMemory, SweepingSuite):
    untold = len(SENT)


class Stored(InMemory):
    """Stores whose objects are as old as the machine's clock says."""

    @pytest.fixture
    def clock(self) -> ManualClock:
        return ManualClock(datetime.now(UTC))

    @pytest.fixture
    def in_memory(self, clock: ManualClock) -> Ports:
        records = MemoryRecords(clock)
        return replace(memory_ports(), clock=clock, records=records, system=records.system)


class TestOnDisk(Stored, SweepingSuite):
    @pytest.fixture
    def ports(self, in_memory: Ports, tmp_path: Path) -> Ports:
        disk = DiskObjects(tmp_path)
        return replace(in_memory, store=disk, resumable=DiskResumable(tmp_path), leftovers=disk)


class TestInS3(Stored, SweepingSuite):
    @pytest.fixture
    async def ports(self, in_memory: Ports) -> AsyncIterator[Ports]:
        async with s3_server() as server:
            place = S3Place(BUCKET, server.url, None, KEYS.region, KEYS.access_key, KEYS.secret_key)
            async with open_s3(place) as s3:
                yield replace(in_memory, store=s3.objects, resumable=s3.resumable)


def test_a_sweep_is_told_in_plain_words() -> None:
    swept = Swept(expired=1, unfinished=Pile(2, 700), orphans=Pile(1, 4), half_made=Pile())
    assert list(told(swept, dry_run=False)) == [
        "1 upload expired",
        "2 unfinished multipart uploads with 700 bytes aborted",
        "1 orphan object with 4 bytes deleted",
        "0 half-made files with 0 bytes deleted",
        "704 bytes reclaimed",
    ]
    assert list(told(swept, dry_run=True)) == [
        "1 upload would expire",
        "2 unfinished multipart uploads with 700 bytes would be aborted",
        "1 orphan object with 4 bytes would be deleted",
        "0 half-made files with 0 bytes would be deleted",
        "704 bytes would be reclaimed",
    ]
