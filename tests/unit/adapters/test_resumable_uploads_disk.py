from __future__ import annotations

from pathlib import Path

import pytest

from asset_ingest.adapters.object_store.disk import DiskObjects
from asset_ingest.adapters.object_store.disk_parts import DiskResumable
from asset_ingest.testing.resumable_uploads import Reopen, ResumableUploadsContract


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "objects"


class TestDiskResumable(ResumableUploadsContract):
    @pytest.fixture
    def store(self, root: Path) -> DiskObjects:
        return DiskObjects(root)

    @pytest.fixture
    def reopen(self, root: Path) -> Reopen:
        return lambda: DiskResumable(root)

    @pytest.fixture
    def resumable(self, root: Path) -> DiskResumable:
        return DiskResumable(root)

    @pytest.fixture
    def part_size(self) -> int:
        return 64 << 10
