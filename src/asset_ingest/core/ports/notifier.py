"""Tells other processes, and the people connected to this one, that something changed."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol, Self
from uuid import UUID

from asset_ingest.core.model.access import Action
from asset_ingest.core.model.ids import AssetId, JobId, MemberId, StudioId
from asset_ingest.core.model.presence import Person


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


@dataclass(frozen=True, slots=True)
class RightsChanged:
    """A credential of the member ended without a fact: who listens as this member asks anew who they are."""

    studio_id: StudioId
    member_id: MemberId


@dataclass(frozen=True, slots=True)
class Looking:
    """Who looks at an asset through one process, all of them; nobody means that the last one left.

    Repeated while it is true: a process that is not heard of for a while has vanished with its people.
    """

    studio_id: StudioId
    asset_id: AssetId
    process: UUID
    people: tuple[Person, ...]


Notice = WorkCommitted | FactsNumbered | Progressed | RightsChanged | Looking


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

    `kind` is fact, progress, hello, watermark, reset, presence or refused; only facts have a `seq`. `needs` is what
    the listener must have leave for, and `rights_of` the member who may have other rights from here on. A frame of
    kind `withheld` or `rights` has no text and goes to no connection.
    """

    seq: int | None
    kind: str
    text: str
    needs: Action | None = None
    rights_of: MemberId | None = None


class Seat(Protocol):
    """One connection's place among the audience: its frames, one after the other."""

    __slots__ = ()

    def __aiter__(self) -> Self:
        return self

    @abstractmethod
    async def __anext__(self) -> Frame: ...

    @abstractmethod
    def hear(self, frame: Frame) -> bool:
        """Take a frame that is for this one alone, or say that there is no room."""


class Told:
    """Frames told to everybody in one turn.

    `upto` is the number of their last fact, None where there is none; `follows` is the one before their first, None
    also where they are not one after the other; `needs` and `rights_of` are those of all frames.
    """

    __slots__ = ("_encoded", "follows", "frames", "needs", "rights_of", "upto")

    def __init__(self, frames: Sequence[Frame]) -> None:
        numbers = [frame.seq for frame in frames if frame.seq is not None]
        self.frames = frames
        is_line = all(after == before + 1 for before, after in pairwise(numbers))
        self.follows = numbers[0] - 1 if numbers and is_line else None
        self.upto = numbers[-1] if numbers else None
        self.needs = frozenset(frame.needs or Action.READ for frame in frames)
        self.rights_of = frozenset(frame.rights_of for frame in frames if frame.rights_of)
        self._encoded: dict[Callable[[Frame], bytes], bytes] = {}

    def encoded(self, encode: Callable[[Frame], bytes]) -> bytes:
        """Return all frames as the carrier writes them: made once for all who ask with the same function."""
        made = self._encoded.get(encode)
        if made is None:
            made = self._encoded[encode] = b"".join(map(encode, self.frames))
        return made


ShortWay = Callable[[Told], bool]
"""Hands frames on at once, all of them, or says no and has taken none; never waits."""


class Audience(Protocol):
    """The people connected to this process."""

    @abstractmethod
    def seat(self, studio_id: StudioId, short: ShortWay | None = None) -> AbstractAsyncContextManager[Seat]:
        """Hear every frame told to the studio after entering; the iterator ends for one too slow to keep up.

        What is told while somebody waits for the iterator, so that nothing is on its way, is offered to `short` first;
        the iterator yields what that did not take.
        """

    @abstractmethod
    def tell(self, studio_id: StudioId, frame: Frame) -> None:
        """Hand the frame to everyone seated; never waits for a slow one."""

    @abstractmethod
    def studios(self) -> frozenset[StudioId]:
        """Say whose people are connected, so that nobody reads facts for an empty room."""
