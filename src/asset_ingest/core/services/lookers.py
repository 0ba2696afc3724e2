"""Who looks at what, as far as one process knows. No waiting and no clock in here: a state and its moves."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar
from uuid import UUID

from asset_ingest.core.model.presence import Person, Room, together

ELSEWHERE_AT_MOST: Final = 20_000
"""Rooms of other processes that are remembered; people beyond are not seen until there is space."""

Seat = TypeVar("Seat")


@dataclass(frozen=True, slots=True)
class _Elsewhere:
    people: tuple[Person, ...]
    until: float


@dataclass(slots=True)
class Lookers(Generic[Seat]):
    """The people at this process's seats, and those whom other processes told of and have not yet lapsed."""

    _here: dict[Room, dict[Seat, Person]] = field(default_factory=dict)
    _elsewhere: dict[Room, dict[UUID, _Elsewhere]] = field(default_factory=dict)

    def join(self, room: Room, seat: Seat, person: Person) -> None:
        self._here.setdefault(room, {})[seat] = person

    def leave(self, room: Room, seat: Seat) -> None:
        """Take the seat out; the person stays as long as another seat of theirs does."""
        seats = self._here.get(room, {})
        seats.pop(seat, None)
        if not seats:
            self._here.pop(room, None)

    def heard(self, room: Room, process: UUID, people: tuple[Person, ...], until: float) -> bool:
        """Remember until then what another process says; tell whether its people are the first of it in this room."""
        there = self._elsewhere.get(room, {})
        is_new = process not in there
        if not people:
            self._forget(room, process)
        elif not is_new or room in self._elsewhere or len(self._elsewhere) < ELSEWHERE_AT_MOST:
            self._elsewhere.setdefault(room, {})[process] = _Elsewhere(people, until)
        return is_new and bool(people)

    def lapse(self, now: float) -> set[Room]:
        """Forget the processes that have been silent for too long; return the rooms that they were in."""
        lapsed = [
            (room, process)
            for room, there in self._elsewhere.items()
            for process, each in there.items()
            if each.until <= now
        ]
        for room, process in lapsed:
            self._forget(room, process)
        return {room for room, _process in lapsed}

    def here(self, room: Room) -> tuple[Person, ...]:
        """Return who looks through this process."""
        return together(tuple(self._here.get(room, {}).values()))

    def people(self, room: Room) -> tuple[Person, ...]:
        """Return who looks, through whichever process."""
        return together(self.here(room), *(each.people for each in self._elsewhere.get(room, {}).values()))

    def seats(self, room: Room) -> tuple[Seat, ...]:
        return tuple(self._here.get(room, ()))

    def rooms(self) -> frozenset[Room]:
        """Return the rooms in which somebody sits here."""
        return frozenset(self._here)

    def _forget(self, room: Room, process: UUID) -> None:
        there = self._elsewhere.get(room, {})
        there.pop(process, None)
        if not there:
            self._elsewhere.pop(room, None)
