"""The hub of this process's open connections, whatever carries them: WebSocket or SSE."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from asset_ingest.core.model.ids import StudioId
from asset_ingest.core.ports.notifier import Audience, Frame, Seat

_MOST: Final = 1024


class _Seat(Seat):
    """One connection's frames. Dropping it ends the iterator at once: who comes back asks for what is missing."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._frames: deque[Frame] = deque()
        self._news = asyncio.Event()
        self._dropped = False

    def hear(self, frame: Frame) -> bool:
        """Take the frame, or say that there is no room."""
        if len(self._frames) >= self._most:
            return False
        self._frames.append(frame)
        self._news.set()
        return True

    def drop(self) -> None:
        self._dropped = True
        self._frames.clear()
        self._news.set()

    async def __anext__(self) -> Frame:
        while not self._frames:
            if self._dropped:
                raise StopAsyncIteration
            self._news.clear()
            await self._news.wait()
        return self._frames.popleft()


class Hub(Audience):
    """An Audience in which each seat keeps up to `most` frames; one that needs more is dropped.

    Frames are shared by all seats, so a slow one costs references, not copies.
    """

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._rooms: dict[StudioId, set[_Seat]] = {}

    @asynccontextmanager
    async def seat(self, studio_id: StudioId) -> AsyncIterator[Seat]:
        seat = _Seat(self._most)
        self._rooms.setdefault(studio_id, set()).add(seat)
        try:
            yield seat
        finally:
            self._leave(studio_id, seat)

    def tell(self, studio_id: StudioId, frame: Frame) -> None:
        full = [seat for seat in self._rooms.get(studio_id, ()) if not seat.hear(frame)]
        for seat in full:
            self._leave(studio_id, seat)

    def studios(self) -> frozenset[StudioId]:
        return frozenset(self._rooms)

    def _leave(self, studio_id: StudioId, seat: _Seat) -> None:
        seat.drop()
        if room := self._rooms.get(studio_id):
            room.discard(seat)
            if not room:
                del self._rooms[studio_id]
