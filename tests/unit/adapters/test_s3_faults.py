"""What S3 does wrong, and what becomes of it: nothing is doubled, lost or half-made, and no secret is told."""

from __future__ import annotations

import asyncio
import resource
import socket
import traceback
from collections.abc import Awaitable, Callable
from contextlib import aclosing, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, ClassVar

import pytest
from aiohttp import web
from botocore.awsrequest import AWSResponse
from tests.unit.adapters.s3_store import IMPATIENT, KIB, LARGE, PART, SMALL, SMALL_PARTS, opened, place_of

from asset_ingest.adapters.object_store.s3 import (
    S3Store,
)
from asset_ingest.core.errors import Conflict, IngestError, ObjectMissing, StoreUnavailable, UploadInterrupted
from asset_ingest.testing.flaky import breaking_off as stream_breaking_off
from asset_ingest.testing.object_store import chunks_of, content, keys, pattern
from asset_ingest.testing.s3_server import (
    AWS,
    BUCKET,
    CEPH,
    KEYS,
    Rules,
    S3Server,
    s3_server,
)
from asset_ingest.testing.s3_server.faults import (
    Fault,
    breaking_off,
    corrupting_the_etag,
    error_in_200,
    failing,
    losing_the_answer,
    refusing,
    resetting,
    saying,
    slow_down,
    stalling,
)

# One loop for the server and its client: to open a client costs more than a test.
pytestmark = pytest.mark.asyncio(loop_scope="module")


def nothing_remains(server: S3Server) -> bool:
    return not server.bucket.objects and not server.bucket.uploads


ONE_PUT, PARTS = "PutObject", ("CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload")

LASTING: list[Fault] = [
    slow_down(),
    failing(),
    resetting(),
    resetting(after=10),
    refusing(403, "AccessDenied"),
    saying(b"<html>Bad gateway</html>", status=502),
]
PASSING: list[Fault] = [
    slow_down(),
    slow_down(retry_after=3600),  # as long as we are willing to wait, which is not at all here
    failing(),
    resetting(),
    resetting(after=10),
    refusing(400, "XAmzContentSHA256Mismatch"),  # bent on its way
    refusing(400, "RequestTimeout"),
    saying(b"<html>Bad gateway</html>", status=502),
]


def named(fault: Fault) -> str:
    return fault.__qualname__.partition(".")[0]


class TestFailedPut:
    """Whatever goes wrong for good: one clear error, no object, no unfinished upload."""

    @pytest.mark.parametrize("fault", LASTING, ids=named)
    @pytest.mark.parametrize("operation", [ONE_PUT, *PARTS])
    async def test_leaves_nothing(self, server: S3Server, s3: S3Store, operation: str, fault: Fault) -> None:
        server.each(operation, fault)
        with pytest.raises(StoreUnavailable):
            await s3.objects.put("a", chunks_of(SMALL if operation == ONE_PUT else LARGE))
        assert nothing_remains(server)

    async def test_leaves_what_was_there(self, server: S3Server, s3: S3Store) -> None:
        await s3.objects.put("a", chunks_of(b"before"))
        for operation in PARTS:
            server.each(operation, failing())
            with pytest.raises(StoreUnavailable):
                await s3.objects.put("a", chunks_of(LARGE))
            server.heal()
        assert await content(s3.objects, "a") == b"before"
        assert not server.bucket.uploads

    async def test_an_error_in_the_body_of_a_200_is_an_error(self, server: S3Server, s3: S3Store) -> None:
        server.each("CompleteMultipartUpload", error_in_200())
        with pytest.raises(StoreUnavailable):
            await s3.objects.put("a", chunks_of(LARGE))
        assert nothing_remains(server)

    async def test_a_part_that_the_store_holds_otherwise_is_noticed(self, server: S3Server, s3: S3Store) -> None:
        server.next("UploadPart", corrupting_the_etag())
        with pytest.raises(IngestError):
            await s3.objects.put("a", chunks_of(LARGE))
        assert nothing_remains(server)

    async def test_a_client_that_goes_away_leaves_nothing(self, server: S3Server, s3: S3Store) -> None:
        with pytest.raises(UploadInterrupted):
            await s3.objects.put("a", stream_breaking_off(LARGE, error=UploadInterrupted()))
        assert nothing_remains(server)

    @pytest.mark.parametrize("operation", [ONE_PUT, *PARTS])
    async def test_cancelled_while_the_server_is_silent_leaves_nothing(
        self, server: S3Server, s3: S3Store, operation: str
    ) -> None:
        reached = asyncio.Event()
        server.each(operation, stalling(reached))
        putting = asyncio.create_task(s3.objects.put("a", chunks_of(SMALL if operation == ONE_PUT else LARGE)))
        await reached.wait()
        putting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await putting
        assert nothing_remains(server)

    @pytest.mark.parametrize(("operation", "after"), [(ONE_PUT, 0), *((part, 0) for part in PARTS), ("UploadPart", 10)])
    async def test_a_server_that_falls_silent_is_given_up(self, server: S3Server, operation: str, after: int) -> None:
        hasty = replace(IMPATIENT, read_seconds=0.4, attempts=1)
        server.each(operation, stalling(after=after))
        async with opened(server, patience=hasty) as s3:
            with pytest.raises(StoreUnavailable):
                await s3.objects.put("a", chunks_of(SMALL if operation == ONE_PUT else LARGE))
        assert nothing_remains(server)

    async def test_nobody_at_the_address_is_one_sentence(self, server: S3Server) -> None:
        async with opened(server, endpoint=f"http://127.0.0.1:{_closed_port()}") as s3:
            with pytest.raises(StoreUnavailable, match="cannot be reached"):
                await s3.objects.put("a", chunks_of(SMALL))


