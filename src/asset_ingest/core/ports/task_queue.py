"""Carries the ids of steps to workers. The truth stays in the records: an id may be lost or come twice."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

from asset_ingest.core.model.ids import StepId


class TaskQueue(Protocol):
    """The dispatcher's end."""

    @abstractmethod
    async def put(self, queue: str, step_id: StepId) -> None:
        """Offer the step to some worker of `queue`, soon. Offering one that still waits there changes nothing."""


class TaskSource(Protocol):
    """A pulling worker's end."""

    @abstractmethod
    async def take(self, queues: Sequence[str]) -> StepId:
        """Wait for the oldest id in any of `queues` and take it; no other taker gets it. Safe to cancel."""
