"""How much a studio may have: asked in the transaction that takes it, and not at all where there is no limit."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Mapping
from dataclasses import dataclass, field

from asset_ingest.core.errors import QuotaExceeded, TooManyUploads
from asset_ingest.core.model.ids import StudioId
from asset_ingest.core.model.uploads import OPEN_SESSION, UploadSession
from asset_ingest.core.ports.repos import Records, Transaction
from asset_ingest.core.ports.upload_repos import Claim


@dataclass(frozen=True, slots=True)
class Quota:
    """Bytes that a studio may have `stored` or promised, and `uploads` that it may have open; None is no limit."""

    stored: int | None = None
    uploads: int | None = None


@dataclass(frozen=True, slots=True)
class Quotas:
    """What each studio may have: its `own`, or else the `usual`."""

    usual: Quota = Quota()
    own: Mapping[StudioId, Quota] = field(default_factory=dict)

    def of(self, studio_id: StudioId) -> Quota:
        return self.own.get(studio_id, self.usual)

    async def admit(self, tx: Transaction, *sessions: UploadSession) -> None:
        """Let uploads of one studio begin in this transaction; raises QuotaExceeded, TooManyUploads.

        One of unknown size begins where there is any room; `admit_size` asks again once the size is known.
        """
        quota = self.of(sessions[0].studio_id)
        if quota == Quota():
            return
        wanted = sum(session.size or 1 for session in sessions)
        opened = sum(session.status in OPEN_SESSION for session in sessions)
        usage = await tx.uploads.claim(Claim(wanted, quota.stored, quota.uploads if opened else None))
        if opened and quota.uploads is not None and usage.uploads + opened > quota.uploads:
            raise TooManyUploads(quota.uploads, usage.uploads)
        _refuse_excess(quota, usage.stored, wanted)

    async def admit_size(self, tx: Transaction, session: UploadSession, size: int) -> None:
        """Let an upload that was of unknown size be so large; raises QuotaExceeded."""
        quota = self.of(session.studio_id)
        if quota.stored is None or session.size is not None:
            return
        more = size - (await tx.uploads.held(session.id)).prefix - session.tail_size
        usage = await tx.uploads.claim(Claim(more, quota.stored, None))
        _refuse_excess(quota, usage.stored, more)

    async def left(self, records: Records, studio_id: StudioId) -> int | None:
        """Return how many bytes more the studio may promise; None where there is no limit."""
        quota = self.of(studio_id)
        if quota.stored is None:
            return None
        async with records.reading(studio_id) as tx:
            return max(0, quota.stored - (await tx.uploads.usage()).stored)

    def bounded(self, records: Records, session: UploadSession, chunks: AsyncIterable[bytes]) -> AsyncIterable[bytes]:
        """Return the chunks, which raise QuotaExceeded where their sum is unknown and more come than there is room for.

        Who sends without end is stopped here; that somebody else took the room meanwhile, `admit_size` finds out.
        """
        limit = self.of(session.studio_id).stored
        if limit is None or session.size is not None:
            return chunks
        return self._within(limit, records, session.studio_id, chunks)

    async def _within(
        self, limit: int, records: Records, studio_id: StudioId, chunks: AsyncIterable[bytes]
    ) -> AsyncIterator[bytes]:
        room, came = 0, 0
        async for chunk in chunks:
            if came == 0:  # asked as late as can be
                room = await self.left(records, studio_id) or 0
            came += len(chunk)
            if came > room:
                raise QuotaExceeded(limit, limit - room, came)
            yield chunk


def _refuse_excess(quota: Quota, used: int, wanted: int) -> None:
    if quota.stored is not None and used + wanted > quota.stored:
        raise QuotaExceeded(quota.stored, used, wanted)