class TestPassingFaults:
    """What happens once is mended without a word, and nothing is doubled."""

    @pytest.mark.parametrize("fault", PASSING, ids=named)
    @pytest.mark.parametrize("operation", [ONE_PUT, *PARTS])
    async def test_a_put_goes_on(self, server: S3Server, s3: S3Store, operation: str, fault: Fault) -> None:
        sent = SMALL if operation == ONE_PUT else LARGE
        server.next(operation, fault, fault)
        assert (await s3.objects.put("a", chunks_of(sent))).size == len(sent)
        assert await content(s3.objects, "a") == sent
        assert not server.bucket.uploads

    @pytest.mark.parametrize("operation", [ONE_PUT, "UploadPart", "CompleteMultipartUpload"])
    @pytest.mark.parametrize("rules", [AWS, CEPH], ids=["then unknown", "then repeated"])
    async def test_a_lost_answer_is_found_out(
        self, server: S3Server, s3: S3Store, rules: Rules, operation: str
    ) -> None:
        sent = SMALL if operation == ONE_PUT else LARGE
        server.start_over(replace(rules, smallest_part=PART))
        server.next(operation, losing_the_answer())
        assert (await s3.objects.put("a", chunks_of(sent))).size == len(sent)
        assert await content(s3.objects, "a") == sent
        assert not server.bucket.uploads

    async def test_when_every_answer_to_complete_is_lost_the_object_itself_tells(
        self, server: S3Server, s3: S3Store
    ) -> None:
        server.each("CompleteMultipartUpload", losing_the_answer())
        assert (await s3.objects.put("a", chunks_of(LARGE))).size == len(LARGE)
        assert await content(s3.objects, "a") == LARGE

    async def test_an_error_in_a_200_once_is_tried_again(self, server: S3Server, s3: S3Store) -> None:
        server.next("CompleteMultipartUpload", error_in_200())
        await s3.objects.put("a", chunks_of(LARGE))
        assert await content(s3.objects, "a") == LARGE

    async def test_an_upload_that_was_opened_twice_is_told_to_the_sweeper(self, server: S3Server, s3: S3Store) -> None:
        server.next("CreateMultipartUpload", losing_the_answer())
        await s3.objects.put("a/b", chunks_of(LARGE))
        left = [upload async for upload in s3.direct.unfinished("a/")]
        assert [upload.key for upload in left] == ["a/b"]
        await s3.direct.abort("a/b", left[0].upload_id)
        assert not server.bucket.uploads

    @pytest.mark.parametrize("operation", ["HeadObject", "ListObjectsV2", "DeleteObject", "CopyObject"])
    @pytest.mark.parametrize("fault", [slow_down(), failing(), resetting(), losing_the_answer()], ids=named)
    async def test_the_other_calls_go_on_too(self, server: S3Server, s3: S3Store, operation: str, fault: Fault) -> None:
        await s3.objects.put("a", chunks_of(SMALL))
        server.next(operation, fault)
        assert (await s3.objects.stat("a")).size == len(SMALL)
        await s3.objects.copy("a", "b")
        assert await keys(s3.objects, "") == {"a", "b"}
        await s3.objects.delete("a")
        assert await keys(s3.objects, "") == {"b"}

    async def test_a_copy_with_an_error_in_its_200_is_none(self, server: S3Server, s3: S3Store) -> None:
        await s3.objects.put("a", chunks_of(SMALL))
        server.each("CopyObject", error_in_200())
        with pytest.raises(StoreUnavailable):
            await s3.objects.copy("a", "b")
        assert set(server.bucket.objects) == {"a"}


