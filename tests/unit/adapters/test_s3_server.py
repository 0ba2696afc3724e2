"""The strict S3 double itself: a test that it lets pass must mean something."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from aiobotocore.config import AioConfig
from aiobotocore.session import AioSession
from aiohttp.test_utils import make_mocked_request
from botocore.exceptions import ClientError

from asset_ingest.testing.s3_server import AWS, B2, BUCKET, CEPH, KEYS, MINIO, R2, Keys, Rules, S3Server, s3_server
from asset_ingest.testing.s3_server.answers import Refusal
from asset_ingest.testing.s3_server.signature import verified

MIB = 1 << 20


async def refused(calling: Any) -> tuple[int, str]:
    with pytest.raises(ClientError) as caught:
        await calling
    said = caught.value.response
    return said["ResponseMetadata"]["HTTPStatusCode"], said["Error"]["Code"]


def client_of(server: S3Server, keys: Keys = KEYS, **options: Any) -> Any:
    wanted = {"request_checksum_calculation": "when_required", "response_checksum_validation": "when_required"}
    return AioSession().create_client(
        "s3",
        endpoint_url=server.url,
        region_name=keys.region,
        aws_access_key_id=keys.access_key,
        aws_secret_access_key=keys.secret_key,
        config=AioConfig(
            **{"signature_version": "s3v4", "retries": {"total_max_attempts": 1}, **wanted, **options},
            s3={"addressing_style": "path"},
        ),
    )


@pytest.fixture
async def server() -> AsyncIterator[S3Server]:
    async with s3_server() as server:
        yield server


@pytest.fixture
async def client(server: S3Server) -> AsyncIterator[Any]:
    async with client_of(server) as client:
        yield client


class TestSignature:
    """Against the worked examples of the AWS documentation, with its own keys and dates."""

    DOCUMENTED = Keys("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    AT = datetime(2013, 5, 24, tzinfo=UTC)
    EMPTY = hashlib.sha256().hexdigest()

    def header(self, proof: str = "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41") -> Any:
        scope = "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request"
        signed = "host;range;x-amz-content-sha256;x-amz-date"
        said = f"AWS4-HMAC-SHA256 Credential={scope},SignedHeaders={signed},Signature={proof}"
        headers = {"Host": "examplebucket.s3.amazonaws.com", "Range": "bytes=0-9", "Authorization": said}
        headers |= {"x-amz-content-sha256": self.EMPTY, "x-amz-date": "20130524T000000Z"}
        return make_mocked_request("GET", "/test.txt", headers)

    def url(self, expires: int = 86400) -> Any:
        path = (
            "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1"
            f"%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires={expires}&X-Amz-SignedHeaders=host"
            "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
        )
        return make_mocked_request("GET", path, {"Host": "examplebucket.s3.amazonaws.com"})

    def test_the_documented_header_is_right(self) -> None:
        assert verified(self.header(), self.DOCUMENTED, lambda: self.AT) == self.EMPTY

    def test_the_documented_url_is_right_for_a_day(self) -> None:
        for seconds in (0, 86_400):
            at = self.AT + timedelta(seconds=seconds)
            assert verified(self.url(), self.DOCUMENTED, lambda at=at: at) == "UNSIGNED-PAYLOAD"

    @pytest.mark.parametrize(
        ("expires", "seconds", "code"),
        [
            (86_400, 86_401, "AccessDenied"),
            (86_400, -901, "AccessDenied"),
            (86_399, 0, "SignatureDoesNotMatch"),
            (604_801, 0, "AuthorizationQueryParametersError"),
        ],
    )
    def test_a_url_is_refused(self, expires: int, seconds: int, code: str) -> None:
        with pytest.raises(Refusal) as caught:
            verified(self.url(expires), self.DOCUMENTED, lambda: self.AT + timedelta(seconds=seconds))
        assert caught.value.code == code

    @pytest.mark.parametrize("minutes", [-16, 16])
    def test_a_clock_may_be_a_quarter_of_an_hour_wrong(self, minutes: int) -> None:
        with pytest.raises(Refusal) as caught:
            verified(self.header(), self.DOCUMENTED, lambda: self.AT + timedelta(minutes=minutes))
        assert caught.value.code == "RequestTimeTooSkewed"

    def test_another_proof_is_refused(self) -> None:
        with pytest.raises(Refusal) as caught:
            verified(self.header("0" * 64), self.DOCUMENTED, lambda: self.AT)
        assert caught.value.code == "SignatureDoesNotMatch"

    def test_another_region_is_refused(self) -> None:
        keys = Keys(self.DOCUMENTED.access_key, self.DOCUMENTED.secret_key, "eu-central-1")
        with pytest.raises(Refusal) as caught:
            verified(self.header(), keys, lambda: self.AT)
        assert (caught.value.code, caught.value.facts["Region"]) == ("AuthorizationHeaderMalformed", "eu-central-1")


class TestAccess:
    """Over the wire, with botocore's own signer on the other side."""

    @pytest.mark.parametrize(
        ("keys", "status", "code"),
        [
            (Keys("nobody", "x"), 403, "InvalidAccessKeyId"),
            (Keys(KEYS.access_key, "x"), 403, "SignatureDoesNotMatch"),
        ],
    )
    async def test_wrong_keys_are_refused(self, server: S3Server, keys: Keys, status: int, code: str) -> None:
        async with client_of(server, keys) as client:
            assert await refused(client.put_object(Bucket=BUCKET, Key="a", Body=b"1")) == (status, code)
        assert server.bucket.objects == {}

    async def test_nobody_may_ask_without_a_name(self, server: S3Server) -> None:
        async with httpx.AsyncClient() as http:
            assert (await http.put(f"{server.url}/{BUCKET}/a", content=b"1")).status_code == 403

    async def test_another_bucket_is_missing(self, client: Any) -> None:
        assert await refused(client.put_object(Bucket="other", Key="a", Body=b"1")) == (404, "NoSuchBucket")

    async def test_a_body_that_is_not_what_was_signed_is_refused(self, server: S3Server, client: Any) -> None:
        client.meta.events.register("before-send.s3.PutObject", lambda request, **_: setattr(request, "body", b"2"))
        answer = await refused(client.put_object(Bucket=BUCKET, Key="a", Body=b"1"))
        assert answer == (400, "XAmzContentSHA256Mismatch")
        assert server.bucket.objects == {}

    async def test_a_header_that_was_added_on_the_way_is_refused(self, client: Any) -> None:
        def add(request: Any, **_: object) -> None:
            request.headers["x-amz-acl"] = "public-read"

        client.meta.events.register("before-send.s3.PutObject", add)
        assert await refused(client.put_object(Bucket=BUCKET, Key="a", Body=b"1")) == (403, "AccessDenied")

    async def test_a_signed_length_is_held_to(self, server: S3Server, client: Any) -> None:
        url = await client.generate_presigned_url("put_object", {"Bucket": BUCKET, "Key": "a", "ContentLength": 3})
        async with httpx.AsyncClient() as http:
            assert (await http.put(url, content=b"1234")).status_code == 403
            assert (await http.put(url, content=b"123")).status_code == 200
            assert (await http.put(url.replace("/a?", "/b?"), content=b"123")).status_code == 403
        assert server.bucket.object("a").body == b"123"

    async def test_a_url_ends(self, server: S3Server, client: Any) -> None:
        url = await client.generate_presigned_url("get_object", {"Bucket": BUCKET, "Key": "a"}, ExpiresIn=60)
        server.slow_clock = -timedelta(seconds=61)
        async with httpx.AsyncClient() as http:
            answer = await http.get(url)
        assert (answer.status_code, "Request has expired" in answer.text) == (403, True)


