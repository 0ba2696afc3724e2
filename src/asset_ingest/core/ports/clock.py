"""Time and chance are outside too."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from typing import Protocol
from uuid import UUID


class Clock(Protocol):
    """Tells the time."""

    @abstractmethod
    def now(self) -> datetime:
        """Return the present moment in UTC, with its time zone."""


class NewId(Protocol):
    """Makes identities."""

    @abstractmethod
    def __call__(self) -> UUID:
        """Return a UUIDv7 that was never returned before; later ones of one process sort after earlier ones."""