class TestNonsense:
    """A 200 from something that is no S3, such as a proxy's own page, is no success."""

    CALLS: ClassVar[dict[str, Callable[[S3Store], Awaitable[object]]]] = {
        "PutObject": lambda s3: s3.objects.put("b", chunks_of(SMALL)),
        "CreateMultipartUpload": lambda s3: s3.objects.put("b", chunks_of(LARGE)),
        "UploadPart": lambda s3: s3.objects.put("b", chunks_of(LARGE)),
        "CompleteMultipartUpload": lambda s3: s3.objects.put("b", chunks_of(LARGE)),
        "HeadObject": lambda s3: s3.objects.stat("a"),
        "GetObject": lambda s3: content(s3.objects, "a"),
        "ListObjectsV2": lambda s3: keys(s3.objects, ""),
        "CopyObject": lambda s3: s3.objects.copy("a", "b"),
    }

    @pytest.mark.parametrize("operation", CALLS)
    async def test_is_an_error(self, server: S3Server, s3: S3Store, operation: str) -> None:
        await s3.objects.put("a", chunks_of(SMALL))
        server.each(operation, saying(b"<html>Please sign in</html>"))
        with pytest.raises(StoreUnavailable):
            await self.CALLS[operation](s3)


async def an_endless_answer(request: web.Request, _: object) -> web.StreamResponse:
    """A server that is none of ours, or means harm."""
    answer = web.StreamResponse(headers={"ETag": '"x"'})
    await answer.prepare(request)
    with suppress(ConnectionError):
        while True:
            await answer.write(bytes(1 << 20))
    return answer


class TestEndlessAnswer:
    """What is no object is read up to a bound, whoever sends it."""

    @pytest.mark.parametrize("operation", ["ListObjectsV2", "PutObject", "CreateMultipartUpload"])
    async def test_is_not_kept(self, server: S3Server, s3: S3Store, operation: str) -> None:
        server.each(operation, an_endless_answer)
        calls = TestNonsense.CALLS
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with pytest.raises(StoreUnavailable):
            await calls[operation](s3)
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 << 10  # KiB; server and client


class TestPauses:
    """Asked of the client itself, so that no test has to wait."""

    async def pauses(self, server: S3Server, retry_after: str, **patience: Any) -> list[Any]:
        async with opened(server, patience=replace(IMPATIENT, **patience)) as s3:
            said = {"HTTPStatusCode": 503, "HTTPHeaders": {"retry-after": retry_after}}
            raw = AWSResponse(server.url, 503, said["HTTPHeaders"], None)
            answer = (raw, {"Error": {"Code": "SlowDown"}, "ResponseMetadata": said})
            client = s3.bucket.client
            asked: dict[str, Any] = {
                "response": answer,
                "operation": client.meta.service_model.operation_model("PutObject"),
            }
            asked |= {"attempts": 1, "caught_exception": None, "request_dict": {"context": {}}, "endpoint": None}
            answers = await client.meta.events.emit("needs-retry.s3.PutObject", **asked)
        return [value for _, value in answers if value is not None]

    async def test_the_server_says_how_long_to_wait(self, server: S3Server) -> None:
        assert await self.pauses(server, "7", longest_pause=20) == [7.0]

    async def test_also_as_a_date(self, server: S3Server) -> None:
        date = format_datetime(datetime.now(UTC) + timedelta(seconds=15), usegmt=True)
        (pause,) = await self.pauses(server, date, longest_pause=20)
        assert 10 < pause <= 15

    @pytest.mark.parametrize(
        "said", ["3600", "9" * 5000, format_datetime(datetime(2999, 1, 1, tzinfo=UTC), usegmt=True)]
    )
    async def test_but_not_for_ever(self, server: S3Server, said: str) -> None:
        assert await self.pauses(server, said, longest_pause=20) == [20.0]

    @pytest.mark.parametrize("said", ["", "soon", "-5", "1.5", "²", "Fri, 99 Foo 2026 00:00:00 GMT"])
    async def test_nonsense_is_not_waited_for(self, server: S3Server, said: str) -> None:
        assert await self.pauses(server, said, first_pause=0, longest_pause=20) == [0]


