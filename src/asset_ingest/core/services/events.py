"""Facts to the people who may know them: replayed from the records, then live, each once and in order."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, contextmanager, nullcontext
from dataclasses import dataclass, field

import anyio

from asset_ingest.core.errors import IngestError
from asset_ingest.core.model.access import Action, require
from asset_ingest.core.model.events import Fact
from asset_ingest.core.model.ids import MemberId, StudioId
from asset_ingest.core.ports.notifier import (
    Audience,
    FactsNumbered,
    Frame,
    Looking,
    Notifier,
    Progressed,
    RightsChanged,
    Seat,
    ShortWay,
)
from asset_ingest.core.ports.repos import Records
from asset_ingest.core.ports.telemetry import Observer
from asset_ingest.core.services.frames import control_frame, fact_frame, progress_frame, rights_frame, withheld
from asset_ingest.core.services.line import Line
from asset_ingest.core.services.listening import Listener
from asset_ingest.core.services.presence import Presence

REPLAY_AT_ONCE = 100
"""Facts that are read and encoded in one go, while everybody else waits."""
LONGEST_REPLAY = 20_000
"""Facts; one who missed more is told to read the lists anew."""
CATCHING_UP_AT_ONCE = 4
"""Listeners that read the records; after a restart thousands come back together, and others need the database too."""
SAFETY_NET_SECONDS = 1.0
DEAF_SECONDS = 5.0
"""Between two tries to hear notices again."""

_ANY_TIME = nullcontext()


@dataclass(frozen=True, slots=True)
class Events:
    """Lets people listen. One task per process reads new facts once for everybody who sits in it."""

    records: Records
    notifier: Notifier
    audience: Audience
    observer: Observer
    presence: Presence
    _told: dict[StudioId, int] = field(default_factory=dict)
    _listening: dict[MemberId, set[Listener]] = field(default_factory=dict)
    _turn: anyio.Semaphore = field(default_factory=lambda: anyio.Semaphore(CATCHING_UP_AT_ONCE))

    async def listen(
        self, listener: Listener, after: int | None, short: ShortWay | None = None
    ) -> AsyncGenerator[Frame, None]:
        """Yield a hello, every fact after `after` (None: only new ones), then live facts and progress.

        What comes while the next frame is awaited is offered to `short`, in its order, and yielded if not taken there.
        What the listener has no leave for is `withheld`: its number alone. A fact that may change what they have leave
        for is asked about before it or anything later is told; raises Unauthenticated for one who may listen no more.
        Ends when the listener is too slow; it comes back with the last `seq` it saw.
        """
        require(listener.who, Action.READ)
        line = Line(listener, short)
        async with self.audience.seat(listener.who.studio_id, line.take) as live:
            listener.sit(live)
            async with self._turn:
                upto = await self._watermark(listener.who.studio_id)
            with self._listed(listener):
                async with self._turn:
                    await listener.ask_again()  # by what holds now, everything up to here is told
                async with aclosing(self._frames(listener.who.studio_id, live, line, after, upto)) as frames:
                    async for frame in frames:
                        if frame.rights_of == listener.who.member_id and (frame.seq is None or frame.seq > upto):
                            await listener.ask_again()
                        if frame.kind != "rights":
                            yield frame if listener.may_hear(frame) else withheld(frame)

    async def _frames(
        self, studio_id: StudioId, live: Seat, line: Line, after: int | None, upto: int
    ) -> AsyncGenerator[Frame]:
        """Yield what is told to the studio, to whomever: facts each once and in order."""
        yield control_frame("hello", upto)
        line.seen = upto if after is None else after
        if line.seen > upto or upto - line.seen > LONGEST_REPLAY:
            yield control_frame("reset", upto)
            line.seen = upto
        async for frame in self._replay(studio_id, line.seen, upto, self._turn):
            line.seen = frame.seq or line.seen
            yield frame
        async for frame in live:
            if frame.seq is None:
                yield frame
            elif frame.seq > line.seen:
                async for missed in self._replay(studio_id, line.seen, frame.seq - 1, self._turn):
                    yield missed
                line.seen = frame.seq
                yield frame

    @contextmanager
    def _listed(self, listener: Listener) -> Iterator[None]:
        """Have the listener found by who they are, which no credential of theirs can change."""
        member_id = listener.who.member_id
        self._listening.setdefault(member_id, set()).add(listener)
        try:
            yield
        finally:
            self._listening[member_id].discard(listener)
            if not self._listening[member_id]:
                del self._listening[member_id]

    async def _watermark(self, studio_id: StudioId) -> int:
        async with self.records.reading(studio_id) as tx:
            return await tx.events.watermark()

    async def _replay(
        self, studio_id: StudioId, after: int, upto: int, turn: AbstractAsyncContextManager[object] = _ANY_TIME
    ) -> AsyncIterator[Frame]:
        while after < upto:
            async with turn, self.records.reading(studio_id) as tx:
                facts = await tx.events.after(after, min(REPLAY_AT_ONCE, upto - after))
            if not facts:
                return
            for fact in facts:
                yield fact_frame(fact)
            after = facts[-1].seq or upto

    async def fan_out(self) -> None:
        """Tell the audience what other processes and the relay announce; runs until cancelled.

        A notice that got lost is made good within a second: the watermark is looked at anyway.
        """
        async with anyio.create_task_group() as group:
            group.start_soon(self._look_anyway)
            group.start_soon(self.presence.run)
            while True:
                try:
                    await self._hear()
                except IngestError as error:  # nobody carries notices now
                    self.observer.failed("events.notices", error)
                await anyio.sleep(DEAF_SECONDS)

    async def _hear(self) -> None:
        async with self.notifier.follow() as notices:
            async for notice in notices:
                match notice:
                    case FactsNumbered(studio_id, upto):
                        await self._tell(studio_id, upto)
                    case Progressed():
                        self.audience.tell(notice.studio_id, progress_frame(notice))
                    case RightsChanged(member_id=member_id):
                        for listener in self._listening.get(member_id, ()):
                            listener.hear(rights_frame(member_id))
                    case Looking():
                        self.presence.heard(notice)
                    case _:
                        pass

    async def _look_anyway(self) -> None:
        while True:
            await anyio.sleep(SAFETY_NET_SECONDS)
            for studio_id in self.audience.studios():
                await self._tell(studio_id, None)

    async def _tell(self, studio_id: StudioId, upto: int | None) -> None:
        """Tell what is new up to there (None: as far as it goes). What could not be read is read at the next look."""
        if studio_id not in self.audience.studios():
            self._told.pop(studio_id, None)
            return
        try:
            await self._tell_new(studio_id, await self._watermark(studio_id) if upto is None else upto)
        except IngestError as error:
            self.observer.failed("events.fan_out", error)

    async def _tell_new(self, studio_id: StudioId, upto: int) -> None:
        after = self._told.setdefault(studio_id, upto - 1)
        async for frame in self._replay(studio_id, after, upto):
            self._tell_once(studio_id, frame)

    async def tell_numbered(self, studio_id: StudioId, facts: Sequence[Fact]) -> None:
        """Tell facts that have just got their numbers; the notice of them then finds nothing left to read.

        Where something is missing before them, it is all read as if another process had announced it.
        """
        first, last = facts[0].seq or 0, facts[-1].seq or 0
        if studio_id not in self.audience.studios() or first > self._told.setdefault(studio_id, first - 1) + 1:
            await self._tell(studio_id, last)
            return
        for fact in facts:
            self._tell_once(studio_id, fact_frame(fact))

    def _tell_once(self, studio_id: StudioId, frame: Frame) -> None:
        """Tell a fact unless it was told while this one was read: notice, relay and safety net may meet."""
        told = self._told.get(studio_id, 0)
        if frame.seq is not None and frame.seq > told:
            self._told[studio_id] = frame.seq
            self.audience.tell(studio_id, frame)