class TestObjects:
    async def test_what_was_put_comes_back_whole_in_pieces_and_by_condition(self, client: Any) -> None:
        etag = (await client.put_object(Bucket=BUCKET, Key="a b/ü+%", Body=b"0123456789"))["ETag"]
        assert etag == f'"{hashlib.md5(b"0123456789", usedforsecurity=False).hexdigest()}"'
        got = await client.get_object(Bucket=BUCKET, Key="a b/ü+%", Range="bytes=2-4", IfMatch=etag)
        assert (await got["Body"].read(), got["ContentRange"]) == (b"234", "bytes 2-4/10")
        other = client.get_object(Bucket=BUCKET, Key="a b/ü+%", IfMatch='"other"')
        assert await refused(other) == (412, "PreconditionFailed")
        beyond = client.get_object(Bucket=BUCKET, Key="a b/ü+%", Range="bytes=10-")
        assert await refused(beyond) == (416, "InvalidRange")

    async def test_a_wrong_digest_is_refused(self, client: Any) -> None:
        wrong = base64.b64encode(bytes(16)).decode()
        putting = client.put_object(Bucket=BUCKET, Key="a", Body=b"1", ContentMD5=wrong)
        assert await refused(putting) == (400, "BadDigest")

    @pytest.mark.parametrize("said", ["", "no digest", base64.b64encode(bytes(15)).decode(), "A" * 21 + "B=="])
    async def test_what_is_no_digest_is_refused(self, server: S3Server, client: Any, said: str) -> None:
        url = await client.generate_presigned_url("put_object", {"Bucket": BUCKET, "Key": "a"})
        async with httpx.AsyncClient() as http:
            answer = await http.put(url, content=b"1", headers={"Content-MD5": said})
        assert (answer.status_code, "<Code>InvalidDigest</Code>" in answer.text) == (400, True)
        assert server.bucket.objects == {}

    async def test_listing_goes_page_by_page(self, client: Any) -> None:
        for key in ("a/1", "a/2", "a/ü 3", "b"):
            await client.put_object(Bucket=BUCKET, Key=key, Body=b"1")
        pages = client.get_paginator("list_objects_v2").paginate(
            Bucket=BUCKET, Prefix="a/", PaginationConfig={"PageSize": 2}
        )
        assert [[entry["Key"] for entry in page["Contents"]] async for page in pages] == [["a/1", "a/2"], ["a/ü 3"]]

    async def test_copied_and_deleted(self, server: S3Server, client: Any) -> None:
        await client.put_object(Bucket=BUCKET, Key="a", Body=b"1")
        await client.copy_object(Bucket=BUCKET, Key="b", CopySource={"Bucket": BUCKET, "Key": "a"})
        await client.delete_object(Bucket=BUCKET, Key="a")
        assert server.bucket.object("b").body == b"1"
        await client.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": "b"}]})
        assert server.bucket.objects == {}

    async def test_a_discarding_store_counts(self) -> None:
        async with s3_server(discards=True) as server, client_of(server) as client:
            await client.put_object(Bucket=BUCKET, Key="a", Body=b"123")
            assert (server.bucket.received, server.bucket.object("a").body) == (3, None)
            assert await (await client.get_object(Bucket=BUCKET, Key="a"))["Body"].read() == bytes(3)


