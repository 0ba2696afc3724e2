"""What nobody asks for and everybody needs: dispatching, numbering, sweeping. Supervised tasks for any process."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

import anyio

from asset_ingest.core.errors import IngestError, ObjectMissing, UploadInterrupted
from asset_ingest.core.journeys import Journeys
from asset_ingest.core.model.events import Fact
from asset_ingest.core.model.ids import StudioId, UploadId
from asset_ingest.core.model.uploads import OPEN_SESSION, SessionTrigger
from asset_ingest.core.ports.notifier import FactsNumbered, Notifier, WorkCommitted
from asset_ingest.core.ports.object_store import (
    KeepsLeftovers,
    MultipartUploads,
    ObjectStore,
    Pile,
    StoredObject,
    UnfinishedUpload,
)
from asset_ingest.core.ports.system_records import DueStep, RelayRecords, WorkRecords
from asset_ingest.core.ports.task_queue import TaskQueue
from asset_ingest.core.ports.telemetry import Observer

SAFETY_NET_SECONDS = 1.0
"""How long a change waits when its doorbell was lost."""
LONGEST_REST = 30.0
DEAF_SECONDS = 5.0
"""Between two tries to hear notices again."""
FACTS_AT_ONCE = 1_000
KEYS_AT_ONCE = 500
NEVER_BEFORE = timedelta(minutes=10)
"""A half-made file that was written to more recently may belong to an upload under way."""
DISPATCHED_AGAIN = timedelta(seconds=30)
"""After this long an id that no worker claimed is offered again: the broker may have lost it."""


@dataclass(frozen=True, slots=True)
class Dispatcher:
    """Offers READY steps to the task queue, few at a time, so that the backlog stays in the records."""

    work: WorkRecords
    queue: TaskQueue
    bury: Callable[[DueStep], Awaitable[None]]
    room: Mapping[str, int]
    observer: Observer

    async def once(self) -> None:
        """Offer as many as there is room for."""
        chosen = await self.work.dispatch(dict(self.room), DISPATCHED_AGAIN)
        for offered, due in enumerate(chosen):
            try:
                await self.queue.put(due.queue, due.step_id)
            except IngestError:  # nobody will hear of the rest, so they are to be chosen again as soon as it is back
                await self.work.take_back([each.step_id for each in chosen[offered:]])
                raise

    async def bury_lapsed(self) -> None:
        """Free the steps of vanished workers."""
        for due in await self.work.lapsed(limit=100):
            try:
                await self.bury(due)
            except IngestError as error:  # one job that cannot be had now holds up no other
                self.observer.failed("dispatcher.bury", error, job_id=str(due.job_id))


TellNumbered = Callable[[StudioId, Sequence[Fact]], Awaitable[None]]
"""Tells the people connected to this process of facts that have just got their numbers, one studio's, in order."""


