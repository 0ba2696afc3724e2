"""Across studios: what the dispatcher, the workers and the sweeper look for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg

from asset_ingest.adapters.repos.postgres.rows import Table
from asset_ingest.adapters.repos.postgres.sql import Sql, statement, transaction
from asset_ingest.core.model.ids import AssetId, JobId, StepId, StudioId, UploadId
from asset_ingest.core.ports.system_records import DueStep, WorkRecords

DUE: Final = Table("step_run", DueStep)

LOCATE = "SELECT studio_id, job_id, id AS step_id, queue, lease_token FROM step_run WHERE id = $1"
MY_TURN = "SELECT task FROM upkeep WHERE task = 'dispatch' FOR UPDATE SKIP LOCKED"

# Asked at every commit of anybody, and mostly of nothing that is to be done.
IS_DUE = """
SELECT EXISTS (SELECT FROM step_run WHERE queue = ANY($1::text[]) AND status = 'READY'
    AND not_before <= now() AND (dispatched_at IS NULL OR dispatched_at <= now() - $2::interval))"""

# Lanes are strict. Within a lane studios take turns by start-time fair queueing: a studio's n-th step starts n / weight
# after its last one in the queue's virtual time, and the earliest starts are served first. Who was idle starts at the
# present, so nobody saves up turns; who brings 10,000 files waits behind themselves alone, even where room is one.
CHOOSE = """
WITH room AS (
    SELECT queue, wanted
        - (SELECT count(*) FROM step_run s WHERE s.queue = asked.queue AND s.status = 'RUNNING')
        - (SELECT count(*) FROM step_run s
            WHERE s.queue = asked.queue AND s.status = 'READY' AND s.dispatched_at > now() - $3::interval) AS free,
        (SELECT coalesce(max(next_turn - 1.0 / weight), 0)
            FROM turn JOIN studio ON studio.id = turn.studio_id WHERE turn.queue = asked.queue) AS present
    FROM unnest($1::text[], $2::int[]) AS asked(queue, wanted)
), line AS (
    SELECT step.id, room.queue, room.free, lane.rank, studio.id AS studio_id, studio.weight,
        greatest(coalesce(turn.next_turn, 0), present) + (step.n - 1)::float8 / studio.weight AS start
    FROM (SELECT * FROM room WHERE free > 0) AS room
    CROSS JOIN unnest(ARRAY['interactive', 'bulk', 'backfill']) WITH ORDINALITY AS lane(name, rank)
    CROSS JOIN studio
    LEFT JOIN turn ON turn.queue = room.queue AND turn.studio_id = studio.id
    CROSS JOIN LATERAL (
        SELECT id, row_number() OVER (ORDER BY id) AS n FROM step_run
        WHERE queue = room.queue AND lane = lane.name AND studio_id = studio.id AND status = 'READY'
            AND not_before <= now() AND (dispatched_at IS NULL OR dispatched_at <= now() - $3::interval)
        ORDER BY id LIMIT room.free
    ) AS step
), placed AS (
    SELECT *, row_number() OVER (PARTITION BY queue ORDER BY rank, start, id) AS place FROM line
)
SELECT id, queue, studio_id, start + 1.0 / weight AS next_turn FROM placed WHERE place <= free ORDER BY queue, place"""
# A step that somebody holds just now is passed over; it will be seen again if it is still READY then.
MARK = """
UPDATE step_run SET dispatched_at = now() WHERE id IN (
    SELECT id FROM step_run WHERE id = ANY($1::uuid[]) AND status = 'READY' FOR NO KEY UPDATE SKIP LOCKED
) RETURNING studio_id, job_id, id AS step_id, queue, lease_token"""
CHARGE = """
INSERT INTO turn (queue, studio_id, next_turn)
SELECT queue, studio_id, max(next_turn)
FROM unnest($1::text[], $2::uuid[], $3::float8[]) AS served(queue, studio_id, next_turn)
GROUP BY queue, studio_id
ON CONFLICT (queue, studio_id) DO UPDATE SET next_turn = excluded.next_turn"""

TAKE_BACK = "UPDATE step_run SET dispatched_at = NULL WHERE id = ANY($1::uuid[]) AND status = 'READY'"

LAPSED = """
SELECT studio_id, job_id, id AS step_id, queue, lease_token FROM step_run
WHERE status = 'RUNNING' AND lease_until < clock_timestamp() ORDER BY lease_until LIMIT $1"""
ABANDONED = """
SELECT studio_id, job_id FROM upload_session
WHERE status IN ('PENDING', 'UPLOADING', 'FINALISING') AND expires_at < $1 AND job_id IS NOT NULL
ORDER BY expires_at LIMIT $2"""
EXPIRED_PARTIALS = """
SELECT studio_id, id FROM upload_session AS piece
WHERE job_id IS NULL AND expires_at < $1 AND NOT EXISTS (
    SELECT FROM upload_session AS whole WHERE whole.studio_id = piece.studio_id
        AND whole.status = 'FINALISING' AND piece.id = ANY(whole.joined_from))
