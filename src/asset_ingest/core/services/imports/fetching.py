"""One import, carried as far as it goes; whoever claims it next goes on behind what is durable."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Final
from uuid import UUID

import anyio

from asset_ingest.core.errors import (
    Cancelled,
    DatabaseUnavailable,
    EmptyFile,
    Family,
    IngestError,
    InvalidFilename,
    LeaseLost,
    LengthMismatch,
    NotFound,
    ObjectMissing,
    OffsetMismatch,
    QuotaExceeded,
    SourceUnavailable,
    TooLarge,
    UploadGone,
    WriterReplaced,
)
from asset_ingest.core.journeys import Journey, Journeys, beating, failure_of, job_moved
from asset_ingest.core.model.access import Principal, Role
from asset_ingest.core.model.imports import RemoteImport
from asset_ingest.core.model.jobs import UploadJob
from asset_ingest.core.model.uploads import SessionStatus, SessionTrigger, clean_filename
from asset_ingest.core.ports.remote import RemoteFile, RemoteFiles, Rest
from asset_ingest.core.ports.repos import Transaction
from asset_ingest.core.services.imports.limits import ImportLimits
from asset_ingest.core.services.transfers import Transfers, no_bytes
from asset_ingest.core.services.transfers.grid import part_size
from asset_ingest.core.services.transfers.views import UploadView

BEAT_SECONDS: Final = 2.0
"""How soon it is noticed that somebody cancelled; sooner where leases are short."""
LAST_WORD_SECONDS: Final = 5.0
TAKEN_OVER_SECONDS: Final = 1.0
WORTH_TELLING: Final = 2
"""Failures in a row from which the row says why it waits: the first is over within a second, and of a line that breaks
again and again there may be thousands."""
_WANTING: Final = frozenset({SessionStatus.PENDING, SessionStatus.UPLOADING})
_LOST: Final = frozenset({SessionStatus.CANCELLED, SessionStatus.FAILED, SessionStatus.EXPIRED})


@dataclass(frozen=True, slots=True)
class Fetching:
    """Carries bytes from where others serve them into uploads of ours."""

    journeys: Journeys
    transfers: Transfers
    remote: RemoteFiles
    limits: ImportLimits

    async def __call__(self, mine: RemoteImport) -> None:
        """Fetch until the upload has all its bytes; else end it with a reason, or give it back for another try.

        Raises nothing but cancellation, after which the import is anybody's. What cannot even be written down is told
        to the log, and the lease runs out.
        """
        try:
            await self._fetched(mine)
        except anyio.get_cancelled_exc_class():
            with anyio.move_on_after(LAST_WORD_SECONDS, shield=True):
                await self._leave(mine)
            raise
        except Exception as error:  # noqa: BLE001  one import ends no other
            self.journeys.observer.failed("import", error, upload_id=str(mine.upload_id))

    async def _leave(self, mine: RemoteImport) -> None:
        try:
            await self._give_back(mine, mine.failures, 0)
        except IngestError as error:  # the lease runs out by itself
            self.journeys.observer.failed("import.leave", error, upload_id=str(mine.upload_id))

    async def _fetched(self, mine: RemoteImport) -> None:
        who, stood = await self._standing(mine)
        try:
            await beating(partial(self._hold, mine), partial(self._carry, mine, who, stood))
        except (Cancelled, UploadGone, LeaseLost, NotFound):  # nobody wants it any more, or somebody else has it
            await self._free(mine)
        except (OffsetMismatch, WriterReplaced):  # one who lost the lease is still at it
            await self._give_back(mine, mine.failures, TAKEN_OVER_SECONDS)
        except IngestError as error:
            await self._stumble(mine, stood, error)
        except Exception as error:  # noqa: BLE001  ours to mend, and no reason to leave its row without an end
            self.journeys.observer.failed("import", error, correlation_id=who.correlation_id)
            await self._end(mine, IngestError("the server met an error of its own while it fetched this"))

    async def _standing(self, mine: RemoteImport) -> tuple[Principal, UploadView]:
        """Return in whose name we act, with no more rights than that takes, and how far we are."""
        async with self.journeys.records.transaction(mine.studio_id) as tx:
            job = (await self.journeys.load_upload(tx, mine.upload_id)).job
        who = Principal(mine.studio_id, job.created_by, "import", Role.ARTIST, job.correlation_id)
        return who, await self.transfers.get(who, mine.upload_id)

    async def _hold(self, mine: RemoteImport) -> None:
        """Keep the lease for ever; raises LeaseLost once it is another's, or the upload has ended."""
        while True:
            await anyio.sleep(min(BEAT_SECONDS, self.limits.lease / 4))
            try:
                async with self.journeys.records.transaction(mine.studio_id) as tx:
                    await self._still_mine(tx, mine)
            except DatabaseUnavailable as error:  # whoever writes next hears it too, and the epoch keeps others apart
                self.journeys.observer.failed("import.lease", error, upload_id=str(mine.upload_id))

    async def _still_mine(self, tx: Transaction, mine: RemoteImport) -> None:
        if not await tx.imports.hold(mine.upload_id, _token(mine), self.limits.lease):
            raise LeaseLost

    # --- the bytes ----------------------------------------------------------------------------------------------

    async def _carry(self, mine: RemoteImport, who: Principal, stood: UploadView) -> None:
        if stood.size is not None and stood.offset == stood.size:  # nobody came to finish it
            await self._clear_failure(mine)
            await self.transfers.append(who, stood.id, stood.offset, no_bytes())
            return
        can_go_on = mine.version is not None and stood.offset > 0
        rest = Rest(stood.offset, mine.version or "", stood.size) if can_go_on else None
        async with self.remote.open(mine.url, rest) as file:
            if not file.start:
                await self._begin_anew(mine, file)
            else:
                await self._clear_failure(mine)
            size = file.size if not file.start else stood.size
            chunks = _within(file.chunks, file.start, size)
            view = await self.transfers.append(who, stood.id, file.start, chunks, size=file.size, is_last=size is None)
        if view.status in _WANTING:
            raise SourceUnavailable("its server ended the file before its end")

    async def _begin_anew(self, mine: RemoteImport, file: RemoteFile) -> None:
        """Forget what is stored, so that bytes of two versions never meet; learn what the file is said to be."""
        if file.size == 0:
            raise EmptyFile
        if file.size is not None and file.size > self.transfers.largest:
            raise TooLarge(self.transfers.largest)
        async with self.journeys.records.transaction(mine.studio_id) as tx:
            at = await self._ours(tx, mine)
        if at.session.store_upload_id is not None:
            await self.transfers.store.abort(at.session.object_key, at.session.store_upload_id)
        async with self.journeys.change(mine.studio_id) as tx:
            at = await self._ours(tx, mine)
            await tx.imports.learn(mine.upload_id, file.version)
            await tx.uploads.begin_anew(mine.upload_id)
            if file.size is not None:
                await self.transfers.limits.quotas.admit_size(tx, at.session, file.size)
            name = at.job.original_filename if mine.keeps_name else _named_by(file, at.job.original_filename)
            size = part_size(file.size, self.transfers.largest, self.transfers.store.part_limits)
            at.session = replace(at.session, filename=name, size=file.size, part_size=size, store_upload_id=None)
            await tx.uploads.save(at.session, at.session.status)
            known = replace(at.job, original_filename=name, size=file.size, progress=0, failure=None)
            await self._show(tx, at, known)

    async def _clear_failure(self, mine: RemoteImport) -> None:
        """Take from the row what it waited for."""
        if mine.failures < WORTH_TELLING:
            return
        async with self.journeys.change(mine.studio_id) as tx:
            at = await self._ours(tx, mine)
            if at.job.failure is not None:
                await self._show(tx, at, replace(at.job, failure=None))

    async def _show(self, tx: Transaction, at: Journey, job: UploadJob) -> None:
        await self.journeys.write_job(tx, at, job)
        await self.journeys.tell_job(tx, at.job, job_moved(at), "server")

    async def _ours(self, tx: Transaction, mine: RemoteImport) -> Journey:
        """Lock its job and its lease; raises LeaseLost where it is no longer ours to change."""
        at = await self.journeys.load_upload(tx, mine.upload_id)
        await self._still_mine(tx, mine)
        return at

    # --- how it ends --------------------------------------------------------------------------------------------

    async def _stumble(self, mine: RemoteImport, stood: UploadView, error: IngestError) -> None:
        """Give it back for another try, unless trying again makes no sense."""
        if error.family is Family.INPUT or isinstance(error, QuotaExceeded):
            await self._end(mine, error)
            return
        async with self.journeys.records.transaction(mine.studio_id) as tx:
            held = await tx.uploads.held(mine.upload_id)
            brought = held.prefix + (await tx.uploads.get(mine.upload_id)).tail_size - stood.offset
        failures = 1 if brought >= self.limits.worthwhile else mine.failures + 1
        if failures > self.limits.tries:
            await self._end(mine, error)
            return
        self.journeys.observer.failed("import.try", error, upload_id=str(mine.upload_id), failures=failures)
        await self._try_again(mine, failures, error)

    async def _try_again(self, mine: RemoteImport, failures: int, error: IngestError) -> None:
        """Give it back for another try, and say on its row what it waits for."""
        again = f"It is tried again by itself, after pauses of up to {self.limits.longest_pause / 60:.0f} minutes."
        remedy = again if isinstance(error, SourceUnavailable) else f"{error.remedy} {again}"
        with suppress(LeaseLost, NotFound):  # else it is another's to say how it stands
            async with self.journeys.change(mine.studio_id) as tx:
                at = await self._ours(tx, mine)
                if isinstance(error, ObjectMissing):  # what we wrote to is gone, and what there was to go on from
                    await tx.imports.learn(mine.upload_id, None)
                if failures >= WORTH_TELLING:
                    await self._show(tx, at, replace(at.job, failure=replace(failure_of(error), remedy=remedy)))
                await tx.imports.give_back(mine.upload_id, _token(mine), failures, self.limits.pause(failures))

    async def _give_back(self, mine: RemoteImport, failures: int, seconds: float) -> None:
        async with self.journeys.records.transaction(mine.studio_id) as tx:
            await tx.imports.give_back(mine.upload_id, _token(mine), failures, seconds)

    async def _end(self, mine: RemoteImport, reason: IngestError) -> None:
        with suppress(LeaseLost, NotFound):  # else it is another's to say how it ends
            async with self.journeys.change(mine.studio_id) as tx:
                at = await self._ours(tx, mine)
                await self.journeys.end_upload(tx, at, SessionTrigger.FAIL, reason)
        await self._free(mine)

    async def _free(self, mine: RemoteImport) -> None:
        """Free what is stored of an upload that will never be a file; what is left over, the sweeper finds."""
        with suppress(NotFound):
            async with self.journeys.records.transaction(mine.studio_id) as tx:
                session = await tx.uploads.get(mine.upload_id)
            if session.status in _LOST and session.store_upload_id is not None:
                await self.transfers.store.abort(session.object_key, session.store_upload_id)


def _token(mine: RemoteImport) -> UUID:
    if mine.lease_token is None:
        raise LeaseLost
    return mine.lease_token


def _named_by(file: RemoteFile, otherwise: str) -> str:
    try:
        return clean_filename(file.filename or otherwise)
    except InvalidFilename:
        return otherwise


async def _within(chunks: AsyncIterable[bytes], start: int, size: int | None) -> AsyncIterator[bytes]:
    """Pass on what was promised; raises LengthMismatch before more than that is stored."""
    received = start
    async for chunk in chunks:
        received += len(chunk)
        if size is not None and received > size:
            raise LengthMismatch(size, received)
        yield chunk
