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


class MemberStatus(StrEnum):
    """Whether a member may come in."""

    ACTIVE = "ACTIVE"
    DEACTIVATED = "DEACTIVATED"  # shut out until an admin lets them in again
    REMOVED = "REMOVED"  # gone; the row stays as the name on what they made


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
    EDIT_ASSET = "edit_asset"
    ADD_VERSION = "add_version"
    TRASH_ASSET = "trash_asset"
    RESTORE_ASSET = "restore_asset"
    ROLL_BACK = "roll_back"
    PURGE_ASSET = "purge_asset"
    MANAGE_MEMBERS = "manage_members"
    MANAGE_KEYS = "manage_keys"
    READ_AUDIT = "read_audit"


_EVERYBODY = frozenset(Role)
_LEADS = frozenset({Role.DIRECTOR, Role.PRODUCER, Role.ADMIN})

MAY: dict[Action, frozenset[Role]] = {
    Action.UPLOAD: _EVERYBODY,
    Action.READ: _EVERYBODY,
    Action.RETRY_JOB: _EVERYBODY,
    Action.CANCEL_JOB: _EVERYBODY,
    Action.FORGET_JOB: frozenset({Role.PRODUCER, Role.ADMIN}),
    Action.SHARE: _LEADS,
    Action.COMMENT: _EVERYBODY,
    Action.MODERATE: _LEADS,
    Action.APPROVE: _LEADS,
    Action.SET_APPROVAL_POLICY: frozenset({Role.PRODUCER, Role.ADMIN}),
    Action.PUBLISH: _LEADS,
    Action.EDIT_ASSET: _EVERYBODY,
    Action.ADD_VERSION: _EVERYBODY,
    Action.TRASH_ASSET: _LEADS,
    Action.RESTORE_ASSET: _LEADS,
    Action.ROLL_BACK: _LEADS,
    Action.PURGE_ASSET: frozenset({Role.ADMIN}),
    Action.MANAGE_MEMBERS: frozenset({Role.ADMIN}),
    Action.MANAGE_KEYS: frozenset({Role.ADMIN}),
    Action.READ_AUDIT: frozenset({Role.PRODUCER, Role.ADMIN}),
}


@dataclass(frozen=True, slots=True)
class Studio:
    """One walled-off customer."""

    id: StudioId
    name: str
    created_at: datetime
    slug: str | None = None  # how whoever is in several names this one; unique


@dataclass(frozen=True, slots=True)
class Member:
    """A person in a studio. Only ACTIVE ones are anybody to a door."""

    id: MemberId
    studio_id: StudioId
    name: str
    role: Role
    created_at: datetime
    email: str | None = None  # normalised; unique in the studio
    status: MemberStatus = MemberStatus.ACTIVE
    revision: int = 1


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A member's key for programs; only the SHA-256 of the secret is kept.

    It may what its member may, and of that only what its scopes name; None names everything.
    """

    id: UUID
    studio_id: StudioId
    member_id: MemberId
    name: str
    secret_hash: str
    created_at: datetime
    revoked_at: datetime | None = None
    scopes: tuple[Action, ...] | None = None
    last_used_at: datetime | None = None  # to the hour


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
    """Who asks, in which studio, as what, under which request; `remote` and `agent` say from where."""

    studio_id: StudioId
    member_id: MemberId
    name: str
    role: Role
    correlation_id: str
    scopes: frozenset[Action] | None = None  # of the key they came with; None is everything that the role may
    remote: str | None = None
    agent: str | None = None

    @property
    def actor(self) -> str:
        """Return how facts name who did it."""
        return f"member:{self.member_id}"


def may(who: Principal, action: Action) -> bool:
    """Say whether the policy allows it; what is not in the table is denied."""
    return who.role in MAY.get(action, frozenset()) and (who.scopes is None or action in who.scopes)


def require(who: Principal, action: Action) -> None:
    """Raise Forbidden unless the policy allows it."""
    if may(who, action):
        return
    words = action.replace("_", " ")
    if who.role in MAY.get(action, frozenset()):
        raise Forbidden(f"the scopes of this API key do not say that it may {words}")
    raise Forbidden(f"the role {who.role} may not {words}")


def require_person(who: Principal) -> None:
    """Raise Forbidden for a key that was given only some scopes: what is a person's own is none of them."""
    if who.scopes is not None:
        raise Forbidden("an API key with scopes may not do this")
