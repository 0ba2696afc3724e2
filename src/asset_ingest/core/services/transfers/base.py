"""What every road of an upload stands on: opening it, looking at it, finishing it, stopping it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import anyio

from asset_ingest.core.errors import (
    Cancelled,
    Conflict,
    ContentMismatch,
    EmptyFile,
    IngestError,
    ObjectMissing,
    StoredBytesChanged,
    TooLarge,
    UploadGone,
)
from asset_ingest.core.journeys import Journey, Journeys, PlannedStep
from asset_ingest.core.model.access import Action, Principal, require
from asset_ingest.core.model.checks import made
from asset_ingest.core.model.ids import AssetId, GroupId, StudioId, UploadId
from asset_ingest.core.model.jobs import JobTrigger, Lane
from asset_ingest.core.model.uploads import (
    FilePart,
    Method,
    SessionStatus,
    SessionTrigger,
    UploadSession,
)
from asset_ingest.core.ports.object_store import DirectUploads, ObjectStore, ResumableUploads, StoredObject, StoredPart
from asset_ingest.core.ports.repos import Transaction
from asset_ingest.core.services.admission import Quotas
from asset_ingest.core.services.announcing import announce, announced
from asset_ingest.core.services.checked import durable
from asset_ingest.core.services.jobs import Page, page_of
from asset_ingest.core.services.landing import Landing
from asset_ingest.core.services.transfers.grid import part_count, part_size
from asset_ingest.core.services.transfers.verifying import counted, found, refuse_broken_promise
from asset_ingest.core.services.transfers.views import Limits, PartView, UploadView, part_view, upload_view

PARTS_AT_ONCE: Final = 1_000
FINISHING_SECONDS: Final = 20.0
"""How long a request waits for the finish; the reconciler goes on where it left off."""
SETTLE_PAUSE: Final = 0.1


@dataclass(frozen=True, slots=True)
class NewUpload:
    """What a client says of a file before it sends it; nothing of it is believed before it is checked.

    With an `asset_id` it is to be the next version of that asset, and `change_note` says what is new. `content_md5` is
    bound into the request by which the whole file goes, where the plan is such a one.
    """

    filename: str
    size: int | None = None
    content_type: str | None = None
    sha256: str | None = None
    crc64nvme: str | None = None
    content_md5: str | None = None
    group_id: GroupId | None = None
    method: Method | None = None
    lane: Lane = Lane.INTERACTIVE
    client_metadata: str = ""
    asset_id: AssetId | None = None
    change_note: str = ""


@dataclass(frozen=True, slots=True)
class TransferLimits:
    """`largest` in bytes; `idle` is how long an upload waits for its next byte before it expires."""

    largest: int = 1 << 40
    idle: timedelta = timedelta(hours=24)
    quotas: Quotas = Quotas()


@dataclass(frozen=True, slots=True)
class Opened:
    """One resource per upload, whatever the road. What is said to be stored is durable and never goes back."""

    journeys: Journeys
    objects: ObjectStore
    store: ResumableUploads
    direct: DirectUploads | None
    first_step: PlannedStep
    landing: Landing
    limits: TransferLimits

    @property
    def largest(self) -> int:
        """Return how many bytes an upload may have: never more than the store has numbers of parts for."""
        parts = self.store.part_limits
        return min(self.limits.largest, parts.largest * parts.most)

    async def taken(self) -> Limits:
        """Say what is taken here."""
        parts = self.store.part_limits
        return Limits(self.largest, parts.smallest, parts.largest, parts.most)

    async def _open(self, who: Principal, new: NewUpload, method: Method) -> Journey:
        at = self._announced(who, new, method)
        if method is Method.MULTIPART and self.direct:
            at.session = replace(at.session, store_upload_id=await self.direct.begin(at.session.object_key))
        try:
            await announce(self.journeys, self.limits.quotas, at)
        except IngestError:
            await self._free(at)
            raise
        return at

    def _announced(self, who: Principal, new: NewUpload, method: Method) -> Journey:
        require(who, Action.UPLOAD)
        self._refuse_size(new.size)
        return announced(
            self.journeys,
            who,
            new.filename,
            new.size,
            self.limits.idle,
            promised_sha256=new.sha256,
            promised_crc64nvme=new.crc64nvme,
            method=method,
            group_id=new.group_id,
            lane=new.lane,
            part_size=None if method is Method.SINGLE else self._part_size(new.size),
            content_type=new.content_type if method is Method.SINGLE else None,
            client_metadata=new.client_metadata,
            asset_id=new.asset_id,
            change_note=new.change_note,
        )

    def _part_size(self, size: int | None) -> int:
        return part_size(size, self.largest, self.store.part_limits)

    def _refuse_size(self, size: int | None) -> None:
        if size == 0:
            raise EmptyFile
        if size is not None and size > self.largest:
            raise TooLarge(self.largest)

    # --- looking ------------------------------------------------------------------------------------------------

    async def get(self, who: Principal, upload_id: UploadId) -> UploadView:
        """Say how the upload stands; nothing is asked of the store."""
        require(who, Action.READ)
        async with self.journeys.records.reading(who.studio_id) as tx:
            session = await tx.uploads.get(upload_id)
            return upload_view(session, await durable(tx, session), self._received(upload_id))

    def _received(self, upload_id: UploadId) -> int:  # noqa: ARG002  roads that pass by us
        """Return how many bytes of it have come to this process, stored or not."""
        return 0

    async def parts(self, who: Principal, upload_id: UploadId, after: int, limit: int) -> Page[PartView]:
        """Return the grid from the part behind `after` on: what is stored, and what is missing."""
        require(who, Action.READ)
        async with self.journeys.records.reading(who.studio_id) as tx:
            session = await tx.uploads.get(upload_id)
            stored = {part.number: part for part in await tx.uploads.parts(upload_id, after, limit)}
        size = session.part_size
        count = part_count(session) or max(stored, default=0)
        if size is None:
            return Page([], None)
        numbers = range(after + 1, min(after + limit, count) + 1)
        views = [part_view(number, session, size, stored.get(number)) for number in numbers]
        return page_of(views, more=after + limit < count, cursor=lambda part: part.number)

    async def settled(self, who: Principal, upload_id: UploadId, seconds: float) -> UploadView:
        """Wait while the upload is being finished, at most so long; say how it stands.

        One that is being joined from others takes longer than anybody waits.
        """
        until = anyio.current_time() + seconds
        while True:
            view = await self.get(who, upload_id)
            if view.status is not SessionStatus.FINALISING or view.joined_from or anyio.current_time() >= until:
                return view
            await anyio.sleep(SETTLE_PAUSE)  # any process may be the one that finishes it

    async def _open_journey(self, tx: Transaction, upload_id: UploadId) -> Journey:
        """Lock the upload's job and return it, if bytes are still wanted."""
        at = await self.journeys.load_upload(tx, upload_id)
        if at.session.status is SessionStatus.CANCELLED:
            raise Cancelled
        if at.session.status not in {SessionStatus.PENDING, SessionStatus.UPLOADING}:
            raise UploadGone(at.session.status)
        return at

    async def _free(self, at: Journey) -> None:
        """Free what the store has collected of an upload that is over."""
        if at.session.store_upload_id is None:
            return
        try:
            await self.store.abort(at.session.object_key, at.session.store_upload_id)
        except IngestError as error:  # the sweeper frees it
            self.journeys.observer.failed("upload.abort", error, correlation_id=at.correlation_id)

    # --- finishing ----------------------------------------------------------------------------------------------

    async def _finalise(self, studio_id: StudioId, upload_id: UploadId) -> None:
        """Finish the upload, undisturbed by whoever takes over or hangs up now: there is nothing left to send."""
        with anyio.CancelScope(shield=True):
            await self._finalise_now(studio_id, upload_id)

    async def _finalise_now(self, studio_id: StudioId, upload_id: UploadId) -> None:
        async with self.journeys.change(studio_id) as tx:
            at = await self._open_journey(tx, upload_id)
            if at.session.status is SessionStatus.PENDING:
                await self.journeys.move_session(tx, at, SessionTrigger.RECEIVE, actor="server")
                await self.journeys.move_job(tx, at, JobTrigger.RECEIVE, "server")
            await self.journeys.move_session(tx, at, SessionTrigger.FINALISE, actor="server")
        with anyio.move_on_after(FINISHING_SECONDS):
            try:
                await self.finish(studio_id, upload_id)
            except IngestError as error:  # the reconciler tries again
                self.journeys.observer.failed("upload.finish", error, correlation_id=at.correlation_id)

    async def finish(self, studio_id: StudioId, upload_id: UploadId) -> None:
        """Make the stored parts the object and queue the work on it. Safe to repeat, and for several at once."""
        async with self.journeys.records.reading(studio_id) as tx:
            session = await tx.uploads.get(upload_id)
            parts = [part async for part in _all_parts(tx, upload_id)]
        if session.status is not SessionStatus.FINALISING:
            return
        try:
            ours = counted(parts)
            refuse_broken_promise(session, ours)
            stored = await self._made(session, parts)
            known = found(session, ours, stored)
        except (Conflict, ContentMismatch, ObjectMissing, StoredBytesChanged) as error:
            await self._end(session, error)
            return
        proven = {"crc64nvme": known.crc64nvme, "verified": made(known.checks, self.journeys.clock.now())}
        async with self.journeys.change(studio_id) as tx:
            at = await self.journeys.load_upload(tx, upload_id)
            if at.session.status is not SessionStatus.FINALISING:
                return
            complete = SessionTrigger.COMPLETE
            await self.journeys.move_session(tx, at, complete, actor="server", size=stored.size, **proven)
            if at.watched:
                await self.journeys.queue(tx, at, self.first_step, session.lane)

    async def _end(self, session: UploadSession, reason: IngestError) -> None:
        async with self.journeys.change(session.studio_id) as tx:
            at = await self.journeys.load_upload(tx, session.id)
            await self.journeys.end_upload(tx, at, SessionTrigger.FAIL, reason)

    async def _made(self, session: UploadSession, parts: Sequence[FilePart]) -> StoredObject:
        if session.method is Method.SINGLE:
            return await self._adopted(session)
        stored = [StoredPart(part.number, part.size, part.etag) for part in parts]
        return as_promised(
            session, await self.store.complete(session.object_key, session.store_upload_id or "", stored)
        )

    def _landing(self, session: UploadSession) -> str:
        """Return where a single signed request puts the bytes.

        What a store takes by itself it takes again, as long as the signature lives: so never where the object will be.
        """
        through_us = self.direct is not None and self.direct.through_us  # we refuse what comes after the end
        return session.object_key if through_us else f"{session.object_key}.tail/landing"

    async def _adopted(self, session: UploadSession) -> StoredObject:
        landing = self._landing(session)
        if landing == session.object_key:
            return await self.objects.stat(landing)
        with suppress(ObjectMissing):  # an earlier attempt came this far; what lies at the landing now may be another
            if (adopted := await self.objects.stat(session.object_key)).size == session.size:
                return adopted
        copied = await self.objects.copy(landing, session.object_key)
        if copied.size != session.size:  # replaced since we looked
            await self.objects.delete(session.object_key)
            raise Conflict(f"the object has {copied.size} bytes where {session.size} were promised")
        return copied


def as_promised(session: UploadSession, made: StoredObject) -> StoredObject:
    """Return the object; raises Conflict for one of another size."""
    if made.size != session.size:
        raise Conflict(f"the object has {made.size} bytes where {session.size} were promised")
    return made


async def _all_parts(tx: Transaction, upload_id: UploadId) -> AsyncIterator[FilePart]:
    after = 0
    while page := await tx.uploads.parts(upload_id, after, PARTS_AT_ONCE):
        for part in page:
            yield part
        after = page[-1].number