class TestBrokenReads:
    """A read goes on where it broke off, in the same state of the object, or fails; it never mixes."""

    async def test_goes_on_in_the_same_state(self, server: S3Server, s3: S3Store) -> None:
        sent = pattern(900 * KIB)
        await s3.objects.put("a", chunks_of(sent))
        server.next("GetObject", breaking_off(after=600 * KIB), breaking_off(after=100 * KIB))
        assert await content(s3.objects, "a") == sent
        first, *others = server.asked("GetObject")
        assert "If-Match" not in first.headers
        etag = f'"{server.bucket.object("a").etag}"'
        assert [(again.headers["If-Match"], again.headers["Range"][:6]) for again in others] == [(etag, "bytes=")] * 2
        assert server.bucket.received == len(sent)

    async def test_a_range_that_breaks_off_ends_where_it_should(self, server: S3Server, s3: S3Store) -> None:
        sent = pattern(900 * KIB)
        await s3.objects.put("a", chunks_of(sent))
        server.next("GetObject", breaking_off(after=300 * KIB))
        assert await content(s3.objects, "a", 100, 700 * KIB) == sent[100 : 700 * KIB]

    @pytest.mark.parametrize(
        "holds_conditions",
        [True, False],
    )
    async def test_an_object_that_was_replaced_meanwhile_is_not_mixed_in(
        self,
        server: S3Server,
        s3: S3Store,
        holds_conditions: bool,  # noqa: FBT001
    ) -> None:
        server.start_over(replace(SMALL_PARTS, if_match=holds_conditions))
        await s3.objects.put("a", chunks_of(b"o" * 900 * KIB))
        server.next("GetObject", breaking_off(after=300 * KIB))
        async with aclosing(s3.objects.read("a")) as reading:
            assert await anext(reading)
            await s3.objects.put("a", chunks_of(b"n" * 900 * KIB))
            with pytest.raises(StoreUnavailable):
                _ = [chunk async for chunk in reading]

    async def test_a_server_that_never_gets_further_is_given_up(self, server: S3Server, s3: S3Store) -> None:
        await s3.objects.put("a", chunks_of(SMALL))
        server.each("GetObject", breaking_off(after=0))
        with pytest.raises(StoreUnavailable):
            await content(s3.objects, "a")
        assert len(server.asked("GetObject")) <= IMPATIENT.attempts

    async def test_a_server_that_ignores_ranges_is_not_believed(self, server: S3Server, s3: S3Store) -> None:
        server.start_over(replace(AWS, ranges=False))
        await s3.objects.put("a", chunks_of(SMALL))
        with pytest.raises(StoreUnavailable):
            await content(s3.objects, "a", 1, 5)

    @pytest.mark.parametrize("fault", [slow_down(), failing(), resetting()], ids=named)
    async def test_a_passing_refusal_is_tried_again(self, server: S3Server, s3: S3Store, fault: Fault) -> None:
        await s3.objects.put("a", chunks_of(SMALL))
        server.next("GetObject", fault, fault)
        assert await content(s3.objects, "a") == SMALL


SECRET = "a-secret-that-nobody-may-see"


