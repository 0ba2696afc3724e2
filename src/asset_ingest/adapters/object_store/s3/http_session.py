"""The transport under botocore, with an end to every wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final, Protocol, runtime_checkable

from aiobotocore.httpsession import AIOHTTPSession
from botocore.exceptions import ReadTimeoutError

# To put a large object together, or to copy it, takes S3 minutes; meanwhile it sends spaces, so that nobody gives up.
_LONGEST_ANSWER: Final = 900.0


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
                async with asyncio.timeout(_LONGEST_ANSWER):
                    return await super().send(request)
            async with asyncio.timeout(self._patience_seconds) as limit:
                body.moved = lambda: limit.reschedule(asyncio.get_running_loop().time() + self._patience_seconds)
                try:
                    return await super().send(request)
                finally:
                    body.moved = nothing
        except TimeoutError as error:
            raise ReadTimeoutError(endpoint_url="", error=error) from error


def nothing() -> None:
    """Tell nobody."""
