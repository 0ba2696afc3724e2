"""Getting bytes in: every byte safe, or nothing kept and a reason said."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import anyio

from asset_ingest.core.errors import (
    Cancelled,
    ContentMismatch,
    DatabaseUnavailable,
    EmptyFile,
    IngestError,
    LengthMismatch,
    NotFound,
    TooLarge,
    UploadInterrupted,
)
from asset_ingest.core.formats.crc64nvme import as_text, crc64nvme
from asset_ingest.core.journeys import BYTES_SHARE, Journey, Journeys, PlannedStep, beating
from asset_ingest.core.model.access import Action, Principal, require
from asset_ingest.core.model.ids import AssetId, GroupId
from asset_ingest.core.model.jobs import JobTrigger, Lane
from asset_ingest.core.model.uploads import SessionStatus, SessionTrigger
from asset_ingest.core.ports.object_store import ObjectStore
from asset_ingest.core.ports.repos import Transaction
from asset_ingest.core.services.admission import Quotas
from asset_ingest.core.services.announcing import announce, announced
from asset_ingest.core.services.hashing import hashed
from asset_ingest.core.services.jobs import JobView, job_view
from asset_ingest.core.services.landing import Landing

BEAT_SECONDS = 0.5
BEATS_PER_SIGN_OF_LIFE = 6
GIVE_UP_SECONDS = 20


@dataclass(frozen=True, slots=True)
class IncomingFile:
    """What a client says of the bytes it is about to send; nothing of it is believed before it is checked.

    With an `asset_id` they are to be its next version, and `change_note` says what is new.
    """

    filename: str
    size: int | None = None
    sha256: str | None = None
    lane: Lane = Lane.INTERACTIVE
    group_id: GroupId | None = None
    asset_id: AssetId | None = None
    change_note: str = ""


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """`largest` in bytes; `abandoned_after` is how long a session outlives its last sign of life."""

    largest: int = 1 << 40
    abandoned_after: timedelta = timedelta(seconds=45)
    quotas: Quotas = Quotas()


@dataclass(slots=True)
class Arrival:
    """Counts and checks bytes as they pass. An upload that breaks its promise breaks the store's `put`."""

    promised: int | None
    largest: int
    promised_sha256: str | None = None
    received: int = 0
    crc: int = 0
    _hash: hashlib._Hash = field(default_factory=hashlib.sha256)

    async def metered(self, chunks: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
        """Pass the chunks on, and raise what is wrong with them before the store acknowledges anything.

        That is TooLarge, EmptyFile, LengthMismatch, or ContentMismatch.
        """
        async for chunk in chunks:
            self.received += len(chunk)
            if self.received > self.largest:
                raise TooLarge(self.largest)
            if self.promised is not None and self.received > self.promised:
                raise LengthMismatch(self.promised, self.received)
            self.crc = crc64nvme(chunk, self.crc)  # 40 µs for a MiB; a thread would cost more than that
            if self.promised_sha256 is not None:
                await hashed(self._hash, chunk)
            yield chunk
        if self.received == 0:
            raise EmptyFile
        if self.promised not in {None, self.received}:
            raise LengthMismatch(self.promised or 0, self.received)
        if self.promised_sha256 not in {None, self._hash.hexdigest()}:
            raise ContentMismatch


@dataclass(frozen=True, slots=True)
class Uploads:
    """Receives files. One upload is one session, one job and, if all goes well, one object."""

    journeys: Journeys
    store: ObjectStore
    first_step: PlannedStep
    landing: Landing
    limits: UploadLimits = UploadLimits()

    async def receive_whole(self, who: Principal, file: IncomingFile, content: bytes) -> JobView:
        """Take in a file of at most SMALL bytes that is here already; like `receive`, but a failure leaves no job."""
        [landed] = await self.receive_together(who, [(file, content)])
        if isinstance(landed, Exception):
            raise landed
        return landed

    async def receive_together(
        self, who: Principal, files: Sequence[tuple[IncomingFile, bytes]]
    ) -> list[JobView | Exception]:
        """Do the same with several; return for each the job, or why there is none."""
        begun = [self._begun(who, file, content) for file, content in files]
        landing = [(at, content) for at, (_, content) in zip(begun, files, strict=True) if isinstance(at, Journey)]
        refused = iter(await self.landing.land(*landing))
        return [(next(refused) or job_view(who, at.job)) if isinstance(at, Journey) else at for at in begun]

    def _begun(self, who: Principal, file: IncomingFile, content: bytes) -> Journey | IngestError:
        try:
            at = self._announced(who, replace(file, size=len(content)))
            if file.sha256 is not None and file.sha256 != hashlib.sha256(content).hexdigest():
                raise ContentMismatch
            self.landing.begin(at, content, file.lane)
        except IngestError as error:
            return error
        return at

    async def receive(self, who: Principal, file: IncomingFile, chunks: AsyncIterable[bytes]) -> JobView:
        """Store the bytes and queue the work on them; return the job.

        On return the bytes survive a power cut. When they break a promise, or the source breaks, nothing of them is
        kept, the job ends in ERROR, and the error that is raised names it in `job_id`.
        """
        at = self._announced(who, file)
        await announce(self.journeys, self.limits.quotas, at)
        arrival = Arrival(file.size, self.limits.largest, file.sha256)
        try:
            await self._take_bytes(at, arrival, self.limits.quotas.bounded(self.journeys.records, at.session, chunks))
            await self._queue(at, arrival, file.lane)
        except BaseException as error:
            if isinstance(error, IngestError):
                error.job_id = at.job.id
            with anyio.CancelScope(shield=True):
                await self._give_up(at, error)
            raise
        return job_view(who, at.job)

    def _announced(self, who: Principal, file: IncomingFile) -> Journey:
        require(who, Action.UPLOAD)
        if file.size is not None and file.size > self.limits.largest:
            raise TooLarge(self.limits.largest)
        return announced(
            self.journeys,
            who,
            file.filename,
            file.size,
            self.limits.abandoned_after,
            promised_sha256=file.sha256,
            group_id=file.group_id,
            asset_id=file.asset_id,
            change_note=file.change_note,
        )

    # --- the bytes ----------------------------------------------------------------------------------------------

    async def _take_bytes(self, at: Journey, arrival: Arrival, chunks: AsyncIterable[bytes]) -> None:
        async def announced() -> AsyncIterator[bytes]:
            async for chunk in chunks:
                if at.session.status is SessionStatus.PENDING:
                    await self._begin(at)
                yield chunk

        await beating(
            lambda: self._keep_alive(at, arrival),
            lambda: self.store.put(at.session.object_key, arrival.metered(announced())),
        )

    async def _begin(self, at: Journey) -> None:
        async with self.journeys.change(at.job.studio_id) as tx:
            here = await self._here(tx, at)
            await self.journeys.move_session(tx, here, SessionTrigger.RECEIVE, actor=_sender(at))
            await self.journeys.move_job(tx, here, JobTrigger.RECEIVE, "server")
        at.job, at.session = here.job, here.session

    async def _keep_alive(self, at: Journey, arrival: Arrival) -> None:
        """Tell progress twice a second, and every few seconds that this upload still has its server."""
        told = 0
        while True:
            for _ in range(BEATS_PER_SIGN_OF_LIFE):
                await anyio.sleep(BEAT_SECONDS)
                progress = BYTES_SHARE * arrival.received // (arrival.promised or max(arrival.received * 2, 1))
                if progress > told:
                    told = progress
                    await self.journeys.tell_progress(at.job, progress)
            await self._sign_of_life(at, told)

    async def _sign_of_life(self, at: Journey, progress: int) -> None:
        until = self.journeys.clock.now() + self.limits.abandoned_after
        try:
            async with self.journeys.records.transaction(at.job.studio_id) as tx:
                await tx.jobs.note_progress(at.job.id, progress)
                _wanted(await tx.uploads.keep_alive(at.session.id, until))
        except DatabaseUnavailable as error:  # the session outlives several missed signs
            self.journeys.observer.failed("upload.sign_of_life", error, correlation_id=at.job.correlation_id)

    async def _queue(self, at: Journey, arrival: Arrival, lane: Lane) -> None:
        async with self.journeys.change(at.job.studio_id) as tx:
            here = await self._here(tx, at)
            await self.limits.quotas.admit_size(tx, here.session, arrival.received)
            done = (SessionTrigger.FINALISE, SessionTrigger.COMPLETE)
            proven = self.journeys.counted(as_text(arrival.crc))
            await self.journeys.move_session(tx, here, *done, actor=_sender(at), size=arrival.received, **proven)
            await self.journeys.queue(tx, here, self.first_step, lane)
        at.job, at.session = here.job, here.session

    async def _here(self, tx: Transaction, at: Journey) -> Journey:
        """Return the journey as it stands now, or raise why its bytes are no longer wanted."""
        try:
            here = await self.journeys.load(tx, at.job.id)
        except NotFound:  # cancelled and forgotten meanwhile
            raise Cancelled from None
        _wanted(here.session.status)
        return here

    async def _give_up(self, at: Journey, error: BaseException) -> None:
        """Write why, and keep nothing. What cannot be done now, the sweeper does once the session has expired."""
        reason = error if isinstance(error, IngestError) else UploadInterrupted()
        try:
            with anyio.fail_after(GIVE_UP_SECONDS):
                async with self.journeys.change(at.job.studio_id) as tx:
                    here = await self.journeys.load(tx, at.job.id)
                    await self.journeys.end_upload(tx, here, SessionTrigger.FAIL, reason)
                if here.session.status is not SessionStatus.COMPLETED:  # a commit whose answer was lost still counts
                    await self.store.delete(at.session.object_key)
        except (IngestError, TimeoutError) as worse:
            self.journeys.observer.failed("upload.end_not_written", worse, correlation_id=at.job.correlation_id)


def _wanted(status: SessionStatus) -> None:
    """Raise why bytes of such a session are no longer wanted, if they are not."""
    if status is SessionStatus.CANCELLED:
        raise Cancelled
    if status is SessionStatus.EXPIRED:
        raise UploadInterrupted


def _sender(at: Journey) -> str:
    return f"member:{at.job.created_by}"
