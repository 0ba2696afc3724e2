"""How often one may ask, for each address and each studio."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from asset_ingest.core.errors import TooManyRequests
from asset_ingest.core.model.ids import StudioId
from asset_ingest.core.ports.clock import Clock

BURST_SECONDS: Final = 10
"""Whoever was quiet may ask as much at once as in this time."""
KNOWN_AT_MOST: Final = 20_000
"""Buckets; the one that was not asked for the longest time is forgotten, and it is nearly always full."""


@dataclass(frozen=True, slots=True)
class RateLimits:
    """Requests per second that one process takes; 0 is no limit."""

    per_address: int = 0
    per_studio: int = 0


@dataclass(slots=True)
class Buckets:
    """Token buckets, one for each name, refilled as time passes."""

    rate: int
    clock: Clock
    _left: OrderedDict[str, tuple[float, datetime]] = field(default_factory=OrderedDict, init=False)

    def take(self, name: str) -> float:
        """Take one token; return 0, or the seconds until there is one."""
        now, full = self.clock.now(), float(self.rate * BURST_SECONDS)
        left, at = self._left.pop(name, (full, now))
        left = min(full, left + max((now - at).total_seconds(), 0.0) * self.rate)
        wait = 0.0 if left >= 1 else (1 - left) / self.rate
        self._left[name] = (left if wait else left - 1, now)
        if len(self._left) > KNOWN_AT_MOST:
            self._left.popitem(last=False)
        return wait


@dataclass(slots=True)
class Rates:
    """Turns those away who ask too often. Each process counts for itself: no request waits for another's count."""

    clock: Clock
    limits: RateLimits = RateLimits()
    _addresses: Buckets = field(init=False)
    _studios: Buckets = field(init=False)

    def __post_init__(self) -> None:
        self._addresses = Buckets(self.limits.per_address, self.clock)
        self._studios = Buckets(self.limits.per_studio, self.clock)

    def admit_address(self, address: str) -> None:
        """Raise TooManyRequests for an address that asks too often."""
        self._admit(self._addresses, address, "this address")

    def admit_studio(self, studio_id: StudioId) -> None:
        """Raise TooManyRequests for a studio whose people ask too often, all together."""
        self._admit(self._studios, str(studio_id), "this studio")

    def _admit(self, buckets: Buckets, name: str, whose: str) -> None:
        wait = buckets.take(name) if buckets.rate else 0.0
        if wait:
            raise TooManyRequests(f"{whose} asks more than {buckets.rate} times a second", buckets.rate, wait)
