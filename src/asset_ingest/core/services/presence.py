"""Who is looking: people say which assets they look at, and everybody else who looks there hears of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import anyio

from asset_ingest.core.errors import IngestError, NotPossibleNow
from asset_ingest.core.model.access import Action, require
from asset_ingest.core.model.ids import AssetId
from asset_ingest.core.model.presence import Person, Room, person_of
from asset_ingest.core.ports.notifier import Looking, Notifier
from asset_ingest.core.ports.repos import Records
from asset_ingest.core.ports.telemetry import Observer
from asset_ingest.core.services.frames import presence_frame
from asset_ingest.core.services.listening import Listener
from asset_ingest.core.services.lookers import Lookers

ROOMS_AT_MOST: Final = 20
"""That one connection may look at."""
TOGETHER_SECONDS: Final = 0.1
"""Changes within this time are told at once."""
FRAMES_A_SECOND: Final = 2_000
"""A crowd that comes and goes is told of itself less often, so that telling it never fills the event loop."""
REPEAT_SECONDS: Final = 10.0
LAPSE_SECONDS: Final = 25.0
"""The people of a process that was not heard of for so long are gone; it may lose one notice."""
GOODBYE_SECONDS: Final = 2.0


class TooManyRooms(NotPossibleNow):
    """One connection looks at as many assets as it may."""

    remedy = "Leave a room first, or open another connection."

    def __init__(self) -> None:
        super().__init__(f"one connection looks at no more than {ROOMS_AT_MOST} assets")


@dataclass(slots=True)
class Presence:
    """Keeps who looks at what, over all processes, and tells those who look too.

    Nothing of it is kept in the records: a notice that got lost is made good by the next repetition.
    """

    records: Records
    notifier: Notifier
    observer: Observer
    process: UUID
    lookers: Lookers[Listener] = field(default_factory=Lookers)
    _told: dict[Listener, dict[AssetId, tuple[Person, ...]]] = field(default_factory=dict)
    _announced: dict[Room, tuple[Person, ...]] = field(default_factory=dict)
    _changed: set[Room] = field(default_factory=set)
    _again: set[Room] = field(default_factory=set)
    _news: anyio.Event = field(default_factory=anyio.Event)

    # --- people -------------------------------------------------------------------------------------------------

    async def join(self, listener: Listener, asset_id: AssetId) -> None:
        """Let the listener look at an asset of their studio; raises NotFound for any other, and TooManyRooms."""
        require(listener.who, Action.READ)
        if asset_id in listener.rooms:
            return
        if len(listener.rooms) >= ROOMS_AT_MOST:
            raise TooManyRooms
        room = (listener.who.studio_id, asset_id)
        async with self.records.reading(listener.who.studio_id) as tx:
            await tx.assets.get(asset_id)
        listener.rooms.add(asset_id)
        self.lookers.join(room, listener, person_of(listener.who))
        self._touch(room)

    def leave(self, listener: Listener, asset_id: AssetId) -> None:
        """Look no more; leaving what one did not look at is no error."""
        if asset_id not in listener.rooms:
            return
        listener.rooms.remove(asset_id)
        self._told.get(listener, {}).pop(asset_id, None)
        room = (listener.who.studio_id, asset_id)
        self.lookers.leave(room, listener)
        self._touch(room)

    def drop(self, listener: Listener) -> None:
        """Leave all rooms: the connection ended."""
        for asset_id in tuple(listener.rooms):
            self.leave(listener, asset_id)
        self._told.pop(listener, None)

    # --- processes ----------------------------------------------------------------------------------------------

    def heard(self, notice: Looking) -> None:
        """Take what another process says; one that is new to a room is told who looks here."""
        if notice.process == self.process:
            return
        room = (notice.studio_id, notice.asset_id)
        is_first = self.lookers.heard(room, notice.process, notice.people, anyio.current_time() + LAPSE_SECONDS)
        if is_first and self.lookers.seats(room):
            self._again.add(room)
        self._touch(room)

    async def run(self) -> None:
        """Tell changes, soon and together, until cancelled; then say goodbye to the other processes."""
        async with anyio.create_task_group() as group:
            group.start_soon(self._repeat)
            try:
                while True:
                    await self._news.wait()
                    await anyio.sleep(TOGETHER_SECONDS)
                    told = await self.tell()
                    await anyio.sleep(told / FRAMES_A_SECOND)
            finally:
                with anyio.CancelScope(shield=True), anyio.move_on_after(GOODBYE_SECONDS):
                    await self._announce(dict.fromkeys(self._announced, ()))

    async def tell(self) -> int:
        """Tell what has changed since the last time: the people who look, and the other processes.

        Return how many connections had to be told.
        """
        self._news = anyio.Event()
        changed, self._changed = self._changed, set()
        again, self._again = self._again, set()
        told = sum(self._tell_seats(room) for room in changed)
        here = {room: self.lookers.here(room) for room in changed | again}
        await self._announce({room: now for room, now in here.items() if self._is_news(room, now) or room in again})
        return told

    def repeat(self) -> None:
        """Have everybody announced again, and forget those of whom nobody has said anything for too long."""
        self._again |= self.lookers.rooms() | self._announced.keys()  # left, too, if nobody could be told of it
        self._changed |= self.lookers.lapse(anyio.current_time())
        self._news.set()

    async def _repeat(self) -> None:
        while True:
            await anyio.sleep(REPEAT_SECONDS)
            self.repeat()

    def _touch(self, room: Room) -> None:
        self._changed.add(room)
        self._news.set()

    def _is_news(self, room: Room, now: tuple[Person, ...]) -> bool:
        return self._announced.get(room, ()) != now

    def _tell_seats(self, room: Room) -> int:
        seats, (_studio, asset_id) = self.lookers.seats(room), room
        if not seats:
            return 0
        people, count = self.lookers.people(room), 0
        frame = presence_frame(asset_id, people)
        for listener in seats:
            told = self._told.setdefault(listener, {})
            if told.get(asset_id) != people:
                told[asset_id] = people
                listener.hear(frame)
                count += 1
        return count

    async def _announce(self, rooms: dict[Room, tuple[Person, ...]]) -> None:
        for (studio_id, asset_id), people in rooms.items():
            try:
                await self.notifier.publish(Looking(studio_id, asset_id, self.process, people))
            except IngestError as error:  # the next repetition makes it good
                self.observer.failed("presence.announce", error)
                return
            if people:
                self._announced[studio_id, asset_id] = people
            else:
                self._announced.pop((studio_id, asset_id), None)
