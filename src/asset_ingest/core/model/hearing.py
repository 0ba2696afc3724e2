"""Who may hear which fact, and which facts change who may hear. One table, for sockets, event streams and replay."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from asset_ingest.core.model.access import Action, Principal, may
from asset_ingest.core.model.events import (
    ApprovalGiven,
    ApprovalPolicyChanged,
    ApprovalWithdrawn,
    AssetCreated,
    AssetPurged,
    AssetReady,
    AssetRestored,
    AssetTrashed,
    AssetUpdated,
    CommentCreated,
    CommentDeleted,
    CommentEdited,
    CommentReopened,
    CommentResolved,
    CurrentChanged,
    Drifted,
    DuplicateFound,
    Fact,
    GroupDeleted,
    GroupOpened,
    InvitationWithdrawn,
    JobForgotten,
    JobMoved,
    KeyCreated,
    KeyRevoked,
    MemberInvited,
    MemberJoined,
    MemberRenamed,
    MemberRoleChanged,
    MemberSignedIn,
    MemberSignedOut,
    MemberStatusChanged,
    PasswordChanged,
    Published,
    SessionMoved,
    ShareCreated,
    ShareOpened,
    ShareRevoked,
    StepMoved,
    StudioFounded,
    VersionCreated,
)
from asset_ingest.core.model.ids import MemberId

HEARD_WITH: Final[Mapping[str, Action]] = {
    SessionMoved.type: Action.READ,
    JobMoved.type: Action.READ,
    JobForgotten.type: Action.READ,
    StepMoved.type: Action.READ,
    GroupOpened.type: Action.READ,
    GroupDeleted.type: Action.READ,
    AssetCreated.type: Action.READ,
    VersionCreated.type: Action.READ,
    DuplicateFound.type: Action.READ,
    AssetReady.type: Action.READ,
    AssetUpdated.type: Action.READ,
    AssetTrashed.type: Action.READ,
    AssetRestored.type: Action.READ,
    AssetPurged.type: Action.READ,
    CurrentChanged.type: Action.READ,
    Published.type: Action.READ,
    Drifted.type: Action.READ,
    ShareCreated.type: Action.READ,  # as the trail of the asset, which everybody reads
    ShareRevoked.type: Action.READ,
    ShareOpened.type: Action.READ,
    CommentCreated.type: Action.READ,
    CommentEdited.type: Action.READ,
    CommentResolved.type: Action.READ,
    CommentReopened.type: Action.READ,
    CommentDeleted.type: Action.READ,
    ApprovalGiven.type: Action.READ,
    ApprovalWithdrawn.type: Action.READ,
    ApprovalPolicyChanged.type: Action.READ,
    StudioFounded.type: Action.READ,
    MemberJoined.type: Action.READ,  # names, roles and who is in: the list of members says them to everybody
    MemberRenamed.type: Action.READ,
    MemberRoleChanged.type: Action.READ,
    MemberStatusChanged.type: Action.READ,
    MemberInvited.type: Action.MANAGE_MEMBERS,
    InvitationWithdrawn.type: Action.MANAGE_MEMBERS,
    MemberSignedIn.type: Action.READ_AUDIT,
    MemberSignedOut.type: Action.READ_AUDIT,
    PasswordChanged.type: Action.READ_AUDIT,
    KeyCreated.type: Action.MANAGE_KEYS,
    KeyRevoked.type: Action.MANAGE_KEYS,
}
"""What one needs leave for to hear a fact: the same as for reading what it tells of."""

CHANGES_RIGHTS: Final = frozenset(
    {MemberRoleChanged.type, MemberStatusChanged.type, MemberSignedOut.type, PasswordChanged.type, KeyRevoked.type}
)
"""Facts after which a member's open connections ask anew who they are, before they hear anything later."""


def needed_for(fact_type: str) -> Action:
    """Return what hearing such a fact asks for; one that this version of the program does not know is for auditors."""
    return HEARD_WITH.get(fact_type, Action.READ_AUDIT)


def rights_changed_by(fact: Fact) -> MemberId | None:
    """Return whose rights may be others from this fact on: the member's it is about, or who owns the key."""
    if fact.type not in CHANGES_RIGHTS:
        return None
    owner = fact.data.get("member_id")
    return MemberId(UUID(owner) if isinstance(owner, str) else fact.subject_id)


def hears(who: Principal) -> frozenset[Action]:
    """Return what the one who listens has leave for, so that each fact costs one look into a set."""
    return frozenset(action for action in set(HEARD_WITH.values()) | {Action.READ_AUDIT} if may(who, action))