class TestMultipart:
    """Small parts, so that the tests stay quick; the smallest is a rule as any other."""

    @pytest.fixture
    async def server(self) -> AsyncIterator[S3Server]:
        async with s3_server(Rules(smallest_part=3, most_parts=4)) as server:
            yield server

    async def test_parts_become_one_object(self, server: S3Server, client: Any) -> None:
        upload_id = await begun(client)
        parts = [await sent(client, upload_id, number, body) for number, body in enumerate((b"123", b"456", b"7"), 1)]
        assert [part["Size"] for part in (await listed(client, upload_id))["Parts"]] == [3, 3, 1]
        made = await completed(client, upload_id, parts)
        assert made["ETag"].endswith('-3"')
        assert server.bucket.object("a").body == b"1234567"
        assert await refused(completed(client, upload_id, parts)) == (404, "NoSuchUpload")

    async def test_what_is_wrong_with_parts_is_said_at_the_end(self, client: Any) -> None:
        upload_id = await begun(client)
        small, other = await sent(client, upload_id, 1, b"12"), await sent(client, upload_id, 2, b"345")
        assert await refused(completed(client, upload_id, [small, other])) == (400, "EntityTooSmall")
        assert await refused(completed(client, upload_id, [other, small])) == (400, "InvalidPartOrder")
        changed = [{**other, "ETag": small["ETag"]}]
        assert await refused(completed(client, upload_id, changed)) == (400, "InvalidPart")
        assert await refused(sent(client, upload_id, 5, b"1")) == (400, "InvalidArgument")

    async def test_an_aborted_upload_is_gone(self, server: S3Server, client: Any) -> None:
        upload_id = await begun(client)
        await client.abort_multipart_upload(Bucket=BUCKET, Key="a", UploadId=upload_id)
        assert server.bucket.uploads == {}
        assert await refused(sent(client, upload_id, 1, b"1")) == (404, "NoSuchUpload")
        assert await refused(listed(client, upload_id)) == (404, "NoSuchUpload")

    async def test_a_range_becomes_a_part(self, server: S3Server, client: Any) -> None:
        await client.put_object(Bucket=BUCKET, Key="source", Body=b"0123456789")
        upload_id, source = await begun(client), {"Bucket": BUCKET, "Key": "source"}
        copying = client.upload_part_copy(
            **here(upload_id), PartNumber=1, CopySource=source, CopySourceRange="bytes=2-6"
        )
        etag = (await copying)["CopyPartResult"]["ETag"]
        await completed(client, upload_id, [{"PartNumber": 1, "ETag": etag}])
        assert server.bucket.object("a").body == b"23456"

    async def test_unfinished_uploads_are_listed_page_by_page(self, client: Any) -> None:
        begun_ids = {await begun(client, key) for key in ("a", "a", "b/1", "b/2")}
        pages = client.get_paginator("list_multipart_uploads").paginate(
            Bucket=BUCKET, Prefix="", PaginationConfig={"PageSize": 1}
        )
        assert {entry["UploadId"] async for page in pages for entry in page["Uploads"]} == begun_ids


