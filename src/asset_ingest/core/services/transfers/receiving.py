"""Bytes through us, over as many requests as it takes."""

from __future__ import annotations

from collections.abc import AsyncIterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Final

import anyio

from asset_ingest.core.errors import (
    Cancelled,
    ChecksumMismatch,
    DatabaseUnavailable,
    InvalidRequest,
    LengthMismatch,
    NotPossibleNow,
    ObjectMissing,
    OffsetMismatch,
    UploadGone,
    WriterReplaced,
)
from asset_ingest.core.journeys import BYTES_SHARE, Journey
from asset_ingest.core.model.access import Action, Principal, require
from asset_ingest.core.model.ids import StudioId, UploadId
from asset_ingest.core.model.jobs import JobTrigger
from asset_ingest.core.model.uploads import OPEN_SESSION, Method, SessionStatus, SessionTrigger, UploadSession
from asset_ingest.core.ports.object_store import Collected
from asset_ingest.core.ports.repos import Transaction
from asset_ingest.core.ports.upload_repos import Ledger
from asset_ingest.core.services.transfers.appending import Append, Writing, no_bytes
from asset_ingest.core.services.transfers.base import NewUpload, Opened
from asset_ingest.core.services.transfers.checksums import DIGESTS, Checksum
from asset_ingest.core.services.transfers.grid import WANTED_PART, file_part
from asset_ingest.core.services.transfers.views import UploadView, upload_view

RECORD_SECONDS: Final = 15.0


class GoesInOneRequest(NotPossibleNow):
    """The upload was planned as one signed request, so there is nothing to append to."""

    remedy = "Have part 1 signed by parts:sign, PUT the whole file to that address, then say complete."

    def __init__(self) -> None:
        super().__init__("this upload goes in one signed request, and takes no bytes here")