ORDER BY expires_at LIMIT $2"""
# What both of these come to in one sweep: pieces of an upload that ends first are free then.
EXPIRED = """
    upload.expires_at < $1 AND ((upload.job_id IS NOT NULL AND upload.status IN ('PENDING', 'UPLOADING', 'FINALISING'))
        OR (upload.job_id IS NULL AND NOT EXISTS (
            SELECT FROM upload_session AS whole WHERE whole.studio_id = upload.studio_id
                AND whole.status = 'FINALISING' AND whole.expires_at >= $1 AND upload.id = ANY(whole.joined_from))))"""
COUNT_EXPIRED = "SELECT count(*) FROM upload_session AS upload WHERE" + EXPIRED  # noqa: S608  words of our own
EXPIRED_AMONG = "SELECT key FROM unnest($2::text[]) AS asked(key) JOIN upload_session AS upload"
EXPIRED_AMONG += " ON upload.object_key = split_part(key, '.tail/', 1) WHERE" + EXPIRED
FINALISING = """
SELECT studio_id, id FROM upload_session WHERE status = 'FINALISING' ORDER BY expires_at LIMIT $1"""
# What two choose at once is the earlier one's: the later finds it looked for since. The pauses are an eighth of the
# upload's age, so one that nobody completes in a day is looked for some fifty times.
LOOK_FOR = """
WITH due AS (
    SELECT studio_id, id, row_number() OVER (PARTITION BY studio_id ORDER BY looked_at, id) AS turn, looked_at
    FROM (SELECT *, coalesce(looked_for_at, created_at) AS looked_at FROM upload_session) AS upload
    WHERE method IN ('single', 'multipart') AND status IN ('PENDING', 'UPLOADING')
        AND looked_at + greatest($1::interval, (looked_at - created_at) / 8) <= now()
), chosen AS (SELECT studio_id, id, looked_at FROM due ORDER BY turn, looked_at, id LIMIT $2)
UPDATE upload_session SET looked_for_at = now() FROM chosen
WHERE upload_session.studio_id = chosen.studio_id AND upload_session.id = chosen.id
    AND coalesce(looked_for_at, created_at) = looked_at
RETURNING upload_session.studio_id, upload_session.id"""
# An upload's object is the session's until the digest knows its blob; a duplicate's is then nobody's. What an attempt
# under way has made is its own until it commits: step and lease are in the key (see StepContext.attempt_key).
REFERENCED = """
SELECT object_key FROM blob WHERE object_key = ANY($1::text[])
UNION SELECT object_key FROM rendition WHERE object_key = ANY($1::text[])
UNION SELECT key FROM unnest($1::text[]) AS tails(key) JOIN upload_session
    ON object_key = split_part(key, '.tail/', 1) AND status IN ('PENDING', 'UPLOADING', 'FINALISING')
    WHERE position('.tail/' IN key) > 0
UNION SELECT object_key FROM upload_session WHERE object_key = ANY($1::text[])
    AND (upload_session.status IN ('PENDING', 'UPLOADING', 'FINALISING')
        OR (upload_session.status = 'COMPLETED' AND blob_id IS NULL AND NOT EXISTS (
            SELECT FROM upload_job WHERE upload_job.studio_id = upload_session.studio_id
                AND upload_job.id = job_id AND upload_job.status = 'CANCELLED')))
