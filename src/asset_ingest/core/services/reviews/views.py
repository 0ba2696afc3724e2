"""What people see of reviews."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from asset_ingest.core.model.access import Action, Principal, Role, may
from asset_ingest.core.model.anchors import Anchor
from asset_ingest.core.model.ids import ApprovalId, AssetId, CommentId, MemberId
from asset_ingest.core.model.reviews import Approval, ApprovalPolicy, Comment, Reviewed, Verdict, VersionState
from asset_ingest.core.ports.repos import Transaction


@dataclass(frozen=True, slots=True)
class PersonView:
    """Somebody; without a name where the studio does not know them any more."""

    id: MemberId
    name: str | None


@dataclass(frozen=True, slots=True)
class CommentActions:
    """What the one who asked may do with the comment."""

    edit: bool
    delete: bool
    resolve: bool


@dataclass(frozen=True, slots=True)
class CommentView:
    """A comment. `text` is plain: whoever shows it must escape it. Of a deleted one it is empty.

    `thread_id` is that of the comment which began the thread; replies carry no anchor and are resolved with it.
    """

    id: CommentId
    asset_id: AssetId
    version: int
    thread_id: CommentId
    text: str
    author: PersonView
    created_at: datetime
    revision: int
    anchor: Anchor | None
    mentions: list[PersonView]
    edited_at: datetime | None
    edited_by: PersonView | None
    resolved_at: datetime | None
    resolved_by: PersonView | None
    deleted_at: datetime | None
    can: CommentActions


@dataclass(frozen=True, slots=True)
class ApprovalView:
    """A verdict; `counts` says whether it does today: its author may have left, or may no longer approve."""

    id: ApprovalId
    verdict: Verdict
    note: str
    author: PersonView
    created_at: datetime
    withdrawn_at: datetime | None
    replaced_at: datetime | None
    counts: bool


@dataclass(frozen=True, slots=True)
class ReviewActions:
    """What the one who asked may do with the version."""

    approve: bool
    withdraw: bool


@dataclass(frozen=True, slots=True)
class VersionReview:
    """How a version stands by the policy of now, and every verdict on it, the newest first.

    `missing` says how many approvals are wanting, by role; `next_cursor` asks for earlier verdicts.
    """

    asset_id: AssetId
    version: int
    sha256: str
    state: VersionState
    missing: dict[str, int]
    can: ReviewActions
    items: list[ApprovalView]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class ReviewSummary:
    """What there is to a version: comments that were not deleted, threads that wait for an end, and its state."""

    version: int
    comments: int
    unresolved: int
    state: VersionState


@dataclass(frozen=True, slots=True)
class PolicyView:
    """What makes a version approved here; revision 0 is the usual policy, which nobody has set."""

    approvers: list[Role]
    needs: dict[str, int]
    not_own: bool
    revision: int
    updated_at: datetime | None


async def comment_views(tx: Transaction, who: Principal, comments: Iterable[Comment]) -> list[CommentView]:
    """Return the comments as `who` sees them; one question for all the names in them."""
    shown = list(comments)
    people = await _names(tx, (person for comment in shown for person in _people(comment)))
    return [_comment_view(who, comment, people) for comment in shown]


async def approval_views(tx: Transaction, approvals: Iterable[Approval], reviewed: Reviewed) -> list[ApprovalView]:
    """Return the verdicts with the names of their authors."""
    shown = list(approvals)
    people = await _names(tx, (each.created_by for each in shown))
    return [
        ApprovalView(
            id=each.id,
            verdict=each.verdict,
            note=each.note,
            author=people[each.created_by],
            created_at=each.created_at,
            withdrawn_at=each.withdrawn_at,
            replaced_at=each.replaced_at,
            counts=each.id in reviewed.counted,
        )
        for each in shown
    ]


def policy_view(policy: ApprovalPolicy) -> PolicyView:
    """Return the policy without who set it: the audit trail says that."""
    return PolicyView(list(policy.approvers), policy.needs, policy.not_own, policy.revision, policy.updated_at)


async def _names(tx: Transaction, members: Iterable[MemberId]) -> dict[MemberId, PersonView]:
    wanted = list(dict.fromkeys(members))
    names = await tx.people.names(wanted) if wanted else {}
    return {member_id: PersonView(member_id, names.get(member_id)) for member_id in wanted}


def _people(comment: Comment) -> Iterable[MemberId]:
    known = (comment.created_by, comment.edited_by, comment.resolved_by, *comment.mentions)
    return (member_id for member_id in known if member_id is not None)


def _comment_view(who: Principal, comment: Comment, people: Mapping[MemberId, PersonView]) -> CommentView:
    return CommentView(
        id=comment.id,
        asset_id=comment.asset_id,
        version=comment.version,
        thread_id=comment.thread_id,
        text=comment.text,
        author=people[comment.created_by],
        created_at=comment.created_at,
        revision=comment.revision,
        anchor=comment.anchor,
        mentions=[people[member_id] for member_id in comment.mentions],
        edited_at=comment.edited_at,
        edited_by=people[comment.edited_by] if comment.edited_by else None,
        resolved_at=comment.resolved_at,
        resolved_by=people[comment.resolved_by] if comment.resolved_by else None,
        deleted_at=comment.deleted_at,
        can=_actions(who, comment),
    )


def _actions(who: Principal, comment: Comment) -> CommentActions:
    changeable = comment.deleted_at is None and may_change(who, comment)
    return CommentActions(changeable, changeable, comment.begins_thread and may(who, Action.COMMENT))


def may_change(who: Principal, comment: Comment) -> bool:
    """Say whether `who` may edit or delete it: their own, or as a moderator."""
    action = Action.COMMENT if comment.created_by == who.member_id else Action.MODERATE
    return may(who, action)