@dataclass(frozen=True, slots=True)
class Receiving(Opened):
    """Takes in appends, one writer at a time for each upload.

    `takes` are the roads that it carries on: what we fetch ourselves is nobody else's to append to.
    """

    takes: frozenset[Method] = frozenset({Method.RESUMABLE, Method.MULTIPART})
    _writing: dict[UploadId, Writing] = field(default_factory=dict)

    @property
    def checksum_algorithms(self) -> tuple[str, ...]:
        return tuple(DIGESTS)

    async def open_resumable(self, who: Principal, new: NewUpload) -> UploadView:
        """Open an upload whose bytes come through us."""
        at = await self._open(who, new, Method.RESUMABLE)
        return upload_view(at.session, 0)

    async def receive_whole(self, who: Principal, new: NewUpload, content: bytes) -> UploadView:
        """Take in a file of at most SMALL bytes that is here already."""
        at = self._announced(who, replace(new, size=len(content)), Method.RESUMABLE)
        self.landing.begin(at, content, new.lane)
        [refused] = await self.landing.land((at, content))
        if refused:
            raise refused
        return upload_view(at.session, len(content))

    async def append(
        self,
        who: Principal,
        upload_id: UploadId,
        offset: int,
        chunks: AsyncIterable[bytes],
        *,
        size: int | None = None,
        is_last: bool = False,
        checksum: Checksum | None = None,
    ) -> UploadView:
        """Take in bytes at `offset`, and finish the upload with its last one.

        What became durable before a connection broke is kept. With a checksum all of the bytes count or none. A newer
        append takes over at once; the older one raises WriterReplaced.
        """
        require(who, Action.UPLOAD)
        await self._stop_writer(upload_id)
        writing = Writing()
        self._writing[upload_id] = writing
        try:
            with writing.scope:
                writing.append = append = await self._let_in(who, upload_id, offset, size, checksum)
                return await self._append(who, append, writing.until_replaced(chunks), checksum, is_last=is_last)
            raise WriterReplaced
        finally:
            if self._writing.get(upload_id) is writing:
                del self._writing[upload_id]
            writing.ended.set()

    def _received(self, upload_id: UploadId) -> int:
        writing = self._writing.get(upload_id)
        append = writing.append if writing else None
        return append.offset + append.received if append else 0

    async def _stop_writer(self, upload_id: UploadId) -> None:
        if (writing := self._writing.get(upload_id)) is not None:
            await writing.stop()

    async def _append(
        self, who: Principal, append: Append, chunks: AsyncIterable[bytes], checksum: Checksum | None, *, is_last: bool
    ) -> UploadView:
        upload_id = append.session.id
        await self._store(append, chunks, keep_back=checksum is not None)
        if checksum is not None:
            _compare(checksum, append)
            await self._write(append, append.unwritten)
        if is_last and append.session.size is None:
            append.session = await self._know_size(append, append.offset + append.received)
        view = await self.get(who, upload_id)
        if view.size is not None and view.offset == view.size:
            await self._finalise(who.studio_id, upload_id)
            return await self.get(who, upload_id)
        return view

    async def _let_in(
        self, who: Principal, upload_id: UploadId, offset: int, size: int | None, checksum: Checksum | None
    ) -> Append:
        """Become the only writer, if the upload stands where the client goes on."""
        if checksum is not None and checksum.algorithm not in DIGESTS:
            raise InvalidRequest(f"there is no checksum {checksum.algorithm} here")
        await self._begin_in_store(who.studio_id, upload_id)
        async with self.journeys.change(who.studio_id) as tx:
            at = await self._open_journey(tx, upload_id)
            at.session = await tx.uploads.take_over(upload_id)  # before we look: nobody else writes from here on
            held = await tx.uploads.held(upload_id)
            if held.parts != held.prefix_parts:
                raise NotPossibleNow("parts of this upload are missing in the middle; send those first")
            if held.offset != offset:
                raise OffsetMismatch(held.offset, offset)
            if checksum is not None and not at.session.checked_appends:  # before any byte of it is stored
                at.session = replace(at.session, checked_appends=True)
                await tx.uploads.save(at.session, at.session.status)
            if size is not None:
                await self._promise(tx, at, size)
            if at.session.status is SessionStatus.PENDING:
                await self.journeys.move_session(tx, at, SessionTrigger.RECEIVE, actor=who)
                await self.journeys.move_job(tx, at, JobTrigger.RECEIVE, "server")
        return Append(at.session, held, DIGESTS[checksum.algorithm]() if checksum else None, offset)

    async def _begin_in_store(self, studio_id: StudioId, upload_id: UploadId) -> None:
        async with self.journeys.records.reading(studio_id) as tx:
            session = await tx.uploads.get(upload_id)
        if session.method is Method.SINGLE:
            raise GoesInOneRequest
        if session.method not in self.takes:
            raise NotPossibleNow("this upload goes by another road")
        if session.store_upload_id is not None or session.status not in OPEN_SESSION:
            return
        opened = await self.store.begin(session.object_key)
        async with self.journeys.change(studio_id) as tx:
            at = await self._open_journey(tx, upload_id)
            if at.session.store_upload_id is None:
                at.session = replace(at.session, store_upload_id=opened)
                await tx.uploads.save(at.session, at.session.status)
                return
        await self.store.abort(session.object_key, opened)  # somebody else was faster

    async def _promise(self, tx: Transaction, at: Journey, size: int) -> None:
        """Take the length that a client tells late; one that is known never changes."""
        if at.session.size is None:
            self._refuse_size(size)
            await self.limits.quotas.admit_size(tx, at.session, size)
            at.session = replace(at.session, size=size)
            await tx.uploads.save(at.session, at.session.status)
            if at.watched:
                await self.journeys.write_job(tx, at, replace(at.watched, size=size))
        elif at.session.size != size:
            raise LengthMismatch(at.session.size, size)

    async def _store(self, append: Append, chunks: AsyncIterable[bytes], *, keep_back: bool) -> None:
        session = append.session
        chunks = self.limits.quotas.bounded(self.journeys.records, session, chunks)
        metered = append.metered(chunks, session.size or self.largest)
        storing = self.store.append(session.object_key, session.store_upload_id or "", append.position, metered)
        try:
            async with aclosing(storing) as steps:
                async for collected in steps:
                    if keep_back:
                        append.unwritten.append(collected)
                    else:
                        await self._write(append, [collected])
        except ObjectMissing:  # what we wrote to is gone: most likely because somebody else has finished or stopped it
            await self._still_ours(append)
            raise

    async def _still_ours(self, append: Append) -> None:
        """Raise why we are no longer the writer, if we are not."""
        async with self.journeys.records.transaction(append.session.studio_id) as tx:
            now = await tx.uploads.get(append.session.id)
        if now.writer_epoch != append.session.writer_epoch:
            raise WriterReplaced
        _refuse_ended(now.status)

    async def _write(self, append: Append, collected: Sequence[Collected]) -> None:
        """Write down what is durable; raises WriterReplaced or Cancelled where it is no longer wanted."""
        if not collected:
            return
        session, size = append.session, append.session.part_size or WANTED_PART
        parts = [part for each in collected for part in each.parts]
        tail = collected[-1].tail
        ledger = Ledger(
            upload_id=session.id,
            epoch=session.writer_epoch,
            parts=tuple(file_part(session, part, size) for part in parts),
            tail_size=tail.size if tail else 0,
            tail_token=tail.token if tail else None,
            until=self.journeys.clock.now() + self.limits.idle,
        )
        _refuse_ended(await self._record(session.studio_id, ledger))
        if append.is_news():
            await self._tell(append)

    async def _record(self, studio_id: StudioId, ledger: Ledger) -> SessionStatus:
        """Write the ledger even when somebody takes over just now: who does goes on from what it says.

        What is told once is never told again, so an append whose ledger cannot be written must end.
        """
        try:
            with anyio.fail_after(RECORD_SECONDS, shield=True):
                async with self.journeys.records.transaction(studio_id) as tx:
                    return await tx.uploads.record(ledger)
        except TimeoutError as error:
            raise DatabaseUnavailable("the database is too slow to write down what is stored") from error

    async def _tell(self, append: Append) -> None:
        job_id = append.session.job_id
        if job_id is None:
            return
        so_far = append.offset + append.received
        progress = BYTES_SHARE * so_far // (append.session.size or max(so_far * 2, 1))
        async with self.journeys.records.transaction(append.session.studio_id) as tx:
            await tx.jobs.note_progress(job_id, progress)
            job = await tx.jobs.get(job_id)
        await self.journeys.tell_progress(job, progress)

    async def _know_size(self, append: Append, size: int) -> UploadSession:
        async with self.journeys.change(append.session.studio_id) as tx:
            at = await self._open_journey(tx, append.session.id)
            await self._promise(tx, at, size)
            held = await tx.uploads.held(append.session.id)
            session = await tx.uploads.get(append.session.id)
        closing = Append(session, held, None, size)
        await self._store(closing, no_bytes(), keep_back=False)
        return session

    async def cancel(self, who: Principal, upload_id: UploadId) -> None:
        """Stop the upload and free what it stored."""
        require(who, Action.CANCEL_JOB)
        await self._stop_writer(upload_id)
        async with self.journeys.change(who.studio_id) as tx:
            at = await self._open_journey(tx, upload_id)
            await self.journeys.cancel(tx, at, who)
        await self._free(at)


def _refuse_ended(status: SessionStatus) -> None:
    if status is SessionStatus.CANCELLED:
        raise Cancelled
    if status not in OPEN_SESSION:
        raise UploadGone(status)


def _compare(checksum: Checksum, append: Append) -> None:
    promised = checksum.digest()
    if promised is None or append.digest is None or append.digest.digest() != promised:
        raise ChecksumMismatch