class TestWrongSettings:
    """Each is one sentence with a remedy, and tells no secret."""

    async def error(
        self, server: S3Server, calling: Callable[[S3Store], Awaitable[object]], **told: Any
    ) -> IngestError:
        async with opened(server, **told) as s3:
            with pytest.raises(StoreUnavailable) as caught:
                await calling(s3)
        return caught.value

    async def put(self, s3: S3Store) -> object:
        return await s3.objects.put("a", chunks_of(SMALL))

    @pytest.mark.parametrize(
        ("told", "sentence", "remedy"),
        [
            ({"access_key": "nobody"}, "does not know our access key", "access key"),
            ({"secret_key": SECRET}, "secret key is wrong", "secret key"),
            ({"bucket": "another-bucket"}, "no such bucket", "bucket"),
        ],
    )
    async def test_is_one_sentence(self, server: S3Server, told: dict[str, str], sentence: str, remedy: str) -> None:
        if "bucket" in told:
            server.bucket.name = "renamed-over-there"
            told = {}
        error = await self.error(server, self.put, **told)
        assert sentence in error.message
        assert "\n" not in error.message
        assert remedy in error.remedy
        assert_tells_no_secret(error)

    @pytest.mark.parametrize("hours", [-2, 2])
    async def test_a_wrong_clock_is_one_sentence(self, server: S3Server, hours: int) -> None:
        server.slow_clock = timedelta(hours=hours)
        error = await self.error(server, self.put)
        assert "clocks" in error.message
        assert_tells_no_secret(error)

    async def test_missing_rights_are_one_sentence(self, server: S3Server) -> None:
        server.each("PutObject", refusing(403, "AccessDenied", "Access Denied"))
        error = await self.error(server, self.put)
        assert "does not let our key" in error.message

    async def test_what_an_answer_to_head_cannot_say_is_found_out(self, server: S3Server) -> None:
        error = await self.error(server, lambda s3: s3.objects.stat("a"), secret_key=SECRET)
        assert "secret key is wrong" in error.message
        assert_tells_no_secret(error)

    async def test_another_region_is_found_by_itself(self) -> None:
        there = replace(KEYS, region="eu-central-1")
        async with s3_server(keys=there) as server, opened(server, region="us-east-1") as s3:
            await s3.objects.put("a", chunks_of(SMALL))
            assert await content(s3.objects, "a") == SMALL

    async def test_a_repr_tells_no_secret(self, server: S3Server) -> None:
        async with opened(server, secret_key=SECRET) as s3:
            signed = await s3.direct.sign_put("a", 1, timedelta(minutes=1))
            for shown in (place_of(server, secret_key=SECRET), s3, signed):
                assert SECRET not in repr(shown)
                assert "X-Amz-Signature" not in repr(shown)


def assert_tells_no_secret(error: IngestError) -> None:
    """Look at the message, the repr, and all that a log would print of it and its causes."""
    for told in (str(error), repr(error), "".join(traceback.format_exception(error))):
        for secret in (KEYS.secret_key, SECRET, "Signature="):
            assert secret not in told


class TestDirectUploads:
    """The same faults on the road past us."""

    async def begun(self, s3: S3Store) -> tuple[str, list[Any]]:
        upload_id = await s3.direct.begin("a")
        for number in (1, 2):
            at = {"Bucket": BUCKET, "Key": "a", "UploadId": upload_id, "PartNumber": number}
            await s3.bucket.client.upload_part(**at, Body=pattern(PART))
        return upload_id, [part async for part in s3.direct.parts("a", upload_id)]

    @pytest.mark.parametrize("fault", [losing_the_answer(), slow_down(), error_in_200(), resetting()], ids=named)
    async def test_complete_goes_on(self, server: S3Server, s3: S3Store, fault: Fault) -> None:
        upload_id, parts = await self.begun(s3)
        server.next("CompleteMultipartUpload", fault)
        done = await s3.direct.complete("a", upload_id, parts)
        assert done.size == 2 * PART
        assert await s3.direct.complete("a", upload_id, parts) == done

    async def test_parts_that_are_not_there_change_nothing(self, server: S3Server, s3: S3Store) -> None:
        upload_id, (first, second) = await self.begun(s3)
        for wrong in ([first, replace(second, number=3)], [first, replace(second, etag='"other"')]):
            with pytest.raises(Conflict):
                await s3.direct.complete("a", upload_id, wrong)
        assert not server.bucket.objects
        assert upload_id in server.bucket.uploads

    @pytest.mark.parametrize("rules", [AWS, CEPH], ids=["NoSuchUpload", "NoSuchKey"])
    async def test_what_was_aborted_is_missing(self, server: S3Server, s3: S3Store, rules: Rules) -> None:
        server.start_over(replace(rules, smallest_part=PART))
        upload_id, parts = await self.begun(s3)
        await s3.direct.abort("a", upload_id)
        await s3.direct.abort("a", upload_id)
        with pytest.raises(ObjectMissing):
            _ = [part async for part in s3.direct.parts("a", upload_id)]
        with pytest.raises(ObjectMissing):
            await s3.direct.complete("a", upload_id, parts)


def _closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
