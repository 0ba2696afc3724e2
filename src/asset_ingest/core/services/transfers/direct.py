"""Bytes that go straight to the store: planned and signed here, sent there, finished here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from asset_ingest.core.errors import InvalidRequest, LengthMismatch, NotFound, NotPossibleNow, ObjectMissing
from asset_ingest.core.model.access import Action, Principal, require
from asset_ingest.core.model.ids import StudioId, UploadId
from asset_ingest.core.model.uploads import Method, SessionStatus, UploadSession
from asset_ingest.core.ports.object_store import Grant, PartToSign
from asset_ingest.core.ports.upload_repos import Ledger
from asset_ingest.core.services.transfers.base import NewUpload
from asset_ingest.core.services.transfers.grid import file_part, part_count, size_of
from asset_ingest.core.services.transfers.joining import Joining
from asset_ingest.core.services.transfers.views import Plan, SignedPart, UploadView

SINGLE_UP_TO: Final = 64 << 20
SIGNED_AT_FIRST: Final = 50
SIGNED_FOR: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Transfers(Joining):
    """Uploads that take more than one request: planned, continued, finished, whatever breaks in between."""

    async def open(self, who: Principal, new: NewUpload) -> Plan:
        """Open an upload and say how its bytes are best sent."""
        method = self._road(new)
        at = await self._open(who, new, method)
        session = at.session
        signed: list[SignedPart] = []
        url = f"/api/v1/files/{session.id}" if method is Method.RESUMABLE else None
        headers: dict[str, str] = {}
        until = session.expires_at
        if method is Method.SINGLE and self.direct:
            request = await self.direct.sign_put(self._landing(session), session.size or 0, SIGNED_FOR)
            url, headers, until = request.url, dict(request.headers), request.expires_at
        elif method is Method.MULTIPART:
            signed = await self._sign(session, range(1, min(part_count(session) or 0, SIGNED_AT_FIRST) + 1))
        return Plan(
            job_id=at.job.id,
            upload_id=session.id,
            method=method,
            url=url,
            headers=headers,
            part_size=session.part_size,
            part_count=part_count(session),
            parts=signed,
            expires_at=until,
            limits=replace(await self.taken(), quota_left=await self._quota_left(who)),
        )

    async def _quota_left(self, who: Principal) -> int | None:
        return await self.limits.quotas.left(self.journeys.records, who.studio_id)

    def _road(self, new: NewUpload) -> Method:
        if self.direct is None or new.size is None or new.method is Method.RESUMABLE:
            return Method.RESUMABLE
        if new.method in {Method.SINGLE, Method.MULTIPART}:
            return new.method
        if self.direct.through_us:
            return Method.RESUMABLE
        return Method.SINGLE if new.size <= SINGLE_UP_TO else Method.MULTIPART

    async def sign(self, who: Principal, upload_id: UploadId, numbers: Sequence[int]) -> list[SignedPart]:
        """Allow these parts to be sent to the store."""
        require(who, Action.UPLOAD)
        async with self.journeys.records.transaction(who.studio_id) as tx:
            at = await self._open_journey(tx, upload_id)
            await tx.uploads.keep_alive(upload_id, self.journeys.clock.now() + self.limits.idle)
        return await self._sign(at.session, numbers)

    async def _sign(self, session: UploadSession, numbers: Sequence[int]) -> list[SignedPart]:
        count, size = part_count(session), session.part_size
        if self.direct is None or count is None or size is None or session.store_upload_id is None:
            raise NotPossibleNow("this upload has no parts that could be sent to the store directly")
        if any(not 1 <= number <= count for number in numbers):
            raise InvalidRequest(f"parts are numbered from 1 to {count}", "numbers")
        wanted = [PartToSign(number, size_of(number, session, size)) for number in numbers]
        key = session.object_key
        requests = await self.direct.sign_parts(key, session.store_upload_id, wanted, SIGNED_FOR)
        return [
            SignedPart(part.number, request.method, request.url, dict(request.headers), request.expires_at)
            for part, request in zip(wanted, requests, strict=True)
        ]

    @asynccontextmanager
    async def wanting(self, grant: Grant) -> AsyncIterator[None]:
        """Keep the upload open while bytes that were signed for it become durable; raises why they are not wanted."""
        studio_id, upload_id = _owner(grant.key)
        async with self.journeys.records.transaction(studio_id) as tx:
            session = (await self._open_journey(tx, upload_id)).session
            if (session.object_key, session.store_upload_id) != (grant.key, grant.upload_id):
                raise NotFound("upload", upload_id)
            await tx.uploads.keep_alive(upload_id, self.journeys.clock.now() + self.limits.idle)
            yield

    async def complete(self, who: Principal, upload_id: UploadId) -> UploadView:
        """Look at what has arrived in the store, and finish the upload if that is all of it."""
        require(who, Action.UPLOAD)
        async with self.journeys.records.transaction(who.studio_id) as tx:
            session = await tx.uploads.get(upload_id)
        if session.status in {SessionStatus.PENDING, SessionStatus.UPLOADING}:
            if session.method is Method.SINGLE:
                await self._arrived_whole(session)
            elif session.method is Method.MULTIPART:
                await self._learn_parts(session)
            else:
                await self._refuse_unfinished(session)
            await self._finalise(who.studio_id, upload_id)
        return await self.get(who, upload_id)

    async def _refuse_unfinished(self, session: UploadSession) -> None:
        async with self.journeys.records.transaction(session.studio_id) as tx:
            held = await tx.uploads.held(session.id)
        if held.prefix + session.tail_size != session.size:
            raise NotPossibleNow(f"the upload stands at byte {held.prefix + session.tail_size}; send the rest first")

    async def _arrived_whole(self, session: UploadSession) -> None:
        try:
            stored = await self.objects.stat(self._landing(session))
        except ObjectMissing:
            raise NotPossibleNow("the bytes have not arrived in the store") from None
        if stored.size != session.size:
            raise LengthMismatch(session.size or 0, stored.size)

    async def _learn_parts(self, session: UploadSession) -> None:
        """Write down the parts that the store holds at their right size."""
        count, size = part_count(session), session.part_size
        if self.direct is None or count is None or size is None:
            raise NotPossibleNow("this upload has no parts that could be sent to the store directly")
        there = [part async for part in self.direct.parts(session.object_key, session.store_upload_id or "")]
        found = {
            part.number: file_part(session, part, size)
            for part in there
            if part.number <= count and part.size == size_of(part.number, session, size)
        }
        until = self.journeys.clock.now() + self.limits.idle
        async with self.journeys.records.transaction(session.studio_id) as tx:
            epoch = (await tx.uploads.take_over(session.id)).writer_epoch
            await tx.uploads.record(Ledger(session.id, epoch, tuple(found.values()), 0, None, until))
        if len(found) < count:
            missing = next(number for number in range(1, count + 1) if number not in found)
            raise NotPossibleNow(f"{count - len(found)} of {count} parts are missing, the first is {missing}")


def _owner(key: str) -> tuple[StudioId, UploadId]:
    """Return whose upload the key is, as `_open` made it."""
    match key.split("/"):
        case ["studios", studio_id, "uploads", upload_id, "original"]:
            return StudioId(UUID(studio_id)), UploadId(UUID(upload_id))
    raise NotFound("upload", key)
