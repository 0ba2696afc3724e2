"""The machine's clock, and identities made of it."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from asset_ingest.core.ports.clock import Clock, NewId

_RANDOM_BITS: Final = 74  # what RFC 9562 leaves beside 48 bits of milliseconds, version and variant
_LOW_BITS: Final = 62
_STEP_BITS: Final = 32


class SystemClock(Clock):
    """A Clock that asks the machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def _milliseconds() -> int:
    return time.time_ns() // 1_000_000


class Uuid7(NewId):
    """A NewId after RFC 9562, monotonic by its section 6.2, method 2.

    Within a millisecond, and while the machine's clock is set back, the random part grows by a random step: order is
    kept and the next one cannot be guessed. When it runs over, the milliseconds run ahead of the clock.
    """

    def __init__(self, milliseconds: Callable[[], int] = _milliseconds) -> None:
        self._milliseconds = milliseconds
        self._lock = threading.Lock()
        self._moment = 0
        self._random = 0

    def __call__(self) -> UUID:
        with self._lock:
            moment = self._milliseconds()
            if moment > self._moment:
                self._moment, self._random = moment, secrets.randbits(_RANDOM_BITS)
            else:
                self._grow()
            return _uuid7(self._moment, self._random)

    def _grow(self) -> None:
        self._random += 1 + secrets.randbits(_STEP_BITS)
        if self._random >> _RANDOM_BITS:
            self._moment, self._random = self._moment + 1, secrets.randbits(_RANDOM_BITS)


def _uuid7(moment: int, random: int) -> UUID:
    high, low = divmod(random, 1 << _LOW_BITS)
    return UUID(int=moment << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low)
