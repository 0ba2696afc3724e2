"""What the one who asks should hear of."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPMethod
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from asset_ingest.core.model.ids import NotificationId
from asset_ingest.core.services.jobs import Page
from asset_ingest.core.services.notifications import NotificationView, Unread
from asset_ingest.entrypoints.web.asking import Cursor, Limit
from asset_ingest.entrypoints.web.wire import Call, Nothing, Operation, Operations


@dataclass(frozen=True, slots=True)
class ManyNotifications:
    unread: bool = False
    limit: Limit = 50
    cursor: Cursor = None


@dataclass(frozen=True, slots=True)
class Seen:
    """Those in `ids`, and everything up to `until`: the newest that you have seen, so that none is passed over."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    ids: Annotated[list[UUID], Field(max_length=200)] = Field(default_factory=list)
    until: UUID | None = None


@dataclass(frozen=True, slots=True)
class MarkRead:
    body: Seen


async def list_notifications(call: Call[ManyNotifications]) -> Page[NotificationView]:
    asked = call.asked
    after = NotificationId(asked.cursor) if asked.cursor else None
    return await call.app.notifications.page(call.who, asked.limit, after, unread=asked.unread)


async def count_notifications(call: Call[Nothing]) -> Unread:
    return await call.app.notifications.unread(call.who)


async def mark_notifications_read(call: Call[MarkRead]) -> Unread:
    seen = call.asked.body
    until = NotificationId(seen.until) if seen.until else None
    return await call.app.notifications.read(call.who, [NotificationId(each) for each in seen.ids], until)


OPERATIONS: Operations = (
    Operation(
        HTTPMethod.GET,
        "/notifications",
        list_notifications,
        "Your notifications, the newest first; `unread` leaves out what you have read",
        ManyNotifications,
        Page[NotificationView],
        personal=True,
    ),
    Operation(HTTPMethod.GET, "/notifications/count", count_notifications, "How many are unread", Nothing, Unread),
    Operation(
        HTTPMethod.POST,
        "/notifications/read",
        mark_notifications_read,
        "Note notifications as read; answers how many are left",
        MarkRead,
        Unread,
        personal=True,
    ),
)
