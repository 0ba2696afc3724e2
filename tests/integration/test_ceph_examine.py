"""What the doctor says of a real Ceph, and what it leaves behind there: nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from tests.integration.ceph import Ceph

from asset_ingest.adapters.object_store.s3 import S3Place, open_s3
from asset_ingest.adapters.object_store.s3.cors import OUR_RULE, set_cors
from asset_ingest.adapters.object_store.s3.examine import S3Examination
from asset_ingest.core.ports.examination import Finding

PAGE = "https://page.example"


@pytest.fixture(params=["http", "tls"])
def place(ceph: Ceph, ceph_place: S3Place, request: pytest.FixtureRequest) -> S3Place:
    return replace(ceph_place, endpoint=ceph.https if request.param == "tls" else ceph.http, profile="ceph")


async def examined(place: S3Place, *origins: str) -> Sequence[Finding]:
    return await S3Examination(place, origins).examine()


def wrong(found: Sequence[Finding]) -> list[str]:
    return [finding.text for finding in found if finding.remedy is not None]


def said(found: Sequence[Finding], words: str) -> bool:
    return any(words in finding.text for finding in found)


async def versions(place: S3Place) -> list[str]:
    """Return the keys of everything in the bucket, unfinished and hidden too."""
    async with open_s3(place) as s3:
        listed = await s3.bucket.client.list_object_versions(Bucket=place.bucket)
        entries = [*listed.get("Versions", ()), *listed.get("DeleteMarkers", ())]
        return [entry["Key"] for entry in entries] + [upload.key async for upload in s3.direct.unfinished("")]


async def test_all_is_well_and_nothing_stays(place: S3Place) -> None:
    found = await examined(place)
    assert wrong(found) == []
    assert said(found, " over TLS" if str(place.endpoint).startswith("https") else "without TLS")
    assert said(found, "'ceph' is chosen, and nothing speaks against it")
    assert said(found, "checksum headers are ignored")
    assert said(found, "held to their length")
    assert said(found, "listed by folder")
    assert await versions(place) == []


async def test_a_page_is_let_in_beside_others(place: S3Place) -> None:
    theirs = {"ID": "theirs", "AllowedMethods": ["GET"], "AllowedOrigins": ["https://theirs.example"]}
    async with open_s3(place) as s3:
        await s3.bucket.client.put_bucket_cors(Bucket=place.bucket, CORSConfiguration={"CORSRules": [theirs]})
        assert wrong(await examined(place, PAGE)) == [f"pages of {PAGE} may not PUT, GET, HEAD in this bucket"]
        await set_cors(place, [PAGE])
        found = await examined(place, PAGE)
        rules = (await s3.bucket.client.get_bucket_cors(Bucket=place.bucket))["CORSRules"]
    assert wrong(found) == []
    assert said(found, f"pages of {PAGE} may send, read, and see ETags")
    assert [rule["ID"] for rule in rules] == ["theirs", OUR_RULE]


async def test_a_certificate_that_we_do_not_trust_is_one_sentence(ceph: Ceph, place: S3Place) -> None:
    (finding,) = await examined(replace(place, endpoint=ceph.https, ca_file=None))
    assert "certificate" in finding.text
    assert "CA" in str(finding.remedy)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"secret_key": "wrong"}, "secret key is wrong"),
        ({"access_key": "wrong"}, "does not know our access key"),
        ({"bucket": "nobody-made-this"}, "no such bucket"),
    ],
)
async def test_wrong_settings_are_one_sentence(place: S3Place, change: dict[str, str], words: str) -> None:
    (finding,) = await examined(replace(place, **change))
    assert words in finding.text


async def test_a_bucket_that_keeps_versions_is_told_and_left_clean(place: S3Place) -> None:
    async with open_s3(place) as s3:
        on = {"Status": "Enabled"}
        await s3.bucket.client.put_bucket_versioning(Bucket=place.bucket, VersioningConfiguration=on)
    found = await examined(place)
    assert wrong(found) == []
    assert said(found, "old versions are kept")
    assert await versions(place) == []
