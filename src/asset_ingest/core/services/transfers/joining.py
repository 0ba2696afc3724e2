"""One file that was sent as several uploads: its pieces, and how they become one again."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Final

import anyio

from asset_ingest.core.errors import IngestError, InvalidRequest, NotFound, NotPossibleNow, ObjectMissing
from asset_ingest.core.journeys import Journey, beating
from asset_ingest.core.model.access import Action, Principal, require
from asset_ingest.core.model.ids import StudioId, UploadId
from asset_ingest.core.model.jobs import JobTrigger
from asset_ingest.core.model.uploads import Method, SessionStatus, SessionTrigger, UploadSession
from asset_ingest.core.ports.repos import Transaction
from asset_ingest.core.services.announcing import announced, write_down
from asset_ingest.core.services.transfers.appending import Append
from asset_ingest.core.services.transfers.base import NewUpload
from asset_ingest.core.services.transfers.receiving import Receiving
from asset_ingest.core.services.transfers.views import UploadView, upload_view

PIECE: Final = "piece"
"""What a partial upload is called, which nobody ever downloads."""
JOINING_SECONDS: Final = 20.0
"""How long one upload is joined before others get their turn."""
BEAT_SECONDS: Final = 1.0
SILENCE: Final = timedelta(seconds=4)
"""Who has given no sign of life for so long is at it no more, and somebody else may go on."""


class BeingJoined(NotPossibleNow):
    """Another upload still needs the bytes of this one."""

    remedy = "Ask again once the upload that is joined from it is complete; it also goes by itself when it expires."

    def __init__(self) -> None:
        super().__init__("another upload is being joined from this one")


@dataclass(frozen=True, slots=True)
class Joining(Receiving):
    """Takes in pieces, which nobody watches, and joins them to uploads like all others."""

    async def open_partial(self, who: Principal, size: int | None, client_metadata: str = "") -> UploadView:
        """Open a piece of an upload to come: it has no job, and ends when it is terminated or expires."""
        require(who, Action.UPLOAD)
        if size != 0:  # clients cut a small file into more pieces than it has bytes
            self._refuse_size(size)
        at = announced(
            self.journeys,
            who,
            PIECE,
            size,
            self.limits.idle,
            method=Method.RESUMABLE,
            part_size=self._part_size(size),
            client_metadata=client_metadata,
        )
        piece = Journey(None, replace(at.session, job_id=None))
        async with self.journeys.records.transaction(who.studio_id) as tx:
            await self.limits.quotas.admit(tx, piece.session)
            await tx.uploads.add(piece.session)
            if size == 0:
                all_of_it = (SessionTrigger.RECEIVE, SessionTrigger.FINALISE, SessionTrigger.COMPLETE)
                await self.journeys.move_session(tx, piece, *all_of_it, actor=who)
        return upload_view(piece.session, 0)

    async def open_joined(self, who: Principal, new: NewUpload, pieces: Sequence[UploadId]) -> UploadView:
        """Open an upload of the bytes of these complete pieces, in this order; one may come more than once.

        They are joined later, by whoever has time. Opens nothing where a piece is missing, another studio's, unfinished
        or no piece at all.
        """
        require(who, Action.UPLOAD)
        async with self.journeys.change(who.studio_id) as tx:
            sizes = {piece: await _complete_size(tx, piece) for piece in sorted(set(pieces))}
            size = sum(sizes[piece] for piece in pieces)
            self._refuse_size(size)
            at = announced(
                self.journeys,
                who,
                new.filename,
                size,
                self.limits.idle,
                promised_sha256=new.sha256,
                method=Method.RESUMABLE,
                group_id=new.group_id,
                lane=new.lane,
                part_size=self._part_size(size),
                client_metadata=new.client_metadata,
                asset_id=new.asset_id,
                change_note=new.change_note,
                joined_from=tuple(pieces),
            )
            await write_down(self.journeys, tx, self.limits.quotas, at)
            all_is_here = (SessionTrigger.RECEIVE, SessionTrigger.FINALISE)
            await self.journeys.move_session(tx, at, *all_is_here, actor=who)
            await self.journeys.move_job(tx, at, JobTrigger.RECEIVE, "server")
        return upload_view(at.session, 0)

    async def cancel(self, who: Principal, upload_id: UploadId) -> None:
        """Stop the upload and free what it stored; a piece is forgotten, complete or not. Raises BeingJoined."""
        async with self.journeys.records.transaction(who.studio_id) as tx:
            session = await tx.uploads.get(upload_id)
        if session.is_partial:
            await self._forget(who, upload_id)
        elif session.joined_from and session.status is SessionStatus.FINALISING:
            await self._stop_joining(who, upload_id)
        else:
            await Receiving.cancel(self, who, upload_id)  # super() does not find a class with slots

    async def _forget(self, who: Principal, upload_id: UploadId) -> None:
        require(who, Action.CANCEL_JOB)
        await self._stop_writer(upload_id)
        async with self.journeys.records.transaction(who.studio_id) as tx:
            piece = await tx.uploads.lock(upload_id)
            if not await tx.uploads.forget(upload_id):
                raise BeingJoined
        await self._free_piece(piece)

    async def _stop_joining(self, who: Principal, upload_id: UploadId) -> None:
        """End the job; whoever is at it hears of that with its next bytes, and the sweeper frees them."""
        require(who, Action.CANCEL_JOB)
        async with self.journeys.change(who.studio_id) as tx:
            await self.journeys.cancel(tx, await self.journeys.load_upload(tx, upload_id), who)

    async def _free_piece(self, piece: UploadSession) -> None:
        try:
            await self.objects.delete(piece.object_key)
            if piece.store_upload_id is not None:
                await self.store.abort(piece.object_key, piece.store_upload_id)
        except IngestError as error:  # the sweeper frees it
            self.journeys.observer.failed("upload.abort", error, upload_id=str(piece.id))

    # --- joining ------------------------------------------------------------------------------------------------

    async def join_and_finish(self, studio_id: StudioId, upload_id: UploadId) -> None:
        """Finish the upload; one that is joined from pieces first gets their bytes.

        That goes on at its durable offset, wherever an earlier attempt or another process came to, and stops after a
        while: repeat it until the upload is finished.
        """
        async with self.journeys.records.reading(studio_id) as tx:
            session = await tx.uploads.get(upload_id)
        wanted = session.status is SessionStatus.FINALISING and session.joined_from
        if not wanted or await self._joined(session):
            await self.finish(studio_id, upload_id)

    async def _joined(self, session: UploadSession) -> bool:
        """Append more of the pieces, unless somebody else is at it; say whether all of them are there."""
        if self._is_at_work(session):
            return False
        try:
            append, pieces = await self._let_join(session)
            if append.held.prefix == session.size:  # the store may know it as complete by now, and would take no more
                return True
            until = anyio.current_time() + JOINING_SECONDS
            async with aclosing(self._bytes_of(pieces, append.offset, until)) as chunks:
                stored = partial(self._store, append, chunks, keep_back=False)
                await beating(partial(self._stay_at_work, append.session), stored)
        except (NotFound, ObjectMissing) as gone:  # the bytes were lost behind our back
            await self._end(session, gone)
            return False
        return append.offset + append.received == session.size

    async def _stay_at_work(self, session: UploadSession) -> None:
        """Give signs of life for ever: a large part may be on its way to a slow store for longer than others wait."""
        while True:
            await anyio.sleep(BEAT_SECONDS)
            async with self.journeys.records.transaction(session.studio_id) as tx:
                await tx.uploads.keep_alive(session.id, self.journeys.clock.now() + self.limits.idle)

    def _is_at_work(self, session: UploadSession) -> bool:
        """Say whether somebody lived just now: each sign moves the expiry on. A wrong guess costs time and no byte."""
        seen = session.expires_at - self.limits.idle
        return session.writer_epoch > 0 and abs(self.journeys.clock.now() - seen) < SILENCE

    async def _let_join(self, session: UploadSession) -> tuple[Append, list[UploadSession]]:
        """Become the only one who joins this upload."""
        opened = session.store_upload_id or await self.store.begin(session.object_key)
        async with self.journeys.records.transaction(session.studio_id) as tx:
            session = await tx.uploads.take_over(session.id)  # first: from here on nobody else writes
            if session.store_upload_id is None:
                session = replace(session, store_upload_id=opened)
                await tx.uploads.save(session, SessionStatus.FINALISING)
            held = await tx.uploads.held(session.id)
            pieces = [await tx.uploads.get(piece) for piece in session.joined_from]
        if session.store_upload_id != opened:  # somebody else was faster
            await self.store.abort(session.object_key, opened)
        return Append(session, held, None, held.prefix + session.tail_size), pieces

    async def _bytes_of(
        self, pieces: Sequence[UploadSession], offset: int, until: float
    ) -> AsyncGenerator[bytes, None]:
        """Yield what the pieces hold from `offset` on, until that moment."""
        for piece in pieces:
            size = piece.size or 0
            if offset < size:
                async with aclosing(self.objects.read(piece.object_key, offset)) as chunks:
                    async for chunk in chunks:
                        yield chunk
                        if anyio.current_time() >= until:
                            return
            offset = max(0, offset - size)


async def _complete_size(tx: Transaction, upload_id: UploadId) -> int:
    """Return the size of a complete piece, which nobody frees before the transaction ends."""
    try:
        piece = await tx.uploads.lock(upload_id)
    except NotFound:
        raise InvalidRequest(f"there is no upload {upload_id}") from None
    if not piece.is_partial:
        raise InvalidRequest(f"the upload {upload_id} was not opened as partial")
    if piece.status is not SessionStatus.COMPLETED:
        raise InvalidRequest(f"the upload {upload_id} is not complete")
    return piece.size or 0
