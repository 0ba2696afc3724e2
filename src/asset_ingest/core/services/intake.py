"""Bodies on their way into this process: how many at once, and how slow one may be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from asset_ingest.core.errors import TooManyBodies, TooSlow
from asset_ingest.core.ports.clock import Clock

NO_TIME = timedelta(0)


@dataclass(frozen=True, slots=True)
class IntakeLimits:
    """`bodies` that one process takes in at once; `slowest` average in bytes per second over a `window`.

    0 is no limit. One slot of GPRS carries 1.6 KiB per second, and a page sends three files at once.
    """

    bodies: int = 400
    slowest: int = 256
    window: timedelta = timedelta(seconds=60)


@dataclass(slots=True)
class Pace:
    """Measures one body, and only while we wait for it: that we are slow is no fault of its sender."""

    clock: Clock
    limits: IntakeLimits
    _since: datetime | None = field(default=None, init=False)
    _waited: timedelta = field(default=NO_TIME, init=False)
    _came: int = field(default=0, init=False)

    def wait(self) -> None:
        """Say that we are waiting from now on, for whatever comes next."""
        self._since = self.clock.now()

    def came(self, size: int) -> None:
        """Say that so many bytes have come."""
        if self._since is not None:
            self._waited += max(self.clock.now() - self._since, NO_TIME)
            self._since = None
        self._came += size

    def check(self) -> None:
        """Look back, once in a window; raises TooSlow."""
        if self._waited < self.limits.window:
            return
        if self._came < self.limits.slowest * self._waited.total_seconds():
            raise TooSlow(self.limits.slowest, self.limits.window.total_seconds())
        self._waited, self._came = NO_TIME, 0


@dataclass(slots=True)
class Intake:
    """Lets bodies into this process."""

    clock: Clock
    limits: IntakeLimits = IntakeLimits()
    _under_way: int = field(default=0, init=False)

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold a place for a body; raises TooManyBodies when all are taken."""
        if 0 < self.limits.bodies <= self._under_way:
            raise TooManyBodies(self.limits.bodies)
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1

    def pace(self) -> Pace:
        """Return the measure of one body."""
        return Pace(self.clock, self.limits)
