"""What members should hear of, and who is to have a mail about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from asset_ingest.adapters.repos.memory.tables import HeldDigest, Store, StudioTables, Tables
from asset_ingest.core.model.ids import MemberId, NotificationId, StudioId
from asset_ingest.core.model.notifications import Notification
from asset_ingest.core.ports.clock import Clock
from asset_ingest.core.ports.review_repos import DigestRecords, DueDigest, NotificationRepo


class MemoryNotifications(NotificationRepo):
    def __init__(self, rows: StudioTables) -> None:
        self._rows = rows
        self._notifications = rows.tables.notifications

    async def add(self, *notifications: Notification) -> None:
        for each in notifications:
            self._rows.add(self._notifications, each)

    async def page(
        self, member_id: MemberId, limit: int, after: NotificationId | None, *, unread: bool
    ) -> list[tuple[Notification, str]]:
        found = self._of(member_id, after)
        return self._with_names([each for each in found if not (unread and each.read_at)][:limit])

    async def unread(self, member_id: MemberId) -> int:
        return sum(1 for each in self._of(member_id) if each.read_at is None)

    async def read(self, member_id: MemberId, ids: Sequence[NotificationId], at: datetime) -> None:
        self._read([each for each in self._of(member_id) if each.id in ids], at)

    async def read_until(self, member_id: MemberId, last: NotificationId, at: datetime) -> None:
        self._read([each for each in self._of(member_id) if each.id <= last], at)

    async def unmailed(self, member_id: MemberId, until: datetime, limit: int) -> list[tuple[Notification, str]]:
        waiting = [each for each in self._of(member_id) if is_waiting(each) and each.created_at <= until]
        return self._with_names(waiting[:limit])

    async def mailed(self, member_id: MemberId, until: datetime, at: datetime) -> None:
        for each in self._of(member_id):
            if each.mailed_at is None and each.created_at <= until:
                self._notifications[each.id] = replace(each, mailed_at=at)

    def _of(self, member_id: MemberId, after: UUID | None = None) -> list[Notification]:
        found = self._rows.newest_first(self._notifications.values(), after)
        return [each for each in found if each.member_id == member_id]

    def _read(self, notifications: list[Notification], at: datetime) -> None:
        for each in notifications:
            if each.read_at is None:
                self._notifications[each.id] = replace(each, read_at=at)

    def _with_names(self, notifications: list[Notification]) -> list[tuple[Notification, str]]:
        return [(each, self._rows.tables.assets[each.asset_id].name) for each in notifications]


class MemoryDigests(DigestRecords):
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def claim(self, token: UUID, told: tuple[datetime, datetime], seconds: float, limit: int) -> list[DueDigest]:
        async with self._store.transaction() as tables:
            chosen = [whose for whose in _waiting(tables, told) if self._is_free(tables, whose)][:limit]
            until = self._clock.now() + timedelta(seconds=seconds)
            for whose in chosen:
                held = tables.digests.get(whose)
                tables.digests[whose] = HeldDigest(until, held.failures if held else 0, token)
            return [DueDigest(*whose, tables.digests[whose].failures) for whose in chosen]

    async def release(self, token: UUID, due: DueDigest, rest_seconds: float | None) -> None:
        async with self._store.transaction() as tables:
            whose = (due.studio_id, due.member_id)
            held = tables.digests.get(whose)
            if held is None or held.token != token:
                return
            if rest_seconds is None:
                del tables.digests[whose]
            else:
                until = self._clock.now() + timedelta(seconds=rest_seconds)
                tables.digests[whose] = HeldDigest(until, held.failures + 1)

    def _is_free(self, tables: Tables, whose: tuple[StudioId, MemberId]) -> bool:
        held = tables.digests.get(whose)
        return held is None or held.until <= self._clock.now()


def is_waiting(notification: Notification) -> bool:
    """Say whether a mail should tell of it."""
    return notification.read_at is None and notification.mailed_at is None


def _waiting(tables: Tables, told: tuple[datetime, datetime]) -> list[tuple[StudioId, MemberId]]:
    earliest, latest = told
    found = [row for row in tables.notifications.values() if is_waiting(row) and earliest <= row.created_at <= latest]
    return list(dict.fromkeys((row.studio_id, row.member_id) for row in sorted(found, key=lambda row: row.created_at)))
