"""The beginning of every upload, by whichever road its bytes come."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from asset_ingest.core.errors import AssetInTrash
from asset_ingest.core.journeys import Journey, Journeys
from asset_ingest.core.model.access import Action, Principal, may, require
from asset_ingest.core.model.ids import JobId, UploadId
from asset_ingest.core.model.jobs import JobStatus, UploadJob
from asset_ingest.core.model.uploads import SessionStatus, UploadSession, clean_filename, clean_note
from asset_ingest.core.ports.repos import Transaction
from asset_ingest.core.services.admission import Quotas


def announced(
    journeys: Journeys, who: Principal, filename: str, size: int | None, waits: timedelta, **session: Any
) -> Journey:
    """Return a job and its session as they begin, not yet written; raises InvalidFilename.

    The upload is abandoned when nothing comes for as long as it `waits`; `session` are more fields of that. One with an
    `asset_id` is to be a version, which not everybody who may upload may add.
    """
    if session.get("asset_id") is not None:
        require(who, Action.ADD_VERSION)
    session["change_note"] = clean_note(session.get("change_note", ""))
    filename, now = clean_filename(filename), journeys.clock.now()
    upload_id, job_id = UploadId(journeys.new_id()), JobId(journeys.new_id())
    job = UploadJob(
        id=job_id,
        studio_id=who.studio_id,
        upload_id=upload_id,
        original_filename=filename,
        status=JobStatus.PENDING,
        created_by=who.member_id,
        correlation_id=who.correlation_id,
        created_at=now,
        updated_at=now,
        size=size,
    )
    return Journey(
        job,
        UploadSession(
            id=upload_id,
            studio_id=who.studio_id,
            job_id=job_id,
            object_key=f"studios/{who.studio_id}/uploads/{upload_id}/original",
            filename=filename,
            status=SessionStatus.PENDING,
            created_at=now,
            expires_at=now + waits,
            size=size,
            restores=may(who, Action.RESTORE_ASSET),
            **session,
        ),
        opened_by=who,
    )


async def announce(journeys: Journeys, quotas: Quotas, *opened: Journey) -> None:
    """Write uploads of one studio down for the first time, if there is room for them.

    Raises NotFound for a group or an asset that is not there, AssetInTrash, QuotaExceeded and TooManyUploads.
    """
    async with journeys.change(opened[0].job.studio_id) as tx:
        await write_down(journeys, tx, quotas, *opened)


async def write_down(journeys: Journeys, tx: Transaction, quotas: Quotas, *opened: Journey) -> None:
    """Do the same in a transaction that goes on."""
    for group_id in {at.session.group_id for at in opened}:
        if group_id is not None:
            await tx.groups.get(group_id)
    for asset_id in {at.session.asset_id for at in opened}:
        if asset_id is not None and (await tx.assets.get(asset_id)).is_trashed:
            raise AssetInTrash
    await quotas.admit(tx, *(at.session for at in opened))
    await journeys.open(tx, *opened)
