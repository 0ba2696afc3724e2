"""The transport under botocore, with an end to every wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final, Protocol, runtime_checkable

from aiobotocore.httpsession import AIOHTTPSession
from botocore.exceptions import HTTPClientError, ReadTimeoutError

# To put a large object together, or to copy it, takes S3 minutes; meanwhile it sends spaces, so that nobody gives up.
_LONGEST_ANSWER: Final = 900.0
# The largest answer that is no object is a page of a list: a thousand keys of a kilobyte, escaped.
_LARGEST_ANSWER: Final = 16 << 20
_REFUSED: Final = 300


@runtime_checkable
class Moving(Protocol):
    """A body that says whenever the connection has taken some more of it."""

    moved: Callable[[], None]


class BoundedSession(AIOHTTPSession):  # type: ignore[misc]  # aiobotocore has no types
    """Gives up a request of which nothing moves any more.

    aiohttp begins to count once the body has been sent: a server that stops reading, never says "100 Continue" or keeps
    all connections of the pool busy would be waited for without end (client_reqrep.py, `start_timeout`).
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        _, self._patience_seconds = options["timeout"]

    async def send(self, request: Any) -> Any:
        """Send, and raise ReadTimeoutError where that takes too long."""
        body = request.body
        try:
            if not isinstance(body, Moving):
                async with asyncio.timeout(self._longest(request)):
                    return await self._answer(request)
            async with asyncio.timeout(self._patience_seconds) as limit:
                body.moved = lambda: limit.reschedule(asyncio.get_running_loop().time() + self._patience_seconds)
                try:
                    return await self._answer(request)
                finally:
                    body.moved = nothing
        except TimeoutError as error:
            raise ReadTimeoutError(endpoint_url="", error=error) from error

    def _longest(self, request: Any) -> float:
        makes_an_object = request.method == "POST" or "x-amz-copy-source" in request.headers
        return _LONGEST_ANSWER if makes_an_object else 2 * float(self._patience_seconds)

    async def _answer(self, request: Any) -> Any:
        """Return the answer, with its body read if that is no object: botocore would read it however large it is."""
        is_object, request.stream_output = request.stream_output, True
        try:
            response = await super().send(request)
        finally:
            request.stream_output = is_object
        if not is_object or response.status_code >= _REFUSED:
            response._content = await _bounded(response.raw)  # noqa: SLF001  where botocore will look for it
        return response


async def _bounded(raw: Any) -> bytes:
    content = bytearray()
    async for chunk in raw.content.iter_any():
        content += chunk
        if len(content) > _LARGEST_ANSWER:
            raw.close()
            raise HTTPClientError(error="the answer is larger than any of S3's")
    return bytes(content)


def nothing() -> None:
    """Tell nobody."""
