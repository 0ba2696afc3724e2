"""Across studios: what the dispatcher, the workers and the sweeper look for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count

from asset_ingest.adapters.repos.memory.tables import Store, Tables
from asset_ingest.adapters.repos.memory.uploads import is_being_joined
from asset_ingest.core.model.ids import AssetId, JobId, StepId, StudioId, UploadId
from asset_ingest.core.model.jobs import JobStatus, Lane, StepRun, StepStatus
from asset_ingest.core.model.uploads import OPEN_SESSION, Method, SessionStatus, UploadSession
from asset_ingest.core.ports.clock import Clock
from asset_ingest.core.ports.system_records import DueStep, WorkRecords

LANES = tuple(Lane)  # the earlier is served first


class MemoryWork(WorkRecords):
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def locate(self, step_id: StepId) -> DueStep | None:
        async with self._store.transaction() as tables:
            step = tables.steps.get(step_id)
            return _due(step) if step else None

    async def dispatch(self, room: dict[str, int], again_after: timedelta) -> list[DueStep]:
        async with self._store.transaction() as tables:
            now = self._clock.now()
            return [
                step
                for queue, wanted in room.items()
                for step in _Dispatch(tables, queue, now, again_after).choose(wanted)
            ]

    async def take_back(self, step_ids: Sequence[StepId]) -> None:
        async with self._store.transaction() as tables:
            for step_id in step_ids:
                if (step := tables.steps.get(step_id)) and step.status is StepStatus.READY:
                    tables.steps[step_id] = replace(step, dispatched_at=None)

    async def lapsed(self, limit: int) -> list[DueStep]:
        async with self._store.transaction() as tables:
            now = self._clock.now()
            ended = [
                (step.lease_until, step.id, step)
                for step in tables.steps.values()
                if step.status is StepStatus.RUNNING and step.lease_until and step.lease_until < now
            ]
            return [_due(step) for _until, _id, step in sorted(ended)[:limit]]

    async def abandoned(self, now: datetime, limit: int) -> list[tuple[StudioId, JobId]]:
        async with self._store.transaction() as tables:
            past = [row for row in tables.uploads.values() if row.status in OPEN_SESSION and row.expires_at < now]
            in_order = sorted(past, key=lambda row: row.expires_at)
            return [(row.studio_id, row.job_id) for row in in_order if row.job_id is not None][:limit]

    async def expired_partials(self, now: datetime, limit: int) -> list[tuple[StudioId, UploadId]]:
        async with self._store.transaction() as tables:
            past = [row for row in tables.uploads.values() if row.is_partial and row.expires_at < now]
            free = [row for row in past if not is_being_joined(row, tables.uploads.values())]
            return [(row.studio_id, row.id) for row in sorted(free, key=lambda row: row.expires_at)[:limit]]

    async def count_expired(self, now: datetime) -> int:
        async with self._store.transaction() as tables:
            return len(_expired(tables, now))

    async def expired_among(self, keys: Sequence[str], now: datetime) -> frozenset[str]:
        async with self._store.transaction() as tables:
            expired = {row.object_key for row in _expired(tables, now)}
            return frozenset(key for key in keys if key.partition(".tail/")[0] in expired)

    async def finalising(self, limit: int) -> list[tuple[StudioId, UploadId]]:
        async with self._store.transaction() as tables:
            found = [row for row in tables.uploads.values() if row.status is SessionStatus.FINALISING]
            return [(row.studio_id, row.id) for row in sorted(found, key=lambda row: row.expires_at)[:limit]]

    async def look_for(self, again_after: timedelta, limit: int) -> list[tuple[StudioId, UploadId]]:
        async with self._store.transaction() as tables:
            line, turns, now = [], defaultdict[StudioId, Iterator[int]](count), self._clock.now()
            for looked_at, row in _looked_for(tables):
                if looked_at + max(again_after, (looked_at - row.created_at) / 8) <= now:
                    line.append((next(turns[row.studio_id]), looked_at, row.id, row))
            chosen = [row for *_place, row in sorted(line, key=lambda place: place[:3])[:limit]]
            for row in chosen:
                tables.looked_for[row.id] = now
            return [(row.studio_id, row.id) for row in chosen]

    async def referenced(self, keys: Sequence[str]) -> frozenset[str]:
        async with self._store.transaction() as tables:
            held = {blob.object_key for blob in tables.blobs.values()}
            held |= {rendition.object_key for rendition in tables.renditions.values()}
            held |= {session.object_key for session in tables.uploads.values() if _holds_its_object(session, tables)}
            attempts = _attempts(tables)
            under_way = {session.object_key for session in tables.uploads.values() if session.status in OPEN_SESSION}
            return frozenset(
                key
                for key in keys
                if key in held
                or any(attempt in key for attempt in attempts)
                or (".tail/" in key and key.partition(".tail/")[0] in under_way)
            )

    async def in_use(self, key: str, store_upload_id: str) -> bool:
        async with self._store.transaction() as tables:
            return any(attempt in key for attempt in _attempts(tables)) or any(
                session.object_key == key
                and session.status in OPEN_SESSION
                and session.store_upload_id in {None, store_upload_id}
                for session in tables.uploads.values()
            )

    async def published(self, target: str, after: AssetId | None, limit: int) -> list[tuple[StudioId, AssetId]]:
        async with self._store.transaction() as tables:
            held = [
                (row.asset_id, row.studio_id)
                for row in tables.publications.values()
                if row.target == target and row.external_id and (after is None or row.asset_id > after)
            ]
            return [(studio_id, asset_id) for asset_id, studio_id in sorted(held)[:limit]]


class _Dispatch:
    """One choice for one queue; studios take turns by start-time fair queueing, here all of weight one."""

    def __init__(self, tables: Tables, queue: str, now: datetime, again_after: timedelta) -> None:
        self._tables = tables
        self._queue = queue
        self._now = now
        self._again = now - again_after
        self._steps = [step for step in tables.steps.values() if step.queue == queue]

    def choose(self, wanted: int) -> list[DueStep]:
        free = max(wanted - sum(map(self._is_under_way, self._steps)), 0)
        line = sorted(self._line(), key=lambda place: place[:3])[:free]
        for _lane, turn, _id, step in line:
            self._tables.steps[step.id] = replace(step, dispatched_at=self._now)
            key = (self._queue, step.studio_id)
            self._tables.turns[key] = max(self._tables.turns.get(key, 0), turn + 1)
        return [_due(step) for *_place, step in line]

    def _line(self) -> Iterator[tuple[int, int, StepId, StepRun]]:
        """Say of each step that is due its lane, its turn and its id: whose are smallest is first."""
        present = max((turn - 1 for (queue, _), turn in self._tables.turns.items() if queue == self._queue), default=0)
        turns: defaultdict[tuple[int, StudioId], Iterator[int]] = defaultdict(count)
        for step in sorted(filter(self._is_due, self._steps), key=lambda step: step.id):
            lane = LANES.index(self._tables.runs[step.run_id].lane)
            start = max(self._tables.turns.get((self._queue, step.studio_id), 0), present)
            yield lane, start + next(turns[lane, step.studio_id]), step.id, step

    def _is_under_way(self, step: StepRun) -> bool:
        return step.status is StepStatus.RUNNING or (step.status is StepStatus.READY and self._was_dispatched(step))

    def _is_due(self, step: StepRun) -> bool:
        ready = step.status is StepStatus.READY and step.not_before <= self._now
        return ready and not self._was_dispatched(step)

    def _was_dispatched(self, step: StepRun) -> bool:
        return step.dispatched_at is not None and step.dispatched_at > self._again


def _looked_for(tables: Tables) -> list[tuple[datetime, UploadSession]]:
    """Return the uploads whose bytes may go straight to the store, the one looked for the longest ago first."""
    found = [
        (tables.looked_for.get(row.id, row.created_at), row)
        for row in tables.uploads.values()
        if row.method in {Method.SINGLE, Method.MULTIPART}
        and row.status in {SessionStatus.PENDING, SessionStatus.UPLOADING}
    ]
    return sorted(found, key=lambda each: (each[0], each[1].id))


def _due(step: StepRun) -> DueStep:
    return DueStep(step.studio_id, step.job_id, step.id, step.queue, step.lease_token)


def _holds_its_object(session: UploadSession, tables: Tables) -> bool:
    """Say whether the object is still the session's: it is until the digest knows its blob, or nobody will ask it."""
    if session.status is SessionStatus.COMPLETED and session.blob_id is None:
        return session.job_id is None or tables.jobs[session.job_id].status is not JobStatus.CANCELLED
    return session.status in OPEN_SESSION


def _expired(tables: Tables, now: datetime) -> list[UploadSession]:
    """Return what a sweep ends: open uploads past their expiry, and pieces past theirs that nobody is joining then."""
    past = [row for row in tables.uploads.values() if row.expires_at < now]
    goes_on = [row for row in tables.uploads.values() if row.expires_at >= now]
    return [
        row for row in past if (not is_being_joined(row, goes_on) if row.is_partial else row.status in OPEN_SESSION)
    ]


def _attempts(tables: Tables) -> frozenset[str]:
    """Return what is in the keys of all that attempts under way make."""
    running = (step for step in tables.steps.values() if step.status is StepStatus.RUNNING)
    return frozenset(f"/renditions/{step.id}/{step.lease_token}/" for step in running)
