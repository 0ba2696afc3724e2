"""RemoteFiles over HTTP, from public hosts only."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, contextmanager
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

import anyio

from asset_ingest.adapters.remote.naming import filename_of
from asset_ingest.adapters.remote.pace import Pace
from asset_ingest.adapters.remote.redirects import led_on
from asset_ingest.adapters.remote.versions import is_of, part_of, version_of
from asset_ingest.adapters.safe_fetch import Answer, NotPublic, Reach, Refused, SafeFetch, TooMuch
from asset_ingest.core.errors import AddressRefused, ServiceUnavailable, SourceUnavailable, TooLarge
from asset_ingest.core.ports.remote import RemoteFile, RemoteFiles, Rest

WEB: Final = Reach(schemes=("https", "http"), ports=(443, 80))
"""Other ports of strangers are not ours to knock at."""

_REDIRECTS: Final = 5
_LEADING_ON: Final = frozenset({301, 302, 303, 307, 308})
_MISSING: Final = frozenset({404, 410})
_NOT_FOR_US: Final = frozenset({401, 403, 405, 406, 451})
_SILENT: Final = "its server stopped sending in the middle of the file"
_TOO_SLOW: Final = "its server sends too slowly for the file to arrive"
_TOO_MUCH: Final = "its server sends more than it said"
_AS_IT_IS: Final = frozenset({"", "identity", "gzip", "x-gzip"})


class HttpRemoteFiles(RemoteFiles):
    """Every hop is judged anew, and nothing that could tell who we are goes along.

    A body comes as it is on the wire. Servers often call a file that is gzip by itself, such as a .unitypackage, packed
    in gzip; undoing that would make another file of it.
    """

    def __init__(
        self,
        fetch: SafeFetch,
        *,
        largest: int,
        head_seconds: float = 60.0,
        new_pace: Callable[[], Pace] = Pace,
        now: Callable[[], float] = anyio.current_time,
    ) -> None:
        self._fetch = fetch
        self._largest = largest
        self._head_seconds = head_seconds
        self._new_pace = new_pace
        self._now = now

    def check(self, url: str) -> None:
        with _in_our_words(self._largest):
            self._fetch.check(url, hosts=None)

    @asynccontextmanager
    async def open(self, url: str, rest: Rest | None = None) -> AsyncIterator[RemoteFile]:
        async with AsyncExitStack() as stack:
            with _in_our_words(self._largest):
                answer, url, rest = await self._of_one_version(url, rest, stack)
                length, size = self._promised(answer, rest)
            start = rest.start if rest and answer.status == HTTPStatus.PARTIAL_CONTENT else 0
            said = answer.headers
            filename = filename_of(said.get("content-disposition", ""), url)
            chunks = await stack.enter_async_context(aclosing(self._chunks(answer, length)))
            yield RemoteFile(filename, size, said.get("content-type"), chunks, start, version_of(said))

    async def _of_one_version(
        self, url: str, rest: Rest | None, stack: AsyncExitStack
    ) -> tuple[Answer, str, Rest | None]:
        """Ask for the rest, and for the whole where the answer says that there is no rest of that version."""
        if rest is not None:
            hop = await stack.enter_async_context(AsyncExitStack())
            asked = {"Range": f"bytes={rest.start}-", "If-Range": rest.version}
            answer, led_to = await self._answered(url, hop, asked)
            beyond = answer.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
            mixed = answer.status == HTTPStatus.PARTIAL_CONTENT and not is_of(answer.headers, rest.version)
            if not beyond and not mixed:
                return answer, led_to, rest
            await hop.aclose()
        return *await self._answered(url, stack, {}), None

    async def _answered(self, url: str, stack: AsyncExitStack, headers: Mapping[str, str]) -> tuple[Answer, str]:
        """Follow where the address leads, within one time limit for all of it; return the answer and its address."""
        try:
            with anyio.fail_after(self._head_seconds):
                for _ in range(_REDIRECTS + 1):
                    hop = await stack.enter_async_context(AsyncExitStack())
                    opening = self._fetch.opened(url, hosts=None, encoding="identity", headers=headers)
                    answer = await hop.enter_async_context(opening)
                    if answer.status not in _LEADING_ON:
                        return answer, url
                    url = led_on(url, answer.headers.get("location", ""))
                    await hop.aclose()
        except TimeoutError:
            raise SourceUnavailable(f"{urlsplit(url).hostname} took too long to answer") from None
        raise AddressRefused("the address leads on and on, and never to a file")

    def _promised(self, answer: Answer, rest: Rest | None) -> tuple[int | None, int | None]:
        """Return how many bytes are to come and how many the file has, as told; a lie is found out as they come."""
        _refuse_what_is_no_file(answer.status, partial=rest is not None)
        if answer.headers.get("content-encoding", "").strip().lower() not in _AS_IT_IS:
            raise AddressRefused("its server sends the file packed in a way that we did not ask for")
        length = size = _length(answer.headers)
        if rest is not None and answer.status == HTTPStatus.PARTIAL_CONTENT:
            length, size = part_of(answer.headers, rest.start, rest.size)
        if size is not None and size > self._largest:
            raise TooLarge(self._largest)
        return length, size

    async def _chunks(self, answer: Answer, length: int | None) -> AsyncGenerator[bytes, None]:
        pace, came = self._new_pace(), 0
        with _in_our_words(self._largest):
            async with aclosing(answer.chunks_as_sent(self._largest)) as chunks:
                asked_at = self._now()
                while (chunk := await _next(chunks, pace.window)) is not None:
                    if not pace.keeps_up(len(chunk), self._now() - asked_at):
                        raise SourceUnavailable(_TOO_SLOW)
                    came += len(chunk)
                    if length is not None and came > length:
                        raise SourceUnavailable(_TOO_MUCH)
                    yield chunk
                    asked_at = self._now()


def _refuse_what_is_no_file(status: int, *, partial: bool) -> None:
    if status in _MISSING:
        raise AddressRefused(f"there is no file at this address: its server answers with {status}")
    if status in _NOT_FOR_US:
        raise AddressRefused(f"what is at this address is not for everybody: its server answers with {status}")
    if status != HTTPStatus.OK and not (partial and status == HTTPStatus.PARTIAL_CONTENT):
        raise SourceUnavailable(f"the server of this address answers with {status} instead of the file")


def _length(headers: Mapping[str, str]) -> int | None:
    length = headers.get("content-length", "")
    return int(length) if length.isdecimal() and "transfer-encoding" not in headers else None


async def _next(chunks: AsyncGenerator[bytes, None], seconds: float) -> bytes | None:
    """Wait for the next piece of the file: what comes may be all framing and never be one."""
    try:
        with anyio.fail_after(seconds):
            return await anext(chunks, None)
    except TimeoutError:
        raise SourceUnavailable(_SILENT) from None


@contextmanager
def _in_our_words(largest: int) -> Iterator[None]:
    """Translate refusals; where a name leads inside stays untold, or anybody could map our network with it."""
    try:
        yield
    except NotPublic:
        raise AddressRefused("this address does not lead to a public place on the internet") from None
    except TooMuch:
        raise TooLarge(largest) from None
    except Refused as refusal:
        raise AddressRefused(f"this address is not fetched: {refusal}") from None
    except SourceUnavailable:
        raise
    except ServiceUnavailable as error:
        raise SourceUnavailable(error.message) from error
