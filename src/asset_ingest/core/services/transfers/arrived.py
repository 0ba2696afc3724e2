"""Bytes that were sent straight to the store: looked for there, and finished, whoever says that they have arrived."""

from __future__ import annotations

from collections.abc import Container, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from asset_ingest.core.errors import (
    Cancelled,
    Conflict,
    InvalidRequest,
    LengthMismatch,
    NotPossibleNow,
    ObjectMissing,
    UploadGone,
)
from asset_ingest.core.journeys import BYTES_SHARE
from asset_ingest.core.model.access import Action, Principal, require
from asset_ingest.core.model.ids import StudioId, UploadId
from asset_ingest.core.model.jobs import JobTrigger
from asset_ingest.core.model.uploads import FilePart, Method, SessionStatus, SessionTrigger, UploadSession
from asset_ingest.core.ports.object_store import StoredObject, StoredPart
from asset_ingest.core.ports.upload_repos import Ledger
from asset_ingest.core.services.transfers.base import as_promised
from asset_ingest.core.services.transfers.grid import file_part, part_count, size_of
from asset_ingest.core.services.transfers.joining import Joining
from asset_ingest.core.services.transfers.views import UploadView

EXPECTING: Final = frozenset({SessionStatus.PENDING, SessionStatus.UPLOADING})
STORED: Final = frozenset({SessionStatus.FINALISING, SessionStatus.COMPLETED})
AT_ONCE: Final = timedelta(0)


