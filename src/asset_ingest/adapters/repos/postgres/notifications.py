"""What members should hear of, and who is to have a mail about it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from asset_ingest.adapters.repos.postgres.rows import Table
from asset_ingest.adapters.repos.postgres.sql import transaction
from asset_ingest.adapters.repos.postgres.studio import StudioSql
from asset_ingest.core.model.ids import MemberId, NotificationId
from asset_ingest.core.model.notifications import Notification
from asset_ingest.core.ports.review_repos import DigestRecords, DueDigest, NotificationRepo

NOTIFICATIONS: Final = Table("notification", Notification)
LAST: Final = UUID(int=2**128 - 1)  # sorts after every id
_COLUMNS: Final = ", ".join(f"told.{column}" for column in NOTIFICATIONS.columns)


def _named(which: str) -> str:
    return f"""
SELECT {_COLUMNS}, asset.name AS asset_name
FROM notification AS told JOIN asset ON asset.studio_id = $1 AND asset.id = told.asset_id
WHERE told.studio_id = $1 AND told.member_id = $2 AND {which} ORDER BY told.id DESC LIMIT $4"""  # noqa: S608  ours


ADD = NOTIFICATIONS.insert()
PAGE = _named("told.id < $3")
PAGE_UNREAD = _named("told.id < $3 AND told.read_at IS NULL")
UNMAILED = _named("told.created_at <= $3 AND told.read_at IS NULL AND told.mailed_at IS NULL")
UNREAD = "SELECT count(*) FROM notification WHERE studio_id = $1 AND member_id = $2 AND read_at IS NULL"
_READ = "UPDATE notification SET read_at = $4 WHERE studio_id = $1 AND member_id = $2 AND read_at IS NULL"
READ = f"{_READ} AND id = ANY($3::uuid[])"
READ_UNTIL = f"{_READ} AND id <= $3"
MAILED = """
UPDATE notification SET mailed_at = $4
WHERE studio_id = $1 AND member_id = $2 AND created_at <= $3 AND mailed_at IS NULL"""
# Two that claim the same member at once meet at that row: the second sees it held, and gets nothing.
CLAIM = """
INSERT INTO held_digest AS held (studio_id, member_id, token, held_until)
SELECT studio_id, member_id, $1::uuid, clock_timestamp() + make_interval(secs => $4)
FROM (
    SELECT studio_id, member_id, min(created_at) AS waiting_since FROM notification
    WHERE read_at IS NULL AND mailed_at IS NULL AND created_at BETWEEN $2 AND $3 AND NOT EXISTS (
        SELECT FROM held_digest AS busy WHERE busy.studio_id = notification.studio_id
            AND busy.member_id = notification.member_id AND busy.held_until > clock_timestamp())
    GROUP BY studio_id, member_id ORDER BY waiting_since LIMIT $5
) AS waiting ORDER BY studio_id, member_id
ON CONFLICT (studio_id, member_id) DO UPDATE SET token = excluded.token, held_until = excluded.held_until
WHERE held.held_until <= clock_timestamp()
RETURNING studio_id, member_id, failures"""
DONE = "DELETE FROM held_digest WHERE studio_id = $2 AND member_id = $3 AND token = $1"
REST = """
UPDATE held_digest SET token = NULL, failures = failures + 1, held_until = clock_timestamp() + make_interval(secs => $4)
WHERE studio_id = $2 AND member_id = $3 AND token = $1"""


class PostgresNotifications(NotificationRepo):
    def __init__(self, sql: StudioSql) -> None:
        self._sql = sql

    async def add(self, *notifications: Notification) -> None:
        await self._sql.add(ADD, notifications)

    async def page(
        self, member_id: MemberId, limit: int, after: NotificationId | None, *, unread: bool
    ) -> list[tuple[Notification, str]]:
        return await self._named(PAGE_UNREAD if unread else PAGE, member_id, after or LAST, limit)

    async def unread(self, member_id: MemberId) -> int:
        return int(await self._sql.value(UNREAD, member_id))

    async def read(self, member_id: MemberId, ids: Sequence[NotificationId], at: datetime) -> None:
        await self._sql.run(READ, member_id, list(ids), at)

    async def read_until(self, member_id: MemberId, last: NotificationId, at: datetime) -> None:
        await self._sql.run(READ_UNTIL, member_id, last, at)

    async def unmailed(self, member_id: MemberId, until: datetime, limit: int) -> list[tuple[Notification, str]]:
        return await self._named(UNMAILED, member_id, until, limit)

    async def mailed(self, member_id: MemberId, until: datetime, at: datetime) -> None:
        await self._sql.run(MAILED, member_id, until, at)

    async def _named(self, statement: str, *args: object) -> list[tuple[Notification, str]]:
        found = await self._sql.records(statement, *args)
        return [(NOTIFICATIONS.read(record), record["asset_name"]) for record in found]


class PostgresDigests(DigestRecords):
    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def claim(self, token: UUID, told: tuple[datetime, datetime], seconds: float, limit: int) -> list[DueDigest]:
        async with transaction(self._pool) as sql:
            found = await sql.records(CLAIM, token, *told, seconds, limit)
        return [DueDigest(record["studio_id"], record["member_id"], record["failures"]) for record in found]

    async def release(self, token: UUID, due: DueDigest, rest_seconds: float | None) -> None:
        async with transaction(self._pool) as sql:
            whose = (token, due.studio_id, due.member_id)
            if rest_seconds is None:
                await sql.run(DONE, *whose)
            else:
                await sql.run(REST, *whose, rest_seconds)
