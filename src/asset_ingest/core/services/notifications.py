"""What a member should hear of, and has or has not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from asset_ingest.core.model.access import Action, Principal, require
from asset_ingest.core.model.ids import ApprovalId, AssetId, CommentId, NotificationId
from asset_ingest.core.model.notifications import Notification, Reason
from asset_ingest.core.ports.clock import Clock
from asset_ingest.core.ports.repos import Records
from asset_ingest.core.services.jobs import Page, page_of
from asset_ingest.core.services.reviews.views import PersonView


@dataclass(frozen=True, slots=True)
class NotificationView:
    """Something that happened, and why you hear of it; what was said is read at the comment or the version."""

    id: NotificationId
    reason: Reason
    asset_id: AssetId
    asset_name: str
    version: int
    by: PersonView
    created_at: datetime
    read_at: datetime | None
    comment_id: CommentId | None
    approval_id: ApprovalId | None


@dataclass(frozen=True, slots=True)
class Unread:
    """How much is unread."""

    unread: int


@dataclass(frozen=True, slots=True)
class Notifications:
    """One's own, and nobody else's."""

    records: Records
    clock: Clock

    async def page(
        self, who: Principal, limit: int, after: NotificationId | None, *, unread: bool
    ) -> Page[NotificationView]:
        """Return them, the newest first."""
        require(who, Action.READ)
        async with self.records.reading(who.studio_id) as tx:
            found = await tx.notifications.page(who.member_id, limit + 1, after, unread=unread)
            names = await tx.people.names([told.created_by for told, _asset in found])
        views = [_view(told, asset, names.get(told.created_by)) for told, asset in found[:limit]]
        return page_of(views, more=len(found) > limit, cursor=lambda told: told.id)

    async def unread(self, who: Principal) -> Unread:
        """Count what was not read."""
        require(who, Action.READ)
        async with self.records.reading(who.studio_id) as tx:
            return Unread(await tx.notifications.unread(who.member_id))

    async def read(self, who: Principal, ids: Sequence[NotificationId], until: NotificationId | None) -> Unread:
        """Note these as read, and everything up to `until`; ids that are not one's own are passed over."""
        require(who, Action.READ)
        now = self.clock.now()
        async with self.records.transaction(who.studio_id) as tx:
            if ids:
                await tx.notifications.read(who.member_id, ids, now)
            if until is not None:
                await tx.notifications.read_until(who.member_id, until, now)
            return Unread(await tx.notifications.unread(who.member_id))


def _view(told: Notification, asset_name: str, name: str | None) -> NotificationView:
    return NotificationView(
        id=told.id,
        reason=told.reason,
        asset_id=told.asset_id,
        asset_name=asset_name,
        version=told.version,
        by=PersonView(told.created_by, name),
        created_at=told.created_at,
        read_at=told.read_at,
        comment_id=told.comment_id,
        approval_id=told.approval_id,
    )