UNION SELECT key FROM unnest($1::text[]) AS attempts(key)
    JOIN step_run ON step_run.id = substring(key FROM '^studios/[^/]+/renditions/([0-9a-f-]{36})/')::uuid
        AND step_run.status = 'RUNNING' AND step_run.lease_token::text = split_part(key, '/', 5)"""

IN_USE = """
SELECT EXISTS (
    SELECT FROM upload_session WHERE object_key = $1 AND status IN ('PENDING', 'UPLOADING', 'FINALISING')
        AND coalesce(store_upload_id, $2) = $2
) OR EXISTS (
    SELECT FROM step_run WHERE id = substring($1 FROM '^studios/[^/]+/renditions/([0-9a-f-]{36})/')::uuid
        AND status = 'RUNNING' AND lease_token::text = split_part($1, '/', 5))"""

PUBLISHED = """
SELECT studio_id, asset_id FROM publication
WHERE target = $1 AND asset_id > $2 AND external_id IS NOT NULL ORDER BY asset_id LIMIT $3"""
BEFORE_ALL: Final = UUID(int=0)


class PostgresWork(WorkRecords):
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def locate(self, step_id: StepId) -> DueStep | None:
        async with transaction(self._pool) as sql:
            return await sql.one(DUE, LOCATE, step_id)

    async def dispatch(self, room: dict[str, int], again_after: timedelta) -> list[DueStep]:
        async with statement(self._pool) as sql:
            if not await sql.value(IS_DUE, list(room), again_after):
                return []
        async with transaction(self._pool) as sql:
            if await sql.value(MY_TURN) is None:
                return []
            chosen = await sql.records(CHOOSE, list(room), list(room.values()), again_after)
            return await _mark(sql, chosen) if chosen else []

    async def take_back(self, step_ids: Sequence[StepId]) -> None:
        async with transaction(self._pool) as sql:
            await sql.run(TAKE_BACK, list(step_ids))

    async def lapsed(self, limit: int) -> list[DueStep]:
        async with statement(self._pool) as sql:
            return await sql.many(DUE, LAPSED, limit)

    async def abandoned(self, now: datetime, limit: int) -> list[tuple[StudioId, JobId]]:
        async with transaction(self._pool) as sql:
            return [(record["studio_id"], record["job_id"]) for record in await sql.records(ABANDONED, now, limit)]

    async def expired_partials(self, now: datetime, limit: int) -> list[tuple[StudioId, UploadId]]:
        async with transaction(self._pool) as sql:
            return [(record["studio_id"], record["id"]) for record in await sql.records(EXPIRED_PARTIALS, now, limit)]

    async def count_expired(self, now: datetime) -> int:
        async with transaction(self._pool) as sql:
            return int(await sql.value(COUNT_EXPIRED, now))

    async def expired_among(self, keys: Sequence[str], now: datetime) -> frozenset[str]:
        async with transaction(self._pool) as sql:
            return frozenset(record["key"] for record in await sql.records(EXPIRED_AMONG, now, list(keys)))

    async def finalising(self, limit: int) -> list[tuple[StudioId, UploadId]]:
        async with transaction(self._pool) as sql:
            return [(record["studio_id"], record["id"]) for record in await sql.records(FINALISING, limit)]

    async def look_for(self, again_after: timedelta, limit: int) -> list[tuple[StudioId, UploadId]]:
        async with transaction(self._pool) as sql:
            chosen = await sql.records(LOOK_FOR, again_after, limit)
            return [(record["studio_id"], record["id"]) for record in chosen]

    async def referenced(self, keys: Sequence[str]) -> frozenset[str]:
        async with transaction(self._pool) as sql:
            return frozenset(record["object_key"] for record in await sql.records(REFERENCED, list(keys)))

    async def in_use(self, key: str, store_upload_id: str) -> bool:
        async with transaction(self._pool) as sql:
            return bool(await sql.value(IN_USE, key, store_upload_id))

    async def published(self, target: str, after: AssetId | None, limit: int) -> list[tuple[StudioId, AssetId]]:
        async with transaction(self._pool) as sql:
            found = await sql.records(PUBLISHED, target, after or BEFORE_ALL, limit)
            return [(record["studio_id"], record["asset_id"]) for record in found]


async def _mark(sql: Sql, chosen: list[Any]) -> list[DueStep]:
    """Mark the chosen steps as dispatched, charge their studios, and return them in the order of choice."""
    marked = {step.step_id: step for step in await sql.many(DUE, MARK, [record["id"] for record in chosen])}
    served = [record for record in chosen if record["id"] in marked]
    await sql.run(CHARGE, *([record[name] for record in served] for name in ("queue", "studio_id", "next_turn")))
    return [marked[record["id"]] for record in served]
