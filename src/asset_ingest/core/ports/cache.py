"""What all processes remember together for a while, and may forget at any time."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from typing import Protocol


class Cache(Protocol):
    """Small JSON values by name."""

    @abstractmethod
    async def recall(self, name: str) -> object | None:
        """Return what was last kept under `name`; None once its time is over."""

    @abstractmethod
    async def keep(self, name: str, value: object, until: datetime) -> None:
        """Remember `value`, as JSON can say it, in place of what was there."""
