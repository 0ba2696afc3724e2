"""Notices inside one process."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from asset_ingest.core.ports.notifier import Notice, Notifier

_MOST: Final = 1024


class _Follower(AsyncIterator[Notice]):
    """Hears the latest notices; when it falls behind, the oldest make room."""

    def __init__(self, most: int) -> None:
        self._heard: deque[Notice] = deque(maxlen=most)
        self._news = asyncio.Event()

    def hear(self, notice: Notice) -> None:
        self._heard.append(notice)
        self._news.set()

    async def __anext__(self) -> Notice:
        while not self._heard:
            self._news.clear()
            await self._news.wait()
        return self._heard.popleft()


class MemoryNotifier(Notifier):
    """A Notifier for programs of one process; each follower keeps up to `most` notices."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._followers: set[_Follower] = set()

    async def publish(self, notice: Notice) -> None:
        for follower in self._followers:
            follower.hear(notice)

    @asynccontextmanager
    async def follow(self) -> AsyncIterator[AsyncIterator[Notice]]:
        follower = _Follower(self._most)
        self._followers.add(follower)
        try:
            yield follower
        finally:
            self._followers.discard(follower)