class TestRules:
    """Each provider's own ways."""

    async def ask(self, rules: Rules, **options: Any) -> tuple[int, str]:
        async with s3_server(rules) as server, client_of(server, **options) as client:
            return await refused(client.put_object(Bucket=BUCKET, Key="a", Body=b"1"))

    async def test_b2_refuses_checksum_headers_in_its_own_words(self) -> None:
        async with s3_server(B2) as server, client_of(server, request_checksum_calculation="when_supported") as client:
            with pytest.raises(ClientError, match="Unsupported header 'x-amz-") as caught:
                await client.put_object(Bucket=BUCKET, Key="a", Body=b"1")
        assert caught.value.response["Error"]["Code"] == "InvalidArgument"

    async def test_r2_does_not_know_them(self) -> None:
        assert await self.ask(R2, request_checksum_calculation="when_supported") == (501, "NotImplemented")

    async def test_aws_holds_a_checksum_against_the_body(self, client: Any) -> None:
        putting = client.put_object(Bucket=BUCKET, Key="a", Body=b"1", ChecksumCRC32="AAAAAA==")
        assert await refused(putting) == (400, "BadDigest")

    async def test_ceph_looks_away_and_says_nothing(self) -> None:
        async with s3_server(CEPH) as server, client_of(server) as client:
            await client.put_object(Bucket=BUCKET, Key="a", Body=b"1", ChecksumCRC32="AAAAAA==")
            with pytest.raises(ClientError) as caught:
                await client.get_object(Bucket=BUCKET, Key="b")
        assert not caught.value.response["Error"].get("Message")

    async def test_tags_are_refused_by_b2_and_r2_alone(self) -> None:
        for rules in (AWS, B2, R2):
            async with s3_server(rules) as server, client_of(server) as client:
                putting = client.put_object(Bucket=BUCKET, Key="a", Body=b"1", Tagging="a=b")
                if rules is AWS:
                    await putting
                else:
                    assert await refused(putting) == (400, "InvalidArgument")

    @pytest.mark.parametrize(("sizes", "sound"), [((3, 3, 2), True), ((3, 4, 3), False), ((3, 3, 4), False)])
    async def test_r2_wants_equal_parts(self, sizes: tuple[int, ...], sound: bool) -> None:  # noqa: FBT001
        async with s3_server(Rules(equal_parts=True, smallest_part=1)) as server, client_of(server) as client:
            upload_id = await begun(client)
            parts = [await sent(client, upload_id, number, bytes(size)) for number, size in enumerate(sizes, 1)]
            if sound:
                await completed(client, upload_id, parts)
            else:
                assert await refused(completed(client, upload_id, parts)) == (400, "InvalidPart")

    async def test_minio_finds_uploads_by_their_whole_key_only(self) -> None:
        async with s3_server(MINIO) as server, client_of(server) as client:
            await begun(client, "a/b")
            for prefix, found in (("a/", 0), ("a/b", 1)):
                page = await client.list_multipart_uploads(Bucket=BUCKET, Prefix=prefix)
                assert len(page.get("Uploads", [])) == found


RULE = {"AllowedMethods": ["PUT", "GET"], "AllowedOrigins": ["https://*.example"], "AllowedHeaders": ["*"]}


class TestCors:
    async def test_a_page_may_ask_only_by_the_rules(self, server: S3Server, client: Any) -> None:
        url = await client.generate_presigned_url("put_object", {"Bucket": BUCKET, "Key": "a"})
        asking = {"Origin": "https://page.example", "Access-Control-Request-Method": "PUT"}
        async with httpx.AsyncClient() as http:
            assert (await http.options(url, headers=asking)).status_code == 403
            await client.put_bucket_cors(
                Bucket=BUCKET, CORSConfiguration={"CORSRules": [{**RULE, "ExposeHeaders": ["ETag"]}]}
            )
            assert (await http.options(url, headers=asking)).status_code == 200
            assert (await http.options(url, headers={**asking, "Origin": "https://other"})).status_code == 403
            answer = await http.put(url, content=b"1", headers={"Origin": "https://page.example"})
        assert answer.headers["Access-Control-Expose-Headers"] == "ETag"
        assert (await client.get_bucket_cors(Bucket=BUCKET))["CORSRules"][0]["AllowedMethods"] == ["PUT", "GET"]


def here(upload_id: str, key: str = "a") -> dict[str, str]:
    return {"Bucket": BUCKET, "Key": key, "UploadId": upload_id}


async def begun(client: Any, key: str = "a") -> str:
    return str((await client.create_multipart_upload(Bucket=BUCKET, Key=key))["UploadId"])


async def sent(client: Any, upload_id: str, number: int, body: bytes) -> dict[str, Any]:
    answer = await client.upload_part(**here(upload_id), PartNumber=number, Body=body)
    return {"PartNumber": number, "ETag": answer["ETag"]}


async def listed(client: Any, upload_id: str) -> Any:
    return await client.list_parts(**here(upload_id))


async def completed(client: Any, upload_id: str, parts: list[dict[str, Any]]) -> Any:
    return await client.complete_multipart_upload(**here(upload_id), MultipartUpload={"Parts": parts})
