"""Bytes that go straight to the store: planned and signed here, sent there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from asset_ingest.core.errors import InvalidRequest, NotFound, NotPossibleNow
from asset_ingest.core.model.access import Action, Principal, require
from asset_ingest.core.model.ids import StudioId, UploadId
from asset_ingest.core.model.uploads import Method, UploadSession
from asset_ingest.core.ports.object_store import DirectUploads, Grant, PartToSign, SignedRequest
from asset_ingest.core.services.transfers.arrived import Arrived, owner_of
from asset_ingest.core.services.transfers.base import NewUpload
from asset_ingest.core.services.transfers.grid import part_count, size_of
from asset_ingest.core.services.transfers.views import Plan, SignedPart

SINGLE_UP_TO: Final = 8 << 20
"""Bytes: what is larger is worth going on with after a break, which one request cannot."""
SIGNED_AT_FIRST: Final = 50
SIGNED_FOR: Final = timedelta(minutes=10)
_NO_MD5: Final[Mapping[int, str]] = MappingProxyType({})


class GoesThroughUs(NotPossibleNow):
    """Bytes came through us under checksums of their own, so no part that comes past us counts any more."""

    remedy = "Send the rest to the upload's address under /files, from its offset on."

    def __init__(self) -> None:
        super().__init__("bytes of this upload came through the server under checksums, so the rest comes there too")


@dataclass(frozen=True, slots=True)
class Transfers(Arrived):
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
        if method is Method.SINGLE:
            (whole,) = await self._sign(session, [1], {1: new.content_md5} if new.content_md5 else _NO_MD5)
            url, headers, until = whole.url, whole.headers, whole.expires_at
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
        if new.method not in {Method.SINGLE, Method.MULTIPART} and self.direct.through_us:
            return Method.RESUMABLE
        # What a store takes as one part it takes as one object: so it is with every provider there is a profile for.
        up_to = self.direct.part_limits.largest if new.method is Method.SINGLE else SINGLE_UP_TO
        return Method.MULTIPART if new.method is Method.MULTIPART or new.size > up_to else Method.SINGLE

    async def sign(
        self, who: Principal, upload_id: UploadId, numbers: Sequence[int], content_md5: Mapping[int, str] = _NO_MD5
    ) -> list[SignedPart]:
        """Allow these parts to be sent to the store; a file that goes in one request is its only part.

        Of a number that has a `content_md5`, base64 as HTTP writes it, no other bytes will be taken. An upload through
        us goes by both roads from then on.
        """
        require(who, Action.UPLOAD)
        if strange := content_md5.keys() - set(numbers):
            raise InvalidRequest(f"{min(strange)} is not among the numbers that are to be signed", "content_md5")
        async with self.journeys.records.transaction(who.studio_id) as tx:
            at = await self._open_journey(tx, upload_id)
            await tx.uploads.keep_alive(upload_id, self.journeys.clock.now() + self.limits.idle)
        if self._may_go_straight(at.session):
            at.session = await self._with_direct_road(who.studio_id, upload_id)
        return await self._sign(at.session, numbers, content_md5)

    def _may_go_straight(self, session: UploadSession) -> bool:
        is_through_us = session.method is Method.RESUMABLE and not session.checked_appends
        return is_through_us and self.direct is not None and part_count(session) is not None

    async def _with_direct_road(self, studio_id: StudioId, upload_id: UploadId) -> UploadSession:
        """Note that bytes may arrive of which nobody tells us, so that the store is asked.

        It is not asked of an upload through us alone: what it holds of that may be refused bytes, say for a checksum.
        """
        await self._begin_in_store(studio_id, upload_id)
        async with self.journeys.records.transaction(studio_id) as tx:
            session = (await self._open_journey(tx, upload_id)).session
            session = replace(session, method=Method.MULTIPART)
            await tx.uploads.save(session, session.status)
            await tx.uploads.keep_alive(upload_id, self.journeys.clock.now() + self.limits.idle)
            return session

    async def _sign(
        self, session: UploadSession, numbers: Sequence[int], content_md5: Mapping[int, str] = _NO_MD5
    ) -> list[SignedPart]:
        if session.method is Method.SINGLE and self.direct:
            return await self._sign_whole(self.direct, session, numbers, content_md5.get(1))
        count, size = part_count(session), session.part_size
        if session.method not in self.takes:
            raise NotPossibleNow("the bytes of this upload are fetched by the server")
        if session.checked_appends:
            raise GoesThroughUs
        if self.direct is None or count is None or size is None or session.store_upload_id is None:
            raise NotPossibleNow("this upload has no parts that could be sent to the store directly")
        if any(not 1 <= number <= count for number in numbers):
            raise InvalidRequest(f"parts are numbered from 1 to {count}", "numbers")
        wanted = [PartToSign(number, size_of(number, session, size), content_md5.get(number)) for number in numbers]
        key = session.object_key
        requests = await self.direct.sign_parts(key, session.store_upload_id, wanted, SIGNED_FOR)
        return [_signed(part.number, request) for part, request in zip(wanted, requests, strict=True)]

    async def _sign_whole(
        self, direct: DirectUploads, session: UploadSession, numbers: Sequence[int], content_md5: str | None
    ) -> list[SignedPart]:
        if any(number != 1 for number in numbers):
            raise InvalidRequest("this file goes in one request: its only part is number 1", "numbers")
        place, size = self._landing(session), session.size or 0
        request = await direct.sign_put(place, size, SIGNED_FOR, session.content_type, content_md5)
        return [_signed(1, request) for _ in numbers]

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


def _signed(number: int, request: SignedRequest) -> SignedPart:
    return SignedPart(number, request.method, request.url, dict(request.headers), request.expires_at)


def _owner(key: str) -> tuple[StudioId, UploadId]:
    """Return whose upload the key is, as `_open` made it."""
    owner = owner_of(key)
    if owner is None:
        raise NotFound("upload", key)
    return owner
