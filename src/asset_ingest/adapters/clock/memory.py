"""Time and identities that a test can foretell."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Final
from uuid import UUID

from asset_ingest.core.ports.clock import Clock, NewId

_START: Final = datetime(2026, 1, 1, tzinfo=UTC)


class ManualClock(Clock):
    """A Clock that stands still until it is moved."""

    def __init__(self, at: datetime = _START) -> None:
        self._at = at

    def now(self) -> datetime:
        return self._at

    def advance(self, by: timedelta) -> None:
        self._at += by


class CountingIds(NewId):
    """A NewId that counts: the same program gets the same UUIDv7s, recognisable by their last digits."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def __call__(self) -> UUID:
        moment = int(_START.timestamp() * 1000)
        return UUID(int=moment << 80 | 0x7 << 76 | 0b10 << 62 | next(self._numbers))
