"""What the doctor says of S3: every wrong thing is found, named in one sentence, and nothing stays behind."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.unit.adapters.s3_store import IMPATIENT, place_of

from asset_ingest.adapters.object_store.s3.client import opened_client
from asset_ingest.adapters.object_store.s3.cors import OUR_RULE, CorsNotSettable, set_cors
from asset_ingest.adapters.object_store.s3.examine import S3Examination
from asset_ingest.core.ports.examination import Finding
from asset_ingest.testing.s3_server import AWS, B2, BUCKET, CEPH, KEYS, MINIO, R2, Rules, S3Server
from asset_ingest.testing.s3_server.faults import failing, refusing, resetting, saying, stalling

PAGE = "https://page.example"
SECRET = "a-secret-that-nobody-may-see"

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def server(running: S3Server) -> S3Server:
    running.start_over()
    return running


async def findings(server: S3Server, *origins: str, **changes: Any) -> Sequence[Finding]:
    found = await S3Examination(place_of(server, **changes), origins).examine()
    for finding in found:
        assert "\n" not in finding.text
        for secret in (KEYS.secret_key, SECRET, "X-Amz-Signature"):
            assert secret not in repr(finding)
    return found


def wrong(found: Sequence[Finding]) -> list[Finding]:
    return [finding for finding in found if finding.remedy is not None]


def said(found: Sequence[Finding], *words: str) -> bool:
    return any(all(word in finding.text for word in words) for finding in found)


def nothing_remains(server: S3Server) -> bool:
    return not server.bucket.objects and not server.bucket.uploads


class TestAllIsWell:
    @pytest.mark.parametrize("rules", [AWS, B2, CEPH, MINIO, R2], ids=["aws", "b2", "ceph", "minio", "r2"])
    async def test_with_every_provider(self, server: S3Server, rules: Rules) -> None:
        server.start_over(rules)
        found = await findings(server)
        assert wrong(found) == []
        assert said(found, "answers, without TLS", BUCKET)
        assert said(found, "clock agrees")
        assert nothing_remains(server)
        assert all(seen.key.startswith("doctor/") for seen in server.seen if seen.key)

    @pytest.mark.parametrize(
        ("rules", "words"), [(AWS, "verified"), (CEPH, "ignored"), (B2, "refused (400)"), (R2, "refused (501)")]
    )
    async def test_says_what_becomes_of_checksum_headers(self, server: S3Server, rules: Rules, words: str) -> None:
        server.start_over(rules)
        assert said(await findings(server), "checksum headers", words, "we send none")

    async def test_says_whether_etags_are_digests(self, server: S3Server) -> None:
        assert said(await findings(server), "ETags are their MD5")
        server.start_over(replace(AWS, etag_is_md5=False))
        found = await findings(server)
        assert said(found, "ETags are not their MD5")
        assert wrong(found) == []

    async def test_says_how_unfinished_uploads_are_found(self, server: S3Server) -> None:
        assert said(await findings(server), "listed by folder")
        server.start_over(MINIO)
        assert said(await findings(server), "by their whole key only")

    async def test_others_objects_stay(self, server: S3Server) -> None:
        server.bucket.objects["studios/a"] = server.bucket.keep(b"1", 1, bytes(16))
        await findings(server)
        assert set(server.bucket.objects) == {"studios/a"}


class TestNoAccess:
    """One finding, and no more: the rest would say the same again."""

    @pytest.mark.parametrize(
        ("changes", "text", "remedy"),
        [
            ({"access_key": "nobody"}, "does not know our access key", "access key"),
            ({"secret_key": SECRET}, "secret key is wrong", "secret key"),
            ({"bucket": "another-bucket"}, "no such bucket", "Create the bucket"),
            ({"endpoint": "http://127.0.0.1:1"}, "cannot be reached", "endpoint"),
            ({"endpoint": "http://nowhere.invalid"}, "nowhere.invalid: the S3 server cannot be reached", "endpoint"),
        ],
    )
    async def test_names_the_setting(self, server: S3Server, changes: dict[str, str], text: str, remedy: str) -> None:
        (finding,) = await findings(server, PAGE, **changes)
        assert text in finding.text
        assert remedy in str(finding.remedy)

    async def test_a_password_in_the_address_is_not_told(self, server: S3Server) -> None:
        (finding,) = await findings(server, endpoint=f"http://user:{SECRET}@127.0.0.1:1")
        assert finding.text.startswith("127.0.0.1:1: ")

    @pytest.mark.parametrize("hours", [-2, 2])
    async def test_names_the_clock(self, server: S3Server, hours: int) -> None:
        server.slow_clock = timedelta(hours=hours)
        (finding,) = await findings(server)
        assert "clocks" in finding.text
        assert "NTP" in str(finding.remedy)

    @pytest.mark.parametrize(
        "fault",
        [
            saying(b"<html>It works!</html>"),
            saying(b"<html>Not here</html>", status=404),
            saying(b'{"hello": "world"}', content_type="application/json"),
            saying(b"", status=502),
            resetting(),
        ],
    )
    async def test_another_kind_of_server_is_found_out(self, server: S3Server, fault: Any) -> None:
        server.each("ListObjectsV2", fault)
        (finding,) = await findings(server)
        assert "endpoint" in str(finding.remedy)

    async def test_a_silent_server_is_not_waited_for(self, server: S3Server) -> None:
        server.each("ListObjectsV2", stalling())
        (finding,) = await findings(server, patience=replace(IMPATIENT, read_seconds=0.1))
        assert "cannot be reached" in finding.text

    async def test_a_profile_that_does_not_exist_is_a_finding_too(self, server: S3Server) -> None:
        (finding,) = await findings(server, profile="glacier")
        assert "glacier" in finding.text


class TestClock:
    @pytest.mark.parametrize(("seconds", "way"), [(300, "behind"), (-300, "ahead of")])
    async def test_a_drift_is_told_before_it_hurts(self, server: S3Server, seconds: int, way: str) -> None:
        def ours() -> datetime:
            return datetime.now(UTC) - timedelta(seconds=seconds)

        found = wrong(await S3Examination(place_of(server), now=ours).examine())
        assert [way in finding.text for finding in found] == [True]


class TestWhatIsMissing:
    @pytest.mark.parametrize(
        ("rules", "words"),
        [
            (replace(AWS, ranges=False), "range"),
            (replace(AWS, if_match=False), "If-Match"),
            (replace(AWS, copies=False), "CopyObject"),
            (replace(AWS, multiparts=False), "CreateMultipartUpload"),
        ],
    )
    async def test_is_named(self, server: S3Server, rules: Rules, words: str) -> None:
        server.start_over(rules)
        found = wrong(await findings(server))
        assert found
        assert all(words in finding.text for finding in found)
        assert nothing_remains(server)

    @pytest.mark.parametrize(
        "operation", ["PutObject", "GetObject", "HeadObject", "CopyObject", "CreateMultipartUpload", "UploadPart"]
    )
    async def test_a_missing_right_is_found(self, server: S3Server, operation: str) -> None:
        server.each(operation, refusing(403, "AccessDenied"))
        found = wrong(await findings(server))
        assert found
        assert nothing_remains(server)

    @pytest.mark.parametrize("operation", ["DeleteObject", "AbortMultipartUpload"])
    async def test_what_has_to_stay_behind_is_told(self, server: S3Server, operation: str) -> None:
        server.each(operation, refusing(403, "AccessDenied"))
        found = wrong(await findings(server))
        assert said(found, "is still there")

    async def test_bytes_that_come_back_changed_are_found(self, server: S3Server) -> None:
        server.each("GetObject", saying(b"other bytes", content_type="text/plain"))
        assert said(wrong(await findings(server)), "does not come back as it was")

    @pytest.mark.parametrize(
        "operation",
        [
            *("PutObject", "GetObject", "CopyObject", "CreateMultipartUpload", "UploadPart", "ListParts"),
            *("ListMultipartUploads", "CompleteMultipartUpload", "HeadObject"),
        ],
    )
    async def test_a_page_where_an_answer_should_be_is_found(self, server: S3Server, operation: str) -> None:
        server.each(operation, saying(b"<html>Please sign in</html>"))
        assert wrong(await findings(server))
        assert nothing_remains(server)

    async def test_a_length_that_is_not_held_to_is_found(self, server: S3Server) -> None:
        server.each("PutObject", _only_signed_urls(saying(b"")))
        assert said(wrong(await findings(server)), "not held to the length")

    async def test_a_public_address_that_changes_the_host_is_found(self, server: S3Server) -> None:
        elsewhere = server.url.replace("127.0.0.1", "localhost")
        assert wrong(await findings(server, public_endpoint=elsewhere)) == []
        server.each("PutObject", _only_signed_urls(refusing(403, "SignatureDoesNotMatch")))
        assert said(wrong(await findings(server, public_endpoint=elsewhere)), "a signed upload is refused (403)")

    async def test_a_public_address_where_nobody_answers_is_told(self, server: S3Server) -> None:
        found = wrong(await findings(server, public_endpoint="http://127.0.0.1:1"))
        assert said(found, "address that browsers use")

    async def test_broken_off_it_cleans_up(self, server: S3Server) -> None:
        reached = asyncio.Event()
        server.next("UploadPart", stalling(reached))
        examining = asyncio.create_task(S3Examination(place_of(server)).examine())
        await reached.wait()
        examining.cancel()
        with suppress(asyncio.CancelledError):
            await examining
        assert nothing_remains(server)


def _only_signed_urls(fault: Any) -> Any:
    async def act(request: Any, work: Any) -> Any:
        return await (fault(request, work) if "X-Amz-Signature" in request.query else work())

    return act


class TestCors:
    async def test_a_page_that_may_not_ask_is_found_and_let_in(self, server: S3Server) -> None:
        found = wrong(await findings(server, PAGE))
        assert [finding.text for finding in found] == [f"pages of {PAGE} may not PUT, GET, HEAD in this bucket"]
        assert "--set-cors" in str(found[0].remedy)
        await set_cors(place_of(server), [PAGE])
        found = await findings(server, PAGE, "https://other.example")
        assert said(found, f"pages of {PAGE} may send, read, and see ETags")
        assert said(wrong(found), "https://other.example may not PUT")

    async def test_others_rules_stay(self, server: S3Server) -> None:
        theirs = {"ID": "theirs", "AllowedMethods": ["GET"], "AllowedOrigins": ["*"], "MaxAgeSeconds": 60}
        async with opened_client(place_of(server), server.url) as client:
            await client.put_bucket_cors(Bucket=BUCKET, CORSConfiguration={"CORSRules": [theirs]})
            for origins in ([PAGE], [PAGE, "https://other.example"]):
                await set_cors(place_of(server), origins)
                rules = (await client.get_bucket_cors(Bucket=BUCKET))["CORSRules"]
                assert [rule["ID"] for rule in rules] == ["theirs", OUR_RULE]
                assert rules[0] == theirs
                assert rules[1]["AllowedOrigins"] == origins

    async def test_with_b2_too(self, server: S3Server) -> None:
        server.start_over(B2)
        await set_cors(place_of(server), [PAGE])
        assert said(await findings(server, PAGE), "may send, read, and see ETags")

    async def test_etags_that_are_not_shown_are_found(self, server: S3Server) -> None:
        rule = {"AllowedMethods": ["PUT", "GET", "HEAD"], "AllowedOrigins": ["*"], "AllowedHeaders": ["*"]}
        async with opened_client(place_of(server), server.url) as client:
            await client.put_bucket_cors(Bucket=BUCKET, CORSConfiguration={"CORSRules": [rule]})
        assert said(wrong(await findings(server, PAGE)), "may not read ETag")

    async def test_digests_of_parts_that_pages_may_not_send_are_found(self, server: S3Server) -> None:
        rule = {"AllowedMethods": ["PUT", "GET", "HEAD"], "AllowedOrigins": ["*"], "AllowedHeaders": ["content-type"]}
        async with opened_client(place_of(server), server.url) as client:
            await client.put_bucket_cors(Bucket=BUCKET, CORSConfiguration={"CORSRules": [rule]})
        assert said(wrong(await findings(server, PAGE)), "may not PUT")

    async def test_a_server_without_rules_per_bucket_says_what_to_do(self, server: S3Server) -> None:
        server.start_over(MINIO)
        with pytest.raises(CorsNotSettable, match="no CORS rules") as caught:
            await set_cors(place_of(server), [PAGE])
        assert "MINIO_API_CORS_ALLOW_ORIGIN" in caught.value.remedy

    async def test_rules_that_cannot_be_read_are_not_overwritten(self, server: S3Server) -> None:
        server.each("GetBucketCors", failing())
        with pytest.raises(Exception, match="500"):
            await set_cors(place_of(server), [PAGE])
        assert server.asked("PutBucketCors") == []
