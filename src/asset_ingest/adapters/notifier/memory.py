"""Notices inside one process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from asset_ingest.adapters.notifier.inbox import Inbox
from asset_ingest.core.ports.notifier import Notice, Notifier

_MOST: Final = 1024


class MemoryNotifier(Notifier):
    """A Notifier for programs of one process; each follower keeps up to `most` notices."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._inboxes: set[Inbox] = set()

    async def publish(self, notice: Notice) -> None:
        for inbox in self._inboxes:
            inbox.put(notice)

    @asynccontextmanager
    async def follow(self) -> AsyncIterator[AsyncIterator[Notice]]:
        inbox = Inbox(self._most)
        self._inboxes.add(inbox)
        try:
            yield inbox
        finally:
            self._inboxes.discard(inbox)
