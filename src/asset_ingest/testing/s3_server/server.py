"""The stand-in itself: one bucket, one pair of keys, on a free port of the loopback."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from aiohttp import web

from asset_ingest.testing.s3_server import cors, multipart, objects
from asset_ingest.testing.s3_server.answers import Refusal
from asset_ingest.testing.s3_server.asked import Asked, address, operation_of
from asset_ingest.testing.s3_server.body import refuse_headers
from asset_ingest.testing.s3_server.bucket import Bucket
from asset_ingest.testing.s3_server.faults import Fault, reset
from asset_ingest.testing.s3_server.rules import AWS, Rules
from asset_ingest.testing.s3_server.signature import Keys, verified

KEYS: Final = Keys("stand-in-key", "stand-in-secret")
BUCKET: Final = "stand-in-bucket"


async def _head_bucket(_: Asked) -> web.StreamResponse:
    return web.Response()


OPERATIONS: Final[Mapping[str, Callable[[Asked], Awaitable[web.StreamResponse]]]] = {
    "HeadBucket": _head_bucket,
    "GetBucketCors": cors.get_cors,
    "PutBucketCors": cors.put_cors,
    "Preflight": cors.preflight,
    "ListObjectsV2": objects.list_objects,
    "PutObject": objects.put_object,
    "GetObject": objects.get_object,
    "HeadObject": objects.head_object,
    "CopyObject": objects.copy_object,
    "DeleteObject": objects.delete_object,
    "DeleteObjects": objects.delete_objects,
    "CreateMultipartUpload": multipart.create,
    "UploadPart": multipart.upload_part,
    "UploadPartCopy": multipart.upload_part_copy,
    "ListParts": multipart.list_parts,
    "ListMultipartUploads": multipart.list_uploads,
    "CompleteMultipartUpload": multipart.complete,
    "AbortMultipartUpload": multipart.abort,
}


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as it arrived, before anything was done about it."""

    operation: str
    key: str
    query: Mapping[str, str]
    headers: Mapping[str, str]


@dataclass(slots=True)
class _Planned:
    operation: str
    fault: Fault
    skip: int = 0
    lasts: bool = False


@dataclass
class S3Server:
    """The server's state, for the test to look at and to change."""

    rules: Rules = AWS
    keys: Keys = KEYS
    discards: bool = False
    """Count bytes and keep none, for benches."""

    slow_clock: timedelta = timedelta()
    """How far the server's clock is behind."""

    url: str = ""
    seen: list[Seen] = field(default_factory=list)
    bucket: Bucket = field(init=False)
    _planned: list[_Planned] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.start_over(self.rules)

    def start_over(self, rules: Rules = AWS) -> None:
        """Forget every byte, request and fault, and keep these rules from now on."""
        self.rules, self.slow_clock = rules, timedelta()
        self.bucket = Bucket(BUCKET, self.now, self.discards, rules.etag_is_md5)
        self.seen.clear()
        self.heal()

    def now(self) -> datetime:
        return datetime.now(UTC) - self.slow_clock

    def next(self, operation: str, *faults: Fault, skip: int = 0) -> None:
        """Let the next requests for `operation` meet `faults`, one each, after `skip` that go well."""
        self._planned += [_Planned(operation, fault, skip if first else 0) for first, fault in _firsts(faults)]

    def each(self, operation: str, fault: Fault) -> None:
        """Let every request for `operation` meet this fault, until `heal`."""
        self._planned.append(_Planned(operation, fault, lasts=True))

    def heal(self) -> None:
        """Forget every fault that was planned."""
        self._planned.clear()

    def asked(self, operation: str) -> list[Seen]:
        """Return the requests for `operation` so far."""
        return [seen for seen in self.seen if seen.operation == operation]

    def _fault(self, operation: str) -> Fault | None:
        planned = next((plan for plan in self._planned if plan.operation in {operation, "*"}), None)
        if planned is None or planned.skip:
            if planned:
                planned.skip -= 1
            return None
        if not planned.lasts:
            self._planned.remove(planned)
        return planned.fault

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer as S3 would, unless a fault stands in the way."""
        operation = ""
        try:
            operation = operation_of(request)
            key = address(request)[1]
            self.seen.append(Seen(operation, key, dict(request.query), dict(request.headers)))
            work = partial(self._work, request, operation, key)
            fault = self._fault(operation)
            response = await (fault(request, work) if fault else work())
        except Refusal as refusal:
            said = refusal if self.rules.messages else Refusal(refusal.status, refusal.code, **refusal.facts)
            response = said.answer(request.path)
        if isinstance(response, objects.Download):
            await response.send(request)
            if response.cut_after is not None:
                reset(request)
        return response

    async def _work(self, request: web.Request, operation: str, key: str) -> web.StreamResponse:
        """Prove who asks, then do it; a browser's preflight carries no proof and changes nothing."""
        asked = Asked(request, operation, self.bucket, self.rules, key)
        if operation != "Preflight":
            asked = replace(asked, payload=verified(request, self.keys, self.now))
        if address(request)[0] != self.bucket.name:
            raise Refusal(404, "NoSuchBucket", "The specified bucket does not exist", BucketName=address(request)[0])
        refuse_headers(request, self.rules)
        response = await OPERATIONS[operation](asked)
        response.headers.update(cors.seen_from_elsewhere(asked) if operation != "Preflight" else {})
        return response


def _firsts(faults: tuple[Fault, ...]) -> list[tuple[bool, Fault]]:
    return [(number == 0, fault) for number, fault in enumerate(faults)]


@asynccontextmanager
async def s3_server(
    rules: Rules = AWS,
    keys: Keys = KEYS,
    *,
    discards: bool = False,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[S3Server]:
    """Run a server; what it begins ends with it."""
    server = S3Server(rules, keys, discards)
    app = web.Application()
    app.router.add_route("*", "/{everything:.*}", server.answer)
    # A client that goes away ends its request: a stalled one would otherwise outlive its test.
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
        server.url = f"{'https' if tls else 'http'}://127.0.0.1:{runner.addresses[0][1]}"
        yield server
    finally:
        await runner.cleanup()
