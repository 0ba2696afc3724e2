"""Who may do what. One table, one function, for every door and for the workers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from asset_ingest.core.errors import Forbidden
from asset_ingest.core.model.ids import MemberId, StudioId


class Role(StrEnum):
    """What a member is in a studio."""

    ARTIST = "ARTIST"
    DIRECTOR = "DIRECTOR"
    PRODUCER = "PRODUCER"
    ADMIN = "ADMIN"


class Action(StrEnum):
    """What a use case asks leave for."""

    UPLOAD = "upload"
    READ = "read"
    RETRY_JOB = "retry_job"
    CANCEL_JOB = "cancel_job"
    FORGET_JOB = "forget_job"
    PUBLISH = "publish"
    SHARE = "share"
    COMMENT = "comment"
    MODERATE = "moderate"  # edit or delete the comments of others
    APPROVE = "approve"
    SET_APPROVAL_POLICY = "set_approval_policy"


_EVERYBODY = frozenset(Role)

MAY: dict[Action, frozenset[Role]] = {
    Action.UPLOAD: _EVERYBODY,
    Action.READ: _EVERYBODY,
    Action.RETRY_JOB: _EVERYBODY,
    Action.CANCEL_JOB: _EVERYBODY,
    Action.FORGET_JOB: frozenset({Role.PRODUCER, Role.ADMIN}),
    Action.PUBLISH: frozenset({Role.DIRECTOR, Role.PRODUCER, Role.ADMIN}),
    Action.SHARE: frozenset({Role.DIRECTOR, Role.PRODUCER, Role.ADMIN}),
    Action.COMMENT: _EVERYBODY,
    Action.MODERATE: frozenset({Role.DIRECTOR, Role.PRODUCER, Role.ADMIN}),
    Action.APPROVE: frozenset({Role.DIRECTOR, Role.PRODUCER, Role.ADMIN}),
    Action.SET_APPROVAL_POLICY: frozenset({Role.PRODUCER, Role.ADMIN}),
}


@dataclass(frozen=True, slots=True)
class Studio:
    """One walled-off customer."""

    id: StudioId
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Member:
    """A person in a studio."""

    id: MemberId
    studio_id: StudioId
    name: str
    role: Role
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A member's key for programs; only the SHA-256 of the secret is kept."""

    id: UUID
    studio_id: StudioId
    member_id: MemberId
    name: str
    secret_hash: str
    created_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SignInLink:
    """A one-time link; only the hash of its token is kept."""

    id: UUID
    studio_id: StudioId
    member_id: MemberId
    token_hash: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class BrowserSession:
    """A signed-in browser: an opaque cookie, kept here as a hash."""

    id: UUID
    studio_id: StudioId
    member_id: MemberId
    token_hash: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks, in which studio, as what, and under which request."""

    studio_id: StudioId
    member_id: MemberId
    name: str
    role: Role
    correlation_id: str

    @property
    def actor(self) -> str:
        """Return how facts name who did it."""
        return f"member:{self.member_id}"


def may(who: Principal, action: Action) -> bool:
    """Say whether the policy allows it; what is not in the table is denied."""
    return who.role in MAY.get(action, frozenset())


def require(who: Principal, action: Action) -> None:
    """Raise Forbidden unless the policy allows it."""
    if not may(who, action):
        raise Forbidden(f"the role {who.role} may not {action.replace('_', ' ')}")
