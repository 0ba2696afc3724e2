"""What must hold once everything has calmed down: the ledger of promises against what is really there."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from tests.fault_runs.model import Fate, Told, Violation
from tests.harness import Later, Program

from asset_ingest.bootstrap import Ports
from asset_ingest.core.model.access import Principal
from asset_ingest.core.model.ids import GroupId, JobId, UploadId
from asset_ingest.core.model.jobs import ENDED, JobStatus
from asset_ingest.core.model.uploads import SessionStatus, UploadSession
from asset_ingest.core.ports.repos import JobQuery

A_DAY = timedelta(hours=25)
A_LEASE = timedelta(seconds=31)


async def succeeded(ports: Ports, who: Principal, told: Told) -> None:
    """Hold a success against the store, at the moment that it is told."""
    session = await _session(ports, who, told)
    if session.status is not SessionStatus.COMPLETED:
        raise Violation(f"{told.name}: success was told, and the upload is {session.status}")
    await _same_bytes(ports, session, told.sha256)


async def work_is_done(program: Program, later: Later) -> None:
    """Finish what can be finished, and do the work on it; what a dead worker had taken comes back in time."""
    await program.app.upkeep.finish_uploads()
    for _ in range(3):
        await program.work()
        await later(A_LEASE)


async def everything_holds(program: Program, who: Principal, uploads: Sequence[Told], group_id: GroupId) -> None:
    """Look at every row and every byte after a day without anybody."""
    ports = program.ports
    ports.clock.advance(A_DAY)  # type: ignore[attr-defined]
    await program.app.upkeep.sweeper.once()
    await program.app.upkeep.sweeper.once()  # what the first pass ended, the second may free
    sessions = await _sessions(program, who)
    contents = {told.name: told.sha256 for told in uploads}
    for told in uploads:
        await _ended_as_told(ports, who, told)
    kept = set()
    for session in sessions:
        if session.status is SessionStatus.COMPLETED:
            kept.add(await _same_bytes(ports, session, contents[session.filename]))
        elif session.status not in {SessionStatus.EXPIRED, SessionStatus.CANCELLED, SessionStatus.FAILED}:
            raise Violation(f"{session.filename}: after a day it is still {session.status}")
    await _nothing_else(ports, kept)
    await _jobs_and_groups(program, who, sessions, group_id)


async def _ended_as_told(ports: Ports, who: Principal, told: Told) -> None:
    if not told.upload_id and not told.job_id:
        return  # its creation was never heard of
    session = await _session(ports, who, told)
    if told.done:
        if session.status is not SessionStatus.COMPLETED or session.size != told.size:
            raise Violation(f"{told.name}: told complete, now {session.status} with {session.size} bytes")
    elif session.status not in _may_be(told):
        raise Violation(f"{told.name}: should be {told.fate}, is {session.status}")


def _may_be(told: Told) -> set[str]:
    """Return how an upload may have ended; what its client left lying may have been complete, or cancelled unheard."""
    if told.fate is not Fate.EXPIRED:
        return {told.fate}
    return {Fate.EXPIRED, Fate.COMPLETED, *([Fate.CANCELLED] if told.cancelling else [])}


async def _session(ports: Ports, who: Principal, told: Told) -> UploadSession:
    async with ports.records.transaction(who.studio_id) as tx:
        if told.job_id:
            return await tx.uploads.get((await tx.jobs.get(JobId(UUID(told.job_id)))).upload_id)
        return await tx.uploads.get(UploadId(UUID(told.upload_id)))


async def _sessions(program: Program, who: Principal) -> list[UploadSession]:
    jobs = (await program.app.jobs.page(who, JobQuery(limit=1000))).items
    async with program.ports.records.transaction(who.studio_id) as tx:
        return [await tx.uploads.get((await tx.jobs.get(job.id)).upload_id) for job in jobs]


async def _same_bytes(ports: Ports, session: UploadSession, wanted: str) -> str:
    """Hold the bytes that the upload became against its source; return where they are."""
    key, digest, size = session.object_key, hashlib.sha256(), 0
    if session.blob_id:  # known content is kept once
        async with ports.records.transaction(session.studio_id) as tx:
            key = (await tx.versions.blob(session.blob_id)).object_key
    async for chunk in ports.store.read(key):
        digest.update(chunk)
        size += len(chunk)
    if digest.hexdigest() != wanted or size != session.size:
        raise Violation(f"{session.filename}: the object of {size} bytes is not what was sent")
    return key


async def _nothing_else(ports: Ports, kept: set[str]) -> None:
    """Nothing of ours is left but the objects of what is complete."""
    there = {stored.key async for stored in ports.store.list("studios/")}
    under_way = [upload.key async for upload in ports.resumable.unfinished("studios/")]
    if there != kept or under_way:
        raise Violation(f"left over: {sorted(there - kept)} {under_way}; lost: {sorted(kept - there)}")


async def _jobs_and_groups(
    program: Program, who: Principal, sessions: Sequence[UploadSession], group_id: GroupId
) -> None:
    counted: Counter[JobStatus] = Counter()
    size = 0
    for session in sessions:
        job = await program.app.jobs.get(who, session.job_id)
        if session.status is SessionStatus.COMPLETED:
            if job.status is not JobStatus.COMPLETE or job.asset_id is None:
                raise Violation(f"{session.filename}: stored, and its job is {job.status}: {job.error_message}")
        elif job.status not in ENDED - {JobStatus.COMPLETE}:
            raise Violation(f"{session.filename}: {session.status}, and its job is {job.status}")
        if session.group_id == group_id:
            counted[job.status] += 1
            size += job.size or 0
    group = await program.app.groups.get(who, group_id)
    if {status: count for status, count in group.jobs.items() if count} != counted or group.size != size:
        raise Violation(f"the group counts {group.jobs} and {group.size} bytes; its jobs are {counted}, {size} bytes")
