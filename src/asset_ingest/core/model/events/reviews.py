"""Facts about what people say of versions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from asset_ingest.core.model.events.envelope import Event
from asset_ingest.core.model.ids import ApprovalId, CommentId, MemberId
from asset_ingest.core.model.reviews import Comment


@dataclass(frozen=True, slots=True)
class CommentTold(Event):
    """Something happened to a comment; what it says is read where it stands, so that permission is asked there."""

    comment_id: CommentId
    thread_id: CommentId
    version: int
    author_id: MemberId
    comment_revision: int

    @classmethod
    def of(cls, comment: Comment) -> Self:
        return cls(comment.id, comment.thread_id, comment.version, comment.created_by, comment.revision)


@dataclass(frozen=True, slots=True)
class CommentCreated(CommentTold):
    type: ClassVar[str] = "comment.created"


@dataclass(frozen=True, slots=True)
class CommentEdited(CommentTold):
    type: ClassVar[str] = "comment.edited"


@dataclass(frozen=True, slots=True)
class CommentResolved(CommentTold):
    type: ClassVar[str] = "comment.resolved"


@dataclass(frozen=True, slots=True)
class CommentReopened(CommentTold):
    type: ClassVar[str] = "comment.reopened"


@dataclass(frozen=True, slots=True)
class CommentDeleted(CommentTold):
    type: ClassVar[str] = "comment.deleted"


@dataclass(frozen=True, slots=True)
class ApprovalTold(Event):
    """A verdict on a version; `state` is what all verdicts on it came to then."""

    approval_id: ApprovalId
    version: int
    author_id: MemberId
    verdict: str
    state: str


@dataclass(frozen=True, slots=True)
class ApprovalGiven(ApprovalTold):
    type: ClassVar[str] = "approval.given"


@dataclass(frozen=True, slots=True)
class ApprovalWithdrawn(ApprovalTold):
    type: ClassVar[str] = "approval.withdrawn"


@dataclass(frozen=True, slots=True)
class ApprovalPolicyChanged(Event):
    """What makes a version approved is another from now on, for versions with verdicts too."""

    type: ClassVar[str] = "approval.policy_changed"
    needs: dict[str, int]
    approvers: tuple[str, ...]
    not_own: bool
