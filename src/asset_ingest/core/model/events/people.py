"""Facts about a studio and its people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from asset_ingest.core.model.events.envelope import Event
from asset_ingest.core.model.ids import MemberId


@dataclass(frozen=True, slots=True)
class StudioFounded(Event):
    type: ClassVar[str] = "studio.founded"
    name: str


@dataclass(frozen=True, slots=True)
class MemberInvited(Event):
    """Somebody may join; whom, only the list of invitations says."""

    type: ClassVar[str] = "member.invited"
    role: str


@dataclass(frozen=True, slots=True)
class InvitationWithdrawn(Event):
    type: ClassVar[str] = "member.invitation_withdrawn"
    role: str


@dataclass(frozen=True, slots=True)
class MemberJoined(Event):
    type: ClassVar[str] = "member.joined"
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class MemberRenamed(Event):
    type: ClassVar[str] = "member.renamed"
    name: str
    was: str


@dataclass(frozen=True, slots=True)
class MemberRoleChanged(Event):
    """From now on the policy answers this member differently, on open connections too."""

    type: ClassVar[str] = "member.role_changed"
    role: str
    was: str


@dataclass(frozen=True, slots=True)
class MemberStatusChanged(Event):
    """A member was shut out, let in again, or removed; whoever is shut out is signed out everywhere."""

    type: ClassVar[str] = "member.status_changed"
    status: str


@dataclass(frozen=True, slots=True)
class MemberSignedIn(Event):
    """A browser's session was opened with the member's password. It changes nothing of the member."""

    type: ClassVar[str] = "member.signed_in"


@dataclass(frozen=True, slots=True)
class MemberSignedOut(Event):
    """All sessions and tokens of the member have ended, or all but the one that asked."""

    type: ClassVar[str] = "member.signed_out"
    reason: str


@dataclass(frozen=True, slots=True)
class PasswordChanged(Event):
    type: ClassVar[str] = "member.password_changed"
    by: str  # what vouched for it: "password", "link" or "session"


@dataclass(frozen=True, slots=True)
class KeyCreated(Event):
    type: ClassVar[str] = "member.key_created"
    key_id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class KeyRevoked(Event):
    """A key holds no more. The fact is about who revoked it; `member_id` is whose it was."""

    type: ClassVar[str] = "member.key_revoked"
    key_id: UUID
    name: str
    member_id: MemberId
