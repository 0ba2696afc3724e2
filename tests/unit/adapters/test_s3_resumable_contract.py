"""The contract of appends over the strict double, under the rules of all providers at once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.unit.adapters.s3_store import IMPATIENT, PART

from asset_ingest.adapters.object_store.s3 import S3Resumable, S3Store
from asset_ingest.core.ports.object_store import ObjectStore, ResumableUploads
from asset_ingest.testing.resumable_uploads import Reopen, ResumableUploadsContract
from asset_ingest.testing.s3_server import B2, S3Server

STRICTEST = replace(B2, smallest_part=PART, equal_parts=True, names_every_part=True)  # with R2's and Ceph's

pytestmark = pytest.mark.asyncio(loop_scope="module")


class TestContract(ResumableUploadsContract):
    """Each adapter over the same bucket knows nothing of the others, as in another process."""

    @pytest.fixture
    def reopen(self, running: S3Server, s3: S3Store) -> Reopen:
        running.start_over(STRICTEST)
        return lambda: S3Resumable(s3.bucket, patience=IMPATIENT, page=2)

    @pytest.fixture
    def resumable(self, reopen: Reopen) -> ResumableUploads:
        return reopen()

    @pytest.fixture
    def store(self, s3: S3Store, reopen: Reopen) -> ObjectStore:
        return s3.objects

    @pytest.fixture
    def part_size(self) -> int:
        return PART
