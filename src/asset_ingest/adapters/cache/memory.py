"""A cache inside one process."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Final

from asset_ingest.core.ports.cache import Cache
from asset_ingest.core.ports.clock import Clock

_MOST: Final = 10_000


class MemoryCache(Cache):
    """Forgets what was kept longest ago when it holds `most` values."""

    def __init__(self, clock: Clock, most: int = _MOST) -> None:
        self._clock = clock
        self._most = most
        self._kept: dict[str, tuple[str, datetime]] = {}

    async def recall(self, name: str) -> object | None:
        text, until = self._kept.get(name, ("null", None))
        if until is None or until <= self._clock.now():
            self._kept.pop(name, None)
            return None
        value: object = json.loads(text)
        return value

    async def keep(self, name: str, value: object, until: datetime) -> None:
        self._kept.pop(name, None)
        self._kept[name] = (json.dumps(value), until)
        if len(self._kept) > self._most:
            del self._kept[next(iter(self._kept))]
