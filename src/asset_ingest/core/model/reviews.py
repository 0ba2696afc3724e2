"""What people say of a version, and whether they approve of it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from asset_ingest.core.errors import InvalidRequest
from asset_ingest.core.model.access import MAY, Action, Role
from asset_ingest.core.model.anchors import Anchor
from asset_ingest.core.model.ids import ApprovalId, AssetId, CommentId, MemberId, StudioId

LONGEST_TEXT: Final = 10_000
_KEPT: Final = frozenset("\n\t")
_UNSEEN: Final = frozenset("CZ")  # controls, marks of direction, spaces: the first letter of a category
_UNSHOWABLE: Final = frozenset({"Cc", "Cs"})  # control characters, halves of characters
_MENTION: Final = re.compile(r"@\{([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\}", re.ASCII)


# --- comments ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Comment:
    """A remark on one version. The one that begins a thread has its own id as `thread_id`; replies have that one's.

    Of a deleted one that was replied to only its place is kept: no text, no mentions.
    """

    id: CommentId
    studio_id: StudioId
    asset_id: AssetId
    version: int
    thread_id: CommentId
    text: str
    created_by: MemberId
    created_at: datetime
    revision: int = 1
    anchor: Anchor | None = None
    mentions: tuple[MemberId, ...] = ()
    edited_at: datetime | None = None
    edited_by: MemberId | None = None
    resolved_at: datetime | None = None
    resolved_by: MemberId | None = None
    deleted_at: datetime | None = None

    @property
    def begins_thread(self) -> bool:
        return self.thread_id == self.id


def said(text: str, where: str = "text") -> str:
    """Return what a person wrote as it is kept: plain text in one Unicode form, whose markup means nothing to us.

    It is empty where there is nothing to be seen of it.
    """
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n"))
    if any(unicodedata.category(char) in _UNSHOWABLE and char not in _KEPT for char in text):
        raise InvalidRequest("holds control characters", where)
    if len(text) > LONGEST_TEXT:
        raise InvalidRequest(f"is longer than {LONGEST_TEXT} characters", where)
    return text.strip() if any(unicodedata.category(char)[0] not in _UNSEEN for char in text) else ""


def mentioned(text: str) -> list[MemberId]:
    """Return whom the text names as `@{member_id}`, each once, in order."""
    return list(dict.fromkeys(MemberId(UUID(found)) for found in _MENTION.findall(text)))


# --- approvals --------------------------------------------------------------------------------------------------


class Standing(StrEnum):
    """How one person stands to one version."""

    PENDING = "PENDING"  # has not said anything yet
    APPROVED = "APPROVED"
    CHANGES_REQUESTED = "CHANGES_REQUESTED"
    WITHDRAWN = "WITHDRAWN"  # took the last word back, so stands to it like one who has said nothing


class Verdict(StrEnum):
    """What a person may say of a version."""

    APPROVED = "APPROVED"
    CHANGES_REQUESTED = "CHANGES_REQUESTED"


class StandingTrigger(StrEnum):
    APPROVE = "approve"
    REQUEST_CHANGES = "request_changes"
    WITHDRAW = "withdraw"


_S, _T = Standing, StandingTrigger

# A new verdict replaces the person's earlier one, also one of the same kind: its note may say more.
STANDING_MOVES: Mapping[tuple[Standing, StandingTrigger], Standing] = {
    **{(state, _T.APPROVE): _S.APPROVED for state in Standing},
    **{(state, _T.REQUEST_CHANGES): _S.CHANGES_REQUESTED for state in Standing},
    (_S.APPROVED, _T.WITHDRAW): _S.WITHDRAWN,
    (_S.CHANGES_REQUESTED, _T.WITHDRAW): _S.WITHDRAWN,
}


@dataclass(frozen=True, slots=True)
class Approval:
    """A verdict of one person on one version, bound to its content. Only its end is ever added; one of each stands."""

    id: ApprovalId
    studio_id: StudioId
    asset_id: AssetId
    version: int
    sha256: str
    verdict: Verdict
    note: str
    created_by: MemberId
    created_at: datetime
    withdrawn_at: datetime | None = None
    replaced_at: datetime | None = None

    @property
    def stands(self) -> bool:
        return self.withdrawn_at is None and self.replaced_at is None


def standing(own: Iterable[Approval]) -> Standing:
    """Return how a person stands who has given these verdicts, in any order."""
    last = max(own, key=lambda each: (each.stands, each.created_at, each.id), default=None)
    if last is None:
        return Standing.PENDING
    return Standing(last.verdict) if last.stands else Standing.WITHDRAWN


ANY: Final = "any"
"""In a policy: how many approve in all, whatever their roles."""
MOST_APPROVALS: Final = 20
MAY_APPROVE: Final = MAY[Action.APPROVE]


@dataclass(frozen=True, slots=True)
class ApprovalPolicy:
    """What makes a version approved in a studio: for each role, or for `any` of those who may, how many it takes.

    `{"any": 2, "DIRECTOR": 1}` is two in all, at least one of them a director. Nobody approves what they brought
    themselves while `not_own` holds: a second pair of eyes is what an approval is for.
    """

    studio_id: StudioId
    approvers: tuple[Role, ...] = tuple(sorted(MAY_APPROVE))
    needs: dict[str, int] = field(default_factory=lambda: {ANY: 1})
    not_own: bool = True
    revision: int = 0  # 0 as long as nobody has set another than this one
    updated_at: datetime | None = None
    updated_by: MemberId | None = None

    def __post_init__(self) -> None:
        if not self.approvers or not MAY_APPROVE.issuperset(self.approvers):
            raise InvalidRequest(f"is a choice of {', '.join(sorted(MAY_APPROVE))}", "approvers")
        if not self.needs or not {ANY, *self.approvers}.issuperset(self.needs):
            raise InvalidRequest("names roles that are approvers, or 'any'; at least one", "needs")
        if not all(1 <= count <= MOST_APPROVALS for count in self.needs.values()):
            raise InvalidRequest(f"asks for 1 to {MOST_APPROVALS} of each", "needs")

    def admits(self, role: Role | None, *, own: bool) -> bool:
        """Say whether the word of somebody with this role counts; `own` where they brought the version themselves."""
        return role is not None and role in self.approvers and role in MAY_APPROVE and not (own and self.not_own)

    def lacks(self, roles: Iterable[Role]) -> dict[str, int]:
        """Return how many approvals are missing when people of these roles have approved."""
        given = list(roles)
        have = {role.value: given.count(role) for role in Role} | {ANY: len(given)}
        return {who: count - have[who] for who, count in self.needs.items() if count > have[who]}


class VersionState(StrEnum):
    """How a version stands: derived from the verdicts on it and the policy as it is now, never stored."""

    PENDING = "PENDING"
    APPROVED = "APPROVED"
    CHANGES_REQUESTED = "CHANGES_REQUESTED"


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What verdicts on one version come to; `missing` says how many approvals are wanting, by role."""

    state: VersionState
    missing: dict[str, int]
    counted: frozenset[ApprovalId]


def review(
    given: Iterable[Approval], sha256: str, brought_by: MemberId, roles: Mapping[MemberId, Role], policy: ApprovalPolicy
) -> Reviewed:
    """Weigh the verdicts on a version. One request for changes by a person whose word counts outweighs all approvals.

    `roles` are those of today: whoever has left the studio, or may no longer approve, does not count any more.
    """
    counted = [
        each
        for each in given
        if each.stands
        and each.sha256 == sha256
        and policy.admits(roles.get(each.created_by), own=each.created_by == brought_by)
    ]
    approved = [roles[each.created_by] for each in counted if each.verdict is Verdict.APPROVED]
    missing, state = policy.lacks(approved), VersionState.PENDING
    if len(approved) < len(counted):
        state = VersionState.CHANGES_REQUESTED
    elif not missing:
        state = VersionState.APPROVED
    return Reviewed(state, missing, frozenset(each.id for each in counted))
