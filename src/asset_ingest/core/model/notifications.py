"""What a member should hear of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from asset_ingest.core.model.ids import ApprovalId, AssetId, CommentId, MemberId, NotificationId, StudioId


class Reason(StrEnum):
    """Why somebody hears of it; who has several reasons hears once, for the first of them."""

    MENTION = "mention"  # named in a comment
    REPLY = "reply"  # to a comment of theirs
    COMMENT = "comment"  # on a version that they brought
    VERDICT = "verdict"  # on a version that they brought


@dataclass(frozen=True, slots=True)
class Notification:
    """One thing for one member; what was said is read where it stands, so that permission is asked there."""

    id: NotificationId
    studio_id: StudioId
    member_id: MemberId
    reason: Reason
    asset_id: AssetId
    version: int
    created_by: MemberId
    created_at: datetime
    comment_id: CommentId | None = None
    approval_id: ApprovalId | None = None
    read_at: datetime | None = None
    mailed_at: datetime | None = None
