"""The people of one studio and what they get in with, as one transaction sees them."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from typing import Protocol
from uuid import UUID

from asset_ingest.core.model.access import ApiKey, BrowserSession, Member, Studio
from asset_ingest.core.model.ids import MemberId
from asset_ingest.core.model.sign_in import Invitation, Password, PasswordReset, RefreshToken, TokenFamily


class MemberRepo(Protocol):
    """Who is in the studio."""

    @abstractmethod
    async def studio(self) -> Studio: ...

    @abstractmethod
    async def add(self, member: Member) -> None:
        """Add a member; a second one with the same e-mail address is a Conflict."""

    @abstractmethod
    async def get(self, member_id: MemberId) -> Member: ...

    @abstractmethod
    async def lock(self, member_id: MemberId) -> Member: ...

    @abstractmethod
    async def lock_admins(self) -> list[Member]:
        """Lock all active admins, in one order, and return them: nobody else can make them fewer meanwhile."""

    @abstractmethod
    async def save(self, member: Member) -> None:
        """Write a member whose revision is one more than the stored one."""

    @abstractmethod
    async def page(self, limit: int, after: MemberId | None) -> list[Member]:
        """Return members who were not removed, newest first."""

    @abstractmethod
    async def of_email(self, email: str) -> Member | None:
        """Return whose address this is."""


class InvitationRepo(Protocol):
    """Who may join."""

    @abstractmethod
    async def put(self, invitation: Invitation) -> None:
        """Remember the invitation in place of an earlier one to the same address; forget what expired before it."""

    @abstractmethod
    async def page(self, limit: int, after: UUID | None) -> list[Invitation]:
        """Return invitations, newest first."""

    @abstractmethod
    async def take(self, invitation_id: UUID) -> Invitation:
        """Remove the invitation and return it: of several who take it, one gets it."""


class PasswordRepo(Protocol):
    """What members prove to be themselves with."""

    @abstractmethod
    async def put(self, password: Password) -> None: ...

    @abstractmethod
    async def of_member(self, member_id: MemberId) -> Password | None: ...

    @abstractmethod
    async def replace(self, password: Password, instead_of: str) -> bool:
        """Write the password if the hash held is still `instead_of`; say whether it was."""

    @abstractmethod
    async def forget(self, member_id: MemberId) -> None:
        """Remove the password and the link to a new one."""

    @abstractmethod
    async def put_reset(self, reset: PasswordReset) -> None:
        """Remember the link in place of the member's earlier one."""

    @abstractmethod
    async def take_reset(self, reset_id: UUID) -> PasswordReset:
        """Remove the link and return it: of several who take it, one gets it."""


class SessionRepo(Protocol):
    """Who is signed in."""

    @abstractmethod
    async def open_browser(self, session: BrowserSession) -> None:
        """Open a browser's session and forget the studio's that ended before it."""

    @abstractmethod
    async def open_family(self, family: TokenFamily, token: RefreshToken) -> None:
        """Begin a family with its first token and forget the studio's that ended before it."""

    @abstractmethod
    async def rotate(self, spent_hash: str, token: RefreshToken, now: datetime, expires_at: datetime) -> bool:
        """Spend a token that was not spent, add the next one and prolong the family; say whether it was unspent."""

    @abstractmethod
    async def end_family(self, family_id: UUID) -> None:
        """End a service's sign-in; ending it twice is no error."""

    @abstractmethod
    async def end_all(self, member_id: MemberId, but: str | None = None) -> None:
        """End all sessions and families of a member, but for the browser whose token's hash is `but`."""


class KeyRepo(Protocol):
    """The keys of programs."""

    @abstractmethod
    async def add(self, key: ApiKey) -> None: ...

    @abstractmethod
    async def page(self, limit: int, after: UUID | None) -> list[ApiKey]:
        """Return keys that were not revoked, newest first."""

    @abstractmethod
    async def revoke(self, key_id: UUID, now: datetime) -> ApiKey:
        """End a key and return it; one that had been revoked is NotFound."""

    @abstractmethod
    async def revoke_all(self, member_id: MemberId, now: datetime) -> None:
        """End all keys of a member."""
