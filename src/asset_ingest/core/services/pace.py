"""How often strangers may ask: counted in this process, for what costs little and must not be asked for ever."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from asset_ingest.core.errors import TooManyRequests
from asset_ingest.core.ports.clock import Clock

MOST_KEYS = 50_000
"""What is kept in memory for strangers is bounded, too: beyond this all of them begin anew."""


@dataclass(slots=True)
class Pace:
    """Lets each asker ask so many times in each window of time."""

    clock: Clock
    limit: int = 600
    window: timedelta = timedelta(minutes=1)
    _ends: datetime | None = None
    _asked: Counter[Hashable] = field(default_factory=Counter)

    def step(self, asker: Hashable) -> None:
        """Count one more, or raise TooManyRequests."""
        now = self.clock.now()
        if self._ends is None or now >= self._ends or len(self._asked) >= MOST_KEYS:
            self._asked.clear()
            self._ends = now + self.window
        if self._asked[asker] >= self.limit:
            left = int((self._ends - now).total_seconds()) + 1
            raise TooManyRequests(f"more than {self.limit} requests in so short a time are too many", self.limit, left)
        self._asked[asker] += 1
