"""The same large files, straight from the page into a bucket on Ceph, past the server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page
from tests.integration.ceph import Ceph
from tests.integration.cutting_proxy import cutting_proxy
from tests.integration.production_fixture import bucket_settings
from tests.integration.server import serving
from tests.integration.test_browser_parts import (
    PACE,
    SIZE,
    Place,
    page,
    port_of,
    test_a_file_that_was_changed_meanwhile_begins_anew_and_says_so,
    test_a_line_that_is_cut_costs_parts_and_no_file,
    test_a_part_that_fails_is_retried_alone,
    test_after_a_browser_was_killed_the_missing_parts_are_sent,
    test_after_a_reload_the_missing_parts_are_sent,
    test_each_part_is_sent_under_its_digest,
    test_pause_and_resume_send_no_part_that_is_there,
    video,
)
from tests.integration.test_browser_resume import arrived, drop

from asset_ingest.adapters.object_store.s3 import S3Place, open_s3
from asset_ingest.adapters.object_store.s3.cors import set_cors

__all__ = [
    "page",
    "test_a_file_that_was_changed_meanwhile_begins_anew_and_says_so",
    "test_a_line_that_is_cut_costs_parts_and_no_file",
    "test_a_part_that_fails_is_retried_alone",
    "test_after_a_browser_was_killed_the_missing_parts_are_sent",
    "test_after_a_reload_the_missing_parts_are_sent",
    "test_each_part_is_sent_under_its_digest",
    "test_pause_and_resume_send_no_part_that_is_there",
    "video",
]

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


@pytest.fixture
async def place(tmp_path: Path, ceph: Ceph, ceph_place: S3Place) -> AsyncIterator[Place]:
    async with cutting_proxy(port_of(ceph.http)) as store:
        settings = {**bucket_settings(ceph_place), "ASSET_INGEST_S3_PUBLIC_ENDPOINT": store.url}
        async with (
            serving(tmp_path / "data", **settings) as server,
            cutting_proxy(port_of(server.url)) as proxy,
        ):
            await set_cors(ceph_place, [proxy.url])
            store.pace = PACE
            yield Place(server, proxy, store)


async def test_a_bucket_that_does_not_let_the_page_in_costs_time_and_no_file(
    place: Place, ceph_place: S3Place, page: Page, video: Path
) -> None:
    async with open_s3(ceph_place) as s3:
        await s3.bucket.client.delete_bucket_cors(Bucket=ceph_place.bucket)
    before = place.page.sent
    await drop(page, video)
    await arrived(place.server, page, video)
    assert place.page.sent - before > SIZE  # it went through the server
