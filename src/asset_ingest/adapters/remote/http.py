"""RemoteFiles over HTTP, from public hosts only."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, contextmanager
from typing import Final
from urllib.parse import urlsplit

import anyio

from asset_ingest.adapters.remote.naming import filename_of
from asset_ingest.adapters.remote.pace import Pace
from asset_ingest.adapters.remote.redirects import led_on
from asset_ingest.adapters.safe_fetch import Answer, NotPublic, Reach, Refused, SafeFetch, TooMuch
from asset_ingest.core.errors import AddressRefused, ServiceUnavailable, SourceUnavailable, TooLarge
from asset_ingest.core.ports.remote import RemoteFile, RemoteFiles

WEB: Final = Reach(schemes=("https", "http"), ports=(443, 80))
"""Other ports of strangers are not ours to knock at."""

_REDIRECTS: Final = 5
_LEADING_ON: Final = frozenset({301, 302, 303, 307, 308})
_NOT_FOR_US: Final = frozenset({401, 403, 404, 405, 406, 410, 451})
_SILENT: Final = "its server stopped sending in the middle of the file"
_TOO_SLOW: Final = "its server sends too slowly for the file to arrive"
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
    async def open(self, url: str) -> AsyncIterator[RemoteFile]:
        async with AsyncExitStack() as stack:
            with _in_our_words(self._largest):
                answer, url = await self._answered(url, stack)
                size = self._promised(answer)
            filename = filename_of(answer.headers.get("content-disposition", ""), url)
            chunks = await stack.enter_async_context(aclosing(self._chunks(answer)))
            yield RemoteFile(filename, size, answer.headers.get("content-type"), chunks)

    async def _answered(self, url: str, stack: AsyncExitStack) -> tuple[Answer, str]:
        """Follow where the address leads, within one time limit for all of it; return the answer and its address."""
        try:
            with anyio.fail_after(self._head_seconds):
                for _ in range(_REDIRECTS + 1):
                    hop = await stack.enter_async_context(AsyncExitStack())
                    answer = await hop.enter_async_context(self._fetch.opened(url, hosts=None, encoding="identity"))
                    if answer.status not in _LEADING_ON:
                        return answer, url
                    url = led_on(url, answer.headers.get("location", ""))
                    await hop.aclose()
        except TimeoutError:
            raise SourceUnavailable(f"{urlsplit(url).hostname} took too long to answer") from None
        raise AddressRefused("the address leads on and on, and never to a file")

    def _promised(self, answer: Answer) -> int | None:
        """Return the length that is told, if what comes is the file; a lie is found out as the bytes come."""
        if answer.status in _NOT_FOR_US:
            raise AddressRefused(f"what is at this address is not for us: its server answers with {answer.status}")
        if answer.status != 200:
            raise SourceUnavailable(f"the server of this address answers with {answer.status} instead of the file")
        if answer.headers.get("content-encoding", "").strip().lower() not in _AS_IT_IS:
            raise AddressRefused("its server sends the file packed in a way that we did not ask for")
        length = answer.headers.get("content-length", "")
        size = int(length) if length.isdecimal() and "transfer-encoding" not in answer.headers else None
        if size is not None and size > self._largest:
            raise TooLarge(self._largest)
        return size

    async def _chunks(self, answer: Answer) -> AsyncGenerator[bytes, None]:
        pace = self._new_pace()
        with _in_our_words(self._largest):
            async with aclosing(answer.chunks_as_sent(self._largest)) as chunks:
                asked_at = self._now()
                while (chunk := await _next(chunks, pace.window)) is not None:
                    if not pace.keeps_up(len(chunk), self._now() - asked_at):
                        raise SourceUnavailable(_TOO_SLOW)
                    yield chunk
                    asked_at = self._now()


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
