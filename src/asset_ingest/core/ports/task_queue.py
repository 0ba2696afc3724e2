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
        """Offer the step to some worker of `queue`, soon. One that still waits there may come twice.

        Raises an IngestError of the family INFRA when the queue does not answer; it may have been offered all the same.
        """


class TaskSource(Protocol):
    """A pulling worker's end. Here an id that is offered again while it waits is still one id."""

    @abstractmethod
    async def take(self, queues: Sequence[str]) -> StepId:
        """Wait for the oldest id in any of `queues` and take it; no other taker gets it. Safe to cancel."""
