"""Tells other processes, and the people connected to this one, that something changed."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from asset_ingest.core.model.ids import JobId, StudioId


@dataclass(frozen=True, slots=True)
class WorkCommitted:
    """Somebody committed facts or ready steps: relay and dispatcher should look now."""


@dataclass(frozen=True, slots=True)
class FactsNumbered:
    """The studio's facts up to this sequence number can be read."""

    studio_id: StudioId
    upto: int


@dataclass(frozen=True, slots=True)
class Progressed:
    """How far a job is, between two facts: 0 to 100, the latest wins, lost ones do not matter."""

    studio_id: StudioId
    job_id: JobId
    progress: int
    step: str | None = None


Notice = WorkCommitted | FactsNumbered | Progressed


class Notifier(Protocol):
    """Carries notices between processes, at most once; readers of facts never depend on one arriving."""

    @abstractmethod
    async def publish(self, notice: Notice) -> None:
        """Tell every follower."""

    @abstractmethod
    def follow(self) -> AbstractAsyncContextManager[AsyncIterator[Notice]]:
        """Hear every notice published after entering; one who falls behind misses the oldest, never the newest."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One message to a person's connection, its JSON encoded once for all.

    `kind` is fact, progress, hello, watermark or reset; only facts have a `seq`.
    """

    seq: int | None
    kind: str
    text: str


class Audience(Protocol):
    """The people connected to this process."""

    @abstractmethod
    def seat(self, studio_id: StudioId) -> AbstractAsyncContextManager[AsyncIterator[Frame]]:
        """Hear every frame told to the studio after entering; the iterator ends for one too slow to keep up."""

    @abstractmethod
    def tell(self, studio_id: StudioId, frame: Frame) -> None:
        """Hand the frame to everyone seated; never waits for a slow one."""

    @abstractmethod
    def studios(self) -> frozenset[StudioId]:
        """Say whose people are connected, so that nobody reads facts for an empty room."""
