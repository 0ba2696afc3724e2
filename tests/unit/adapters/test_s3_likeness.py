"""Whose S3 it looks like."""

from __future__ import annotations

import pytest

from asset_ingest.adapters.object_store.s3.likeness import likely_profile, profile_finding
from asset_ingest.adapters.object_store.s3.profiles import PROFILES


class TestLikeness:
    @pytest.mark.parametrize(
        ("endpoint", "headers", "likely"),
        [
            (None, {}, "aws"),
            ("https://s3.eu-central-1.amazonaws.com", {}, "aws"),
            ("https://s3.us-west-004.backblazeb2.com", {}, "b2"),
            ("https://0123.r2.cloudflarestorage.com", {}, "r2"),
            ("http://minio:9000", {"server": "MinIO"}, "minio"),
            ("http://ceph", {"x-amz-request-id": "tx00000d6b3f1d2b6c0a5f1-0065a3f0c1-1004-default"}, "ceph"),
            ("http://swift", {"x-amz-request-id": "tx1b2c3d4e5f60718293a4b-0065a3f0c1"}, None),
            ("http://backblazeb2.com.example", {}, None),
            ("http://127.0.0.1:9000", {}, None),
        ],
    )
    def test_address_and_answer_tell(self, endpoint: str | None, headers: dict[str, str], likely: str | None) -> None:
        assert likely_profile(endpoint, headers) == likely

    @pytest.mark.parametrize(
        ("chosen", "endpoint", "words", "is_wrong"),
        [
            ("r2", "https://0.r2.cloudflarestorage.com", "nothing speaks against it", False),
            ("aws", "https://0.r2.cloudflarestorage.com", "looks like 'r2'", True),
            ("generic", "https://0.r2.cloudflarestorage.com", "looks like 'r2'", True),
            ("aws", "https://s3.us-west-004.backblazeb2.com", "looks like 'b2'", True),
            ("generic", "https://s3.us-west-004.backblazeb2.com", "'b2'; it works", False),
            ("generic", "http://127.0.0.1:9000", "nothing speaks against it", False),
        ],
    )
    def test_a_profile_is_wrong_where_it_allows_too_much(
        self,
        chosen: str,
        endpoint: str,
        words: str,
        is_wrong: bool,  # noqa: FBT001
    ) -> None:
        finding = profile_finding(PROFILES[chosen], endpoint, {})
        assert words in finding.text
        assert (finding.remedy is not None) == is_wrong
