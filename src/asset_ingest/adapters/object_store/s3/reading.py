"""Reading a range, taken up again where a connection broke."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
import anyio
from botocore.exceptions import ClientError, HTTPClientError, IncompleteReadError

from asset_ingest.adapters.object_store.keys import checked_range
from asset_ingest.adapters.object_store.s3.bucket import Bucket
from asset_ingest.adapters.object_store.s3.errors import our_errors, status_of, told
from asset_ingest.adapters.object_store.s3.retries import Patience
from asset_ingest.core.errors import StoreUnavailable

_PIECE: Final = 1 << 20
_NO_SUCH_RANGE: Final = 416
_CHANGED: Final = 412
_REPLACED: Final = "the object was replaced while it was read"
_CONTENT_RANGE: Final = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


class _BrokenOff(Exception):
    """The connection went away, or stood still, in the middle of a body."""


@dataclass(frozen=True, slots=True)
class _Answer:
    body: Any
    size: int  # of the whole object
    etag: str


async def read_range(
    bucket: Bucket, key: str, start: int, end: int | None, patience: Patience
) -> AsyncGenerator[bytes, None]:
    """Yield the bytes `[start, end)` of one state of the object; raise StoreUnavailable if it is replaced meanwhile."""
    if start < 0 or (end is not None and end <= start):  # no bytes, or none that could be asked for
        await _checked(bucket, key, start, end)
        return
    offset, failures, etag = start, 0, None
    while True:
        answer = await _answer(bucket, key, offset, end, etag)
        if answer is None:
            await _checked(bucket, key, start, end)
            return
        etag = answer.etag
        try:
            _, last = checked_range(start, end, answer.size)
            async with aclosing(_pieces(answer.body, last - offset)) as pieces:
                async for piece in pieces:
                    offset, failures = offset + len(piece), 0
                    yield piece
        except _BrokenOff as error:
            failures += 1
            if failures >= patience.attempts:
                raise StoreUnavailable("the S3 server broke off in the middle of an object") from error
        else:
            return
        finally:
            answer.body.close()
        await anyio.sleep(patience.pause(failures))


async def _checked(bucket: Bucket, key: str, start: int, end: int | None) -> None:
    """Raise RangeNotSatisfiable for a range that is not inside the object."""
    checked_range(start, end, (await bucket.head(key)).stored.size)


async def _answer(bucket: Bucket, key: str, start: int, end: int | None, etag: str | None) -> _Answer | None:
    """Ask for the range, or for what is left of it; None says that the object ends before."""
    asked: dict[str, str] = bucket.at(key)
    if ranged := start > 0 or end is not None:
        asked["Range"] = f"bytes={start}-{'' if end is None else end - 1}"
    if etag is not None:
        asked["IfMatch"] = etag
    with our_errors(key):
        try:
            said = await bucket.client.get_object(**asked)
        except ClientError as error:
            if status_of(error) == _NO_SUCH_RANGE and etag is None:
                return None
            if status_of(error) == _CHANGED:
                raise StoreUnavailable(_REPLACED) from error
            raise
    try:
        size = _whole_size(told(said, "ContentRange"), start) if ranged else told(said, "ContentLength")
        return _Answer(said["Body"], size, _same(told(said, "ETag"), etag))
    except StoreUnavailable:
        said["Body"].close()
        raise


def _same(etag: str, before: str | None) -> str:
    if before not in (None, etag):  # the server does not know If-Match
        raise StoreUnavailable(_REPLACED)
    return etag


def _whole_size(content_range: str, start: int) -> int:
    found = _CONTENT_RANGE.fullmatch(content_range)
    if found is None or int(found[1]) != start:
        raise StoreUnavailable("the S3 server does not answer with the range that was asked for")
    return int(found[3])


async def _pieces(body: Any, expected: int) -> AsyncGenerator[bytes, None]:
    """Yield exactly the expected bytes, or raise _BrokenOff."""
    while expected:
        try:
            piece = await body.read(min(_PIECE, expected))
        except (aiohttp.ClientError, HTTPClientError, IncompleteReadError, OSError, TimeoutError) as error:
            raise _BrokenOff from error
        if not piece:
            raise _BrokenOff
        expected -= len(piece)
        yield piece
