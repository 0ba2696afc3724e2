"""What one follower has not read yet."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator

from asset_ingest.core.ports.notifier import Notice


class Inbox(AsyncIterator[Notice]):
    """Holds the latest `most` notices; when it is full, the oldest make room."""

    def __init__(self, most: int) -> None:
        self._notices: deque[Notice] = deque(maxlen=most)
        self._news = asyncio.Event()
        self._ended = False

    def put(self, notice: Notice | None) -> None:
        """Keep a notice; None is what nobody could read, and is passed over."""
        if notice is not None:
            self._notices.append(notice)
            self._news.set()

    def end(self) -> None:
        """Let the iterator end after what is held."""
        self._ended = True
        self._news.set()

    async def __anext__(self) -> Notice:
        while not self._notices:
            if self._ended:
                raise StopAsyncIteration
            self._news.clear()
            await self._news.wait()
        return self._notices.popleft()