@dataclass(frozen=True, slots=True)
class Arrived(Joining):
    """Looks for what was sent straight to the store. The store is asked; what others say of it is never believed."""

    async def complete(self, who: Principal, upload_id: UploadId) -> UploadView:
        """Look at what has arrived in the store, and finish the upload if that is all of it.

        Raises Cancelled, UploadGone for one that has ended otherwise: a client that only asks whether this went well
        must not take a file for safe that is not.
        """
        require(who, Action.UPLOAD)
        await self.look(who.studio_id, upload_id)
        view = await self.get(who, upload_id)
        if view.status not in STORED:
            ended = Cancelled() if view.status is SessionStatus.CANCELLED else UploadGone(view.status)
            ended.job_id = view.job_id
            raise ended
        return view

    async def look_for_parts(self, who: Principal, upload_id: UploadId) -> UploadView:
        """Write down which parts have arrived in the store, which tells nobody, and let those who watch know."""
        require(who, Action.UPLOAD)
        session = await self._session(who.studio_id, upload_id)
        if session.status in EXPECTING and not session.checked_appends:
            with suppress(ObjectMissing):  # it has ended meanwhile
                await self._write_down(session, await self._parts_in_store(session))
        return await self.get(who, upload_id)

    async def look(self, studio_id: StudioId, upload_id: UploadId, quiet: timedelta = AT_ONCE) -> None:
        """Finish the upload if all of its bytes are in the store; otherwise write down which are, and raise what lacks.

        Parts wait until nothing has been heard of their sender for so long as `quiet`: it may still send some anew.
        Safe to repeat, and for several at once; an upload that has ended stays as it is.
        """
        session = await self._session(studio_id, upload_id)
        if session.status not in EXPECTING:
            return
        try:
            await self._arrived(session, quiet)
            await self._finalise(studio_id, upload_id)
        except (NotPossibleNow, ObjectMissing, UploadGone):
            if (await self._session(studio_id, upload_id)).status not in STORED:
                raise  # else somebody else was faster

    async def _session(self, studio_id: StudioId, upload_id: UploadId) -> UploadSession:
        async with self.journeys.records.transaction(studio_id) as tx:
            return await tx.uploads.get(upload_id)

    async def _arrived(self, session: UploadSession, quiet: timedelta) -> None:
        """Raise what is missing, if anything is."""
        if session.method is Method.SINGLE:
            await self._arrived_whole(session)
        elif session.method is Method.MULTIPART and not session.checked_appends:
            await self._arrived_in_parts(session, quiet)
        else:
            await self._refuse_unfinished(session)

    async def _refuse_unfinished(self, session: UploadSession) -> None:
        async with self.journeys.records.transaction(session.studio_id) as tx:
            held = await tx.uploads.held(session.id)
        if held.offset != session.size:
            raise NotPossibleNow(f"the upload stands at byte {held.offset}; send the rest first")

    async def _arrived_whole(self, session: UploadSession) -> None:
        try:
            stored = await self.objects.stat(self._landing(session))
        except ObjectMissing:
            raise NotPossibleNow("the bytes have not arrived in the store") from None
        if stored.size != session.size:
            raise LengthMismatch(session.size or 0, stored.size)
        promised, found = session.content_type, stored.content_type
        if promised and found and promised.lower() != found.lower():
            raise InvalidRequest(f"the object is {found} where {promised} was promised", "content_type")

    # --- in parts -----------------------------------------------------------------------------------------------

    async def _arrived_in_parts(self, session: UploadSession, quiet: timedelta) -> None:
        try:
            found = await self._parts_in_store(session)
        except ObjectMissing:
            await self._completed_elsewhere(session)
            return
        missing = _missing(session, found)
        is_at_work = session.expires_at - self.limits.idle + quiet > self.journeys.clock.now()
        if quiet and session.writer_epoch and (missing or is_at_work):
            # To write down is to take over, and a slow writer is not heard of before its part is whole.
            raise missing or NotPossibleNow("bytes of this upload come through us, and their sender may be at work")
        is_news = await self._write_down(session, found)
        if missing:
            raise missing
        if quiet and (is_news or is_at_work):
            raise NotPossibleNow("all parts are here, and their sender may still be at work")

    async def _parts_in_store(self, session: UploadSession) -> dict[int, StoredPart]:
        """Return the parts that the store holds at their right size; raises ObjectMissing once they are an object."""
        count, size = part_count(session), session.part_size
        if count is None or size is None or session.store_upload_id is None:
            raise NotPossibleNow("this upload has no parts that could be sent to the store directly")
        there = self.store.parts(session.object_key, session.store_upload_id)
        return {
            part.number: part
            async for part in there
            if part.number <= count and part.size == size_of(part.number, session, size)
        }

    async def _completed_elsewhere(self, session: UploadSession) -> None:
        """Raise unless somebody, not we, has made the object of the parts."""
        try:
            stored = await self.objects.stat(session.object_key)
        except ObjectMissing:
            raise NotPossibleNow("the store has forgotten this upload and its parts; begin a new one") from None
        if stored.size != session.size:
            raise LengthMismatch(session.size or 0, stored.size)

    async def _write_down(self, session: UploadSession, found: dict[int, StoredPart]) -> bool:
        """Write down which parts are there, and say whether some are new: that is a sign of their sender's life.

        Where no bytes came through us nobody writes but we, otherwise we take over.
        """
        async with self.journeys.change(session.studio_id) as tx:
            at = await self._open_journey(tx, session.id)
            if at.session.checked_appends and not session.checked_appends:  # what we found may be what was refused
                raise NotPossibleNow("bytes of this upload have begun to come through us under checksums")
            if len(found) <= (await tx.uploads.held(session.id)).parts:
                return False
            if at.session.status is SessionStatus.PENDING:
                await self.journeys.move_session(tx, at, SessionTrigger.RECEIVE, actor="server")
                await self.journeys.move_job(tx, at, JobTrigger.RECEIVE, "server")
            writer = await tx.uploads.take_over(session.id) if at.session.writer_epoch else at.session
            parts = tuple(file_part(session, part, session.part_size or 0) for part in found.values())
            until = self.journeys.clock.now() + self.limits.idle
            held = await tx.uploads.held(session.id)  # again: nobody else writes from here on
            # a tail is the beginning of the first part that is missing, and nothing any more once that is there whole
            tail = (0, None) if held.prefix_parts + 1 in found else (writer.tail_size, writer.tail_token)
            await tx.uploads.record(Ledger(session.id, writer.writer_epoch, parts, *tail, until))
            progress = BYTES_SHARE * sum(part.size for part in parts) // (session.size or 1)
            if at.watched:
                await tx.jobs.note_progress(at.watched.id, progress)
        if at.watched:
            await self.journeys.tell_progress(at.watched, progress)
        return True

    async def _made(self, session: UploadSession, parts: Sequence[FilePart]) -> StoredObject:
        """Make the object of what the store holds now: a part may have been sent anew since it was written down.

        Where bytes came through us, too, the ledger says which parts count.
        """
        if session.method is not Method.MULTIPART or session.writer_epoch:
            return await Joining._made(self, session, parts)  # noqa: SLF001  super() knows no class with slots
        with suppress(ObjectMissing):  # it is made already, and the answer was lost or never ours
            there = list((await self._parts_in_store(session)).values())
            if sum(part.size for part in there) != session.size:
                raise Conflict("a part of the upload is missing")
            made = await self.store.complete(session.object_key, session.store_upload_id or "", there)
            return as_promised(session, made)
        return as_promised(session, await self.objects.stat(session.object_key))


def _missing(session: UploadSession, found: Container[int]) -> NotPossibleNow | None:
    """Say which parts of the grid were not found; None where all were."""
    count = part_count(session) or 0
    missing = [number for number in range(1, count + 1) if number not in found]
    if not missing:
        return None
    return NotPossibleNow(f"{len(missing)} of {count} parts are missing, the first is {missing[0]}")


def owner_of(key: str) -> tuple[StudioId, UploadId] | None:
    """Return whose upload brings the object with this key; None where none does."""
    match key.removesuffix(".tail/landing").split("/"):
        case ["studios", studio_id, "uploads", upload_id, "original"]:
            with suppress(ValueError):
                studio, upload = UUID(studio_id), UUID(upload_id)
                if (str(studio), str(upload)) == (studio_id, upload_id):
                    return StudioId(studio), UploadId(upload)
    return None
