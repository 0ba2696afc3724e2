"""The hub of this process's open connections, whatever carries them: WebSocket or SSE."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from asset_ingest.core.model.ids import StudioId
from asset_ingest.core.ports.notifier import Audience, Frame, Seat, ShortWay, Told

_MOST: Final = 1024
_AT_ONCE: Final = 500  # seats told before others may use the event loop


class _Seat(Seat):
    """One connection's frames. Dropping it ends the iterator at once: who comes back asks for what is missing."""

    __slots__ = ("_dropped", "_frames", "_most", "_short", "_waiting", "idle")  # there are thousands

    def __init__(self, most: int, short: ShortWay | None) -> None:
        self._most = most
        self._short = short
        self._frames: list[Frame] = []
        self._waiting: asyncio.Future[None] | None = None
        self._dropped = False
        self.idle: ShortWay | None = None  # the short way, while nothing is on the long one

    def hear(self, frame: Frame) -> bool:
        told = Told((frame,))
        return (self.idle is not None and self.idle(told)) or self.keep(told)

    def keep(self, told: Told) -> bool:
        """Take frames that did not go the short way, or say that there is no room."""
        if len(self._frames) + len(told.frames) > self._most:
            return False
        self._frames.extend(told.frames)
        self._wake()
        return True

    def drop(self) -> None:
        self._dropped = True
        self._short = None
        self._frames.clear()
        self._wake()

    def _wake(self) -> None:
        self.idle = None
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    async def __anext__(self) -> Frame:
        while not self._frames:
            if self._dropped:
                raise StopAsyncIteration
            self._waiting, self.idle = asyncio.get_running_loop().create_future(), self._short
            try:
                await self._waiting
            finally:
                self._waiting = self.idle = None
        return self._frames.pop(0)


@dataclass(slots=True)
class _Room:
    """The seats of a studio; `fresh` is what none of them has been told yet, `told` what those in `left` still miss."""

    seats: set[_Seat] = field(default_factory=set)
    fresh: list[Frame] = field(default_factory=list)
    told: Told | None = None
    left: list[_Seat] = field(default_factory=list)

    def spread(self, most: int) -> list[_Seat]:
        """Tell so many seats; return those that have no room for it."""
        if not self.left:
            self.told, self.fresh, self.left = Told(tuple(self.fresh)), [], list(self.seats)
        assert self.told is not None  # noqa: S101  told to mypy
        told, turn, self.left = self.told, self.left[:most], self.left[most:]
        others = [seat for seat in turn if (idle := seat.idle) is None or not idle(told)]  # most of them end here
        return [seat for seat in others if seat in self.seats and not seat.keep(told)]

    @property
    def is_behind(self) -> bool:
        return bool(self.left or self.fresh)


class Hub(Audience):
    """An Audience in which each seat keeps up to `most` frames; one that needs more is dropped.

    Frames are shared by all seats, so a slow one costs references, not copies. What is told in one turn of the event
    loop goes out together, and what is told while that is under way is the next to go.
    """

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._rooms: dict[StudioId, _Room] = {}

    @asynccontextmanager
    async def seat(self, studio_id: StudioId, short: ShortWay | None = None) -> AsyncIterator[Seat]:
        seat = _Seat(self._most, short)
        if room := self._rooms.get(studio_id):
            self._spread_all(studio_id, room)  # nobody hears what was told before they came
        self._rooms.setdefault(studio_id, _Room()).seats.add(seat)
        try:
            yield seat
        finally:
            self._leave(studio_id, seat)

    def tell(self, studio_id: StudioId, frame: Frame) -> None:
        if (room := self._rooms.get(studio_id)) is None:
            return
        if not room.is_behind:
            asyncio.get_running_loop().call_soon(self._spread, studio_id, room)
        room.fresh.append(frame)
        if len(room.fresh) > self._most:
            self._spread_all(studio_id, room)

    def studios(self) -> frozenset[StudioId]:
        return frozenset(self._rooms)

    def _spread(self, studio_id: StudioId, room: _Room) -> None:
        try:
            if room.is_behind:
                self._spread_to(studio_id, room, _AT_ONCE)
        finally:  # whatever goes wrong with one of them, the others are told
            if room.is_behind:
                asyncio.get_running_loop().call_soon(self._spread, studio_id, room)

    def _spread_all(self, studio_id: StudioId, room: _Room) -> None:
        while room.is_behind:
            self._spread_to(studio_id, room, sys.maxsize)

    def _spread_to(self, studio_id: StudioId, room: _Room, most: int) -> None:
        for seat in room.spread(most):
            self._leave(studio_id, seat)

    def _leave(self, studio_id: StudioId, seat: _Seat) -> None:
        seat.drop()
        if room := self._rooms.get(studio_id):
            room.seats.discard(seat)
            if not room.seats:
                del self._rooms[studio_id]
