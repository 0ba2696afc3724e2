"""Rows of what people say of versions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from asset_ingest.core.model.assets import Asset
from asset_ingest.core.model.ids import ApprovalId, CommentId, NotificationId
from asset_ingest.core.model.notifications import Notification, Reason
from asset_ingest.core.model.reviews import Approval, Comment, Verdict
from asset_ingest.testing.records.samples.base import LONG_AGO, StudioSamples, digest, new_id


@dataclass(frozen=True, slots=True)
class ReviewSamples(StudioSamples):
    """Makes remarks, verdicts and who hears of them."""

    def comment(self, asset: Asset, thread: Comment | None = None, **changes: Any) -> Comment:
        ident = CommentId(new_id())
        own: dict[str, Any] = {
            "id": ident,
            "studio_id": self.id,
            "asset_id": asset.id,
            "version": 1,
            "thread_id": thread.id if thread else ident,
            "text": "Too dark",
            "created_by": self.member.id,
            "created_at": LONG_AGO,
        }
        return Comment(**own | changes)

    def approval(self, asset: Asset, **changes: Any) -> Approval:
        own: dict[str, Any] = {
            "id": ApprovalId(new_id()),
            "studio_id": self.id,
            "asset_id": asset.id,
            "version": 1,
            "sha256": digest(asset.id),
            "verdict": Verdict.APPROVED,
            "note": "",
            "created_by": self.member.id,
            "created_at": LONG_AGO,
        }
        return Approval(**own | changes)

    def notification(self, asset: Asset, **changes: Any) -> Notification:
        own: dict[str, Any] = {
            "id": NotificationId(new_id()),
            "studio_id": self.id,
            "member_id": self.member.id,
            "reason": Reason.COMMENT,
            "asset_id": asset.id,
            "version": 1,
            "created_by": self.member.id,
            "created_at": LONG_AGO,
        }
        return Notification(**own | changes)
