"""Locks inside one process."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio

from asset_ingest.core.ports.locks import Locks


class MemoryLocks(Locks):
    """Keeps a lock only while somebody holds or awaits it, so that many names cost nothing."""

    def __init__(self) -> None:
        self._locks: dict[str, anyio.Semaphore] = {}
        self._wanted: Counter[str] = Counter()

    @asynccontextmanager
    async def hold(self, name: str) -> AsyncIterator[None]:
        lock = self._locks.setdefault(name, anyio.Semaphore(1))
        self._wanted[name] += 1
        try:
            async with lock:
                yield
        finally:
            self._wanted[name] -= 1
            if not self._wanted[name]:
                del self._wanted[name], self._locks[name]