@dataclass(frozen=True, slots=True)
class Relay:
    """Numbers committed facts, has this process tell them, and lets the others know how far they can be read."""

    relay: RelayRecords
    notifier: Notifier
    tell: TellNumbered

    async def once(self) -> None:
        """Give every fact committed until now its number; who commits while it works rings for the next time."""
        numbered: list[Fact] = await self._number()
        while len(numbered) == FACTS_AT_ONCE:
            numbered = await self._number()

    async def _number(self) -> list[Fact]:
        numbered = await self.relay.number(FACTS_AT_ONCE)
        of_studio: dict[StudioId, list[Fact]] = {}
        for fact in numbered:
            of_studio.setdefault(fact.studio_id, []).append(fact)
        for studio_id, facts in of_studio.items():  # to people here at once, they need no notice and no reading
            await self.tell(studio_id, facts)
        for studio_id, facts in of_studio.items():
            await self.notifier.publish(FactsNumbered(studio_id, facts[-1].seq or 0))
        return numbered


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep removed, or would remove."""

    expired: int  # uploads that were ended; what was stored of them is in the piles
    unfinished: Pile  # multipart uploads in the store that nobody goes on with
    orphans: Pile  # objects that nothing refers to
    half_made: Pile  # files of killed processes

    @property
    def bytes(self) -> int:
        return self.unfinished.bytes + self.orphans.bytes + self.half_made.bytes

    @property
    def anything(self) -> bool:
        return bool(self.expired or self.unfinished.count or self.orphans.count or self.half_made.count)


Named = Callable[[str, int], None]
"""Is told the key and the size of each thing that a sweep finds."""


def _unheard(_key: str, _size: int) -> None:
    """Let it pass."""


@dataclass(frozen=True, slots=True)
class Sweeper:
    """Ends abandoned uploads and deletes objects that nothing refers to. Touches only the prefix that is ours."""

    journeys: Journeys
    work: WorkRecords
    store: ObjectStore
    grace: timedelta = timedelta(hours=1)
    leftovers: KeepsLeftovers | None = None
    multipart: MultipartUploads | None = None

    async def once(self) -> Swept:
        """Sweep and say what was reclaimed."""
        expired = 0
        while ended := await self.end_abandoned():
            expired += ended
        orphans = Pile()
        async with aclosing(self._orphans(dry_run=False)) as found:
            async for orphan in found:
                await self.store.delete(orphan.key)
                orphans = orphans.and_one_of(orphan.size)
        half_made = await self.leftovers.remove_leftovers(self._half_made_before()) if self.leftovers else Pile()
        unfinished = Pile()
        if self.multipart:
            async with aclosing(self._nobodys(self.multipart, dry_run=False)) as nobodys:
                async for upload, size in nobodys:
                    await self.multipart.abort(upload.key, upload.upload_id)
                    unfinished = unfinished.and_one_of(size)
        swept = Swept(expired, unfinished, orphans, half_made)
        if swept.anything:
            self.journeys.observer.noted(
                "sweeper.swept",
                objects=orphans.count + half_made.count + unfinished.count,
                bytes=swept.bytes,
                uploads=expired,
            )
        return swept

    async def would(self, named: Named = _unheard) -> Swept:
        """Say what a sweep would do now, and change nothing; name each thing that it would remove from the store."""
        orphans = Pile()
        async with aclosing(self._orphans(dry_run=True)) as found:
            async for orphan in found:
                named(orphan.key, orphan.size)
                orphans = orphans.and_one_of(orphan.size)
        unfinished = Pile()
        if self.multipart:
            async with aclosing(self._nobodys(self.multipart, dry_run=True)) as nobodys:
                async for upload, size in nobodys:
                    named(upload.key, size)
                    unfinished = unfinished.and_one_of(size)
        half_made = await self.leftovers.leftovers(self._half_made_before()) if self.leftovers else Pile()
        return Swept(await self.work.count_expired(self.journeys.clock.now()), unfinished, orphans, half_made)

    def _half_made_before(self) -> datetime:
        return self.journeys.clock.now() - max(self.grace, NEVER_BEFORE)

    async def _orphans(self, *, dry_run: bool) -> AsyncGenerator[StoredObject, None]:
        """Yield the objects past the grace time that no row refers to."""
        batch: list[StoredObject] = []
        oldest_kept = self.journeys.clock.now() - self.grace
        async for stored in self.store.list("studios/"):
            if stored.stored_at <= oldest_kept:
                batch.append(stored)
            if len(batch) == KEYS_AT_ONCE:
                for orphan in await self._unreferenced(batch, dry_run=dry_run):
                    yield orphan
                batch = []
        for orphan in await self._unreferenced(batch, dry_run=dry_run):
            yield orphan

    async def _unreferenced(self, batch: list[StoredObject], *, dry_run: bool) -> list[StoredObject]:
        """Return what no row refers to. A dry run has not ended what has expired, and does as if it had."""
        keys = [stored.key for stored in batch]
        kept = await self.work.referenced(keys) if keys else frozenset()
        if kept and dry_run:
            kept -= await self.work.expired_among(keys, self.journeys.clock.now())
        return [stored for stored in batch if stored.key not in kept]

    async def _nobodys(
        self, multipart: MultipartUploads, *, dry_run: bool
    ) -> AsyncGenerator[tuple[UnfinishedUpload, int], None]:
        """Yield uploads whose process vanished, and their bytes; one under way is known to its session or step."""
        begun_before = self.journeys.clock.now() - self.grace
        async for upload in multipart.unfinished("studios/"):
            if upload.begun_at <= begun_before and not await self._goes_on(upload, dry_run=dry_run):
                size = 0
                with suppress(ObjectMissing):  # it ended meanwhile, or cannot be looked into; to abort it harms neither
                    size = await multipart.bytes_held(upload.key, upload.upload_id)
                yield upload, size

    async def _goes_on(self, upload: UnfinishedUpload, *, dry_run: bool) -> bool:
        if not await self.work.in_use(upload.key, upload.upload_id):
            return False
        return not (dry_run and await self.work.expired_among([upload.key], self.journeys.clock.now()))

    async def end_abandoned(self) -> int:
        """End some of the uploads whose server or sender has vanished; return how many ended."""
        ended = 0
        abandoned = await self.work.abandoned(self.journeys.clock.now(), limit=100)
        for studio_id, job_id in abandoned:
            try:
                async with self.journeys.change(studio_id) as tx:
                    at = await self.journeys.load(tx, job_id)
                    over = at.session.status in OPEN_SESSION and at.session.expires_at <= self.journeys.clock.now()
                    if over:
                        await self.journeys.end_upload(tx, at, SessionTrigger.EXPIRE, UploadInterrupted())
                ended += over
            except IngestError as error:  # one job that cannot be had now holds up no other
                self.journeys.observer.failed("sweeper.abandoned", error, job_id=str(job_id))
        return ended + await self._forget_partials()

    async def _forget_partials(self) -> int:
        """Forget the pieces that nobody has joined in time, or need not be kept any more; a sweep frees their bytes."""
        forgotten = 0
        expired = await self.work.expired_partials(self.journeys.clock.now(), limit=100)
        for studio_id, upload_id in expired:
            try:
                async with self.journeys.records.transaction(studio_id) as tx:
                    over = (await tx.uploads.lock(upload_id)).expires_at <= self.journeys.clock.now()
                    if over:
                        await tx.uploads.forget(upload_id)
                forgotten += over
            except IngestError as error:  # one that cannot be had now holds up no other
                self.journeys.observer.failed("sweeper.partials", error, upload_id=str(upload_id))
        return forgotten


class Finish(Protocol):
    """Makes the object of an upload whose bytes are all stored."""

    async def __call__(self, studio_id: StudioId, upload_id: UploadId) -> None: ...


@dataclass(slots=True)
class Bell:
    """Wakes one loop. Rings that come while it works make it look once more; any number of them count as one."""

    _rung: anyio.Event = field(default_factory=anyio.Event)

    def ring(self) -> None:
        self._rung.set()

    async def wait(self, seconds: float) -> None:
        """Return when rung, at the latest after `seconds`."""
        with anyio.move_on_after(seconds):
            await self._rung.wait()
        self._rung = anyio.Event()


@dataclass(frozen=True, slots=True)
class Upkeep:
    """Runs them for ever. An error is told and the task goes on; only cancellation ends it."""

    dispatcher: Dispatcher
    relay: Relay
    sweeper: Sweeper
    notifier: Notifier
    observer: Observer
    finish: Finish
    look_for_arrivals: Callable[[], Awaitable[None]]
    work: WorkRecords
    send_digests: Callable[[], Awaitable[object]] | None = None  # None where no mail is sent
    abandoned_seconds: float = 5.0
    digest_seconds: float = 60.0
    sweep_seconds: float = 3600.0

    async def run(self) -> None:
        """Run until cancelled."""
        dispatch, number, never = Bell(), Bell(), Bell()
        async with anyio.create_task_group() as group:
            group.start_soon(self._listen, (dispatch, number))
            group.start_soon(self._loop, "dispatcher", self.dispatcher.once, dispatch, SAFETY_NET_SECONDS)
            group.start_soon(self._loop, "lapsed", self.dispatcher.bury_lapsed, never, SAFETY_NET_SECONDS)
            group.start_soon(self._loop, "relay", self.relay.once, number, SAFETY_NET_SECONDS)
            group.start_soon(self._loop, "abandoned", self.sweeper.end_abandoned, never, self.abandoned_seconds)
            group.start_soon(self._loop, "finisher", self.finish_uploads, never, self.abandoned_seconds)
            group.start_soon(self._loop, "arrivals", self.look_for_arrivals, never, self.abandoned_seconds)
            if self.send_digests:
                group.start_soon(self._loop, "digests", self.send_digests, never, self.digest_seconds)
            group.start_soon(self._loop, "sweeper", self.sweeper.once, never, self.sweep_seconds)

    async def finish_uploads(self) -> None:
        """Finish the uploads whose process did not come to that."""
        for studio_id, upload_id in await self.work.finalising(limit=100):
            try:
                await self.finish(studio_id, upload_id)
            except IngestError as error:  # one that cannot be finished now holds up no other
                self.observer.failed("finisher", error, upload_id=str(upload_id))

    async def _listen(self, bells: Sequence[Bell]) -> None:
        while True:
            try:
                await self._hear(bells)
            except IngestError as error:  # nobody carries notices now; the loops look by themselves
                self.observer.failed("upkeep.notices", error)
            await anyio.sleep(DEAF_SECONDS)

    async def _hear(self, bells: Sequence[Bell]) -> None:
        async with self.notifier.follow() as notices:
            async for notice in notices:
                if isinstance(notice, WorkCommitted):
                    for bell in bells:
                        bell.ring()

    async def _loop(self, what: str, once: Callable[[], Awaitable[object]], bell: Bell, rest: float) -> None:
        while True:
            try:
                await once()
            except Exception as error:  # noqa: BLE001  upkeep outlives whatever goes wrong in one pass, and says it
                self.observer.failed(f"upkeep.{what}", error)
                await anyio.sleep(min(rest, LONGEST_REST))  # whoever rings meanwhile would only hurry the next error
            else:
                await bell.wait(rest)
